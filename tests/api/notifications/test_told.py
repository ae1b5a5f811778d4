"""Who hears of what happens beside their own papers: taken back, closed, proposed, broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from api.audit.telling import tell_broken
from api.departments import closing
from api.departments.schemas import StateIn
from api.deps import Services
from api.intake.calendar import baku_date
from api.notifications import service
from api.policy import service as policy
from api.policy.schemas import PolicyIn
from api.review import service as review
from api.review.decision_schemas import EscalateIn, UndoIn
from tests.api.departments.routed import SUPERVISOR
from tests.api.notifications.people import person, principal, told
from tests.api.policy.support import REASON, rules
from tests.api.policy.test_service import TO_BAKU
from tests.api.review.office import routed, waiting
from tests.api.triaging.papers import paper


def heard(services: Services, *kinds: str) -> list[tuple[int, str]]:
    """Who was told what, of these kinds."""
    return [(row.user_id, row.kind) for row in told(services) if row.kind in kinds]


def test_a_department_hears_which_paper_was_taken_back_and_cannot_open_it(services: Services) -> None:
    clerk = principal(services, person(services, "clerk"))
    department = services.taxonomy.departments[0]
    here = person(services, "here", "officer", department=department, language="en")
    person(services, "there", "officer", department=services.taxonomy.departments[1])
    (number,) = waiting(services)
    made = routed(services, clerk, number)
    review.undo(services, clerk, number, UndoIn(decision=made.decision, version=made.version))
    assert heard(services, "decision.undone") == [(here, "decision.undone")]
    newest, first = service.page(services, principal(services, here)).items
    assert (newest.number, number in newest.text, "taken back" in newest.text) == (None, True, True)
    assert (first.kind, number in first.text) == ("department.received", False)


def test_a_closing_is_told_to_the_department_and_to_supervisors_there(services: Services) -> None:
    here = person(services, "here", "officer", department="territorial", units=["gence"], language="en")
    head = person(services, "head", "supervisor", units=["gence"])
    person(services, "elsewhere", "officer", department="territorial", units=["seki"])
    person(services, "other", "officer", department="cyber", units=["gence"])
    person(services, "away", "supervisor", units=["seki"])
    wanted = StateIn(open=False, unit="gence", reason="for a test")
    closing.change(services, SUPERVISOR, "territorial", wanted)
    assert heard(services, "department.closed") == [(here, "department.closed"), (head, "department.closed")]
    (item,) = service.page(services, principal(services, here)).items
    name = services.taxonomy.names["departments", "territorial"]["en"]
    assert (
        item.text
        == f"{name}, {services.taxonomy.unit_names['gence']} is closed: no paper is routed there any more."
    )
    closing.change(services, SUPERVISOR, "territorial", wanted.model_copy(update={"open": True}))
    assert len(heard(services, "department.closed")) == 2


def test_a_closing_everywhere_is_told_in_all_units(services: Services) -> None:
    officers = [
        person(services, unit, "officer", department="cyber", units=[unit]) for unit in ("gence", "seki")
    ]
    closing.change(services, SUPERVISOR, "cyber", StateIn(open=False, reason="for a test"))
    assert heard(services, "department.closed") == [(officer, "department.closed") for officer in officers]


def test_who_may_approve_rules_hears_that_some_are_proposed(services: Services) -> None:
    mine, other = (person(services, login, "supervisor") for login in ("one", "other"))
    person(services, "clerk")
    changed = rules(services, TO_BAKU)
    proposal = PolicyIn(rules=changed, reason=REASON, since=baku_date(services.now()))
    policy.propose(services, principal(services, mine), proposal)
    assert heard(services, "policy.proposed") == [(other, "policy.proposed")]


def test_that_the_chain_is_broken_is_told_once_a_day(services: Services) -> None:
    admin, head = (
        person(services, "admin", "administrator"),
        person(services, "head", "supervisor", units=["gence"]),
    )
    person(services, "clerk")
    person(services, "officer", "officer", department="cyber")
    assert [tell_broken(services) for _ in range(2)] == [True, False]
    assert heard(services, "audit.broken") == [(admin, "audit.broken"), (head, "audit.broken")]
    tomorrow = services.now() + timedelta(days=1, seconds=1)
    assert tell_broken(replace(services, now=lambda: tomorrow))


def test_a_paper_that_waits_for_a_supervisor_is_told_to_them(services: Services) -> None:
    clerk, head = principal(services, person(services, "clerk")), person(services, "head", "supervisor")
    (number,) = waiting(services)
    seen = paper(services, number)
    wanted = EscalateIn(action="escalate", suggestion=seen.suggestion_id, version=seen.version)
    review.decide(services, clerk, number, wanted)
    assert heard(services, "paper.escalated") == [(head, "paper.escalated")]
