"""Working days in Azerbaijan and the legal clock of a paper.

Holidays come from the `holidays` library, which knows: the fixed holidays of Labour Code article 105; Novruz
(20-24 March); Ramazan and Qurban of two days each; the day of mourning (20 January, article 106); the day off moved
to the next working day when a holiday falls on a weekend (article 105, part 5) or when Ramazan or Qurban meets
another holiday (part 6); the Cabinet's exchanges of working days and days off (part 7) and voting days (article
105-1) that were decreed until the library's release.

Estimated, because the Cabinet names the dates only each December for the next year: Ramazan and Qurban after the
years that the library has confirmed (release 0.109: until 2026), by a day or two, and the days off moved by them.
Not known at all: later exchanges and voting days. All of these are entered as data when decreed::

    [days_off]
    2027-03-12 = "Cabinet decision …"
    [working_days]
    2027-03-13 = "Cabinet decision …"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

import holidays

from api.errors import InvalidError

Status = Literal["running", "warning", "due", "overdue", "none"]

BAKU = ZoneInfo("Asia/Baku")
FIRST_YEAR, LAST_YEAR = 1990, 2099
_DAY = timedelta(days=1)
_SATURDAY = 5
_LIMITS = Path(__file__).with_name("time_limits.toml")


class CalendarError(InvalidError):
    """A calendar or time limit cannot be used; the message says what to correct."""

    code: ClassVar[str] = "calendar_error"


def baku_date(instant: datetime) -> date:
    """The date in Baku at that moment. Raises CalendarError for a time without a zone."""
    if instant.tzinfo is None:
        raise CalendarError("A time of receipt has no time zone. Send it as 2026-03-02T09:30:00+04:00.")
    return instant.astimezone(BAKU).date()


class Calendar:
    """Which days the office works: Monday to Friday without holidays, as corrected by `days_off` and `working_days`."""

    def __init__(
        self, days_off: frozenset[date] = frozenset(), working_days: frozenset[date] = frozenset()
    ) -> None:
        if both := days_off & working_days:
            raise CalendarError(
                f"{min(both)} is both a day off and a working day. Keep it in one of the two lists."
            )
        self._days_off, self._working_days = days_off, working_days

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """The calendar as a TOML file corrects it (see the module); None: uncorrected. Raises CalendarError."""
        if path is None:
            return cls()
        tables = _read(path)
        if unknown := tables.keys() - {"days_off", "working_days"}:
            raise CalendarError(f"{path.name}: unknown table {min(unknown)}. Known: days_off, working_days.")
        return cls(_dates(tables, "days_off", path.name), _dates(tables, "working_days", path.name))

    def is_working(self, day: date) -> bool:
        """Whether the office works on that day. Raises CalendarError outside FIRST_YEAR to LAST_YEAR."""
        if day in self._working_days or day in self._days_off:
            return day in self._working_days
        off, swapped = _known(day.year)
        return day in swapped or (day.weekday() < _SATURDAY and day not in off)

    def next_working(self, day: date) -> date:
        """That day if the office works, else the first day after it on which it does."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, or before it for n < 0; `day` itself is not counted and need not work."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie after `a` and up to `b` inclusive; negative when b is before a."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working(a + k * _DAY) for k in range(1, (b - a).days + 1))


