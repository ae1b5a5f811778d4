"""Evidence: the spans of the text that speak most for a label, read off the linear heads.

The heads are linear, so what each character added to a label's score is exact; a span's weight is its share of
all that spoke for the label. `tests/test_explain.py` holds this to the model by deleting the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\S+")
_EDGE = "\"'«»„“”()[]{}.,;:!?…–—-"
MAX_SPANS = 3
MAX_WORDS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with its share, in 0..1, of what spoke for the label."""

    start: int
    end: int
    weight: float


def evidence_spans(
    text: str, contributions: NDArray[np.float32], most: int = MAX_SPANS, words: int = MAX_WORDS
) -> list[Span]:
    """The at most `most` disjoint runs of up to `words` words with the greatest contribution, best first.

    `contributions` has shape (len(text),): what each code point added to the label's score. A run never
    crosses a line break and begins and ends with a word that speaks for the label.
    """
    places = [m.span() for m in _WORD.finditer(text)]
    if not places:
        return []
    bounds = np.array(places)
    total = np.concatenate([[0.0], np.cumsum(contributions, dtype=np.float64)])
    gains = total[bounds[:, 1]] - total[bounds[:, 0]]
    positive = float(gains[gains > 0].sum())
    if positive <= 0:
        return []
    lines = np.cumsum([text.count("\n", a, b) for a, b in _gaps(places)])
    found: list[Span] = []
    runs = _runs(gains, lines, words)
    for _ in range(most):
        more, first = divmod(int(runs.argmax()), len(places))
        if runs[more, first] <= 0:
            break
        last = first + more
        for length, row in enumerate(runs, 1):  # no later run may share a word with this one
            row[max(0, first - length + 1) : last + 1] = -np.inf
        start, end = _trim(text, places[first][0], places[last][1])
        found.append(Span(start, end, round(float(gains[first : last + 1].sum()) / positive, 4)))
    return found


def _gaps(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(0, 0)] + [(a[1], b[0]) for a, b in pairwise(places)]


def _runs(gains: NDArray[np.float64], lines: NDArray[np.int64], most: int) -> NDArray[np.float64]:
    """Gain of the run of `k + 1` words from word `n` on, shape (most, words); -inf where it leaves its line."""
    count = len(gains)
    prefix = np.concatenate([[0.0], np.cumsum(gains)])
    runs = np.full((min(most, count), count), -np.inf)
    for more, row in enumerate(runs):
        sums = prefix[more + 1 :] - prefix[: count - more]
        row[: count - more] = np.where(lines[more:] == lines[: count - more], sums, -np.inf)
    return runs


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end - 1 and text[start] in _EDGE:
        start += 1
    while end > start + 1 and text[end - 1] in _EDGE:
        end -= 1
    return start, end
