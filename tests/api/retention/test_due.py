"""Holds, and the list of what falls due."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from api.auth.permissions import ROLE_PERMISSIONS
from api.db.session import Database
from api.deps import Services
from api.documents import service as documents
from api.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError
from api.retention import repository, service
from api.retention.repository import Expired
from api.retention.schemas import DueOut, DueQuery
from tests.api.documents.test_plans import plan
from tests.api.papers import CLERK, broken_links, letter, rows
from tests.api.retention.support import GENCE, LEYLA, LONG_AGO, NOW, change, closed, events, hold, row, stored


@pytest.fixture
def office(services: Services) -> Services:
    """The services on a day that is known."""
    return replace(services, now=lambda: NOW)


def due(services: Services, **query: Any) -> list[DueOut]:
    """All that falls due, page after page."""
    found: list[DueOut] = []
    cursor = None
    while True:
        page = service.due(services, LEYLA, DueQuery(**query, cursor=cursor))
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


# Holds


def test_a_hold_is_set_and_ended_with_a_reason_and_recorded(office: Services) -> None:
    (number,) = closed(office)
    before = row(office, number).version
    assert hold(office, number).held
    found = hold(office, number, on=False)
    assert (found.held, [change.on for change in found.changes]) == (False, [False, True])
    assert row(office, number).version == before + 2
    assert [action for action, *_ in events(office)] == ["hold.set", "hold.ended"]
    assert broken_links(office) == []


def test_what_is_so_already_cannot_be_done_again(office: Services) -> None:
    (number,) = closed(office)
    with pytest.raises(ConflictError):
        hold(office, number, on=False)
    hold(office, number)
    with pytest.raises(ConflictError):
        hold(office, number)
    assert rows(office, "legal_holds") == 1


def test_a_held_paper_is_not_erased_until_the_hold_ends(office: Services) -> None:
    (number,) = closed(office)
    hold(office, number)
    with pytest.raises(ConflictError, match="legal hold"):
        documents.erase(office, LEYLA, number, "Order 14/2026")
    assert (row(office, number).state, len(stored(office))) == ("closed", 1)
    hold(office, number, on=False)
    assert documents.erase(office, LEYLA, number, "Order 14/2026").state == "erased"
    assert stored(office) == []
    with pytest.raises(GoneError):
        hold(office, number)


def test_holds_are_for_who_may_and_sees_the_paper(office: Services) -> None:
    (number,) = closed(office)
    with pytest.raises(ForbiddenError):
        hold(office, number, who=CLERK)
    with pytest.raises(NotFoundError):
        hold(office, number, who=GENCE)
    with pytest.raises(NotFoundError):
        service.holds(office, GENCE, number)
    assert not service.holds(office, CLERK, number).held


# What falls due


def test_papers_fall_due_when_their_time_is_over_the_longest_closed_first(office: Services) -> None:
    first, second = closed(office, letter(1), letter(2))
    change(office, first, closed_at=LONG_AGO + timedelta(days=1))
    (report,) = closed(office, letter(3), document_type="crime_report")
    closed(office, letter(4), at=NOW - timedelta(days=900))
    found = due(office)
    assert [item.number for item in found] == [second, first]
    assert (found[0].rule, found[0].action, found[0].due_on) == ("appeals", "dispose", date(2025, 1, 1))
    assert [item.number for item in due(office, by=date(2024, 12, 31))] == []
    assert report in [item.number for item in due(office, by=date(2030, 1, 1))]
    assert [item.number for item in due(office, by=date(2030, 1, 1), rule="crime_reports")] == [report]


def test_what_is_held_open_gone_or_proposed_does_not_fall_due(office: Services) -> None:
    numbers = closed(office, *(letter(n) for n in range(5)))
    hold(office, numbers[0])
    hold(office, numbers[1])
    hold(office, numbers[1], on=False)
    change(office, numbers[2], closed_at=None)
    change(office, numbers[3], state="disposed")
    with office.database.transaction() as session:
        session.execute(text("INSERT INTO disposals (proposed_by, state) VALUES ('user:1', 'approved')"))
        session.execute(
            text("INSERT INTO disposal_items SELECT 1, id, 'appeals' FROM documents WHERE number = :number"),
            {"number": numbers[4]},
        )
    assert [item.number for item in due(office)] == [numbers[1]]
    with office.database.transaction() as session:
        session.execute(text("UPDATE disposals SET state = 'refused'"))
    assert [item.number for item in due(office)] == [numbers[1], numbers[4]]


def test_papers_of_no_known_type_have_the_rule_for_the_rest(office: Services) -> None:
    (unread,) = closed(office, document_type=None)
    assert [(item.number, item.rule) for item in due(office, by=date(2030, 1, 1))] == [(unread, "other")]


def test_the_list_goes_on_without_gaps_or_doubles(office: Services) -> None:
    numbers = closed(office, *(letter(n) for n in range(23)))  # all closed at one moment
    for number in numbers[::3]:
        change(office, number, document_type="official_letter")
    assert [item.number for item in due(office, limit=4)] == numbers


@pytest.mark.parametrize(
    "place",
    [
        None, "x", [], {}, [1, 2], ["2020-01-01", 1], ["2020-01-01T00:00:00+04:00", -1],
        ["0001-01-01T00:00:00+23:59", 1], ["2020-01-01T00:00:00+04:00", True],
    ],
)  # fmt: skip
def test_a_cursor_of_others_is_refused(office: Services, place: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    for each in (cursor, "====", "ə"):
        with pytest.raises(InvalidError):
            service.due(office, LEYLA, DueQuery(cursor=each))


def test_the_list_has_what_the_caller_may_see_and_is_recorded_once(office: Services) -> None:
    (mine,) = closed(office, letter(1), office="gence")
    closed(office, letter(2))
    assert [item.number for item in service.due(office, GENCE, DueQuery()).items] == [mine]
    assert [action for action, *_ in events(office)] == ["retention.listed"]
    for who in (CLERK, replace(LEYLA, permissions=ROLE_PERMISSIONS["administrator"])):
        with pytest.raises(ForbiddenError):
            service.due(office, who, DueQuery())
        with pytest.raises(ForbiddenError):
            service.rules(office, who)
    with pytest.raises(NotFoundError):
        service.due(office, LEYLA, DueQuery(rule="none"))


def test_the_rules_are_told(office: Services) -> None:
    told = service.rules(office, LEYLA)
    assert [rule.id for rule in told if rule.default] == ["other"]
    assert all("to be checked by the office" in rule.basis for rule in told)


# Plans


@pytest.fixture
def many(database: Database) -> Database:
    """Thirty thousand papers: most of them open, or disposed of long ago; some are due."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO blobs (sha256, size) VALUES ('x', 1)"))
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, media_type, size, sha256, state, document_type, "
                "closed_at) SELECT n::text, now(), 'api', 'text', 1, 'x', "
                "CASE WHEN n % 3 = 0 THEN 'routed' WHEN n % 3 = 1 THEN 'disposed' ELSE 'closed' END, 't' || n % 5, "
                "CASE WHEN n % 3 > 0 THEN timestamptz '2000-01-01' + n * interval '1 hour' END "
                "FROM generate_series(1, 30000) n"
            )
        )
        connection.execute(
            text(
                'INSERT INTO legal_holds (document_id, "on", actor, reason) '
                "SELECT id, true, 'user:1', 'r' FROM documents WHERE id % 50 = 0"
            )
        )
        connection.execute(
            text("INSERT INTO disposals (proposed_by, state) VALUES ('user:1', 'carried_out')")
        )
        connection.execute(
            text("INSERT INTO disposal_items SELECT 1, id, 'r' FROM documents WHERE state = 'disposed'")
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE documents, legal_holds, disposals, disposal_items"))
    engine.dispose()
    return database


def test_what_falls_due_goes_by_the_index_and_reads_no_more_than_a_page_of_each_type(many: Database) -> None:
    expired = [Expired(None, LONG_AGO), *(Expired(f"t{n}", LONG_AGO) for n in range(5))]
    for after in (None, (LONG_AGO.replace(year=2001), 5)):
        told = plan(many, lambda session: repository.due_ids(session, LEYLA.sees, expired, after, 51))  # noqa: B023
        assert "Seq Scan on documents" not in told, told
        lines = [line for line in told.splitlines() if "ix_documents_document_type_closed_at" in line]
        read = [int(line.rpartition("rows=")[2].split(".")[0].split()[0]) for line in lines]
        assert (len(read), max(read) <= 51, sum(read) <= 2 * 51) == (6, True, True), told
        assert "Seq Scan on disposal_items" not in told, told
