"""Names of places found in text, inflected forms too, and the territorial units that they lie in.

A name is looked up by the folded words of the text (`triage.text.casing.fold`), its last word with and
without an ending of Azerbaijani or Turkish declension; Cyrillic (Russian) words by their stem, and by a
sound key in which the usual Russian renderings of one Azerbaijani name fall together (`Билясувар`,
`Биласувар`, Biləsuvar). Every word costs a bounded number of hash look-ups, so the time is linear.

Many villages are called like people or things, and some districts like people (Nizami, Babək): such names
count only where their context makes them places. See `triage.entities.place_context`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from triage.entities.place_context import Context, accepts, context_at, label_marks, marked
from triage.entities.place_forms import cyrillic_stem, is_cyrillic, latin_stems, sound
from triage.errors import BundleMissingError, BundleVersionError
from triage.text.casing import az_lower, fold
from triage.types import Entity

KINDS = ("unit", "city", "settlement", "village", "metro", "landmark", "street", "foreign", "wide")
_WORD = re.compile(r"[^\W_]+")
_MAX_WORDS = 7
_MIN_SOUND = 5  # shorter sound keys meet common Russian words
_LARGER = (("unit",), ("city", "settlement", "metro", "landmark", "street", "wide", "foreign"))
_FITTING = {"town": (("settlement", "city"), ("village",)), "village": (("village",), ("settlement",))}
_HEADER = "name\tunits\tkind"


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: the slugs of the units that it may lie in (several: homonyms), and its kind.

    Kinds: `unit` a district or city that is a territorial unit itself; `city`, `settlement`, `village`
    places inside one; `metro`, `landmark`, `street` named things in one; `foreign` a place abroad and
    `wide` one that no single unit holds (both have no units).
    """

    name: str
    units: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in a text, offsets into it, a type word that follows (`rayonunda`) included.

    `located` is True where the form says that something is or was there (`Qubada`, `в Кубе`).
    """

    start: int
    end: int
    units: tuple[str, ...]
    kind: str
    name: str
    located: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    folded: str
    words: list[_Word]
    labels: bytes


# Words used, places of that name, the last word's ending, whether the spelling (not the sound) is right.
_Match = tuple[int, list[Place], str, bool]


class Gazetteer:
    """Places by the folded words of their names."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._latin: dict[str, list[Place]] = {}
        self._cyrillic: dict[str, list[Place]] = {}
        self._sounds: dict[str, list[Place]] = {}
        self._beginnings: set[str] = set()
        self._first: set[str] = set()
        self._may_begin = lru_cache(maxsize=1 << 15)(self._begins_name)
        for place in places:
            self._add(place)
        self.places = tuple(places)

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """The places of every `*.tsv` file in the folder `path`, or of the one file `path`.

        Raises `BundleMissingError` where there is none and `BundleVersionError` for a bad line.
        """
        files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
        if not files or not files[0].is_file():
            raise BundleMissingError(f"there is no gazetteer at {path}")
        return cls([place for file in files for place in _read(file)])

    def find(self, text: str, folded: str, entities: Sequence[Entity] = ()) -> list[PlaceMention]:
        """The places named in `text`, in order; `folded` is `fold(text)`, of the same length.

        `entities`, where known, have offsets into `text`: names of people are no places, what is marked
        LOC needs no further sign that it is one.
        """
        words = [_Word(m.start(), m.end(), m.group()) for m in _WORD.finditer(folded)]
        reading = _Reading(text, folded, words, label_marks(entities, len(text)))
        mentions: list[PlaceMention] = []
        at = 0
        while at < len(words):
            found = self._mention_at(reading, at)
            if found is None:
                at += 1
            else:
                mentions.append(found[0])
                at += found[1]
        return mentions

    def _mention_at(self, reading: _Reading, at: int) -> tuple[PlaceMention, int] | None:
        """The longest accepted mention that begins with word `at`, and the number of its words."""
        for used, places, ending, sure in self._matches(reading, at):
            span = (reading.words[at].start, reading.words[at + used - 1].end)
            context = context_at(reading.text, reading.folded, span, ending, reading.labels)
            kept = [p for p in places if accepts(p.kind, p.name, used, context) and (sure or marked(context))]
            if kept:
                return _mention(span, kept, context), used
        return None

    def _matches(self, reading: _Reading, at: int) -> Iterator[_Match]:
        """Each way to read a name here, longest first; by their sound last."""
        first = reading.words[at]
        if self._may_begin(first.text):
            words = [word.text for word in reading.words[at : at + _MAX_WORDS]]
            yield from (
                self._cyrillic_matches(words) if is_cyrillic(first.text) else self._latin_matches(words)
            )
        if reading.text[first.start].isupper():
            yield from self._sound_matches(reading, at)

    def _begins_name(self, word: str) -> bool:
        """Whether the word, or what it may be inflected from, is the first of some name."""
        if is_cyrillic(word):
            return cyrillic_stem(word)[0] in self._first
        return any(stem in self._first for stem, _ in latin_stems(word, False))

    def _latin_matches(self, words: list[str]) -> Iterator[_Match]:
        for used in range(self._longest(words), 0, -1):
            before = "".join(f"{word} " for word in words[: used - 1])
            for stem, ending in latin_stems(words[used - 1], used > 1):
                places = self._latin.get(before + stem)
                if places:
                    yield used, places, ending, True

    def _cyrillic_matches(self, words: list[str]) -> Iterator[_Match]:
        stems = [cyrillic_stem(word) for word in words]
        only = [stem for stem, _ in stems]
        for used in range(self._longest(only), 0, -1):
            places = self._cyrillic.get(" ".join(only[:used]))
            ending = stems[used - 1][1]
            if places and (ending != "ь" or places[0].name.endswith("ь")):  # забрать is not Забрат
                yield used, places, ending, True

    def _sound_matches(self, reading: _Reading, at: int) -> Iterator[_Match]:
        spoken = [az_lower(reading.text[w.start : w.end]) for w in reading.words[at : at + 2]]
        if not is_cyrillic(spoken[0]):
            del spoken[1:]
        for used in range(len(spoken), 0, -1):
            key = " ".join(map(sound, spoken[:used]))
            places = self._sounds.get(key) if len(key) >= _MIN_SOUND else None
            if places:
                ending = cyrillic_stem(spoken[used - 1])[1] if is_cyrillic(spoken[0]) else ""
                yield used, places, ending, False

    def _longest(self, words: list[str]) -> int:
        """How many of the words can be part of one name: at least 1."""
        prefix = words[0]
        for count in range(1, len(words)):
            if prefix not in self._beginnings:
                return count
            prefix = f"{prefix} {words[count]}"
        return len(words)

    def _add(self, place: Place) -> None:
        spoken = _WORD.findall(az_lower(place.name))
        words = _WORD.findall(fold(place.name))
        if is_cyrillic(words[0]):
            words = [cyrillic_stem(word)[0] for word in words]
            index = self._cyrillic
        else:
            index = self._latin
            if place.kind not in ("street", "landmark", "metro", "foreign", "wide"):
                self._sounds.setdefault(" ".join(map(sound, spoken)), []).append(place)
        self._first.add(words[0])
        index.setdefault(" ".join(words), []).append(place)
        for count in range(1, len(words)):
            self._beginnings.add(" ".join(words[:count]))


def _read(path: Path) -> Iterator[Place]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0] != _HEADER:
        raise BundleVersionError(f"{path.name} does not begin with the columns name, units, kind")
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(_HEADER.split("\t")) or fields[2] not in KINDS or not _WORD.search(fields[0]):
            raise BundleVersionError(f"{path.name}:{number} is no place")
        yield Place(fields[0], tuple(filter(None, fields[1].split(","))), fields[2])


def _mention(span: tuple[int, int], places: list[Place], context: Context) -> PlaceMention:
    """One mention of the most fitting of `places`: those that the type word names, else the larger."""
    order = _FITTING.get(context.type_word, _LARGER)
    fitting = next(filter(None, ([p for p in places if p.kind in kinds] for kinds in order)), places)
    units = dict.fromkeys(unit for place in fitting for unit in place.units)
    best = fitting[0]
    return PlaceMention(
        span[0], max(span[1], context.end), tuple(units), best.kind, best.name, context.located
    )
