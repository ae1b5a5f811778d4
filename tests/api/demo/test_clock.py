"""Made history has office hours, and its rows the time that it tells."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.audit.chain import append
from api.db.tables import Event, Remark, User
from api.demo.clock import Clock, Hours, Span, dated
from api.demo.diary import Diary
from api.deps import Services
from api.intake.calendar import BAKU, Calendar
from tests.api.triaging.papers import paper, register, rows

FRIDAY = datetime(2026, 3, 6, 17, 30, tzinfo=BAKU)


def test_minutes_of_office_hours_go_on_after_the_weekend_and_holidays() -> None:
    hours = Hours(Calendar())
    assert hours.after(FRIDAY, 20) == FRIDAY + timedelta(minutes=20)
    # 9 March is off: 8 March, a holiday, was a Sunday.
    assert hours.after(FRIDAY, 60) == datetime(2026, 3, 10, 9, 30, tzinfo=BAKU)


def test_a_span_never_reaches_beyond_now() -> None:
    for now in (FRIDAY, FRIDAY + timedelta(days=1), datetime(2026, 3, 10, 9, 5, tzinfo=BAKU)):
        span = Span(Hours(Calendar()), now)
        assert span.days[0] <= span.at(0) < span.at(0.5) < span.at(1) < now
        assert now - span.days[0] < timedelta(weeks=4, days=1)


def test_a_diary_does_things_in_the_order_of_their_time_and_stops_at_its_end() -> None:
    clock, done = Clock(FRIDAY), []
    diary = Diary(clock, FRIDAY + timedelta(hours=3))
    for hours in (2, 1, 4):
        diary.plan(FRIDAY + timedelta(hours=hours), lambda: done.append(clock()))
    diary.live()
    assert done == [FRIDAY + timedelta(hours=1), FRIDAY + timedelta(hours=2)]
    assert clock() == FRIDAY + timedelta(hours=3)


def test_rows_bear_the_clocks_time_and_the_chain_the_true_one(services: Services) -> None:
    number = register(services, "Bir ərizə")[0]
    with dated(services.database, Clock(FRIDAY)), services.database.transaction() as session:
        session.add(Remark(document_id=paper(services, number).id, actor="user:1", about="x:1", words="x"))
        append(session, "system", "demo.tried")
    with services.database.transaction() as session:
        session.add(User(login="later", name="Later", role="clerk"))
        newest = session.query(Event).order_by(Event.seq.desc()).first()
    assert rows(services, Remark)[0].at == FRIDAY
    assert newest is not None
    assert newest.at > FRIDAY
    assert rows(services, User)[0].created_at > FRIDAY
