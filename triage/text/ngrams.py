"""Hashed n-grams that know where they stand, so that a linear model's score can be read off the text."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Knuth's multiplicative hashing


@dataclass(frozen=True, slots=True)
class NGrams:
    """Occurrences of n-grams: `index` into the hash space, `start` and `end` in the text; all shape (n,)."""

    index: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def char_ngrams(text: str, sizes: tuple[int, ...], bits: int) -> NGrams:
    """Every run of `n` code points for each `n` in `sizes`, hashed into `2**bits` places.

    The text should be folded first (`triage.text.fold`). Runs over a line break are kept.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    found = [_windows(points, n, bits) for n in sizes if len(points) >= n]
    return _join(found)


def word_ngrams(
    text: str, sizes: tuple[int, ...], bits: int, *, salt: int = 0, letters: int | None = None
) -> NGrams:
    """Every run of `n` words (`\\w+`) for each `n` in `sizes`, hashed into `2**bits` places.

    `salt` gives families of n-grams places of their own; of each word only the first `letters` count.
    """
    words = list(_WORD.finditer(text))
    hashes = np.array(
        [zlib.crc32(w.group()[:letters].encode("utf-8", "surrogatepass")) for w in words], dtype=np.uint64
    )
    starts = np.array([w.start() for w in words], dtype=np.int64)
    ends = np.array([w.end() for w in words], dtype=np.int64)
    found = []
    for n in sizes:
        if len(words) >= n:
            index = _windows(hashes + np.uint64((salt + 1) << 40), n, bits).index
            found.append(NGrams(index, starts[: len(words) - n + 1], ends[n - 1 :]))
    return _join(found)


def _windows(units: NDArray[np.uint64], n: int, bits: int) -> NGrams:
    code = np.full(len(units) - n + 1, np.uint64(n))
    for k in range(n):
        code = (code ^ units[k : len(units) - n + 1 + k]) * _MULTIPLIER
        code ^= code >> np.uint64(29)
    index = ((code * _MULTIPLIER) >> np.uint64(64 - bits)).astype(np.int64)
    start = np.arange(len(index), dtype=np.int64)
    return NGrams(index, start, start + n)


def _join(parts: list[NGrams]) -> NGrams:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return NGrams(none, none, none)
    return NGrams(
        np.concatenate([p.index for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.end for p in parts]),
    )
