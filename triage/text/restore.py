"""Azerbaijani typed without its letters, brought back to them: `Men sikayet edirem` → `Mən şikayət edirəm`.

Two habits are undone: the Latin keyboard without ə ı ö ü ş ç ğ, and the Russian keyboard without
ә ғ ҝ һ ө ү ҹ (after `az_from_cyrillic` has brought it to Latin letters). Every letter that may stand for
several is decided by a linear model over the letters around it.
"""

from __future__ import annotations

import re
import zlib
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

# (letters before, letters after) that a feature sees; the letter itself is always part of it.
WINDOWS = (
    (1, 0), (2, 0), (3, 0), (4, 0), (6, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 6),
    (1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (3, 3), (4, 2), (2, 4), (5, 5),
)  # fmt: skip
FEATURES = len(WINDOWS) + 1
_REACH = 6
_WORD = re.compile(r"[^\W\d_]+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

_DIGRAPHS = re.compile("[SsCcGg][Hh]|[Ww]")
_DIGRAPH_LETTER = {"sh": "ş", "ch": "ç", "gh": "ğ", "w": "ş"}
# Words in which the two letters are two sounds (təchizat, İshaq, ishal, Mushaf).
_TWO_SOUNDS = re.compile("techiz|ishaq|ishal|mushaf|eshab|meshed|mezheb")


@dataclass(frozen=True, slots=True, eq=False)
class LetterRestorer:
    """Linear models over hashed context, one for each keyboard: shape (2**bits, 2).

    The columns score the second and the third option of `OPTIONS` against the first, whose score is 0.
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


def context(bare: str, keyboard: Keyboard, bits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of the letters to decide, shape (n,), and their hashed features, shape (n, FEATURES).

    `bare` is a `skeleton`.
    """
    points = np.frombuffer(bare.encode("utf-32-le", "replace"), dtype="<u4")
    open_letters = np.array([ord(letter) for letter in OPTIONS[keyboard]], dtype=np.uint32)
    places = np.flatnonzero(np.isin(points, open_letters))
    padded = np.full(len(points) + 2 * _REACH, ord(" "), dtype=np.uint64)
    padded[_REACH : _REACH + len(points)] = _letters_only(bare)
    centre = places + _REACH
    before, after = _runs(padded, centre, -1), _runs(padded, centre, 1)
    letter = padded[centre] * _MULTIPLIER
    columns = [
        _mixed(_mixed(letter ^ before[left], number), 0) ^ _mixed(after[right], 1)
        for number, (left, right) in enumerate(WINDOWS, 2)
    ]
    columns.append(_mixed(_word_codes(bare)[places] ^ letter, 1))
    codes = np.stack(columns, axis=1) * _MULTIPLIER
    return places, (codes >> np.uint64(64 - bits)).astype(np.int64)


def _letters_only(bare: str) -> NDArray[np.uint32]:
    """Code points of `bare` with everything but letters as a space."""
    kept = "".join(char if char.isalpha() else " " for char in bare)
    return np.frombuffer(kept.encode("utf-32-le", "replace"), dtype="<u4")


def _runs(padded: NDArray[np.uint64], centre: NDArray[np.int64], step: int) -> list[NDArray[np.uint64]]:
    """Hashes of the 0, 1, … `_REACH` characters on one side of each centre."""
    code = np.full(len(centre), np.uint64(7))
    runs = [code]
    for distance in range(1, _REACH + 1):
        code = (code ^ padded[centre + step * distance]) * _MULTIPLIER
        code ^= code >> np.uint64(31)
        runs.append(code)
    return runs


def _mixed(code: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    code = (code + np.uint64(salt)) * _MULTIPLIER
    mixed: NDArray[np.uint64] = code ^ (code >> np.uint64(29))
    return mixed


def _word_codes(bare: str) -> NDArray[np.uint64]:
    """For each character of `bare`: a hash of its word and its place in it; 0 outside words."""
    codes = np.zeros(len(bare), dtype=np.uint64)
    for found in _WORD.finditer(bare):
        start, end = found.span()
        codes[start:end] = (zlib.crc32(found.group().encode("utf-8", "replace")) << 12) + 1
        codes[start:end] += np.arange(end - start, dtype=np.uint64)
    return codes


def _restored(text: str, keyboard: Keyboard, weights: NDArray[np.float32]) -> str:
    bare = skeleton(text, keyboard)
    places, features = context(bare, keyboard, int(weights.shape[0]).bit_length() - 1)
    gain = np.concatenate([np.zeros((len(places), 1)), weights[features].sum(axis=1)], axis=1)
    options = OPTIONS[keyboard]
    letters = list(text)
    for place, scores in zip(places.tolist(), gain.tolist(), strict=True):
        typed, choice = text[place], options[bare[place]]
        if typed.lower() != choice[0] and typed not in "İI":
            continue  # marked already
        best = choice[max(range(len(choice)), key=lambda option: scores[option])]
        letters[place] = _like(best, typed)
    return "".join(letters)


def _like(letter: str, typed: str) -> str:
    """`letter` in the case of what was typed. I typed for İ or ı stays where it can be either."""
    if not typed.isupper():
        return letter
    return {"i": "İ", "ı": "I"}.get(letter, letter.upper())


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
