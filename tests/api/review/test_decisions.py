"""Decisions: what is written, what is refused and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Decision, DecisionContent, DepartmentState, Link
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.policy.rulebook import Rulebook
from api.review import queue, service
from api.review.decision_schemas import ConfirmationIn, DecisionIn
from api.review.schemas import ClaimIn
from api.triaging.service import triage
from tests.api.papers import broken_links
from tests.api.review.office import (
    as_suggested,
    change,
    many,
    person,
    returned,
    routed,
    suggester,
    waiting,
)
from tests.api.triaging.papers import actions, paper, rows
from triage import types

ANY = TypeAdapter[Any](DecisionIn)


@pytest.fixture
def clerk(services: Services) -> Principal:
    return person(services, "Aygün")


def decision(services: Services, number: str, action: str, **more: Any) -> Any:
    """A decision on a paper as it stands."""
    found = paper(services, number)
    seen = {"action": action, "suggestion": found.suggestion_id, "version": found.version}
    return ANY.validate_python(seen | more)


def test_a_paper_is_routed_as_suggested_in_one_request(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    before = paper(services, number)
    seen = ConfirmationIn(suggestion=before.suggestion_id, version=before.version)
    made = service.confirm(services, clerk, number, seen)
    row, found = rows(services, Decision)[-1], paper(services, number)
    assert (made.state, made.version, made.decision) == ("routed", found.version, row.id)
    assert (found.department, found.decision_id, found.desk) == (
        services.taxonomy.departments[0],
        row.id,
        None,
    )
    assert (row.kind, row.action, row.actor, row.actor_name) == ("person", "route", clerk.id, "Aygün")
    assert row.suggestion_id == before.suggestion_id
    assert row.facts["overrides"] == []
    assert row.facts["rule"] == "r1"
    assert actions(services, found.id)[-1] == "decision.made"
    assert broken_links(services) == []


def test_an_override_needs_a_reason_and_says_what_differs(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    other = {"subject": "fraud", "territory": "sumqayit", "department": "territorial", "unit": "sumqayit"}
    with pytest.raises(InvalidError, match="subject, territory, department, unit"):
        routed(services, clerk, number, **other)
    with pytest.raises(InvalidError, match="no such reason"):
        routed(services, clerk, number, **other, reason="because")
    with pytest.raises(InvalidError, match="remark"):
        routed(services, clerk, number, **other, reason="other")
    routed(services, clerk, number, **other, reason="wrong_subject", remark="Dələduzluqdur")
    row, found = rows(services, Decision)[-1], paper(services, number)
    assert (row.department, row.unit, row.reason) == ("territorial", "sumqayit", "wrong_subject")
    assert row.facts["overrides"] == ["subject", "territory", "department", "unit"]
    assert row.facts["rule"] == "R18"
    assert (found.subject, found.unit) == ("fraud", "sumqayit")
    assert "Dələduzluqdur" not in str(row.facts)
    told = service.decisions(services, clerk, number)[-1]
    assert (told.remark, told.in_force, told.actor_name) == ("Dələduzluqdur", True, "Aygün")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"department": "nowhere"}, "no such department"),
        ({"subject": "nothing"}, "no such subject"),
        ({"document_type": "poem"}, "no such document_type"),
        ({"urgency": "urgent"}, "no such urgency"),
        ({"territory": "paris"}, "no such territory"),
        ({"department": "territorial"}, "which one"),
        ({"department": "territorial", "unit": "nesimi"}, "no such unit"),
        ({"unit": "sumqayit"}, "no such unit"),
    ],
)
def test_labels_are_those_of_the_taxonomy(
    services: Services, clerk: Principal, changes: dict[str, str], sentence: str
) -> None:
    (number,) = waiting(services)
    with pytest.raises(InvalidError, match=sentence):
        routed(services, clerk, number, **changes, reason="wrong_department")


def test_a_superseded_suggestion_is_refused(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    old = as_suggested(services, number)
    change(services, number, state="registered", desk=None, look_by=None)
    triage(services, suggester(services), paper(services, number).id)
    fresh = paper(services, number)
    assert fresh.suggestion_id != old.suggestion
    with pytest.raises(ConflictError, match="suggested"):
        service.decide(services, clerk, number, old.model_copy(update={"version": fresh.version}))
    assert [row for row in rows(services, Decision) if row.kind == "person"] == []


def test_a_stale_version_and_a_paper_that_waits_no_more_are_refused(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    wanted = as_suggested(services, number)
    with pytest.raises(ConflictError, match="changed"):
        service.decide(services, clerk, number, wanted.model_copy(update={"version": wanted.version - 1}))
    service.decide(services, clerk, number, wanted)
    with pytest.raises(ConflictError, match="does not wait"):
        service.decide(services, clerk, number, wanted)


def test_who_does_not_hold_a_paper_cannot_decide_on_it_while_another_does(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    other = person(services, "Kamran")
    queue.claim(services, other, ClaimIn())
    with pytest.raises(ConflictError, match="holds"):
        routed(services, clerk, number)
    routed(services, other, number)


def test_what_may_not_be_seen_does_not_exist(services: Services) -> None:
    (number,) = waiting(services)
    far = person(services, "Far", units=["gence"])
    with pytest.raises(NotFoundError):
        routed(services, far, number)
    with pytest.raises(NotFoundError):
        service.decisions(services, far, number)
    officer = Principal("user:9", "O", "officer", ROLE_PERMISSIONS["officer"], department="investigation")
    with pytest.raises(ForbiddenError):
        routed(services, officer, number)


def test_a_closed_department_takes_nothing_and_its_successor_is_named(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    department = services.taxonomy.departments[0]
    close(services, department, "", open=False, successor="citizen_appeals")
    with pytest.raises(ConflictError, match="citizen_appeals"):
        routed(services, clerk, number)
    close(services, department, "", open=True)
    assert routed(services, clerk, number).state == "routed"


def test_one_unit_of_a_department_can_be_closed(services: Services, clerk: Principal) -> None:
    one, two = many(services, 2)
    close(services, "territorial", "sumqayit", open=False, successor=None)
    there = {"department": "territorial", "reason": "wrong_department"}
    with pytest.raises(ConflictError, match=r"sumqayit is closed\. Choose another"):
        routed(services, clerk, one, unit="sumqayit", **there)
    assert routed(services, clerk, two, unit="gence", **there).state == "routed"


def close(services: Services, department: str, unit: str, **columns: Any) -> None:
    with services.database.transaction() as session:
        session.add(
            DepartmentState(department=department, unit=unit, actor="user:1", reason="test", **columns)
        )


def test_rules_that_changed_after_the_suggestion_must_have_been_seen(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    later = replace(services, rulebook=Rulebook(services.database, replace(services.taxonomy, version="2")))
    with pytest.raises(ConflictError, match="rules changed"):
        routed(later, clerk, number)
    found = paper(services, number)
    seen = ConfirmationIn(suggestion=found.suggestion_id, version=found.version)
    with pytest.raises(ConflictError, match="rules changed"):
        service.confirm(later, clerk, number, seen)
    with pytest.raises(ConflictError, match="in force are version 2"):
        routed(later, clerk, number, policy_seen="1")
    assert routed(later, clerk, number, policy_seen="2").state == "routed"
    assert rows(services, Decision)[-1].facts["policy"] == "2"


COMPLAINT = "Sumqayıt şəhər prokurorluğu ərizəmi iki aydır saxlayır. "


def complained_of(text: str = COMPLAINT) -> tuple[types.Entity, ...]:
    name = "Sumqayıt şəhər prokurorluğu"
    return (types.Entity("ORG", text.index(name), text.index(name) + len(name), name, "complained_of", None),)


def test_a_complaint_is_never_routed_to_the_office_complained_of(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services, COMPLAINT, entities=complained_of())
    there = {"department": "territorial", "unit": "sumqayit", "reason": "wrong_department"}
    with pytest.raises(ConflictError, match="complains of the office"):
        routed(services, clerk, number, **there)
    elsewhere = routed(services, clerk, number, **there | {"unit": "gence"})
    assert (elsewhere.kind, elsewhere.state) == ("person", "routed")


def test_names_that_were_misread_are_corrected_and_a_second_person_looks(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services, COMPLAINT, entities=complained_of())
    names = [{"label": "ORG", "page": 1, "start": 0, "end": 27}]
    there = {"department": "territorial", "unit": "sumqayit", "reason": "misread", "entities": names}
    made = routed(services, clerk, number, **there)
    assert (made.kind, paper(services, number).desk) == ("proposed", "second")
    content = rows_of_content(services)[made.decision]
    assert content is not None
    assert content["entities"][0]["text"] == "Sumqayıt şəhər prokurorluğu"
    assert "Sumqayıt" not in str(rows(services, Decision)[-1].facts)


def rows_of_content(services: Services) -> dict[int, dict[str, Any] | None]:
    with services.database.transaction() as session:
        return {row.decision_id: row.content for row in session.query(DecisionContent)}


def test_corrected_names_stand_in_the_text(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    for span in ({"page": 1, "start": 0, "end": 10_000}, {"page": 2, "start": 0, "end": 3}):
        with pytest.raises(InvalidError, match="outside the text"):
            routed(services, clerk, number, entities=[{"label": "PERSON", **span}])


def test_study_lengthens_the_legal_clock(services: Services, clerk: Principal) -> None:
    one, two = many(services, 2)
    routed(services, clerk, one)
    routed(services, clerk, two, study=True)
    short, long = paper(services, one).answer_by, paper(services, two).answer_by
    assert short is not None
    assert long is not None
    assert short < long
    assert rows(services, Decision)[-1].facts["study"] is True


def test_the_type_decided_on_sets_the_clock(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    routed(services, clerk, number, document_type="court_decision", reason="wrong_type")
    assert paper(services, number).answer_by is None


def test_a_paper_goes_to_a_body_outside(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    with pytest.raises(InvalidError, match="no such body"):
        service.decide(services, clerk, number, decision(services, number, "outside", body="mars"))
    with pytest.raises(InvalidError, match="which body"):
        service.decide(services, clerk, number, decision(services, number, "outside", body="other_body"))
    made = service.decide(
        services, clerk, number, decision(services, number, "outside", body="ombudsman", case_number="7/2026")
    )
    found = paper(services, number)
    assert (made.state, found.body, found.department, found.case_number) == (
        "outside", "ombudsman", None, "7/2026",
    )  # fmt: skip
    assert found.closed_at is not None
    assert rows(services, Decision)[-1].facts["body"] == "ombudsman"


def test_an_unreadable_paper_is_returned(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    made = service.decide(services, clerk, number, decision(services, number, "unreadable"))
    assert (made.state, rows(services, Decision)[-1].action) == ("closed", "unreadable")


def test_a_duplicate_is_linked_and_closed(services: Services, clerk: Principal) -> None:
    first, second, third = many(services, 3)
    service.decide(services, clerk, second, decision(services, second, "duplicate", of=first))
    (link,) = rows(services, Link)
    ids = paper(services, second).id, paper(services, first).id
    assert ((link.document_id, link.other_id), link.kind, link.on) == (ids, "duplicate", True)
    assert paper(services, second).state == "closed"
    assert service.decisions(services, clerk, second)[-1].of == first
    with pytest.raises(ConflictError, match="itself closed as a duplicate"):
        service.decide(services, clerk, third, decision(services, third, "duplicate", of=second))
    with pytest.raises(InvalidError, match="itself"):
        service.decide(services, clerk, third, decision(services, third, "duplicate", of=third))
    assert broken_links(services) == []


def test_a_duplicate_of_what_one_may_not_see_is_refused_and_never_shown(services: Services) -> None:
    mine, theirs = many(services, 2)
    change(services, mine, office="gence")
    change(services, theirs, office="quba")
    local, all_seeing = person(services, "Local", units=["gence"]), person(services, "All")
    wanted = decision(services, mine, "duplicate", of=theirs)
    with pytest.raises(InvalidError, match="not yours to see"):
        service.decide(services, local, mine, wanted)
    service.decide(services, all_seeing, mine, wanted)
    assert service.decisions(services, local, mine)[-1].of is None


def test_who_is_not_sure_asks_a_supervisor(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    made = service.decide(services, clerk, number, decision(services, number, "escalate", remark="Çətindir"))
    assert (made.state, paper(services, number).desk) == ("review", "supervisor")
    with pytest.raises(ForbiddenError, match="supervisor"):
        routed(services, clerk, number)
    head = person(services, "Head", "supervisor")
    with pytest.raises(ConflictError, match="already"):
        service.decide(services, head, number, decision(services, number, "escalate"))
    assert routed(services, head, number).state == "routed"


def test_a_paper_without_a_suggestion_is_decided_on_by_itself(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    change(services, number, suggestion_id=None)
    seen = ConfirmationIn(suggestion=None, version=paper(services, number).version)
    with pytest.raises(ConflictError, match="decide yourself"):
        service.confirm(services, clerk, number, seen)
    assert routed(services, clerk, number).state == "routed"
    assert rows(services, Decision)[-1].suggestion_id is None


def test_the_same_bytes_are_decided_on_by_the_suggestion_of_the_first(
    services: Services, clerk: Principal
) -> None:
    first, again = waiting(services, "Eyni məktub", "Eyni məktub")
    shown = paper(services, first).suggestion_id
    assert paper(services, again).suggestion_id is None
    with pytest.raises(ConflictError):
        routed(services, clerk, again)
    assert routed(services, clerk, again, suggestion=shown).state == "routed"


def test_the_next_paper_comes_with_the_answer(services: Services, clerk: Principal) -> None:
    one, two = many(services, 2)
    made = routed(services, clerk, one, next=True)
    assert made.next is not None
    assert (made.next.number, made.next.held_by_me) == (two, True)
    assert routed(services, clerk, two, next=True).next is None


def test_a_paper_that_goes_round_in_circles_ends_before_a_supervisor_and_shows_why(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    for count in (1, 2):
        routed(services, clerk, number)
        returned(services, number)
        found = paper(services, number)
        assert (found.state, found.desk, found.priority, found.returns) == ("review", "clerk", 1, count)
        assert (found.decision_id, found.department) == (None, None)
    routed(services, clerk, number)
    returned(services, number)
    found = paper(services, number)
    assert (found.desk, found.returns) == ("supervisor", 3)
    with pytest.raises(ForbiddenError):
        routed(services, clerk, number)
    head = person(services, "Head", "supervisor")
    assert queue.claim(services, head, ClaimIn(desk="supervisor")).item.returns == 3  # type: ignore[union-attr]
    assert routed(services, head, number).kind == "proposed"  # a second person looks, too


def test_what_people_wrote_is_blanked(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    routed(services, clerk, number, remark="Ad və soyad")
    with services.database.transaction() as session:
        service.blank(session, paper(services, number).id)
    assert list(rows_of_content(services).values()) == [None]
    assert service.decisions(services, clerk, number)[-1].remark is None


def test_every_decision_stays_a_row_of_its_own(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    routed(services, clerk, number)
    told = service.decisions(services, clerk, number)
    assert [(d.kind, d.action, d.in_force) for d in told] == [
        ("shadow", "route", False), ("person", "route", True),
    ]  # fmt: skip
