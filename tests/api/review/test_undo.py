"""Taking back, and the second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.auth.permissions import Principal
from api.db.tables import Decision, DepartmentState, Handover, Link
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.policy.rulebook import Rulebook
from api.review import queue, service
from api.review.decision_schemas import DecidedOut, DecisionIn, SecondIn, UndoIn
from api.review.schemas import ClaimIn
from api.triaging.service import triage
from tests.api.papers import broken_links
from tests.api.review.office import (
    change,
    many,
    person,
    returned,
    routed,
    suggester,
    waiting,
)
from tests.api.triaging.papers import actions, paper, rows

ANY = TypeAdapter[Any](DecisionIn)
DOUBT: dict[str, Any] = {"decision": "review", "review_reasons": ("conflict_of_interest",)}


@pytest.fixture
def clerk(services: Services) -> Principal:
    return person(services, "Aygün")


@pytest.fixture
def other(services: Services) -> Principal:
    return person(services, "Kamran")


def done(services: Services, who: Principal, number: str, action: str, **more: Any) -> DecidedOut:
    found = paper(services, number)
    seen = {"action": action, "suggestion": found.suggestion_id, "version": found.version}
    return service.decide(services, who, number, ANY.validate_python(seen | more))


def undo(services: Services, who: Principal, number: str, decision: int) -> DecidedOut:
    wanted = UndoIn(decision=decision, version=paper(services, number).version)
    return service.undo(services, who, number, wanted)


def answer(services: Services, who: Principal, number: str, made: DecidedOut, **more: Any) -> DecidedOut:
    wanted = {"decision": made.decision, "agree": True, "version": paper(services, number).version} | more
    return service.second(services, who, number, SecondIn.model_validate(wanted))


def hand_over(services: Services, number: str, kind: str = "accepted") -> None:
    """The department takes what it was routed."""
    found = paper(services, number)
    with services.database.transaction() as session:
        session.add(
            Handover(
                document_id=found.id, decision_id=found.decision_id, actor="user:9", actor_name="O",
                department=found.department, kind=kind,
            )
        )  # fmt: skip
    change(services, number, state=kind if kind == "accepted" else "routed")


def test_a_decision_taken_back_is_a_row_and_the_paper_waits_as_before(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    before = paper(services, number)
    made = routed(
        services, clerk, number, document_type="court_decision", subject="fraud", reason="wrong_subject",
        case_number="12/26",
    )  # fmt: skip
    assert (paper(services, number).case_number, paper(services, number).answer_by) == ("12/26", None)
    undone = undo(services, clerk, number, made.decision)
    row, found = rows(services, Decision)[-1], paper(services, number)
    assert (row.kind, row.action, row.undoes, row.department) == ("person", "undo", made.decision, None)
    assert (undone.state, found.desk, found.decision_id, found.department) == ("review", "clerk", None, None)
    for name in ("document_type", "subject", "urgency", "answer_by", "forward_by", "case_number", "look_by"):
        assert getattr(found, name) == getattr(before, name), name
    assert actions(services, found.id)[-1] == "decision.undone"
    assert routed(services, clerk, number).state == "routed"
    assert broken_links(services) == []


@pytest.mark.parametrize(
    ("action", "more"), [("outside", {"body": "ombudsman"}), ("unreadable", {}), ("duplicate", {})]
)
def test_every_way_out_can_be_taken_back(
    services: Services, clerk: Principal, action: str, more: dict[str, str]
) -> None:
    first, number = many(services, 2)
    made = done(services, clerk, number, action, **(more or ({"of": first} if action == "duplicate" else {})))
    undo(services, clerk, number, made.decision)
    found = paper(services, number)
    assert (found.state, found.body, found.closed_at, found.decision_id) == ("review", None, None, None)
    if action == "duplicate":
        assert [link.on for link in rows(services, Link)] == [True, False]
        assert {link.decision_id for link in rows(services, Link)} == {
            d.id for d in rows(services, Decision)[-2:]
        }
        assert done(services, clerk, first, "duplicate", of=number).state == "closed"


def test_who_decided_or_a_supervisor_takes_back_within_the_time_for_it(
    services: Services, clerk: Principal, other: Principal
) -> None:
    one, two = many(services, 2)
    mine = routed(services, clerk, one)
    with pytest.raises(ForbiddenError):
        undo(services, other, one, mine.decision)
    later = replace(services, now=lambda: services.now() + timedelta(minutes=31))
    with pytest.raises(ConflictError, match="30 minutes"):
        undo(later, clerk, one, mine.decision)
    assert undo(services, person(services, "Head", "supervisor"), one, mine.decision).state == "review"
    with pytest.raises(NotFoundError):
        undo(services, clerk, two, mine.decision)
    with pytest.raises(ConflictError, match="not in force"):
        undo(services, clerk, one, mine.decision)


def test_nothing_is_taken_back_after_the_department_took_it(services: Services, clerk: Principal) -> None:
    one, two = many(services, 2)
    accepted = routed(services, clerk, one)
    hand_over(services, one)
    with pytest.raises(ConflictError, match="department has taken"):
        undo(services, clerk, one, accepted.decision)
    sent_back = routed(services, clerk, two)
    returned(services, two)
    with pytest.raises(ConflictError, match="not in force"):
        undo(services, clerk, two, sent_back.decision)
    assert paper(services, one).state == "accepted"


def test_a_stale_version_takes_nothing_back(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    made = routed(services, clerk, number)
    with pytest.raises(ConflictError, match="changed"):
        service.undo(services, clerk, number, UndoIn(decision=made.decision, version=made.version - 1))


def test_an_escalation_is_taken_back_until_a_supervisor_holds_the_paper(
    services: Services, clerk: Principal
) -> None:
    one, two = many(services, 2)
    made = done(services, clerk, one, "escalate")
    assert undo(services, clerk, one, made.decision).state == "review"
    assert paper(services, one).desk == "clerk"
    made = done(services, clerk, two, "escalate")
    queue.claim(services, person(services, "Head", "supervisor"), ClaimIn(number=two))
    with pytest.raises(ConflictError, match="holds"):
        undo(services, clerk, two, made.decision)


def test_a_conflict_of_interest_needs_a_second_person(
    services: Services, clerk: Principal, other: Principal
) -> None:
    (number,) = waiting(services, **DOUBT)
    made = routed(services, clerk, number, remark="Bax")
    found = paper(services, number)
    assert (made.kind, made.state, found.desk, found.decision_id) == ("proposed", "review", "second", None)
    with pytest.raises(ConflictError, match="second person"):
        routed(services, other, number)
    with pytest.raises(ForbiddenError, match="second person must"):
        answer(services, clerk, number, made)
    agreed = answer(services, other, number, made)
    row, found = rows(services, Decision)[-1], paper(services, number)
    assert (agreed.kind, agreed.state, row.confirms) == ("person", "routed", made.decision)
    assert (row.actor, row.department, row.facts) == (
        other.id, services.taxonomy.departments[0], rows(services, Decision)[-2].facts,
    )  # fmt: skip
    assert (found.decision_id, found.department) == (row.id, row.department)
    assert service.decisions(services, other, number)[-1].remark == "Bax"
    with pytest.raises(ConflictError, match="does not wait"):
        answer(services, other, number, made)


def test_what_a_second_person_refuses_goes_back_to_the_clerks(
    services: Services, clerk: Principal, other: Principal
) -> None:
    (number,) = waiting(services, **DOUBT)
    made = done(services, clerk, number, "outside", body="ombudsman")
    refused = answer(services, other, number, made, agree=False, remark="Bizimdir")
    row, found = rows(services, Decision)[-1], paper(services, number)
    assert (refused.state, found.desk, row.undoes, row.facts) == (
        "review",
        "clerk",
        made.decision,
        {"refused": True},
    )
    assert actions(services, found.id)[-1] == "decision.refused"
    again = routed(services, other, number)
    assert again.kind == "proposed"
    with pytest.raises(ConflictError, match="any more"):
        answer(services, clerk, number, made)
    assert answer(services, clerk, number, again).state == "routed"


def test_who_proposed_takes_it_back_while_it_waits(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services, **DOUBT)
    made = routed(services, clerk, number, case_number="5")
    assert undo(services, clerk, number, made.decision).state == "review"
    assert (paper(services, number).desk, paper(services, number).case_number) == ("clerk", None)


def test_the_second_desk_gives_nobody_their_own_proposal(
    services: Services, clerk: Principal, other: Principal
) -> None:
    (number,) = waiting(services, **DOUBT)
    made = routed(services, clerk, number)
    assert queue.claim(services, clerk, ClaimIn(desk="second")).item is None
    found = queue.claim(services, other, ClaimIn(desk="second")).item
    assert found is not None
    assert (found.number, found.proposal) == (number, made.decision)


def test_a_proposal_that_the_world_has_left_behind_is_not_confirmed(
    services: Services, clerk: Principal, other: Principal
) -> None:
    one, two, three = waiting(services, "bir", "iki", "üç", **DOUBT)
    made = [routed(services, clerk, number) for number in (one, two)]
    copy = done(services, clerk, three, "duplicate", of=one)
    later = replace(services, rulebook=Rulebook(services.database, replace(services.taxonomy, version="2")))
    with pytest.raises(ConflictError, match="rules changed"):
        answer(later, other, one, made[0])
    with services.database.transaction() as session:
        session.add(
            DepartmentState(
                department=services.taxonomy.departments[0], unit="", open=False, actor="user:1", reason="x",
                successor="citizen_appeals",
            )
        )  # fmt: skip
    with pytest.raises(ConflictError, match="closed"):
        answer(services, other, two, made[1])
    change(services, one, office="gence")
    change(services, three, office="quba")
    with pytest.raises(ConflictError, match="may not see"):
        answer(services, person(services, "Quba", units=["quba"]), three, copy)
    assert answer(services, other, three, copy).state == "closed"
    assert [link.on for link in rows(services, Link)] == [True]


def test_a_newer_suggestion_makes_a_proposal_void(
    services: Services, clerk: Principal, other: Principal
) -> None:
    (number,) = waiting(services, **DOUBT)
    made = routed(services, clerk, number)
    change(services, number, state="registered", desk=None, look_by=None)
    triage(services, suggester(services), paper(services, number).id)
    change(services, number, desk="second")
    with pytest.raises(ConflictError, match="newer suggestion"):
        answer(services, other, number, made)


def test_a_third_return_needs_two_people(services: Services, other: Principal) -> None:
    (number,) = waiting(services)
    change(services, number, returns=3, desk="supervisor")
    head = person(services, "Head", "supervisor")
    made = routed(services, head, number)
    assert made.kind == "proposed"
    assert answer(services, other, number, made).state == "routed"
