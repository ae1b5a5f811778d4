"""The period that figures are of: the last 7, 30 or 90 days, or from one day to another, in Baku."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from api.intake.calendar import BAKU, baku_date
from api.web.forms import Form
from api.web.language import N_

DAYS: Final = (7, 30, 90)
_USUAL = 30
_LONGEST = 3660
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the first and the last included; `days` where they are the last so many until today."""

    first: date
    last: date
    days: int | None = None

    @property
    def since(self) -> datetime:
        """The moment at which it begins."""
        return datetime.combine(self.first, time(), BAKU)

    @property
    def until(self) -> datetime:
        """The moment at which it has ended."""
        return datetime.combine(self.last + _DAY, time(), BAKU)

    @property
    def query(self) -> dict[str, str]:
        """As the address of a page names it."""
        if self.days is not None:
            return {"days": str(self.days)}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def lately(days: int, now: datetime) -> Period:
    """The last so many days, today included."""
    today = baku_date(now)
    return Period(today - (days - 1) * _DAY, today, days)


def asked(query: Mapping[str, str], now: datetime) -> tuple[Period, Form]:
    """The period that an address names, and the form that it was chosen by; the usual one where it is none."""
    first, last = query.get("from", ""), query.get("to", "")
    if not first and not last:
        told = query.get("days", "")
        period = lately(next((days for days in DAYS if str(days) == told), _USUAL), now)
        return period, Form.of(**{"from": period.first.isoformat(), "to": period.last.isoformat()})
    form = Form.of(**{"from": first, "to": last})
    found = days_of(form, ("from", "to"))
    return found or lately(_USUAL, now), form


def days_of(form: Form, names: tuple[str, str]) -> Period | None:
    """The period between two days of a form; None, with what is wrong in the form, where they are none."""
    for name in names:
        if _day(form.get(name)) is None:
            form.errors[name] = N_("Give a day.")
    first, last = (_day(form.get(name)) for name in names)
    if first is None or last is None:
        return None
    if first > last:
        form.errors[names[1]] = N_("The last day is before the first.")
    elif last - first > _LONGEST * _DAY:
        form.errors[names[1]] = N_("Take ten years at the most.")
    return None if form.errors else Period(first, last)


def _day(text: str) -> date | None:
    """A day as browsers send it, of years in which all arithmetic holds."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None
