"""How much of a text is made of words that the corpus knows: tells a spoilt scan from a readable paper."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.text.casing import fold

PREFIX = 5
"""Azerbaijani adds endings; the first letters of a word are what comes back."""

_WORD = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """A set of hashed words and word beginnings: `bits` has shape (2**k / 8,), a bit for each hash."""

    bits: NDArray[np.uint8]

    @classmethod
    def learn(cls, texts: list[str], size: int = 20) -> Lexicon:
        """The words of `texts`, hashed into `2**size` bits."""
        flags = np.zeros(1 << size, dtype=np.uint8)
        flags[
            _places(
                {key for text in texts for word in words(fold(text)) for key in (word, word[:PREFIX])}, size
            )
        ] = 1
        return cls(np.packbits(flags))

    def knows(self, word: str) -> bool:
        """Whether the folded word is known whole or by its first 5 letters."""
        return bool(self._known([word])[0])

    def known_share(self, text: str) -> float:
        """The share of a text's letters that stand in known words of 3 letters or more; 0 without words.

        Letters, not words, and no short words: a spoilt scan falls apart into bits of one or two letters,
        which are known by chance.
        """
        found = words(fold(text))
        if not found:
            return 0.0
        length = np.array([len(word) for word in found])
        return float(length[self._known(found) & (length > 2)].sum() / length.sum())

    def _known(self, found: list[str]) -> NDArray[np.bool_]:
        size = len(self.bits).bit_length() + 2
        whole = self._has(_places(found, size))
        begun = self._has(_places([word[:PREFIX] for word in found], size))
        return whole | begun

    def _has(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self.bits[places >> 3] >> (7 - (places & 7)) & 1).astype(bool)
        return found


def words(folded: str) -> list[str]:
    """The words of a folded text that hold a letter; runs of digits do not count."""
    return [word for word in _WORD.findall(folded) if _LETTER.search(word)]


def _places(keys: list[str] | set[str], size: int) -> NDArray[np.int64]:
    hashes = np.array([zlib.crc32(key.encode("utf-8", "replace")) for key in keys], dtype=np.int64)
    return hashes & ((1 << size) - 1)
