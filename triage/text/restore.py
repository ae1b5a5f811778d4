"""Azerbaijani typed without its letters, brought back to them: `Men sikayet edirem` → `Mən şikayət edirəm`.

Two habits are undone: the Latin keyboard without ə ı ö ü ş ç ğ, and the Russian keyboard without
ә ғ ҝ һ ө ү ҹ (after `az_from_cyrillic` has brought it to Latin letters). Every letter that may stand for
several is decided by a linear model over the letters around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from triage.text.casing import fold
from triage.text.spans import Edit, Mapped

Keyboard = Literal["latin", "russian"]

OPTIONS: dict[Keyboard, dict[str, str]] = {
    "latin": {"e": "eə", "i": "iı", "o": "oö", "u": "uü", "s": "sş", "c": "cç", "g": "gğ"},
    "russian": {"e": "eə", "o": "oö", "u": "uü", "ç": "çc", "q": "qgğ", "x": "xh"},
}
"""What a typed letter may stand for, by keyboard; the first is the letter itself."""

_RUSSIAN_TYPED = {full: typed for typed, options in OPTIONS["russian"].items() for full in options}
_RUSSIAN_FORM = str.maketrans(_RUSSIAN_TYPED)


def _table(letters: str) -> NDArray[np.bool_]:
    """True at the code points of `letters`, which end below U+0300; the last place stands for all others."""
    table = np.zeros(0x300, dtype=np.bool_)
    table[[ord(letter) for letter in letters]] = True
    return table


# (letters before, letters after) that a feature sees; the letter itself is always part of it.
WINDOWS = (
    (1, 0), (2, 0), (3, 0), (4, 0), (6, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 6),
    (1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (3, 3), (4, 2), (2, 4), (5, 5),
)  # fmt: skip
_HARMONY_WINDOWS = ((0, 0), (1, 0), (2, 1), (0, 3))
CONTEXT_FEATURES = len(WINDOWS) + 1
"""How many features `Context.features` has for a letter: each window, and the whole word."""

_REACH = 6
_ROUNDS = 3
_VOWEL = _table("aeiouıəöü")
_OPEN: dict[Keyboard, NDArray[np.bool_]] = {name: _table("".join(table)) for name, table in OPTIONS.items()}
_NOT_LETTER = re.compile(r"[\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SPACE = ord(" ")

_DIGRAPHS = re.compile("[SsCcGg][Hh]|[Ww]")
_DIGRAPH_LETTER = {"sh": "ş", "ch": "ç", "gh": "ğ", "w": "ş"}
# Words in which the two letters are two sounds (təchizat, İshaq, ishal, Mushaf).
_TWO_SOUNDS = re.compile("techiz|ishaq|ishal|mushaf|eshab|meshed|mezheb")


def _choices(keyboard: Keyboard) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The letters typed, small and capital, in order, and what each may stand for: shapes (n,), (n, 3)."""
    capital = {"i": "İ", "ı": "I"}
    table = {}
    for typed, options in OPTIONS[keyboard].items():
        padded = options.ljust(3, typed)
        table[typed] = padded
        table[typed.upper()] = "".join(capital.get(letter, letter.upper()) for letter in padded)
    typed_letters = sorted(table)
    points = [[ord(letter) for letter in table[typed]] for typed in typed_letters]
    return np.array([ord(t) for t in typed_letters], dtype=np.uint32), np.array(points, dtype=np.uint32)


_CHOICES: dict[Keyboard, tuple[NDArray[np.uint32], NDArray[np.uint32]]] = {
    "latin": _choices("latin"),
    "russian": _choices("russian"),
}


@dataclass(frozen=True, slots=True, eq=False)
class LetterRestorer:
    """Linear models over hashed context, one for each keyboard: shape (options - 1, 2**bits).

    The rows score the second and the third option of `OPTIONS` against the first, whose score is 0.
    """

    latin: NDArray[np.float32]
    russian: NDArray[np.float32]

    def restore(self, text: str, known: Callable[[str], bool] | None = None) -> Mapped:
        """Unmarked Latin Azerbaijani with its letters; letters that are marked already stay.

        `sh`, `ch` and `gh` become one letter, and so does `w` in a word that `known` then knows (folded).
        """
        mapped = Mapped.edited(text, _digraph_edits(text, known))
        return mapped.with_text(_restored(mapped.text, "latin", self.latin))

    def restore_transliterated(self, text: str) -> Mapped:
        """Azerbaijani that was typed with a Russian keyboard, after `az_from_cyrillic`."""
        return Mapped.identity(_restored(text, "russian", self.russian))


def skeleton(text: str, keyboard: Keyboard) -> str:
    """What the keyboard leaves of marked Azerbaijani text, in lower case and of the same length."""
    if keyboard == "latin":
        return fold(text)
    return text.replace("İ", "i").replace("I", "ı").lower().translate(_RUSSIAN_FORM)


