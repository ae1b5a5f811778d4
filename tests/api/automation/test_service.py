"""Switches, what is decided by them, and the score of the shadow."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.automation.schemas import Scope, SwitchIn
from api.automation.service import automation_allows, change, shadow, switches
from api.db.tables import Decision, Document, Event, Switch
from api.deps import Services
from api.errors import ForbiddenError, InvalidError, NotFoundError
from api.triaging.service import triage
from tests.api.triaging.papers import TEXT, Rule, actions, paper, register, rows, rule

SUPERVISOR = Principal("user:7", "S", "supervisor", ROLE_PERMISSIONS["supervisor"])


def turn(services: Services, scope: Scope, value: str = "", *, on: bool = True) -> None:
    change(services, SUPERVISOR, scope, value, SwitchIn(on=on, reason="for a test"))


def turn_on(services: Services, by: Rule) -> None:
    turn(services, "all")
    turn(services, "department", by.department)
    turn(services, "subject", by.subject)


def triaged(services: Services, by: Rule, *texts: str) -> list[str]:
    """Numbers of papers that were registered and triaged."""
    numbers = register(services, *(texts or (TEXT,)))
    for number in numbers:
        triage(services, by.suggester, paper(services, number).id)
    return numbers


def test_a_new_installation_routes_nothing_by_itself_and_keeps_its_shadow(services: Services) -> None:
    by = rule(services)
    (number,) = triaged(services, by)
    found, (decision,) = paper(services, number), rows(services, Decision)
    assert (found.state, found.department, found.decision_id) == ("review", None, None)
    assert (decision.kind, decision.department, decision.actor) == ("shadow", by.department, "system")
    assert decision.suggestion_id == found.suggestion_id
    assert decision.facts == {"subject": by.subject, "rule": "r1", "confidence": 0.99}


def test_with_all_three_switches_on_a_paper_is_routed(services: Services) -> None:
    by = rule(services)
    turn_on(services, by)
    (number,) = triaged(services, by)
    found, (decision,) = paper(services, number), rows(services, Decision)
    assert (found.state, found.department, found.decision_id) == ("routed", by.department, decision.id)
    assert decision.kind == "policy"
    assert actions(services, found.id)[-1] == "document.routed"


def test_what_the_bundle_is_unsure_of_is_never_routed(services: Services) -> None:
    by = rule(services, decision="review")
    turn_on(services, by)
    (number,) = triaged(services, by)
    assert (paper(services, number).state, rows(services, Decision)) == ("review", [])


@pytest.mark.parametrize("missing", ["all", "department", "subject"])
def test_one_switch_that_is_off_suffices(services: Services, missing: Scope) -> None:
    by = rule(services)
    turn_on(services, by)
    turn(
        services, missing, {"all": "", "department": by.department, "subject": by.subject}[missing], on=False
    )
    (number,) = triaged(services, by)
    assert (paper(services, number).state, rows(services, Decision)[0].kind) == ("review", "shadow")


def test_switches_of_others_do_not_count(services: Services) -> None:
    by = rule(services)
    turn(services, "all")
    turn(services, "department", services.taxonomy.departments[1])
    turn(services, "subject", services.taxonomy.subjects[1])
    with services.database.transaction() as session:
        assert not automation_allows(session, by.department, by.subject)


def test_the_kill_switch_waits_for_decisions_under_way_and_lets_none_pass_after(services: Services) -> None:
    by = rule(services)
    turn_on(services, by)
    killed, order = threading.Event(), []

    def kill() -> None:
        turn(services, "all", on=False)
        order.append("killed")
        killed.set()

    with services.database.transaction() as session:
        assert automation_allows(session, by.department, by.subject)
        thread = threading.Thread(target=kill)
        thread.start()
        assert not killed.wait(0.3)  # it waits for this transaction, which decides by the former state
        order.append("decided")
    thread.join(10)
    assert order == ["decided", "killed"]
    (number,) = triaged(services, by)
    assert paper(services, number).state == "review"


def test_after_the_kill_switch_answers_no_policy_decision_is_committed(services: Services) -> None:
    """Workers that triage all the while: what was committed after the answer is shadow, all of it."""
    by = rule(services)
    turn_on(services, by)
    numbers = iter(register(services, *(f"{TEXT}{n}" for n in range(40))))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            triage(services, by.suggester, paper(services, number).id)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    while len(by.seen) < 10:
        threading.Event().wait(0.01)
    turn(services, "all", on=False)
    decided_before = {d.id for d in rows(services, Decision) if d.kind == "policy"}
    for worker in workers:
        worker.join()
    policy = {d.id for d in rows(services, Decision) if d.kind == "policy"}
    assert policy == decided_before
    assert 0 < len(policy) < 40
    with services.database.transaction() as session:
        routed = [e.seq for e in session.query(Event).filter_by(action="document.routed")]
        change_at = max(e.seq for e in session.query(Event).filter_by(action="automation.changed"))
    assert max(routed) < change_at


def test_a_change_is_a_new_row_and_an_event(services: Services) -> None:
    turn(services, "all")
    turn(services, "all", on=False)
    assert [(row.on, row.actor) for row in rows(services, Switch)] == [(True, "user:7"), (False, "user:7")]
    with services.database.transaction() as session:
        events = session.query(Event).filter_by(action="automation.changed").all()
    assert len(events) == 2
    assert all("for a test" not in event.body for event in events)


def test_the_list_says_what_is_effective(services: Services) -> None:
    by = rule(services)
    turn(services, "department", by.department)
    before = switches(services, SUPERVISOR)
    turn(services, "all")
    after = switches(services, SUPERVISOR)
    assert [(s.on, s.effective) for s in (before.departments[0], after.departments[0])] == [
        (True, False),
        (True, True),
    ]
    assert not after.subjects[0].on
    assert [s.value for s in after.subjects] == list(services.taxonomy.subjects)


def test_only_who_may_changes_what_exists_and_says_why(services: Services) -> None:
    clerk = Principal("user:1", "C", "clerk", ROLE_PERMISSIONS["clerk"])
    wanted = SwitchIn(on=True, reason="for a test")
    with pytest.raises(ForbiddenError):
        change(services, clerk, "all", "", wanted)
    with pytest.raises(NotFoundError):
        change(services, SUPERVISOR, "department", "nowhere", wanted)
    with pytest.raises(NotFoundError):
        change(services, SUPERVISOR, "all", "x", wanted)
    with pytest.raises(InvalidError):
        change(services, SUPERVISOR, "all", "", SwitchIn(on=True, reason="      "))
    assert rows(services, Switch) == []


def decided_by_person(services: Services, number: str, department: str) -> int:
    """A person routes a paper, in place of what was in force; the decision's id."""
    with services.database.transaction() as session:
        decision = Decision(
            document_id=paper(services, number).id, kind="person", actor="user:1", actor_name="C",
            action="route", department=department, facts={},
        )  # fmt: skip
        session.add(decision)
        session.flush()
        in_force(session, number, decision.id)
        return decision.id


