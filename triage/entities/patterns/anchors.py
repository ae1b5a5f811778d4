"""Where a pattern may begin: a text is cut once into words, digits and signs, and only they are tried.

Searching a text with each of some thirty expressions costs several times as much as trying them at the few
places where a number or a telling word begins. The time stays linear in the text: each expression is bounded
in length, and each is tried once a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from triage.text.casing import fold
from triage.types import Entity

_TOKEN = re.compile(r"([^\W\d_]+(?<!\bo(?=\d)))|(o?\d+)|([\"№$€₼₽₺£(+*])")
_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Anchored:
    """A text, its folded form (same length) and the places where words, digits and signs begin.

    `words` maps the first two letters (one letter for a word of one) to the starts of such words. A word
    that follows a digit at once, or digits that follow a letter, are no new beginning; `o` before digits is
    a zero that a recogniser misread.
    """

    text: str
    folded: str
    digits: list[int]
    signs: list[int]
    words: dict[str, list[int]]

    @classmethod
    def read(cls, text: str) -> Anchored:
        """Cut the text."""
        folded = fold(text)
        digits: list[int] = []
        signs: list[int] = []
        words: dict[str, list[int]] = {}
        before = -1
        for token in _TOKEN.finditer(folded):
            start, kind = token.start(), token.lastindex
            if kind == 3:
                signs.append(start)
                continue
            if start != before:
                if kind == 2:
                    digits.append(start)
                else:
                    words.setdefault(folded[start : min(start + _PREFIX, token.end())], []).append(start)
            before = token.end()
        return cls(text, folded, digits, signs, words)

    def places(self, prefixes: Iterable[str]) -> list[int]:
        """The starts of the words that begin with one of `prefixes` (as `prefixes_of` makes them), sorted."""
        return sorted(at for prefix in prefixes for at in self.words.get(prefix, ()))

    def entity(self, label: str, start: int, end: int, value: str | None) -> Entity:
        """The entity at these offsets."""
        return Entity(label, start, end, self.text[start:end], value=value)


def prefixes_of(words: Iterable[str]) -> frozenset[str]:
    """What `Anchored.words` is looked up by."""
    return frozenset(word[:_PREFIX] for word in words)


def matches(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """The matches of `pattern` that begin at one of `places`."""
    for place in places:
        if match := pattern.match(text, place):
            yield match
