"""What an office decides on as data: reasons of overrides, bodies outside, and what needs a second person."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_LANGUAGES = ("az", "en", "ru")
_LISTS = {"review_reasons", "subjects", "departments", "actions"}
_ACTIONS = frozenset({"route", "outside", "unreadable", "duplicate"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, by its code: its names by language, and whether words must be written with it."""

    code: str
    names: Mapping[str, str]
    words: bool


@dataclass(frozen=True, slots=True)
class TwoPersons:
    """When a second person must confirm a decision; see `two_persons.toml`."""

    returns: int
    review_reasons: frozenset[str]
    subjects: frozenset[str]
    departments: frozenset[str]
    actions: frozenset[str]


def choices(path: Path) -> dict[str, Choice]:
    """The choices of a file by code. Raises ValueError for a file that is not in form."""
    found = {}
    for code, table in _read(path).items():
        names = {language: table.get(language) for language in _LANGUAGES}
        extra = table.keys() - {*_LANGUAGES, "words"}
        if extra or not all(isinstance(name, str) and name.strip() for name in names.values()):
            raise ValueError(f"{path.name}: [{code}] needs a name in az, en and ru, and nothing unknown.")
        found[code] = Choice(code, names, table.get("words", False) is True)
    return found


def two_persons_of(path: Path) -> TwoPersons:
    """The rule of a file. Raises ValueError for a file that is not in form."""
    data = _read(path)
    returns, lists = data.pop("returns", None), data
    whole = lists.keys() == _LISTS and type(returns) is int and returns > 0
    if not whole or not all(_names(value) for value in lists.values()):
        raise ValueError(f"{path.name}: see the file that the service ships for what it holds.")
    rule = TwoPersons(int(returns), **{name: frozenset(values) for name, values in lists.items()})
    if unknown := rule.actions - _ACTIONS:
        raise ValueError(f"{path.name}: {min(unknown)} is no action that needs a second person.")
    return rule


@lru_cache(maxsize=1)
def reasons() -> Mapping[str, Choice]:
    """Why a person decides otherwise than was suggested."""
    return choices(_HERE / "reasons.toml")


@lru_cache(maxsize=1)
def bodies() -> Mapping[str, Choice]:
    """Bodies outside that papers are forwarded to."""
    return choices(_HERE / "bodies.toml")


@lru_cache(maxsize=1)
def two_persons() -> TwoPersons:
    """The rule in force."""
    return two_persons_of(_HERE / "two_persons.toml")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read as TOML: {error}") from error


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
