"""Where the words of a page stand, packed as it is kept with a reading.

A word is a run of characters that no blank parts and that stand beside each other: what is divided at the end of a
line is two. Offsets are code points of the page's text, measures tenths of a point from the page's top left corner.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.errors import ConflictError
from triage.types import Page

VERSION = 1
"""Of what `packed` writes: zlib (RFC 1950) of six columns of little-endian 32 bit integers (start, length, left, top,
width, height; all but lengths, widths and heights as differences to the word before), their lowest bytes first, then
the next, so that it is small."""
MOST_WORDS = 5_000
"""Words of a page whose places are kept: a page of a newspaper has as many."""
_TENTHS = 10
_FARTHEST = 1_000_000
"""Tenths of a point: no sheet of paper is larger."""

Ints = NDArray[np.int64]


class Word(NamedTuple):
    """A word: its offsets (end-exclusive) and its box."""

    start: int
    end: int
    left: int
    top: int
    right: int
    bottom: int


def packed(page: Page) -> bytes | None:
    """The layout of a page; None where nothing on it has a place. The same page gives the same bytes."""
    if page.boxes is None:
        return None
    blank = np.fromiter((sign.isspace() for sign in page.text), dtype=bool, count=len(page.text))
    at = np.flatnonzero(np.isfinite(page.boxes).all(axis=1) & ~blank)
    if not len(at):
        return None
    boxes = page.boxes[at]
    first = np.flatnonzero(np.append(True, ~_joined(boxes, np.cumsum(blank)[at])))
    starts, ends = at[first], at[np.append(first[1:], len(at)) - 1] + 1
    left, top = np.minimum.reduceat(boxes[:, :2], first).T
    right, bottom = np.maximum.reduceat(boxes[:, 2:], first).T
    x0, y0, x1, y1 = (_tenths(side) for side in (left, top, right, bottom))
    columns = [np.diff(starts, prepend=0), ends - starts, np.diff(x0, prepend=0), np.diff(y0, prepend=0)]
    table = np.stack([column[:MOST_WORDS] for column in (*columns, x1 - x0, y1 - y0)]).astype("<i4")
    return zlib.compress(table.reshape(-1, 1).view(np.uint8).T.tobytes(), 9)


def unpacked(version: int, layout: bytes) -> list[Word]:
    """The words of a layout as it was kept, in the order of the text. Raises ConflictError for an unknown version."""
    if version != VERSION:
        raise ConflictError("This was kept by a newer version of the service. Bring this one up to date.")
    planes = np.frombuffer(zlib.decompress(layout), dtype=np.uint8).reshape(4, -1)
    table = np.ascontiguousarray(planes.T).view("<i4").reshape(6, -1).astype(np.int64)
    start, left, top = (np.cumsum(table[row]) for row in (0, 2, 3))
    length, width, height = table[1], table[4], table[5]
    columns = (start, start + length, left, top, left + width, top + height)
    return [Word(*row) for row in np.stack(columns, axis=1).tolist()]


def _joined(boxes: NDArray[np.float32], blanks: Ints) -> NDArray[np.bool_]:
    """Whether each character but the first belongs to the word before: no blank between them, and beside it."""
    before, after = boxes[:-1], boxes[1:]
    overlap = np.minimum(before[:, 2:], after[:, 2:]) - np.maximum(before[:, :2], after[:, :2])
    sides = boxes[:, 2:] - boxes[:, :2]
    least, largest = np.minimum(sides[:-1], sides[1:]), np.maximum(sides[:-1], sides[1:])
    across, down = overlap.T
    in_line = (down > least[:, 1] / 2) & (-across < largest[:, 1])
    in_column = (across > least[:, 0] / 2) & (-down < largest[:, 0])  # a sheet that was scanned sideways
    return np.asarray((blanks[1:] == blanks[:-1]) & (in_line | in_column), dtype=bool)


def _tenths(side: NDArray[Any]) -> Ints:
    return np.asarray(np.clip(np.rint(side * _TENTHS), 0, _FARTHEST), dtype=np.int64)
