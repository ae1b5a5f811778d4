"""Departments open and close; nothing is routed to a closed one, and what was on the way comes back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from api.automation import service as automation
from api.automation.schemas import SwitchIn
from api.db.tables import Decision, DepartmentState, Event
from api.departments import closing, handovers, repository, service
from api.departments.schemas import AcceptanceIn, StateChanged, StateIn
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.api.automation.test_service import SUPERVISOR as TURNS
from tests.api.automation.test_service import triaged, turn_on
from tests.api.departments.routed import OFFICER, SUPERVISOR, routed
from tests.api.papers import broken_links
from tests.api.triaging.papers import actions, paper, rows, rule


def state(
    services: Services,
    department: str = "investigation",
    *,
    is_open: bool = False,
    successor: str | None = None,
    unit: str | None = None,
) -> StateChanged:
    """Open or close a department."""
    wanted = StateIn(open=is_open, successor=successor, unit=unit, reason="for a test")
    return closing.change(services, SUPERVISOR, department, wanted)


def is_open(services: Services, department: str, unit: str | None = None) -> tuple[bool, str | None]:
    """What features are told."""
    with services.database.transaction() as session:
        return service.open_for(session, department, unit)


def test_a_department_is_open_until_it_is_closed_and_then_names_its_successor(services: Services) -> None:
    assert is_open(services, "investigation") == (True, None)
    state(services, successor="cyber")
    assert is_open(services, "investigation", "gence") == (False, "cyber")
    state(services, is_open=True)
    assert is_open(services, "investigation") == (True, None)
    assert [row.open for row in rows(services, DepartmentState)] == [False, True]


def test_it_can_be_closed_in_one_unit(services: Services) -> None:
    state(services, "territorial", unit="gence")
    assert is_open(services, "territorial", "gence") == (False, None)
    assert is_open(services, "territorial", "seki") == (True, None)
    assert is_open(services, "territorial") == (True, None)


def test_the_successor_that_is_named_is_one_that_is_open(services: Services) -> None:
    state(services, "investigation", successor="cyber")
    state(services, "cyber", successor="military")
    assert is_open(services, "investigation") == (False, "military")
    with pytest.raises(ConflictError, match="closed itself"):
        state(services, "baku", successor="cyber")
    state(services, "military")
    assert is_open(services, "investigation") == (False, None)


def test_successors_in_a_circle_are_no_successors(services: Services) -> None:
    state(services, "investigation", successor="cyber")
    state(services, "investigation", is_open=True)
    state(services, "cyber", successor="investigation")
    state(services, "investigation", successor=None)
    with services.database.transaction() as session:  # as an import could have written it
        session.add(
            DepartmentState(
                department="investigation", unit="", open=False, successor="cyber", actor="x", reason="x"
            )
        )
    assert is_open(services, "investigation") == (False, None)


def test_papers_on_the_way_come_back_with_the_successor_and_accepted_ones_stay(services: Services) -> None:
    kept, *numbers = routed(services, 4)
    handovers.accept(services, OFFICER, kept, AcceptanceIn(version=paper(services, kept).version))
    (elsewhere,) = routed(services, 1, "cyber")
    decision = paper(services, numbers[0]).decision_id
    told = state(services, successor="cyber")
    assert (told.sent_back, told.left) == (3, 0)
    found = [paper(services, number) for number in numbers]
    assert {(p.state, p.desk, p.priority, p.department, p.returns) for p in found} == {
        ("review", "clerk", 1, None, 0)
    }
    assert paper(services, kept).state == "accepted"
    assert paper(services, elsewhere).state == "routed"
    assert "document.recalled" in actions(services, found[0].id)
    with services.database.transaction() as session:
        event = session.query(Event).filter_by(action="document.recalled", document_id=found[0].id).one()
    assert f'"decision":{decision},' in event.body
    assert '"successor":"cyber"' in event.body
    assert broken_links(services) == []


def test_many_papers_come_back_some_at_a_time_and_the_timers_finish(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "AT_ONCE", 2)
    monkeypatch.setattr(closing, "MOST", 4)
    numbers = routed(services, 7)
    told = state(services)
    assert (told.sent_back, told.left) == (4, 3)
    assert closing.recall_stranded(services) == 3
    assert {paper(services, number).state for number in numbers} == {"review"}
    assert closing.recall_stranded(services) == 0


def test_what_somebody_has_locked_just_then_comes_back_later(services: Services) -> None:
    first, second = routed(services, 2)
    with services.database.transaction() as session:
        repository.find(session, SUPERVISOR.sees, first, lock=True)
        told = state(services)
        assert (told.sent_back, told.left) == (1, 1)
    assert closing.recall_stranded(services) == 1
    assert paper(services, first).state == paper(services, second).state == "review"


def test_a_closing_waits_for_decisions_under_way_and_lets_none_pass_after(services: Services) -> None:
    closed = threading.Event()

    def close() -> None:
        state(services)
        closed.set()

    with services.database.transaction() as session:
        assert service.open_for(session, "investigation", None)[0]
        thread = threading.Thread(target=close)
        thread.start()
        assert not closed.wait(0.3)
    thread.join(10)
    assert closed.is_set()


def waited_for(services: Services, locks: int) -> None:
    """Returns when so many transactions wait for a lock that a feature names itself."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    pause = threading.Event()
    for _ in range(200):
        with services.database.transaction() as session:
            if session.scalar(query) == locks:
                return
        pause.wait(0.05)
    raise AssertionError("nobody waits")


