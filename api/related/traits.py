"""What a paper may be known by again: bands of its text, and what its suggestion says of persons and cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from api.auth.sealing import Secrets
from api.related.likeness import bands, shingles
from api.related.names import address_key, case_key, name_key
from triage.entities.values import person_value
from triage.text import fold

_MOST = 20  # of one kind in one paper: a list of a hundred names ties nothing together
_BIRTH = re.compile(
    r"tevellud|dogum(?!\w{0,4} seh)|dogul|anadan ol|г\. ?р|рожд(?:ения|\.)|рожден[аы]?\b|\bborn\b|of birth"
)
_REACH = 25  # characters between a date and the words that make it one of birth
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OWN_ROLES = ("applicant", "victim")
_BYTES = 16


class Fact(NamedTuple):
    """A trait in the clear: `value` is what must be equal, `shown` is what people see of it."""

    kind: str
    value: str
    shown: str


Key = tuple[str, bytes]
"""A trait as it is kept: its kind and its keyed hash."""


def text_of(pages: dict[str, Any]) -> str:
    """The text of a reading, its pages joined."""
    return "\n\n".join(page["text"] for page in pages["pages"])


def near_keys(secrets: Secrets, text: str) -> list[Key]:
    """The keys of the bands of a text."""
    return [_key(secrets, "near", band.hex()) for band in bands(shingles(text))]


def fact_keys(secrets: Secrets, facts: Iterable[Fact]) -> dict[Key, Fact]:
    """The facts by their keys."""
    return {_key(secrets, fact.kind, fact.value): fact for fact in facts}


def secrets_of(folder: Path) -> Secrets:
    """The key that traits are hashed with: it lies outside the database, which alone tells no one's number."""
    return Secrets.open(folder)


def facts(pages: dict[str, Any], content: dict[str, Any]) -> list[Fact]:
    """What a suggestion (in the form of the contract) says of persons and cases, each once.

    Names are those of applicants and victims, or where there are none, of persons without a role: whom many people
    complain of is no sign that they are the same. A date is one of birth, a place an address, by the words around it
    and by its numbers.
    """
    texts = {page["page"]: fold(page["text"]) for page in pages["pages"]}
    entities = content["entities"]
    found = dict.fromkeys(
        [*_numbers(entities), *_names(entities, content["language"]), *_births(entities, texts)]
    )
    counts: dict[str, int] = {}
    kept = []
    for fact in found:
        counts[fact.kind] = counts.get(fact.kind, 0) + 1
        if counts[fact.kind] <= _MOST:
            kept.append(fact)
    return kept


def _key(secrets: Secrets, kind: str, value: str) -> Key:
    return kind, bytes.fromhex(secrets.digest(f"trait {kind} {value}"))[:_BYTES]


def _numbers(entities: list[dict[str, Any]]) -> Iterator[Fact]:
    for entity in entities:
        told = _TOLD.get(entity["label"])
        if told is None:
            continue
        kind, key, mask = told
        value = key(entity["value"] or entity["text"])
        if value:
            yield Fact(kind, value, mask(entity["value"] or entity["text"]))


def _names(entities: list[dict[str, Any]], language: Any) -> Iterator[Fact]:
    persons = [entity for entity in entities if entity["label"] == "PERSON"]
    own = [entity for entity in persons if entity["role"] in _OWN_ROLES]
    for entity in own or [entity for entity in persons if entity["role"] is None]:
        name = entity["value"] or person_value(entity["text"], language) or entity["text"]
        if key := name_key(name):
            yield Fact("name", key, " ".join(f"{word[0]}." for word in name.split()))


def _births(entities: list[dict[str, Any]], texts: dict[int, str]) -> Iterator[Fact]:
    for entity in entities:
        value = entity["value"] or ""
        if entity["label"] == "DATE" and _DAY.fullmatch(value):
            text, start, end = texts.get(entity["page"], ""), entity["start"], entity["end"]
            around = f"{text[max(0, start - _REACH) : start]} {text[end : end + _REACH]}"
            if _BIRTH.search(around):
                yield Fact("birth", value, f"{value[:4]}-••-••")


def _plain(value: str) -> str:
    return "".join(value.split()).lower()


def _ends(first: int, last: int) -> Callable[[str], str]:
    def mask(value: str) -> str:
        return f"{value[:first]}•••{value[len(value) - last :]}" if len(value) > first + last else "•••"

    return mask


def _mask_email(value: str) -> str:
    name, _, domain = value.rpartition("@")
    return f"{name[:1]}•••@{domain}"


_TOLD: dict[str, tuple[str, Callable[[str], str | None], Callable[[str], str]]] = {
    "FIN": ("fin", _plain, _ends(2, 0)),
    "PHONE": ("phone", _plain, _ends(4, 2)),
    "EMAIL": ("email", _plain, _mask_email),
    "LOC": ("address", address_key, _ends(1, 2)),
    "CASE_NO": ("case", case_key, _ends(0, 4)),
}
"""By label: the kind of trait, what must be equal, and what is shown."""
