"""What nobody takes rises, once a wait: in review, at departments, and where the people it was given to are away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from api.db.tables import Document, Notification, User
from api.departments import closing
from api.departments.schemas import StateIn
from api.deps import Services
from api.jobs import timers
from api.review import waiting
from api.work import repository, rising
from api.work.rising import rise
from tests.api.departments.routed import SUPERVISOR, route, routed
from tests.api.departments.test_closing import waited_for
from tests.api.triaging.papers import actions, paper, register, rows
from tests.api.work.people import NOW, absent, arrive, at, disable, person, sharing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = {"look_by": NOW - 25 * HOUR, "forward_by": None}
"""A paper that should have been looked at longer ago than the setting allows."""


def told(services: Services) -> list[tuple[int, str, int | None]]:
    """Who was told what of which paper."""
    return [(row.user_id, row.kind, row.document_id) for row in rows(services, Notification)]


def test_a_paper_that_nobody_took_in_time_rises_once_and_is_for_everybody(services: Services) -> None:
    clerk, supervisor = person(services), person(services, "supervisor")
    person(services, "supervisor", units=["seki"])
    still = at(services)
    late = arrive(still, office="gence", assigned_to=clerk, **LATE)
    fresh = arrive(still, look_by=NOW - 23 * HOUR, forward_by=None)
    assert [rise(still) for _ in range(2)] == [1, 0]
    found = paper(services, late.number)
    assert (found.priority, found.assigned_to, found.rose_at) == (waiting.HURRIED, None, NOW)
    assert found.version == late.version + 1
    assert paper(services, fresh.number).rose_at is None
    assert told(services) == [(supervisor, "paper.rose", late.id)]
    assert actions(services, late.id)[-1] == "document.rose"


def test_a_paper_rises_on_the_day_by_which_it_must_be_forwarded(services: Services) -> None:
    still = at(services)
    today = arrive(still, look_by=NOW + HOUR, forward_by=date(2026, 3, 2))
    arrive(still, look_by=NOW + HOUR, forward_by=date(2026, 3, 3))
    assert rise(still) == 1
    assert paper(services, today.number).rose_at == NOW


def test_what_is_in_danger_stays_first_and_what_somebody_works_on_stays_theirs(services: Services) -> None:
    clerk, still = person(services), at(services)
    danger = arrive(still, priority=waiting.DANGER, **LATE)
    held = arrive(still, assigned_to=clerk, held_by=clerk, held_until=NOW + HOUR, **LATE)
    assert rise(still) == 1
    assert paper(services, danger.number).priority == waiting.DANGER
    assert paper(services, held.number).version == held.version
    assert rise(at(services, NOW + 2 * HOUR)) == 1  # the lease is over, and it is still there


def test_a_paper_that_comes_back_may_rise_again(services: Services) -> None:
    found = arrive(at(services), **LATE)
    assert rise(at(services)) == 1
    later = NOW + 10 * DAY
    with services.database.transaction() as session:
        document = session.merge(paper(services, found.number))
        waiting.wait(document, later)
        document.look_by, document.forward_by = later - 30 * HOUR, None
    assert rise(at(services, later)) == 1


def test_many_papers_rise_some_at_a_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rising, "AT_ONCE", 2)
    for _ in range(5):
        arrive(at(services), **LATE)
    assert rise(at(services)) == 5


@pytest.mark.parametrize(
    ("routed_at", "expected"),
    [
        (datetime(2026, 2, 25, 19, 59, tzinfo=NOW.tzinfo), 1),  # Wednesday in Baku: Thursday, Friday, Monday
        (datetime(2026, 2, 25, 20, 1, tzinfo=NOW.tzinfo), 0),  # Thursday there, a minute past midnight
    ],
)
def test_supervisors_are_told_once_of_what_a_department_leaves_lying(
    services: Services, routed_at: datetime, expected: int
) -> None:
    supervisor, (number,) = person(services, "supervisor"), register(services, "lies there")
    route(services, number, "investigation", at=routed_at)
    still = at(services, accept_within_days=3)
    assert [rise(still) for _ in range(2)] == [expected, 0]
    found = paper(services, number)
    assert found.state == "routed"
    assert told(services) == [(supervisor, "paper.rose", found.id)] * expected


def test_papers_of_somebody_absent_go_to_the_deputy_and_of_somebody_gone_to_nobody(
    services: Services,
) -> None:
    clerk, deputy, gone = person(services), person(services), person(services)
    still = at(services)
    theirs, held, orphan = (
        arrive(still, assigned_to=clerk),
        arrive(still, assigned_to=clerk, held_by=clerk, held_until=NOW + HOUR),
        arrive(still, assigned_to=gone),
    )
    absent(still, clerk, deputy)
    disable(services, gone)
    rise(still)
    given = [paper(services, p.number).assigned_to for p in (theirs, held, orphan)]
    assert given == [deputy, clerk, None]


def test_where_work_is_shared_somebody_is_chosen_anew(services: Services) -> None:
    clerk, other = person(services), person(services)
    live = sharing(services)
    found = arrive(live, assigned_to=None)
    assert found.assigned_to == clerk
    absent(live, clerk)
    rise(live)
    assert paper(services, found.number).assigned_to == other


def test_the_timers_let_papers_rise_and_finish_what_a_closing_left(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = arrive(at(services), **LATE)
    (number,) = routed(services)
    monkeypatch.setattr(closing, "MOST", 0)
    changed = closing.change(services, SUPERVISOR, "investigation", StateIn(open=False, reason="for a test"))
    assert (changed.sent_back, changed.left) == (0, 1)
    assert timers.run(at(services))
    assert paper(services, late.number).rose_at == NOW
    assert paper(services, number).state == "review"


def test_who_hands_papers_on_takes_a_turn_before_people_as_all_do(services: Services) -> None:
    office = sharing(services)
    deputy, away, alone = person(services), person(services), person(services)
    for clerk in (away, alone):
        arrive(at(services), assigned_to=clerk)
    absent(office, away, deputy)
    absent(office, alone)
    with ThreadPoolExecutor(1) as other, services.database.transaction() as session:
        repository.take_turn(session)  # as somebody does who sends a paper back
        risen = other.submit(rise, office)
        waited_for(services, 1)
        session.get_one(User, deputy).given_at = NOW  # would wait for the other one, if that had people first
        session.commit()
        assert risen.result(10) == 0
    assert {row.assigned_to for row in rows(services, Document)} == {deputy}