def test_a_decision_a_closing_and_a_switch_that_meet_do_not_wait_in_a_ring(services: Services) -> None:
    by = rule(services)
    turn_on(services, by)
    first, second = routed(services, 2, by.department)
    off = SwitchIn(on=False, reason="for a test")
    with ThreadPoolExecutor(2) as others, services.database.transaction() as session:
        # As a decision does: the paper, then the departments, then the switches; and all of them once more.
        repository.find(session, SUPERVISOR.sees, first, lock=True)
        assert service.open_for(session, by.department, None)[0]
        assert automation.automation_allows(session, by.department, by.subject)
        closed = others.submit(state, services, by.department)
        switched = others.submit(automation.change, services, TURNS, "department", by.department, off)
        waited_for(services, 2)
        assert service.open_for(session, by.department, None)[0]
        assert automation.automation_allows(session, by.department, by.subject)
        session.commit()
        assert closed.result(10).sent_back + closed.result().left == 2
        assert not switched.result(10).on
    assert closing.recall_stranded(services) == closed.result().left
    assert {paper(services, number).state for number in (first, second)} == {"review"}


def test_the_machine_routes_nothing_to_a_closed_department(services: Services) -> None:
    by = rule(services)
    turn_on(services, by)
    state(services, by.department, successor="cyber")
    (number,) = triaged(services, by)
    (decision,) = rows(services, Decision)
    assert (paper(services, number).state, decision.kind) == ("review", "shadow")
    assert (decision.facts["closed"], decision.facts["successor"]) == (True, "cyber")
    state(services, by.department, is_open=True)
    (number,) = triaged(services, by, "another paper about a fence")
    assert paper(services, number).state == "routed"


@pytest.mark.parametrize(
    ("department", "wanted", "error"),
    [
        ("nowhere", {"open": False}, NotFoundError),
        ("cyber", {"open": False, "unit": "atlantis"}, InvalidError),
        ("cyber", {"open": False, "successor": "cyber"}, InvalidError),
        ("cyber", {"open": False, "successor": "nowhere"}, InvalidError),
        ("cyber", {"open": True, "successor": "baku"}, InvalidError),
    ],
)
def test_what_makes_no_sense_is_refused(
    services: Services, department: str, wanted: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        closing.change(
            services, SUPERVISOR, department, StateIn.model_validate({**wanted, "reason": "for a test"})
        )
    assert rows(services, DepartmentState) == []


def test_a_supervisor_with_units_closes_only_there(services: Services) -> None:
    who = replace(SUPERVISOR, units=frozenset({"gence"}))
    for unit in (None, "seki"):
        with pytest.raises(ForbiddenError):
            closing.change(services, who, "territorial", StateIn(open=False, unit=unit, reason="for a test"))
    closing.change(services, who, "territorial", StateIn(open=False, unit="gence", reason="for a test"))
    with pytest.raises(ForbiddenError):
        closing.change(services, OFFICER, "cyber", StateIn(open=False, reason="for a test"))