@dataclass(frozen=True, slots=True)
class Limit:
    """The time that one type of document has, in working or calendar days."""

    answer: int
    study: int
    forward: int
    count: Literal["working", "calendar"] = "working"

    def end(self, received: date, days: int, calendar: Calendar) -> date:
        """The last day of so many days after the day of receipt, which is not counted.

        Criminal Procedure Code, article 202.2 and 202.3: a term in days that ends on a day off ends on the first
        working day after it. In working days, the end is always one.
        """
        _known(received.year)  # a date that no calendar knows is refused before there is arithmetic with it
        if self.count == "working":
            return calendar.add_working_days(received, days)
        return calendar.next_working(received + days * _DAY)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Limits by type of document; a type with None has no clock, one that is not named has the default."""

    warn_before: int
    default: Limit
    types: Mapping[str, Limit | None]

    @classmethod
    def load(cls, path: Path = _LIMITS) -> Self:
        """Reads `time_limits.toml` or an office's copy of it. Raises CalendarError."""
        data = _read(path)
        try:
            named = {name: _limit(table) for name, table in data.get("types", {}).items()}
            clockless = data.get("no_clock", {}).get("types", [])
            limits = cls(
                _days(data["warn_before"]), _limit(data["default"]), {**named, **dict.fromkeys(clockless)}
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CalendarError(f"{path.name}: {error!r}. See the file that the service ships.") from error
        if twice := named.keys() & set(clockless):
            raise CalendarError(f"{path.name}: {min(twice)} has both a limit and no clock. Keep one.")
        return limits

    def of(self, document_type: str | None) -> Limit | None:
        """The limit of a type; None (not read yet) and unknown types have the default."""
        return self.types.get(document_type, self.default) if document_type is not None else self.default


@dataclass(frozen=True, slots=True)
class Clock:
    """When an answer is due, when to have sent on what belongs elsewhere, and from when to warn; None: no clock."""

    answer_by: date | None
    forward_by: date | None
    warn_from: date | None

    @classmethod
    def start(
        cls, document_type: str | None, received: date, *, study: bool, limits: TimeLimits, calendar: Calendar
    ) -> Self:
        """The clock of a paper received on that date in Baku (see `baku_date`). Raises CalendarError."""
        limit = limits.of(document_type)
        if limit is None:
            return cls(None, None, None)
        answer_by = limit.end(received, limit.study if study else limit.answer, calendar)
        return cls.resume(
            answer_by, limit.end(received, limit.forward, calendar), limits=limits, calendar=calendar
        )

    @classmethod
    def resume(
        cls, answer_by: date | None, forward_by: date | None, *, limits: TimeLimits, calendar: Calendar
    ) -> Self:
        """The clock with those dates, such as a stored paper has."""
        warn_from = calendar.add_working_days(answer_by, -limits.warn_before) if answer_by else None
        return cls(answer_by, forward_by, warn_from)

    def status(self, today: date) -> Status:
        """Where the answer stands on that date in Baku: `due` on the last day, `warning` in the days before it."""
        if self.answer_by is None or self.warn_from is None:
            return "none"
        if today >= self.answer_by:
            return "due" if today == self.answer_by else "overdue"
        return "warning" if today >= self.warn_from else "running"


@lru_cache(maxsize=LAST_YEAR - FIRST_YEAR + 1)
def _known(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days of a year that are not worked, and weekend days that are, by the library."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError(f"The calendar knows {FIRST_YEAR} to {LAST_YEAR}, not {year}. Correct the date.")
    table = holidays.country_holidays("AZ", years=year, expand=False)
    return frozenset(table), frozenset(table.weekend_workdays)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CalendarError(f"{path.name} cannot be read as TOML: {error}") from error


def _dates(tables: dict[str, Any], name: str, file: str) -> frozenset[date]:
    try:
        return frozenset(date.fromisoformat(key) for key in tables.get(name, {}))
    except (TypeError, ValueError) as error:
        raise CalendarError(f'{file}: [{name}] {error}. Write 2027-03-12 = "decision".') from error


def _limit(table: dict[str, Any]) -> Limit:
    """A limit from its table; an unknown or missing key is a TypeError, a wrong value a ValueError."""
    count = table.get("count", "working")
    if count not in {"working", "calendar"}:
        raise ValueError(f"count is {count!r}, not working or calendar")
    days = {key: _days(value) for key, value in table.items() if key != "count"}
    return Limit(**days, count=count)


def _days(value: Any) -> int:
    if type(value) is not int or not 0 < value <= 366:
        raise ValueError(f"{value!r} is not a number of days from 1 to 366")
    return value
