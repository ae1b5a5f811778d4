"""The days of a year on which the office works otherwise than weekdays say, with names, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import holidays

from api.intake.calendar import Calendar

_DAY = timedelta(days=1)
_SATURDAY = 5
_MOVED, _ESTIMATED, _SUBSTITUTED = "observed", "estimated", "substituted"


@dataclass(frozen=True, slots=True)
class Day:
    """A holiday, a day off that was moved or decreed, or a day at a weekend that is worked (`working`).

    `names` are codes of the names' kind `holiday`. `estimated`: the date is not confirmed, as the Cabinet names it
    only in December of the year before.
    """

    date: date
    kind: Literal["holiday", "moved", "decreed", "working"]
    names: Sequence[str] = ()
    estimated: bool = False

    @property
    def weekend(self) -> bool:
        """Whether it is a Saturday or a Sunday."""
        return self.date.weekday() >= _SATURDAY


def of_year(calendar: Calendar, year: int) -> list[Day]:
    """The days of a year that are not as every week has them. Raises CalendarError for one that no calendar knows."""
    known = _known(year)
    found = []
    for day in _days(date(year, 1, 1), date(year + 1, 1, 1)):
        works, usual = calendar.is_working(day), day.weekday() < _SATURDAY
        if works:
            if not usual or day in known:
                found.append(Day(day, "working"))
        elif day in known:
            found.append(known[day])
        elif usual:
            found.append(Day(day, "decreed"))
    return found


def working(calendar: Calendar, year: int) -> list[int]:
    """How many working days each month of a year has, January first."""
    ends = [*(date(year, month, 1) - _DAY for month in range(1, 13)), date(year, 12, 31)]
    return [calendar.working_days_between(*pair) for pair in pairwise(ends)]


@lru_cache(maxsize=8)
def _known(year: int) -> dict[date, Day]:
    """The holidays that the library knows of."""
    table = holidays.country_holidays("AZ", years=year, expand=False, language="en_US")
    return {day: _told(day, name) for day, name in table.items() if day.year == year}


def _told(day: date, name: str) -> Day:
    parts = [part.partition(" (") for part in name.split("; ")]
    remarks = "".join(remark for _, _, remark in parts)
    names = tuple(dict.fromkeys(name for name, _, _ in parts))
    moved = all(_MOVED in remark or _SUBSTITUTED in remark for _, _, remark in parts)
    return Day(day, "moved" if moved else "holiday", names, _ESTIMATED in remarks)


def _days(first: date, end: date) -> Sequence[date]:
    return [first + n * _DAY for n in range((end - first).days)]
