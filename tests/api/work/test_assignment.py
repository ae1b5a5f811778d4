"""Who is given a paper: those who may see it, are there and read it, fairly; or whom a supervisor says."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from api.db.tables import Notification
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.work import repository, service
from api.work.schemas import AssignmentIn
from tests.api.departments.routed import SUPERVISOR, routed
from tests.api.triaging.papers import actions, rows
from tests.api.work.people import NOW, absent, arrive, at, disable, person, principal, sharing


def test_nobody_is_given_anything_where_people_take_the_next_paper_themselves(services: Services) -> None:
    person(services)
    assert arrive(at(services)).assigned_to is None


def test_papers_are_shared_evenly_and_people_are_told(services: Services) -> None:
    clerks = [person(services) for _ in range(3)]
    given = [arrive(sharing(services, NOW + timedelta(minutes=n))) for n in range(6)]
    assert [paper.assigned_to for paper in given] == clerks * 2
    assert given[0].assigned_at == NOW
    assert "document.assigned" in actions(services, given[0].id)
    assert [note.user_id for note in rows(services, Notification)] == clerks * 2


def test_who_has_least_to_do_comes_first_and_what_one_has_open_counts(services: Services) -> None:
    busy, idle = person(services), person(services)
    still = at(services)
    arrive(still, held_by=busy, held_until=NOW + timedelta(minutes=5))
    arrive(still, assigned_to=busy)
    arrive(still, assigned_to=idle, held_by=idle, held_until=NOW - timedelta(minutes=5))
    with services.database.transaction() as session:
        assert repository.loads(session, [busy, idle], NOW) == {busy: 2, idle: 1}
    assert arrive(sharing(services)).assigned_to == idle


def test_a_paper_goes_to_clerks_who_may_see_it(services: Services) -> None:
    gence, seki = person(services, units=["gence", "baki"]), person(services, units=["seki"])
    for role in ("supervisor", "officer"):
        person(services, role)
    live = sharing(services)
    assert arrive(live, office="gence").assigned_to == gence
    assert arrive(live, office="seki").assigned_to == seki
    assert arrive(live, office="quba").assigned_to is None
    assert arrive(live).assigned_to is None
    everywhere = person(services)
    assert [arrive(live, office=office).assigned_to for office in ("quba", None)] == [everywhere] * 2


def test_a_paper_goes_to_who_reads_its_language(services: Services) -> None:
    person(services, reads=["az"])
    russian = person(services, reads=["az", "ru"])
    live = sharing(services)
    assert [arrive(live, language="ru").assigned_to for _ in range(3)] == [russian] * 3
    anything = person(services)
    assert arrive(live, language="en").assigned_to == anything


def test_who_is_absent_or_disabled_gets_nothing(services: Services) -> None:
    away, gone, there = person(services), person(services), person(services)
    live = sharing(services)
    absent(live, away)
    disable(services, gone)
    assert [arrive(live).assigned_to for _ in range(3)] == [there] * 3
    tomorrow = sharing(services, NOW + timedelta(days=1))
    assert arrive(tomorrow).assigned_to == away


def test_the_deputy_gets_what_nobody_else_there_reads_and_the_deputys_deputy_after_that(
    services: Services,
) -> None:
    russian, deputy, further = (
        person(services, reads=["ru"]),
        person(services, reads=["az"]),
        person(services),
    )
    disable(services, further)
    live = sharing(services)
    absent(live, russian, deputy)
    assert arrive(live, language="ru").assigned_to == deputy
    second = person(services, reads=["en"])
    absent(live, deputy, second)
    assert arrive(live, language="ru").assigned_to == second
    absent(live, second)
    assert arrive(live, language="ru").assigned_to is None


def test_only_what_waits_for_clerks_is_shared_out(services: Services) -> None:
    person(services)
    assert arrive(sharing(services), desk="supervisor").assigned_to is None


def test_papers_that_come_at_once_go_to_different_people(services: Services) -> None:
    clerks = {person(services) for _ in range(4)}
    live = sharing(services)
    start, given = threading.Barrier(4), []

    def come() -> None:
        start.wait(10)
        given.append(arrive(live).assigned_to)

    threads = [threading.Thread(target=come) for _ in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(given, key=str) == sorted(clerks, key=str)


def wanted(user: int | None, version: int) -> AssignmentIn:
    """What a supervisor sends."""
    return AssignmentIn(user=user, version=version)


def test_a_supervisor_gives_a_paper_and_takes_it_back(services: Services) -> None:
    clerk, found = person(services), arrive(at(services))
    told = service.assign_by_hand(services, SUPERVISOR, found.number, wanted(clerk, found.version))
    assert told.assigned_to == clerk
    with pytest.raises(ConflictError, match="changed"):
        service.assign_by_hand(services, SUPERVISOR, found.number, wanted(None, found.version))
    told = service.assign_by_hand(services, SUPERVISOR, found.number, wanted(None, told.version))
    assert told.assigned_to is None
    assert [(note.user_id, note.kind) for note in rows(services, Notification)] == [(clerk, "paper.assigned")]


def test_only_who_may_decide_on_a_paper_can_be_given_it(services: Services) -> None:
    found = arrive(at(services), office="gence")
    officer, gone = person(services, "officer", department="cyber"), person(services)
    disable(services, gone)
    for user in (officer, gone, person(services, units=["seki"]), 10**12):
        with pytest.raises(InvalidError):
            service.assign_by_hand(services, SUPERVISOR, found.number, wanted(user, found.version))
    higher = arrive(at(services), desk="supervisor")
    with pytest.raises(InvalidError):
        service.assign_by_hand(services, SUPERVISOR, higher.number, wanted(person(services), higher.version))
    service.assign_by_hand(
        services, SUPERVISOR, higher.number, wanted(person(services, "supervisor"), higher.version)
    )


def test_nothing_is_given_to_who_is_absent_or_taken_from_who_works_on_it(services: Services) -> None:
    still, clerk, other = at(services), person(services), person(services)
    absent(still, clerk)
    found = arrive(still)
    with pytest.raises(ConflictError, match="absent"):
        service.assign_by_hand(still, SUPERVISOR, found.number, wanted(clerk, found.version))
    held = arrive(still, held_by=other, held_until=NOW + timedelta(minutes=1))
    with pytest.raises(ConflictError, match="working on"):
        service.assign_by_hand(still, SUPERVISOR, held.number, wanted(person(services), held.version))


def test_assigning_is_for_supervisors_of_papers_in_review_that_they_see(services: Services) -> None:
    clerk = person(services)
    found = arrive(at(services), office="gence")
    (gone,) = routed(services)
    with pytest.raises(ForbiddenError):
        service.assign_by_hand(services, principal(services, clerk), found.number, wanted(clerk, 1))
    far = replace(SUPERVISOR, units=frozenset({"seki"}))
    with pytest.raises(NotFoundError):
        service.assign_by_hand(services, far, found.number, wanted(clerk, found.version))
    with pytest.raises(ConflictError):
        service.assign_by_hand(services, SUPERVISOR, gone, wanted(clerk, 3))
