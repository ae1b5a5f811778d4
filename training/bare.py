"""Names that a paper marks in one place and leaves bare in another.

Case endings are written together with the name in Azerbaijani, Turkish and Russian, so two forms are
held to be one name where what remains after an ending is the same (`Əliyevin`, `Əliyevə`, `Алиевым`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from triage.text.casing import fold
from triage.types import Entity

NAME_LABELS = frozenset({"PERSON", "ORG", "LOC"})
_WORD = re.compile(r"[^\W_]+")
_MIN_STEM = 3
_MIN_NAME = 4  # letters of a one-word name; shorter ones (initials, `Əli`) are too often another word

# Case, possessive and plural endings that a name bears, folded (`fold`): Azerbaijani and Turkish, then
# Azerbaijani in Cyrillic and Russian.
_ENDINGS = frozenset(
    """
    sinin sunun sina suna sini sunu sinda sinde sunda sunde sindan sinden sundan sunden nin nun
    nda nde ndan nden nan nen dan den tan ten da de ta te ya ye na ne ni nu yi yu la le in un a e i u
    сынын синин сунун сүнүн сына синә суна сүнә сыны сини суну сүнү сында синдә сунда сүндә нын нин нун
    нүн дан дән нан нән да дә на нә ны ни ну нү ја јә я е ын ин ун үн ым им ом ем ой ей ого ему ому ами
    ах ов а ә ы и у ү ю ь
    """.split()  # noqa: SIM905 - sixty pairs of quotation marks would hide the endings
)
_LONGEST = max(map(len, _ENDINGS))


@dataclass(frozen=True, slots=True)
class BareName:
    """A name left bare at `start`..`end` of the text, and the entity that marks it elsewhere."""

    entity: Entity
    start: int
    end: int


@lru_cache(maxsize=1 << 16)
def stems(word: str) -> frozenset[str]:
    """The folded word and what remains of it after each ending that it can bear."""
    folded = fold(word)
    cuts = range(max(_MIN_STEM, len(folded) - _LONGEST), len(folded))
    return frozenset([folded, *(folded[:cut] for cut in cuts if folded[cut:] in _ENDINGS)])


def bare_names(text: str, entities: Iterable[Entity], exempt: frozenset[str]) -> Iterator[BareName]:
    """Every stretch of `text` outside the marks that names a person, body or place marked elsewhere.

    Words before the last must be equal, the last may bear another ending; a single part of a person's
    name (the surname alone) counts. A name that begins with a capital is not found in a word that does
    not. `exempt` are words that only look like a name in another case (`Azerbaijani`).
    """
    marks = sorted(entities, key=lambda e: e.start)
    starts, ends = [e.start for e in marks], [e.end for e in marks]
    words = [m for m in _WORD.finditer(text) if m.group() not in exempt and not _inside(m, starts, ends)]
    by_stem: defaultdict[str, list[int]] = defaultdict(list)
    for i, word in enumerate(words):
        for stem in stems(word.group()):
            by_stem[stem].append(i)
    seen: set[int] = set()
    for entity, name in _names(marks):
        for i in sorted({i for stem in stems(name[0]) for i in by_stem.get(stem, ())}):
            found = words[i : i + len(name)]
            if i not in seen and _same(name, [word.group() for word in found]):
                seen.update(range(i, i + len(name)))
                yield BareName(entity, found[0].start(), found[-1].end())


def _inside(word: re.Match[str], starts: list[int], ends: list[int]) -> bool:
    at = bisect_right(starts, word.end() - 1) - 1
    return at >= 0 and ends[at] > word.start()


def _names(marks: list[Entity]) -> Iterator[tuple[Entity, list[str]]]:
    for entity in marks:
        if entity.label not in NAME_LABELS:
            continue
        words = _WORD.findall(entity.text)
        if len(words) > 1:
            yield entity, words
        parts = words if entity.label == "PERSON" or len(words) == 1 else []
        for part in parts:
            if len(part) >= _MIN_NAME and (part[0].isupper() or len(words) == 1):
                yield entity, [part]


def _same(name: list[str], found: list[str]) -> bool:
    if len(found) < len(name) or (name[0][0].isupper() and not found[0][0].isupper()):
        return False
    before = all(fold(a) == fold(b) for a, b in zip(name[:-1], found[:-1], strict=True))
    return before and not stems(name[-1]).isdisjoint(stems(found[-1]))
