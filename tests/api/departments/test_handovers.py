"""Departments accept papers or send them back; every step is a row, and nothing goes round for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.auth.permissions import Principal
from api.db.tables import Event, Handover, Remark
from api.departments import handovers
from api.departments.schemas import AcceptanceIn, HandoverOut, ReturnIn
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.review import waiting
from tests.api.departments.routed import CLERK, ELSEWHERE, GENCE, OFFICER, SUPERVISOR, route, routed
from tests.api.papers import broken_links
from tests.api.triaging.papers import actions, paper, rows


def accept(
    services: Services, number: str, who: Principal = OFFICER, version: int | None = None
) -> HandoverOut:
    """Accept a paper as it stands, or as it stood at a version."""
    seen = version or paper(services, number).version
    return handovers.accept(services, who, number, AcceptanceIn(version=seen))


def give_back(
    services: Services,
    number: str,
    who: Principal = OFFICER,
    reason: str = "misrouted_subject",
    remark: str | None = None,
) -> HandoverOut:
    """Return a paper as it stands."""
    wanted = ReturnIn(version=paper(services, number).version, reason=reason, remark=remark)
    return handovers.give_back(services, who, number, wanted)


def test_an_accepted_paper_is_the_departments_and_its_time_of_retention_begins(services: Services) -> None:
    (number,) = routed(services)
    before = paper(services, number)
    told = accept(services, number)
    after = paper(services, number)
    assert (after.state, after.decision_id, after.department) == (
        "accepted",
        before.decision_id,
        "investigation",
    )
    assert after.closed_at is not None
    assert after.decided_at == before.decided_at
    assert (told.kind, told.who, told.decision) == ("accepted", "Orxan", before.decision_id)
    assert actions(services, after.id)[-1] == "document.accepted"
    assert broken_links(services) == []


def test_a_return_says_which_decision_was_wrong_and_puts_the_paper_before_clerks_in_a_hurry(
    services: Services,
) -> None:
    (number,) = routed(services)
    before = paper(services, number)
    give_back(services, number, remark="Söhbət başqa işdən gedir.")
    after, (row,), (remark,) = paper(services, number), rows(services, Handover), rows(services, Remark)
    assert (after.state, after.desk, after.priority) == ("review", "clerk", waiting.HURRIED)
    assert (after.decision_id, after.department, after.unit, after.returns) == (None, None, None, 1)
    assert (row.decision_id, row.kind, row.reason) == (before.decision_id, "returned", "misrouted_subject")
    assert (remark.about, remark.words) == (f"handover:{row.id}", "Söhbət başqa işdən gedir.")
    with services.database.transaction() as session:
        (event,) = session.query(Event).filter_by(action="document.returned")
    assert f'"decision":{before.decision_id}' in event.body
    assert '"wrong":"subject"' in event.body
    assert "Söhbət" not in event.body


def test_a_paper_that_goes_round_in_circles_stops_at_a_supervisor_and_shows_its_returns(
    services: Services,
) -> None:
    (number,) = routed(services)
    desks = []
    for department in ("investigation", "cyber", "investigation"):
        if paper(services, number).state == "review":
            route(services, number, department)
        give_back(services, number, replace(OFFICER, department=department))
        desks.append(paper(services, number).desk)
    assert desks == ["clerk", "clerk", "supervisor"]
    shown = handovers.history(services, SUPERVISOR, number)
    assert [(h.department, h.kind) for h in shown] == [
        ("investigation", "returned"), ("cyber", "returned"), ("investigation", "returned"),
    ]  # fmt: skip
    assert len({h.decision for h in shown}) == 3
    assert actions(services, paper(services, number).id)[-1] == "document.handovers_read"


def test_what_was_accepted_can_be_sent_back_for_a_while(services: Services) -> None:
    number, late = routed(services, 2)
    accept(services, number)
    give_back(services, number)
    after = paper(services, number)
    assert (after.state, after.closed_at) == ("review", None)
    assert [row.kind for row in rows(services, Handover)] == ["accepted", "returned"]
    accept(services, late)
    window = timedelta(minutes=services.settings.undo_minutes)
    later = replace(services, now=lambda: services.now() + window + timedelta(minutes=1))
    with pytest.raises(ConflictError, match="minutes ago"):
        give_back(later, late)
    assert paper(services, late).state == "accepted"


def test_of_two_officers_one_accepts(services: Services) -> None:
    (number,) = routed(services)
    seen = paper(services, number).version
    accept(services, number, version=seen)
    with pytest.raises(ConflictError, match="changed"):
        accept(services, number, replace(OFFICER, id="user:10"), version=seen)
    with pytest.raises(ConflictError, match="already"):
        accept(services, number)
    assert len(rows(services, Handover)) == 1


def test_only_officers_of_the_department_within_their_units_hand_over(services: Services) -> None:
    (number,) = routed(services)
    (far,) = routed(services, 1, "territorial", "seki")
    (near,) = routed(services, 1, "territorial", "gence")
    with pytest.raises(NotFoundError):
        accept(services, number, ELSEWHERE)
    with pytest.raises(NotFoundError):
        give_back(services, far, GENCE)
    for who in (SUPERVISOR, CLERK):
        with pytest.raises(ForbiddenError):
            accept(services, number, who)
    accept(services, near, GENCE)
    with pytest.raises(NotFoundError):
        handovers.history(services, ELSEWHERE, number)


def test_a_return_needs_a_known_reason_and_words_where_the_reason_does_not_say_it(services: Services) -> None:
    (number,) = routed(services)
    for reason, remark in (("nonsense", None), ("other", None), ("other", "")):
        with pytest.raises(InvalidError):
            give_back(services, number, reason=reason, remark=remark)
    assert rows(services, Handover) == []
    give_back(services, number, reason="other", remark="Ünvan oxunmur.")
    assert handovers.history(services, SUPERVISOR, number)[0].remark == "Ünvan oxunmur."


def test_who_returned_a_paper_sees_it_no_more(services: Services) -> None:
    (number,) = routed(services)
    give_back(services, number)
    with pytest.raises(NotFoundError):
        handovers.history(services, OFFICER, number)
