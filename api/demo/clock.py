"""The time that is told while history is made: a clock that is set, office hours, and rows that bear its time.

Rows are inserted with the time that the clock shows, where their table would take the database's. Nothing is changed
afterwards, and the audit chain is left alone: it alone says when all of it was really written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import now as sql_now

from api.db.session import Database
from api.intake.calendar import BAKU, Calendar

_OPENS, _CLOSES = time(9), time(18)
_DAY = timedelta(days=1)


@dataclass
class Clock:
    """A clock that shows what it was set to."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment that it shows."""
        return self.now


@dataclass(frozen=True)
class Hours:
    """Office hours on the working days of a calendar, in Baku."""

    calendar: Calendar

    def days(self, first: date, last: date) -> list[date]:
        """The working days between two days, both included."""
        span = range((last - first).days + 1)
        return [day for n in span if self.calendar.is_working(day := first + n * _DAY)]

    def opening(self, day: date) -> datetime:
        """When the office opens on a day."""
        return datetime.combine(day, _OPENS, BAKU)

    def after(self, moment: datetime, minutes: float) -> datetime:
        """So many minutes of office hours after a moment."""
        moment, left = self._open(moment.astimezone(BAKU)), timedelta(minutes=minutes)
        while (rest := datetime.combine(moment.date(), _CLOSES, BAKU) - moment) < left:
            moment, left = self._open(datetime.combine(moment.date() + _DAY, _OPENS, BAKU)), left - rest
        return moment + left

    def _open(self, moment: datetime) -> datetime:
        """That moment if the office is open, else when it opens next."""
        if moment.time() >= _CLOSES:
            moment = self.opening(moment.date() + _DAY)
        day = self.calendar.next_working(moment.date())
        return max(moment, self.opening(day))


_WEEKS = 4
_A_DAY = 540
"""Minutes of office hours."""
_LAST = 20
"""Nothing comes in so many minutes before the end."""


class Span:
    """The weeks before a moment, as an office worked in them."""

    def __init__(self, hours: Hours, now: datetime) -> None:
        self.hours = hours
        now = now.astimezone(BAKU)
        days = hours.days((now - timedelta(weeks=_WEEKS)).date(), now.date())
        self.days = [opening for day in days if (opening := hours.opening(day)) < now]
        """When the office opened on each working day."""
        today = (now - self.days[-1]).total_seconds() / 60
        self._minutes = _A_DAY * (len(self.days) - 1) + min(today, _A_DAY) - _LAST

    def at(self, share: float) -> datetime:
        """The moment when so much (0..1) of all office hours had gone by."""
        return self.hours.after(self.days[0], max(0.0, share * self._minutes))


@contextmanager
def dated(database: Database, clock: Clock) -> Iterator[None]:
    """For as long as the block lasts, new rows of a database bear the clock's time where they would take the server's.

    Only rows that are added to sessions, which is all but the links of the audit chain.
    """

    def date_rows(session: Session, _context: Any, _instances: Any) -> None:
        if session.get_bind() is not database.engine:
            return
        for row in session.new:
            for attribute in inspect(type(row)).column_attrs:
                if _is_dated(attribute.columns[0]) and getattr(row, attribute.key) is None:
                    setattr(row, attribute.key, clock())

    event.listen(Session, "before_flush", date_rows)
    try:
        yield
    finally:
        event.remove(Session, "before_flush", date_rows)


def _is_dated(column: Any) -> bool:
    """Whether the server fills a column with its time."""
    return isinstance(getattr(column.server_default, "arg", None), sql_now)
