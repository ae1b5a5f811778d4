"""Which language and script a paper is written in, sentence by sentence and as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from triage.text.ngrams import char_ngrams
from triage.types import Language, Script

Spelling = Literal["marked", "unmarked", "cyrillic", "none"]
Variety = Literal["az", "az_unmarked", "az_cyrillic", "ru", "tr", "en", "other"]
VARIETIES: tuple[Variety, ...] = get_args(Variety)
"""What the model tells apart: Azerbaijani by its three ways of writing, and the other languages."""

NGRAM_SIZES = (1, 2, 3, 4)

_LANGUAGE_OF: dict[Variety, Language] = {
    "az": "az",
    "az_unmarked": "az",
    "az_cyrillic": "az",
    "ru": "ru",
    "tr": "tr",
    "en": "en",
    "other": "other",
}
_SPELLING_OF: dict[Variety, Spelling] = {"az": "marked", "az_unmarked": "unmarked", "az_cyrillic": "cyrillic"}
# The varieties that a sentence mostly in this script can be.
_IN_SCRIPT: dict[Script, NDArray[np.bool_]] = {
    "latin": np.array([v in ("az", "az_unmarked", "tr", "en", "other") for v in VARIETIES]),
    "cyrillic": np.array([v in ("az_cyrillic", "ru", "other") for v in VARIETIES]),
    "other": np.array([v == "other" for v in VARIETIES]),
}
_SCRIPTS: tuple[Script, ...] = ("latin", "cyrillic", "other")

_SENTENCE = re.compile(r"[^.!?;\n]*[.!?;\n]+\s*|[^.!?;\n]+")
_SHORTEST = 40  # characters; shorter sentences join the next, or the one before
_NOT_LETTER = re.compile(r"[\W\d_]")
_CYRILLIC_START, _CYRILLIC_END = 0x0400, 0x0530
_LATIN_END = 0x0250
# Letters that no alphabet of Azerbaijani, Russian, Turkish or English has: Ukrainian, Belarusian, Serbian,
# Kazakh, Uzbek, Tajik, Tatar, Bashkir; Turkmen, Crimean Tatar, Polish, Czech, Romanian, the Romance and
# the northern ones. A few come with foreign names, so a share is asked for.
_FOREIGN = re.compile("[іїєґўћђљњџќѓқңұҳҷӣӯҡҙҫҥҗñýňžäåøæãõàèéêìíòóôúùățřšďťůąęłńśźżőűķļņģāēīūėįųđß]")
_FOREIGN_SHARE = 0.03
_PRIOR = 0.05  # what a sentence keeps of a variety that the rest of the paper shows nothing of


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of running text and the variety that it is written in."""

    start: int
    end: int
    variety: Variety


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The language and script of most of a text; `probability` is that of the language.

    `spelling` tells how Azerbaijani is written: with its letters, without them, or in Cyrillic.
    `parts` cover the whole text in order.
    """

    language: Language
    probability: float
    script: Script
    spelling: Spelling
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """A linear model over hashed runs of 1 to 4 characters.

    `weights` has shape (2**bits, 7), a column for each of `VARIETIES`.
    """

    weights: NDArray[np.float32]

    def guess(self, text: str) -> LanguageGuess:
        """The language of most of the running text (normalised); `other`, `other` where it has no letters."""
        spans = sentences(text)
        letters = letters_by_script(text, spans)
        if not letters.sum():
            return LanguageGuess("other", 1.0, "other", "none", tuple(Part(s, e, "other") for s, e in spans))
        probabilities = self._probabilities(text, spans, letters)
        share = letters.sum(axis=1) @ probabilities / letters.sum()
        in_place = probabilities * (share + _PRIOR)
        parts = tuple(
            Part(start, end, VARIETIES[best])
            for (start, end), best in zip(spans, in_place.argmax(axis=1).tolist(), strict=True)
        )
        script = _SCRIPTS[int(letters.sum(axis=0).argmax())]
        return _summary(share, script, parts)

    def _probabilities(
        self, text: str, spans: list[tuple[int, int]], letters: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Shape (sentences, 7): each sentence's varieties, only those that its script allows."""
        scores = sentence_scores(text, spans, self.weights)
        allowed = np.stack([_IN_SCRIPT[script] for script in _SCRIPTS])[letters.argmax(axis=1)]
        allowed[foreign_share(text, spans) >= _FOREIGN_SHARE] = _IN_SCRIPT["other"]
        scores = np.where(allowed, scores, -np.inf)
        exponent = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = exponent / exponent.sum(axis=1, keepdims=True)
        return probabilities


