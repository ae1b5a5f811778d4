"""What a paper is found by: its full-text form and its folded names and numbers.

The lexemes are stems. Others bear a mark that no word has: `r/` a Russian stem, `~` the sound of a name, `^` that sound
with a letter left out, `n/` the paper's own numbers, `c/` numbers of cases, `m/` the month of receipt, `@` a stretch of
papers (see `stretches`).
Weights are A for numbers and names, B for other entities, D for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.db.tables import Document
from api.search.folding import SHORTEST_STEM, compact, folded, russian_stem, sound, split, stem, words
from triage.text.normalise import normalise

NUMBERS = frozenset({"CASE_NO", "FIN", "ID_DOC", "VOEN", "PHONE", "EMAIL", "IBAN", "CARD", "PLATE"})
NAME = "PERSON"
STRETCHES = (2**12, 2**14, 2**16, 2**18, 2**20)
"""How many papers in a row share a lexeme, level by level."""
PHONE_DIGITS = 9
"""Digits of a number within the country: the same with +994, 994 or 0 before them."""
_MOST_WORDS = 100_000
_MOST_BYTES = 700_000
"""Of lexemes and positions: PostgreSQL holds at most 1 MB in a tsvector."""
_LAST_POSITION = 16_383
_MOST_POSITIONS = 60
_MOST_ENTITIES = 500
_LONGEST_NAMES = 4000
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")
_SEPARATED = re.compile(r"(?<!\w)\w+(?:[-–/.]\w+)+")
_DIGIT = re.compile(r"\d")


@dataclass
class _Terms:
    """Lexemes with their places, as they are gathered."""

    places: dict[str, list[str]] = field(default_factory=dict)
    at: int = 1
    size: int = 0

    def add(self, lexeme: str, weight: str) -> None:
        """The lexeme at the present place, as long as there is room."""
        found = self.places.get(lexeme)
        if found is None:
            if self.size > _MOST_BYTES or not lexeme:
                return
            found = self.places[lexeme] = []
            self.size += len(lexeme.encode()) + 8
        if len(found) < _MOST_POSITIONS:
            found.append(f"{min(self.at, _LAST_POSITION)}{weight}")
            self.size += 2

    def words(self, text: str, weight: str, *, names: bool = False) -> None:
        """The words of a text one after another, and a gap behind them, so that no phrase goes across."""
        plain = normalise(text).text
        cyrillic = _CYRILLIC.search(plain) is not None
        for word in split(folded(plain))[:_MOST_WORDS]:
            self.add(stem(word), weight)
            if cyrillic:
                self.add(f"r/{russian_stem(word)}", weight)
            if names and (heard := sound(word)):
                for lexeme in (f"~{heard}", *shortened(heard)):
                    self.add(lexeme, weight)
            self.at += 1
        self.at += 1

    def number(self, text: str, kind: str = "") -> None:
        """A number as a whole; `kind` is the mark of a number that can be asked for by kind."""
        whole = compact(text)
        self.add(whole, "A")
        if kind:
            self.add(f"{kind}/{whole}", "A")

    def __str__(self) -> str:
        return " ".join(f"'{lexeme}':{','.join(places)}" for lexeme, places in self.places.items())


@dataclass(frozen=True, slots=True)
class Entry:
    """`terms` is the text form of a tsvector."""

    terms: str
    names: str


def entry(document: Document, pages: dict[str, Any], content: dict[str, Any]) -> Entry:
    """What `document` is found by; `pages` and `content` may be empty where it was not read."""
    terms, names = _Terms(), []
    for mark in (*stretches(document.id), month(document.received_at)):
        terms.add(mark, "D")
    for text, kind in _own_numbers(document):
        terms.number(text, kind)
        terms.words(text, "A")
        names.append(compact(text))
    if document.sender:
        terms.words(document.sender, "A", names=True)
        names.append(" ".join(words(document.sender)))
    for label, text in _entities(content):
        names += _entity(terms, label, text)
    for page in pages.get("pages", ()):
        _page(terms, page["text"])
    return Entry(str(terms), " ".join(dict.fromkeys(names))[:_LONGEST_NAMES])


def stretches(document_id: int) -> Iterator[str]:
    """The marks of the stretches that a paper lies in, the shortest first."""
    for level, length in enumerate(STRETCHES):
        yield f"@{level}/{document_id // length}"


def shortened(heard: str) -> list[str]:
    """The sound of a name with each of its letters left out; none where that leaves too little.

    Two words that are one slip apart (a letter wrong, missing, too many, or changed places with the next) are the same
    with at most one letter left out of each: F. J. Damerau (1964), looked up as in W. Garbe's SymSpell.
    """
    if len(heard) <= SHORTEST_STEM:
        return []
    return sorted({f"^{heard[:at]}{heard[at + 1 :]}" for at in range(len(heard))})


def typed_for(heard: str) -> list[str]:
    """The lexemes of all names for which this sound may have been typed with one slip; none where it is too short."""
    short = shortened(heard)
    return [f"^{heard}", *short, *(f"~{lexeme[1:]}" for lexeme in short)] if short else []


def month(moment: datetime) -> str:
    """The mark of the month of receipt (UTC)."""
    return f"m/{moment.year * 12 + moment.month}"


def separated(text: str) -> Iterator[re.Match[str]]:
    """Numbers with separators in them, such as `1-45/2026`."""
    return (found for found in _SEPARATED.finditer(text) if _DIGIT.search(found.group()))


def in_country(digits: str) -> str | None:
    """The last digits of what may be a telephone number written with the country's code or a zero before."""
    return digits[-PHONE_DIGITS:] if digits.isdigit() and len(digits) > PHONE_DIGITS else None


def _own_numbers(document: Document) -> Iterator[tuple[str, str]]:
    for number, kind in (
        (document.number, "n"), (document.external_reference, "n"), (document.case_number, "c"),
    ):  # fmt: skip
        if number:
            yield number, kind


def _entities(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Labels with each text and, where it differs, normalised value of the entities, once each."""
    found: dict[tuple[str, str], None] = {}
    for entity in content.get("entities", ())[:_MOST_ENTITIES]:
        for text in (entity.get("text"), entity.get("value")):
            if isinstance(text, str) and text:
                found[entity["label"], text] = None
    return iter(found)


def _entity(terms: _Terms, label: str, text: str) -> Iterable[str]:
    """Adds an entity; gives what of it likeness is looked for in."""
    if label in NUMBERS:
        terms.number(text, "c" if label == "CASE_NO" else "")
        if label == "PHONE" and (inner := in_country(compact(text))):
            terms.add(inner, "A")
        return [compact(text)] if label == "CASE_NO" else []
    terms.words(text, "A" if label == NAME else "B", names=label == NAME)
    return [" ".join(words(text))] if label == NAME else []


def _page(terms: _Terms, text: str) -> None:
    plain = normalise(text).text
    for found in separated(plain):
        terms.add(compact(found.group()), "D")
    terms.words(plain, "D")
