"""From a source text to the one comparable form that the models read, and back by offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from triage.arrays import open_arrays
from triage.text.casing import fold
from triage.text.cyrillic import az_from_cyrillic
from triage.text.language import LanguageModel, Part, Spelling
from triage.text.lexicon import Lexicon
from triage.text.normalise import normalise
from triage.text.restore import LetterRestorer
from triage.text.spans import Mapped, join
from triage.types import Language, Script

FILE_NAME = "text.npz"
_AZ_CYRILLIC_LETTER = re.compile("[әғҝһөүҹјӘҒҜҺӨҮҸЈ]")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A source text and what the models see of it.

    `text` is the comparable form: normalised, Azerbaijani always in its Latin letters, other languages as
    they are. `folded` is `fold(text)`, of the same length. `mapping` leads from `text` to `source`.
    `known_share` in 0..1 is the share of letters in words that the lexicon knows.
    """

    source: str
    text: str
    folded: str
    mapping: Mapped
    language: Language
    language_probability: float
    script: Script
    spelling: Spelling
    known_share: float

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that `text[start:end]` was made from."""
        return self.mapping.to_source(start, end)


@dataclass(frozen=True, slots=True, eq=False)
class TextModels:
    """The learned parts of reading."""

    language: LanguageModel
    restorer: LetterRestorer
    lexicon: Lexicon

    def read(self, source: str) -> Reading:
        """`source` in its comparable form, with its language, script and spelling."""
        plain = normalise(source)
        guess = self.language.guess(plain.text)
        typed_russian = _AZ_CYRILLIC_LETTER.search(plain.text) is None
        made = join([self._comparable(plain.text, part, typed_russian) for part in _merged(guess.parts)])
        mapping = made.over(plain)
        return Reading(
            source=source,
            text=mapping.text,
            folded=fold(mapping.text),
            mapping=mapping,
            language=guess.language,
            language_probability=guess.probability,
            script=guess.script,
            spelling=guess.spelling,
            known_share=self.lexicon.known_share(mapping.text),
        )

    def _comparable(self, text: str, part: Part, typed_russian: bool) -> Mapped:
        piece = text[part.start : part.end]
        if part.variety == "az_unmarked":
            return self.restorer.restore(piece, self.lexicon.knows)
        if part.variety != "az_cyrillic":
            return Mapped.identity(piece)
        latin = az_from_cyrillic(piece)
        return self.restorer.restore_transliterated(latin.text).over(latin) if typed_russian else latin

    def save(self, folder: Path) -> None:
        """Write `text.npz` into `folder`."""
        np.savez_compressed(
            folder / FILE_NAME,
            allow_pickle=False,
            # Half precision is enough for weights that are summed and compared, at half the size.
            language_weights=self.language.weights.astype(np.float16),
            restore_latin=self.restorer.latin.astype(np.float16),
            restore_russian=self.restorer.russian.astype(np.float16),
            lexicon=self.lexicon.bits,
        )

    @classmethod
    def load(cls, folder: Path) -> TextModels:
        """Read `text.npz` from `folder`. Raises `BundleMissingError` and `BundleVersionError`."""
        with open_arrays(folder / FILE_NAME) as arrays:
            language = LanguageModel(arrays["language_weights"].astype(np.float32))
            restorer = LetterRestorer(
                arrays["restore_latin"].astype(np.float32), arrays["restore_russian"].astype(np.float32)
            )
            return cls(language, restorer, Lexicon(arrays["lexicon"]))


def _merged(parts: tuple[Part, ...]) -> list[Part]:
    """Neighbours of one variety as one part."""
    merged: list[Part] = []
    for part in parts:
        if merged and merged[-1].variety == part.variety:
            merged[-1] = Part(merged[-1].start, part.end, part.variety)
        else:
            merged.append(part)
    return merged