class Context:
    """The letters of a `skeleton` that are to be decided, and what stands around them.

    `places` has shape (n,): where they stand. `features` has shape (21, n): hashed windows of the letters
    around each and its whole word.
    """

    def __init__(self, bare: str, keyboard: Keyboard, bits: int) -> None:
        points = code_points(_NOT_LETTER.sub(" ", bare))
        self._shift = np.uint64(64 - bits)
        self.places = np.flatnonzero(_OPEN[keyboard][np.minimum(points, len(_OPEN[keyboard]) - 1)])
        padded = np.full(len(points) + 2 * _REACH, _SPACE, dtype=np.uint64)
        padded[_REACH : _REACH + len(points)] = points
        centre = self.places + _REACH
        letter = padded[centre] * _MULTIPLIER
        self._before = _runs(padded, centre, -1) ^ letter
        self._after = _mixed(_runs(padded, centre, 1), np.uint64(1))
        starts, words = _words(points)
        whole_word = _mixed(words[self.places] ^ letter, np.uint64(1))
        self.features = self._hashed(np.concatenate([self._windows(WINDOWS, 2), whole_word[None]]))
        is_vowel = _VOWEL[np.minimum(points, len(_VOWEL) - 1)]
        last = np.maximum.accumulate(np.append(-1, np.where(is_vowel, np.arange(len(points)), -1)))[
            self.places
        ]
        self._vowel = np.where(last >= starts[self.places], last, -1)

    def harmony(self, decided: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Hashed features of the vowel before each letter in its word, shape (4, n).

        Endings take their vowels from it (vowel harmony). `decided` has the code points of the text so
        far, small letters, shape (len(bare),).
        """
        vowel = np.where(self._vowel >= 0, decided[self._vowel], 0).astype(np.uint64) << np.uint64(40)
        return self._hashed(self._windows(_HARMONY_WINDOWS, 90) ^ _mixed(vowel, np.uint64(90)))

    def _windows(self, windows: tuple[tuple[int, int], ...], number: int) -> NDArray[np.uint64]:
        left, right = np.array(windows).T
        salt = np.arange(number, number + len(windows), dtype=np.uint64)[:, None]
        mixed: NDArray[np.uint64] = _mixed(self._before[left], salt) * _MULTIPLIER ^ self._after[right]
        return mixed

    def _hashed(self, codes: NDArray[np.uint64]) -> NDArray[np.int64]:
        return (codes * _MULTIPLIER >> self._shift).astype(np.int64)


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of `text`, shape (len(text),); a lone surrogate is a question mark."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")


def _runs(padded: NDArray[np.uint64], centre: NDArray[np.int64], step: int) -> NDArray[np.uint64]:
    """Hashes of the 0, 1, … `_REACH` characters on one side of each centre; shape (_REACH + 1, n)."""
    runs = np.full((_REACH + 1, len(centre)), np.uint64(7))
    for distance in range(1, _REACH + 1):
        runs[distance] = _mixed(runs[distance - 1] ^ padded[centre + step * distance], np.uint64(0))
    return runs


def _mixed(code: NDArray[np.uint64], salt: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    code = (code + salt) * _MULTIPLIER
    mixed: NDArray[np.uint64] = code ^ (code >> np.uint64(29))
    return mixed


def _words(points: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """For each character: where its word starts, and a hash of the word and of its place in it."""
    if not len(points):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    place = np.arange(len(points))
    begins = np.flatnonzero(np.concatenate([[True], (points[1:] == _SPACE) | (points[:-1] == _SPACE)]))
    starts = np.repeat(begins, np.diff(np.append(begins, len(points))))
    offset = (place - starts).astype(np.uint64)
    letters = _mixed((points.astype(np.uint64) << np.uint64(20)) + offset, np.uint64(3))
    totals = np.add.reduceat(letters, begins)
    words = np.repeat(totals, np.diff(np.append(begins, len(points))))
    return starts, _mixed(words + offset, np.uint64(5))


def _restored(text: str, keyboard: Keyboard, weights: NDArray[np.float32]) -> str:
    bare = skeleton(text, keyboard)
    context = Context(bare, keyboard, weights.shape[1].bit_length() - 1)
    if not len(context.places):
        return text
    typed = code_points(text)
    letters, choices = _CHOICES[keyboard]
    row = np.minimum(np.searchsorted(letters, typed[context.places]), len(letters) - 1)
    small_row = np.searchsorted(letters, code_points(bare)[context.places])
    is_open = letters[row] == typed[context.places]  # the others are marked already
    decided = code_points(text.replace("İ", "i").lower()).copy()
    scores = [line[context.features].sum(axis=0) for line in weights]
    best = _best(scores)
    for _ in range(_ROUNDS):  # from the first vowel of a word to its last
        decided[context.places[is_open]] = choices[small_row, best][is_open]
        before = context.harmony(decided)
        best = _best([score + line[before].sum(axis=0) for score, line in zip(scores, weights, strict=True)])
    typed = typed.copy()
    typed[context.places[is_open]] = choices[row, best][is_open]
    return typed.tobytes().decode("utf-32-le")


def _best(scores: list[NDArray[np.float32]]) -> NDArray[np.int64]:
    """The option with the highest score; the first option's is 0."""
    best: NDArray[np.int64] = np.argmax([np.zeros_like(scores[0]), *scores], axis=0)
    return best


def _digraph_edits(text: str, known: Callable[[str], bool] | None) -> list[Edit]:
    if _DIGRAPHS.search(text) is None:
        return []
    edits: list[Edit] = []
    for word in _WORD.finditer(text):
        found = list(_DIGRAPHS.finditer(word.group()))
        if not found or _TWO_SOUNDS.search(fold(word.group())):
            continue
        plain = _DIGRAPHS.sub(lambda pair: fold(_DIGRAPH_LETTER[pair.group().lower()]), fold(word.group()))
        if "w" in word.group().lower() and (known is None or not known(plain)):
            continue
        for pair in found:
            letter = _DIGRAPH_LETTER[pair.group().lower()]
            cased = letter.upper() if pair.group()[0].isupper() else letter
            edits.append((word.start() + pair.start(), word.start() + pair.end(), cased))
    return edits
