"""Names that a paper marks in one place and leaves bare in another.

Case endings are written together with the name in Azerbaijani, Turkish and Russian, so two forms are
held to be one name where what remains after an ending is the same (`Əliyevin`, `Əliyevə`, `Алиевым`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from triage.types import Entity

NAME_LABELS = frozenset({"PERSON", "ORG", "LOC"})
_WORD = re.compile(r"[^\W_]+")
_MIN_STEM = 3
_MIN_NAME = 4  # letters of a one-word name; shorter ones (initials, `Əli`) are too often another word

# Case, possessive and plural endings of nouns (Azerbaijani and Turkish, marked and typed without their
# letters; Azerbaijani Cyrillic; Russian), longest first so that the list reads as the grammar does.
_LATIN = (
    "sının sinin sunun sünün sına sinə suna sünə sını sini sunu sünü sında sində sunda sündə sından sindən "
    "sundan sündən nın nin nun nün dan dən den nan nən tan ten da də de ta te ya yə ye na nə ne nı ni nu nü "
    "yı yi yu yü la lə le nda ndə nde ndan ndən nden ın in un ün a ə e ı i u ü"
).split()
_CYRILLIC = (
    "сынын синин сунун сүнүн сына синә суна сүнә сыны сини суну сүнү сында синдә сунда сүндә нын нин нун нүн "
    "дан дән нан нән да дә на нә ны ни ну нү ја јә я е ын ин ун үн ым им ом ем ой ей ого ему ому ами ах ов "
    "а ә ы и у ү ю ь"
).split()
_ENDINGS = tuple(sorted({*_LATIN, *_CYRILLIC}, key=len, reverse=True))


def stems(word: str) -> set[str]:
    """The word in lower case and what remains of it after each ending that it can bear."""
    lower = word.replace("İ", "i").lower()
    cut = {lower[: -len(e)] for e in _ENDINGS if lower.endswith(e) and len(lower) - len(e) >= _MIN_STEM}
    return cut | {lower}


def bare_names(text: str, entities: tuple[Entity, ...]) -> Iterator[tuple[Entity, int, int]]:
    """Every (entity, start, end) where a marked name of a person, body or place stands bare in the text.

    Words before the last must be equal, the last may bear another ending. A name that begins with a
    capital is not found in a word that does not.
    """
    words = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(text)]
    starts = [e.start for e in sorted(entities, key=lambda e: e.start)]
    ends = [e.end for e in sorted(entities, key=lambda e: e.start)]
    by_first: dict[str, list[int]] = {}
    for i, (word, _, _) in enumerate(words):
        for stem in stems(word):
            by_first.setdefault(stem, []).append(i)
    seen: set[tuple[int, int]] = set()
    for entity in entities:
        if entity.label not in NAME_LABELS:
            continue
        name = _WORD.findall(entity.text)
        if not name or (len(name) == 1 and len(name[0]) < _MIN_NAME):
            continue
        for i in sorted({i for stem in stems(name[0]) for i in by_first.get(stem, ())}):
            found = words[i : i + len(name)]
            if len(found) < len(name) or not _same(name, [w for w, _, _ in found]):
                continue
            start, end = found[0][1], found[-1][2]
            at = bisect_right(starts, end - 1) - 1
            marked = at >= 0 and ends[at] > start
            if not marked and (start, end) not in seen:
                seen.add((start, end))
                yield entity, start, end


def _same(name: list[str], found: list[str]) -> bool:
    if name[0][0].isupper() and not found[0][0].isupper():
        return False
    before = all(a.lower() == b.lower() for a, b in zip(name[:-1], found[:-1], strict=True))
    return before and bool(stems(name[-1]) & stems(found[-1]))
