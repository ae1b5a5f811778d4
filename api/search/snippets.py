"""The place in a text that shows why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from api.search.folding import compact, folded, russian_stem, sound, split, stem
from api.search.terms import separated
from triage.text.normalise import normalise

LENGTH = 240
"""Characters that are shown around a match."""
_BEFORE = 60
_MOST_MATCHES = 400
_MOST_CHARACTERS = 200_000
"""Of a paper's text, that are looked at."""
_WORD = re.compile(r"\w+(?:['’ʼ]\w+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Snippet(NamedTuple):
    """Plain text of page `page` with the matches in it: start and end (exclusive), in code points of `text`."""

    page: int
    text: str
    matches: list[tuple[int, int]]


class _Match(NamedTuple):
    start: int
    end: int
    key: str


def snippet(pages: list[dict[str, Any]], keys: frozenset[str]) -> Snippet | None:
    """The stretch with most of what was asked for, the first of those as good; None without a match."""
    left = _MOST_CHARACTERS
    best: tuple[int, Snippet] | None = None
    for page in pages:
        plain = normalise(page["text"][:left]).text
        left -= len(plain)
        found = sorted(_matches(plain, keys), key=lambda match: (match.start, -match.end))[:_MOST_MATCHES]
        if found:
            many, first = max((_different(found, at), -at) for at in range(len(found)))
            if best is None or many > best[0]:
                best = many, _shown(page["page"], plain, found, found[-first].start)
        if left <= 0:
            break
    return best[1] if best else None


def _matches(plain: str, keys: frozenset[str]) -> Iterator[_Match]:
    numbers = any(map(str.isdigit, "".join(keys)))
    for found in separated(plain) if numbers else ():
        if (key := compact(found.group())) in keys:
            yield _Match(*found.span(), key)
    for found in _WORD.finditer(plain):
        for word in split(folded(found.group())):
            if fitting := next((form for form in _forms(word) if form in keys), None):
                yield _Match(*found.span(), fitting)


@lru_cache(maxsize=20_000)
def _forms(word: str) -> tuple[str, ...]:
    """What a word is found by; few words make most of all texts."""
    return stem(word), f"r/{russian_stem(word)}", f"~{sound(word)}"


def _different(found: list[_Match], at: int) -> int:
    """How many different things match from the match `at` on within a snippet."""
    end = found[at].start + LENGTH - _BEFORE
    keys = set()
    for match in found[at:]:
        if match.end > end:
            break
        keys.add(match.key)
    return len(keys)


def _shown(page: int, plain: str, found: list[_Match], first: int) -> Snippet:
    start = max(first - _BEFORE, 0)
    if start:  # not in the middle of a word
        space = plain.rfind(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(start + LENGTH, len(plain))
    if end < len(plain):
        space = plain.rfind(" ", first + 1, end)
        end = space if space > max((m.end for m in found if m.start == first), default=first) else end
    inside: list[tuple[int, int]] = []
    for match in found:
        if match.start >= max(start, inside[-1][1] + start if inside else 0) and match.end <= end:
            inside.append((match.start - start, match.end - start))
    return Snippet(page, _CONTROL.sub(" ", plain[start:end]), inside)
