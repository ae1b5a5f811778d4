"""Texts that remember where each of their characters came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Edit = tuple[int, int, str]
"""Start and end (exclusive) of a stretch of the source, and what stands in its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """A text made from a source, with the source span of each character.

    `starts` and `ends` have shape (len(text) + 1,): character `i` comes from `source[starts[i]:ends[i]]`;
    the last entry of both is the length of the source. Both never fall. Characters of the source that were
    dropped lie between two spans; several characters made from one share its span.
    """

    text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    @classmethod
    def identity(cls, text: str) -> Mapped:
        """A text that is its own source."""
        starts = np.arange(len(text) + 1, dtype=np.int32)
        ends = np.minimum(starts + 1, len(text)).astype(np.int32)
        return cls(text, starts, ends)

    @classmethod
    def edited(cls, source: str, edits: Sequence[Edit]) -> Mapped:
        """`source` with `edits` made; they are in order and do not overlap.

        A replacement as long as what it replaces maps character for character, any other as a whole.
        """
        if not edits:
            return cls.identity(source)
        parts: list[str] = []
        spans: list[tuple[int, int, int]] = []  # source start, source end, characters made
        cursor = 0
        for start, end, new in edits:
            parts += (source[cursor:start], new)
            if len(new) != end - start:
                spans.append((start, end, len(new)))
            cursor = end
        parts.append(source[cursor:])
        return cls("".join(parts), *_spread(len(source), np.array(spans, dtype=np.int64).reshape(-1, 3)))

    def with_text(self, text: str) -> Mapped:
        """The same spans under another text of the same length. Raises `ValueError` for another length."""
        if len(text) != len(self.text):
            raise ValueError(f"{len(text)} characters cannot take the place of {len(self.text)}")
        return Mapped(text, self.starts, self.ends)

    def over(self, before: Mapped) -> Mapped:
        """This text in the source of `before`, where this one was made from `before.text`."""
        ends = before.ends[np.maximum(self.ends - 1, 0)]
        ends[-1] = before.ends[-1]
        return Mapped(self.text, before.starts[self.starts], ends)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that `text[start:end]` was made from."""
        if start >= end:
            place = int(self.starts[start])
            return place, place
        return int(self.starts[start]), int(self.ends[end - 1])

    def to_text(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text that holds all that was made from `source[start:end]`."""
        length = len(self.text)
        first = min(int(np.searchsorted(self.ends[:length], start, side="right")), length)
        if start >= end:
            return first, first
        last = min(int(np.searchsorted(self.starts[:length], end, side="left")), length)
        return min(first, last), last


def _spread(length: int, spans: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """`starts` and `ends` of a source of `length` in which `spans` (start, end, made) changed length."""
    made = np.ones(length + 1, dtype=np.int64)  # characters of the text that begin at each source place
    end_of = np.arange(1, length + 2, dtype=np.int64)
    start, end, count = spans.T
    inside = np.zeros(length + 2, dtype=np.int64)
    np.add.at(inside, start, 1)
    np.add.at(inside, end, -1)
    made[np.cumsum(inside)[: length + 1] > 0] = 0
    has_width = end > start
    made[start[has_width]] = count[has_width]
    end_of[start[has_width]] = end[has_width]
    starts = np.repeat(np.arange(length + 1, dtype=np.int64), made)
    ends = np.repeat(end_of, made)
    ends[-1] = length
    return starts.astype(np.int32), ends.astype(np.int32)


def join(parts: Sequence[Mapped]) -> Mapped:
    """Texts made from neighbouring stretches of one source, as one text made from all of it."""
    if len(parts) == 1:
        return parts[0]
    starts: list[NDArray[np.int32]] = []
    ends: list[NDArray[np.int32]] = []
    offset = 0
    for part in parts:
        starts.append(part.starts[:-1] + np.int32(offset))
        ends.append(part.ends[:-1] + np.int32(offset))
        offset += int(part.starts[-1])
    last = np.array([offset], dtype=np.int32)
    return Mapped(
        "".join(p.text for p in parts), np.concatenate([*starts, last]), np.concatenate([*ends, last])
    )
