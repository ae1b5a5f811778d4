"""The schedule of retention as data: which rule holds for a type of document, and from when a paper's time is over."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from api.errors import InvalidError
from api.intake.calendar import BAKU, baku_date

Action = Literal["dispose", "transfer", "keep"]
_SHIPPED = Path(__file__).with_name("schedule.toml")
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LONGEST = 100
_LANGUAGES = ("az", "en", "ru")
_KEYS = {"id", "types", "default", "years", "from", "action", "basis", *_LANGUAGES}


@dataclass(frozen=True, slots=True)
class Rule:
    """How long papers of some types are kept after the work on them was over; `years` None: for ever.

    `of_year` says that the years count from 1 January of the year after.
    """

    id: str
    types: frozenset[str]
    years: int | None
    of_year: bool
    action: Action
    basis: str
    names: Mapping[str, str]

    def due_on(self, closed_at: datetime) -> date | None:
        """The first day on which the time of a paper is over; None where it is kept for ever."""
        if self.years is None:
            return None
        closed = baku_date(closed_at)
        if self.of_year:
            return date(closed.year + 1 + self.years, 1, 1)
        try:
            return closed.replace(year=closed.year + self.years)
        except ValueError:  # 29 February
            return date(closed.year + self.years, 3, 1)

    def cutoff(self, by: date) -> datetime | None:
        """The time of papers closed before this moment is over on the day `by`; None where they are kept for ever."""
        if self.years is None:
            return None
        if self.of_year:
            return datetime.combine(date(by.year - self.years, 1, 1), time(), BAKU)
        try:
            last = by.replace(year=by.year - self.years)
        except ValueError:  # 29 February
            last = date(by.year - self.years, 2, 28)
        return datetime.combine(last + timedelta(days=1), time(), BAKU)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rules, and the one for what no rule names."""

    rules: tuple[Rule, ...]
    default: Rule

    def of(self, document_type: str | None) -> Rule:
        """The rule for a type of document; None: not known."""
        return next((rule for rule in self.rules if document_type in rule.types), self.default)


@lru_cache(maxsize=4)
def schedule(path: Path | None = None) -> Schedule:
    """The schedule of an office's file, or the one that is shipped. Raises InvalidError: what is to be corrected."""
    path = path or _SHIPPED
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["rules"]
        rules = tuple(_rule(table) for table in tables)
        return _whole(
            rules, [rule for rule, table in zip(rules, tables, strict=True) if table.get("default")]
        )
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidError(f"{path.name} cannot be used: {error}. See the file that is shipped.") from error


def _whole(rules: tuple[Rule, ...], defaults: list[Rule]) -> Schedule:
    """Raises ValueError where rules contradict each other."""
    if len(defaults) != 1:
        raise ValueError("one rule is the default")
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("two rules have one id")
    named = [each for rule in rules for each in rule.types]
    if len(set(named)) != len(named):
        raise ValueError("a type of document stands in two rules")
    return Schedule(rules, defaults[0])


def _rule(table: dict[str, Any]) -> Rule:
    """Raises KeyError, TypeError or ValueError for a table that is not in form."""
    if unknown := table.keys() - _KEYS:
        raise ValueError(f"{min(unknown)} is not known")
    code, action, years, start = table["id"], table["action"], table.get("years"), table.get("from")
    if not _ID.fullmatch(code):
        raise ValueError(f"{code!r} is no id: small letters, digits and _")
    if action not in {"dispose", "transfer", "keep"} or (action == "keep") != (years is None):
        raise ValueError(f"{code}: the action is dispose or transfer after some years, or keep without")
    if years is not None and not (
        type(years) is int and 0 < years <= _LONGEST and start in {"closed", "year"}
    ):
        raise ValueError(f"{code}: years are 1 to {_LONGEST}, counted from “closed” or “year”")
    words = {name: table[name] for name in ("basis", *_LANGUAGES)}
    if not all(isinstance(text, str) and text.strip() for text in words.values()):
        raise ValueError(f"{code}: basis and names in az, en and ru are needed")
    basis = words.pop("basis")
    return Rule(code, frozenset(map(str, table["types"])), years, start == "year", action, basis, words)
