"""What departments see: their own papers, page by page, counted; and how departments stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.db.tables import Event
from api.departments import handovers, inbox, service
from api.departments.schemas import AcceptanceIn, Counts, InboxQuery
from api.deps import Services
from api.errors import ForbiddenError, InvalidError
from tests.api.departments.routed import CLERK, GENCE, OFFICER, SUPERVISOR, put_before_clerks, routed
from tests.api.departments.test_closing import state
from tests.api.triaging.papers import paper, register


def test_an_officer_sees_what_waits_for_the_department_oldest_first(services: Services) -> None:
    accepted, *numbers = routed(services, 4)
    routed(services, 1, "cyber")
    handovers.accept(services, OFFICER, accepted, AcceptanceIn(version=paper(services, accepted).version))
    first = inbox.page(services, OFFICER, InboxQuery(limit=2))
    assert [item.number for item in first.items] == numbers[:2]
    assert first.counts == Counts(waiting=3, accepted=1)
    assert first.items[0].routed_at == paper(services, numbers[0]).decided_at
    rest = inbox.page(services, OFFICER, InboxQuery(limit=2, cursor=first.next))
    assert ([item.number for item in rest.items], rest.next, rest.counts) == (numbers[2:], None, None)
    done = inbox.page(services, OFFICER, InboxQuery(state="accepted"))
    assert [item.number for item in done.items] == [accepted]
    assert done.items[0].accepted_at is not None


def test_units_bound_what_an_officer_sees(services: Services) -> None:
    (near,) = routed(services, 1, "territorial", "gence")
    routed(services, 1, "territorial", "seki")
    routed(services, 1, "territorial")
    found = inbox.page(services, GENCE, InboxQuery())
    assert ([item.number for item in found.items], found.counts) == ([near], Counts(waiting=1, accepted=0))


def test_a_supervisor_sees_every_department_and_filters(services: Services) -> None:
    routed(services, 2)
    (near,) = routed(services, 1, "territorial", "gence")
    put_before_clerks(services, register(services, "waits for a clerk")[0])
    assert len(inbox.page(services, SUPERVISOR, InboxQuery()).items) == 3
    for query in (InboxQuery(department="territorial"), InboxQuery(unit="gence")):
        assert [item.number for item in inbox.page(services, SUPERVISOR, query).items] == [near]
    assert inbox.page(services, replace(CLERK, units=frozenset({"seki"})), InboxQuery()).items == []


def test_a_list_is_one_event_that_names_its_papers(services: Services) -> None:
    numbers = routed(services, 2)
    inbox.page(services, OFFICER, InboxQuery())
    with services.database.transaction() as session:
        (event,) = session.query(Event).filter_by(action="inbox.listed")
    ids = ",".join(str(paper(services, number).id) for number in numbers)
    assert f'"documents":[{ids}]' in event.body


def test_a_cursor_that_is_none_of_ours_is_refused(services: Services) -> None:
    for cursor in ("x", "ə", "LTE=", "MA=="):
        with pytest.raises(InvalidError):
            inbox.page(services, OFFICER, InboxQuery(cursor=cursor))


def test_departments_tell_their_state_and_their_papers(services: Services) -> None:
    routed(services, 2)
    (number,) = routed(services, 1, "cyber")
    who = replace(OFFICER, department="cyber")
    handovers.accept(services, who, number, AcceptanceIn(version=paper(services, number).version))
    state(services, "military", successor="baku")
    state(services, "territorial", unit="gence")
    told = {row.department: row for row in service.departments(services, SUPERVISOR)}
    assert list(told) == list(services.taxonomy.departments)
    assert told["investigation"].counts == Counts(waiting=2, accepted=0)
    assert told["cyber"].counts == Counts(waiting=0, accepted=1)
    assert told["cyber"].state.open
    assert told["cyber"].names["en"] == "Cybercrime Department"
    assert (told["military"].state.open, told["military"].state.successor) == (False, "baku")
    assert told["territorial"].state.open
    assert [row.unit for row in told["territorial"].closed_in] == ["gence"]
    mine = {row.department: row.counts.waiting for row in service.departments(services, OFFICER)}
    assert mine["investigation"] == 2
    assert mine["cyber"] == 0


def test_reasons_have_names_in_three_languages(services: Services) -> None:
    told = {reason.code: reason for reason in service.return_reasons(OFFICER)}
    assert {
        "misrouted_subject",
        "misrouted_territory",
        "not_competent",
        "duplicate",
        "incomplete",
        "other",
    } <= set(told)
    assert all(
        reason.names.keys() == {"az", "en", "ru"} and all(reason.names.values()) for reason in told.values()
    )
    assert (told["misrouted_territory"].wrong, told["incomplete"].wrong) == ("territory", None)
    with pytest.raises(ForbiddenError):
        service.return_reasons(replace(OFFICER, permissions=frozenset()))