def _summary(share: NDArray[np.float64], script: Script, parts: tuple[Part, ...]) -> LanguageGuess:
    languages: dict[Language, float] = {}
    for variety, value in zip(VARIETIES, share.tolist(), strict=True):
        languages[_LANGUAGE_OF[variety]] = languages.get(_LANGUAGE_OF[variety], 0.0) + value
    language = max(languages, key=lambda name: languages[name])
    written = max(
        (v for v in VARIETIES if _LANGUAGE_OF[v] == language), key=lambda v: share[VARIETIES.index(v)]
    )
    return LanguageGuess(
        language, min(languages[language], 1.0), script, _SPELLING_OF.get(written, "none"), parts
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans that cover the text: sentences and lines, the short ones joined with their neighbours."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _SENTENCE.finditer(text):
        if found.end() - start >= _SHORTEST:
            spans.append((start, found.end()))
            start = found.end()
    if start < len(text):
        spans = [*spans[:-1], (spans[-1][0], len(text))] if spans else [(0, len(text))]
    return spans


def letters_by_script(text: str, spans: list[tuple[int, int]]) -> NDArray[np.int64]:
    """Shape (spans, 3): how many Latin, Cyrillic and other letters each span has."""
    points = _points(_NOT_LETTER.sub(" ", text))
    cyrillic = (points >= _CYRILLIC_START) & (points < _CYRILLIC_END)
    latin = (points != ord(" ")) & ((points < _LATIN_END) | (points == ord("ə")) | ((points >> 8) == 0x1E))
    other = (points != ord(" ")) & ~cyrillic & ~latin
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    if not len(starts):
        return np.zeros((0, 3), dtype=np.int64)
    return np.stack(
        [np.add.reduceat(kind.astype(np.int64), starts) for kind in (latin, cyrillic, other)], axis=1
    )


def foreign_share(text: str, spans: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Shape (spans,): the share of characters in each that no alphabet read here has; 0 for a single one."""
    found = np.array([match.start() for match in _FOREIGN.finditer(_lower(text))], dtype=np.int64)
    edges = np.array([start for start, _ in spans] + [len(text)], dtype=np.int64)
    counts = np.diff(np.searchsorted(found, edges))
    share: NDArray[np.float64] = np.where(counts > 1, counts / np.maximum(np.diff(edges), 1), 0.0)
    return share


def sentence_scores(
    text: str, spans: list[tuple[int, int]], weights: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The weights of each span's n-grams over the root of their number; shape (spans, columns)."""
    index, span = sentence_ngrams(text, spans, int(weights.shape[0]).bit_length() - 1)
    number = np.maximum(np.bincount(span, minlength=len(spans)), 1)
    found = weights[index]
    sums = [np.bincount(span, found[:, column], len(spans)) for column in range(weights.shape[1])]
    scores: NDArray[np.float64] = np.stack(sums, axis=1) / np.sqrt(number)[:, None]
    return scores


def sentence_ngrams(
    text: str, spans: list[tuple[int, int]], bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The hashed n-grams of the text's letters, and the span that the middle of each is in.

    Lower case but not folded, since ə and ğ tell; everything between two words counts as one space.
    """
    points = _points(_NOT_LETTER.sub(" ", f" {_lower(text)} "))
    kept = np.flatnonzero(
        (points != ord(" ")) | (np.roll(points, 1) != ord(" ")) | (np.arange(len(points)) == 0)
    )
    grams = char_ngrams(points[kept].tobytes().decode("utf-32-le"), NGRAM_SIZES, bits)
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    middle = kept[(grams.start + grams.end) // 2] - 1
    place = np.searchsorted(starts, middle, side="right") - 1
    return grams.index, np.maximum(place, 0)


def _lower(text: str) -> str:
    return text.replace("İ", "i").lower()  # İ is the one letter whose lower case is two


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