def in_force(session: Session, number: str, decision: int | None) -> None:
    session.execute(update(Document).where(Document.number == number).values(decision_id=decision))


def test_the_shadow_is_scored_by_what_people_decided_last(services: Services) -> None:
    first, second = services.taxonomy.departments[:2]
    by = rule(services)
    one, two, _ = triaged(services, by, "bir " + TEXT, "iki " + TEXT, "üç " + TEXT)
    triaged(services, replace(by, department=second), "dörd " + TEXT)
    decided_by_person(services, one, first)
    decided_by_person(services, two, first)
    decided_by_person(services, two, second)

    score = shadow(services, SUPERVISOR)
    assert [
        (r.department, r.shadows, r.judged, r.agreed) for r in sorted(score.rows, key=lambda r: -r.shadows)
    ] == [
        (first, 3, 2, 1),
        (second, 1, 0, 0),
    ]
    assert (score.total.shadows, score.total.judged, score.total.share) == (4, 2, 0.5)
    assert score.total.low == pytest.approx(0.0126, abs=1e-3)
    assert score.total.high == pytest.approx(0.9874, abs=1e-3)
    assert score.rows[0].subject == by.subject


def test_only_routes_of_people_that_are_in_force_are_scored(services: Services) -> None:
    department = services.taxonomy.departments[0]
    numbers = triaged(services, rule(services), *(f"{n} {TEXT}" for n in range(4)))
    taken_back, proposed, outside, kept = numbers
    gone = decided_by_person(services, taken_back, department)
    decided_by_person(services, kept, department)
    with services.database.transaction() as session:
        for number, kind, action, to, undoes in (
            (taken_back, "person", "undo", None, gone),
            (proposed, "proposed", "route", department, None),
            (outside, "person", "outside", None, None),
            (kept, "proposed", "outside", None, None),
        ):
            row = Decision(
                document_id=paper(services, number).id, kind=kind, action=action, department=to, undoes=undoes,
                actor="user:1", actor_name="C", facts={},
            )  # fmt: skip
            session.add(row)
            session.flush()
            if action == "outside" and kind == "person":
                in_force(session, number, row.id)
        in_force(session, taken_back, None)
    total = shadow(services, SUPERVISOR).total
    assert (total.shadows, total.judged, total.agreed) == (4, 1, 1)


def test_what_a_department_sent_back_is_left_to_people(services: Services) -> None:
    by = rule(services)
    turn_on(services, by)
    (number,) = register(services, TEXT)
    with services.database.transaction() as session:
        session.execute(update(Document).where(Document.number == number).values(returns=3))
    triage(services, by.suggester, paper(services, number).id)
    assert (paper(services, number).state, paper(services, number).desk) == ("review", "supervisor")
    assert rows(services, Decision) == []


def test_the_score_can_begin_at_a_moment(services: Services) -> None:
    triaged(services, rule(services))
    now = services.now()
    assert shadow(services, SUPERVISOR, now).rows == []
    with pytest.raises(InvalidError):
        shadow(services, SYSTEM, now.replace(tzinfo=None))
