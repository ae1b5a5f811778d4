"""What the name model sees of each word: hashed features of the word, its neighbours, its line and its text.

Words are compared by a skeleton (`fold`, Cyrillic letters as Latin ones), so that a name is known in each of
its spellings. Features of a word are cached; those of its surroundings are made from them by arithmetic on
whole columns, which keeps the cost at a few milliseconds for a page.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from triage.text import fold

Codes = NDArray[np.uint64]

_MULTIPLIER = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: Knuth's multiplicative hashing
_MASK = (1 << 64) - 1
_SHIFT = np.uint64(29)
_REACH = 3

_LATIN = str.maketrans(
    dict(zip("абвгдежзийклмнопрстуфхцчшщыэ", "abvqdejziyklmnoprstufxcccsie", strict=True))
    | {"ъ": "", "ь": "", "ю": "yu", "я": "ya"}
)
# Folded case endings of the four languages (az and tr: in, a, i, da, dan, la; ru: a, u, om, oy, e, ami),
# longest first; a guess is enough, as the whole word is a feature too.
_ENDINGS = (
    "ndan", "nden",
    "dan", "den", "dir", "dur", "nda", "nde", "nin", "nun", "ovu", "oyu", "ami",
    "in", "un", "ya", "ye", "ni", "nu", "da", "de", "la", "le", "na", "ne", "om", "oy", "ax", "ey",
    "a", "e", "i", "u",
)  # fmt: skip
_SHORTEST_STEM = 4

_WORD_FEATURES = (
    "word", "stem", "prefix2", "prefix3", "prefix4", "suffix1", "suffix2", "suffix3", "suffix4", "shape",
    "form", "ending", "stem_end3", "stem_end2",
)  # fmt: skip
_NEIGHBOURS = {
    1: ("word", "stem", "suffix2", "suffix3", "form", "ending", "stem_end3", "prefix3"),
    2: ("word", "stem", "suffix3", "form"),
    3: ("stem",),
}
# Pairs and more of (distance, feature) that count together.
_TOGETHER = (
    ((-1, "word"), (0, "word")),
    ((0, "stem"), (1, "stem")),
    ((-1, "form"), (0, "form")),
    ((0, "form"), (1, "form")),
    ((-1, "form"), (0, "form"), (1, "form")),
    ((-2, "form"), (-1, "form"), (0, "form"), (1, "form"), (2, "form")),
    ((-1, "suffix2"), (0, "suffix2"), (0, "shape")),
    ((0, "suffix2"), (1, "suffix2"), (0, "shape")),
    ((0, "stem_end3"), (1, "word")),
    ((0, "form"), (1, "word")),
    ((-1, "word"), (0, "form")),
    ((-1, "suffix3"), (0, "form")),
    ((0, "form"), (1, "suffix3")),
    ((0, "form"), (0, "stem_end3")),
    ((0, "form"), (0, "suffix3")),
    ((0, "form"), (1, "form"), (2, "stem")),
    ((-2, "stem"), (-1, "form"), (0, "form")),
)
# What is looked at where the same stem stands elsewhere in the text.
_ELSEWHERE = (
    (-1, "word"), (1, "word"), (1, "suffix2"), (-1, "form"), (1, "form"), (0, "ending"), (1, "stem_end3"),
    (-1, "stem_end3"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, gaps left out; all of length n.

    `breaks` counts the line breaks before each word, `kinds` is the number of the pattern's label that
    covers it, 0 for none; `places` is its code in `triage.entities.place_words`.
    """

    texts: Sequence[str]
    breaks: NDArray[np.int64]
    kinds: NDArray[np.int64]
    places: NDArray[np.int64]


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """The word in small ASCII-like letters, the same for its Latin, unmarked and Cyrillic spelling."""
    return fold(word).translate(_LATIN)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A skeleton without its case ending, at least four letters."""
    for ending in _ENDINGS:
        if len(word) - len(ending) >= _SHORTEST_STEM and word.endswith(ending):
            return word[: -len(ending)]
    return word


def code(text: str) -> int:
    """A 32-bit hash that is the same on every machine."""
    return zlib.crc32(text.encode("utf-8", "replace"))


def feature_codes(words: Words, bits: int) -> NDArray[np.int64]:
    """The features of each word as places in a table of `2**bits`; shape (n, number of features)."""
    return _Columns(words).stacked(bits)


def _shape(word: str) -> str:
    kinds: list[str] = []
    for letter in word:
        kind = "d" if letter.isdigit() else "X" if letter.isupper() else "x" if letter.isalpha() else letter
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds[:6])


@lru_cache(maxsize=20_000)
def _word_codes(word: str) -> Codes:
    """The hashes of `_WORD_FEATURES` of one word."""
    plain = skeleton(word[:64])
    root, shape = stem(plain), _shape(word[:64])
    length = min(len(word), 4) // 2  # one letter, two or three, more
    values = (
        plain, root, plain[:2], plain[:3], plain[:4], plain[-1:], plain[-2:], plain[-3:], plain[-4:], shape,
        f"{shape}{length}", plain[len(root) :], root[-3:], root[-2:],
    )  # fmt: skip
    return np.array([code(f"{n}{v}") for n, v in enumerate(values)], dtype=np.uint64)


class _Columns:
    """Builds the feature matrix of one text, column by column."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.size = len(words.texts)
        edge = np.tile(np.arange(1, len(_WORD_FEATURES) + 1, dtype=np.uint64), (_REACH, 1))
        codes = [_word_codes(text) for text in words.texts]
        inner = np.array(codes, dtype=np.uint64).reshape(self.size, len(_WORD_FEATURES))
        self.codes = np.concatenate([edge, inner, edge])
        self.columns: list[Codes] = []

    def stacked(self, bits: int) -> NDArray[np.int64]:
        self._neighbours()
        self._lines()
        self._patterns()
        self._places()
        self._elsewhere()
        shifted = np.stack(self.columns, axis=1) >> np.uint64(64 - bits)
        return shifted.astype(np.int64)

    def at(self, distance: int, feature: str) -> Codes:
        """The feature of the word `distance` words further on, for every word."""
        start = _REACH + distance
        return self.codes[start : start + self.size, _WORD_FEATURES.index(feature)]

    def add(self, *parts: Codes) -> None:
        """Add a column: the hash of its own number and of `parts`."""
        seed = ((len(self.columns) + 1) * _MULTIPLIER) & _MASK
        mixed = np.full(self.size, seed, dtype=np.uint64)
        for part in parts:
            mixed = (mixed ^ part) * np.uint64(_MULTIPLIER)
            mixed ^= mixed >> _SHIFT
        self.columns.append(mixed * np.uint64(_MULTIPLIER))

    def _neighbours(self) -> None:
        for feature in _WORD_FEATURES:
            self.add(self.at(0, feature))
        for distance, features in _NEIGHBOURS.items():
            for feature in features:
                self.add(self.at(-distance, feature))
                self.add(self.at(distance, feature))
        for places in _TOGETHER:
            self.add(*(self.at(distance, feature) for distance, feature in places))

    def _lines(self) -> None:
        breaks = np.minimum(self.words.breaks, 2).astype(np.uint64)
        after = np.append(breaks[1:], np.uint64(2))[: self.size]
        line = np.cumsum(self.words.breaks > 0)
        from_top = np.minimum(line, 4).astype(np.uint64)
        from_end = np.minimum(line[-1:] - line, 4).astype(np.uint64)
        stops = [_word_codes(sign)[0] for sign in ".?!"]
        opens = (np.isin(self.at(-1, "word"), stops) | (breaks > 0)).astype(np.uint64)
        shape, form = self.at(0, "shape"), self.at(0, "form")
        for value in (breaks, after, from_top, from_end):
            self.add(value, shape)
        self.add(breaks, after, form, self.at(1, "form"))
        self.add(opens, form)

    def _patterns(self) -> None:
        padded = np.pad(self.words.kinds, 2).astype(np.uint64)
        for distance in range(5):
            self.add(padded[distance : distance + self.size])

    def _places(self) -> None:
        padded = np.pad(self.words.places, 2).astype(np.uint64)
        near = [padded[start : start + self.size] for start in range(5)]
        before, here, after = near[1:4]
        form, shape = self.at(0, "form"), self.at(0, "shape")
        for codes in near:
            self.add(codes)
        self.add(here, form)
        self.add(here, form, self.at(1, "stem"))
        self.add(here, self.at(0, "ending"), shape)
        self.add(here, form, self.at(1, "form"))
        self.add(here, self.at(-1, "form"), form)
        self.add(before, here, after)

    def _elsewhere(self) -> None:
        stems = self.at(0, "stem").tolist()
        capital = [text[:1].isupper() for text in self.words.texts]
        small = {s for s, is_capital in zip(stems, capital, strict=True) if not is_capital}
        known_small = np.array([s in small for s in stems], dtype=np.uint64)
        self.add(known_small, self.at(0, "form"), np.minimum(self.words.breaks, 2).astype(np.uint64))
        for other in _same_stem(stems, capital):
            found = other >= 0
            place = np.where(found, other, 0) + _REACH
            for distance, feature in _ELSEWHERE:
                there = self.codes[place + distance, _WORD_FEATURES.index(feature)]
                self.add(np.where(found, there, np.uint64(0)))


def _same_stem(stems: list[int], capital: list[bool]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the same stem stands last before each word with a capital, and next after it; -1 for none."""
    before = np.full(len(stems), -1, dtype=np.int64)
    after = np.full(len(stems), -1, dtype=np.int64)
    last: dict[int, int] = {}
    for place, (value, is_capital) in enumerate(zip(stems, capital, strict=True)):
        if not is_capital:
            continue
        earlier = last.get(value)
        if earlier is not None:
            before[place], after[earlier] = earlier, place
        last[value] = place
    return before, after
