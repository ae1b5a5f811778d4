"""The chain as a file: complete, checkable, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from api import problems
from api.audit import export
from api.audit.chain import append
from api.audit.endpoints import Auditor, router
from api.audit.schemas import ExportQuery
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Blob, Event
from api.deps import Services
from tests.api.audit.conftest import paper

Get = Callable[..., Any]


@pytest.fixture
def who() -> dict[str, Principal]:
    """The caller, to be replaced."""
    return {"caller": Principal("user:5", "-", "supervisor", ROLE_PERMISSIONS["supervisor"])}


@pytest.fixture
def get(services: Services, who: dict[str, Principal]) -> Iterator[Get]:
    """Asks for the export; there are two papers with two events each, and one event of none."""
    with services.database.transaction() as session:
        session.add(Blob(sha256="ab" * 32, size=1))
        papers = [paper("2026-B-000001", office="baku"), paper("=2026-B-2", office="ganja")]
        session.add_all(papers)
        session.flush()
        for document in papers:
            append(session, "key:3", "document.registered", document.id)
            append(session, "user:7", "document.read", document.id, run=1, label='a "b", c\nd')
        append(session, "user:1", "user.created", user=9)
    app = FastAPI()
    app.state.services = services
    app.include_router(router)
    app.dependency_overrides[Auditor.__metadata__[0].dependency] = lambda: who["caller"]  # type: ignore[attr-defined]
    problems.install(app)
    with TestClient(app) as client:

        def ask(**query: Any) -> Any:
            return client.get("/api/v1/audit/export", params=query)

        yield ask


def lines(answer: Any) -> list[dict[str, Any]]:
    """The objects of JSON Lines."""
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_every_event_is_in_the_file_oldest_first_and_can_be_checked(get: Get) -> None:
    found = lines(get(format="jsonl"))
    assert [line["seq"] for line in found] == [1, 2, 3, 4, 5, 6]
    previous = bytes(32).hex()
    for line in found:
        assert line["previous"] == previous
        previous = hashlib.sha256(bytes.fromhex(previous) + line["body"].encode()).hexdigest()
        assert line["hash"] == previous


def test_csv_keeps_to_its_form_and_computes_nothing(get: Get) -> None:
    answer = get(format="csv", action="document.read")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-6.csv"'
    rows = list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))
    assert rows[0] == ["seq", "at", "actor", "action", "document", "details", "hash"]
    assert [row[0] for row in rows[1:]] == ["3", "5"]
    assert [row[4] for row in rows[1:]] == ["2026-B-000001", "'=2026-B-2"]
    assert json.loads(rows[1][5]) == {"run": 1, "label": 'a "b", c\nd'}
    assert answer.text.count("\r\n") == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"actor": "user:7"}, [3, 5]),
        ({"actor": "user:7", "action": "document."}, [3, 5]),
        ({"action": "document."}, [2, 3, 4, 5]),
        ({"action": "nothing."}, []),
        ({"first": 3, "last": 4}, [3, 4]),
        ({"first": 5, "last": 4}, []),
        ({"document": "2026-B-000001"}, [2, 3]),
        ({"to": "2020-01-01T00:00:00Z"}, []),
        ({"from": "2020-01-01T00:00:00Z", "actor": "user:1"}, [6]),
    ],
)
def test_filters_are_those_of_the_list(get: Get, query: dict[str, Any], expected: list[int]) -> None:
    assert [line["seq"] for line in lines(get(format="jsonl", **query))] == expected


def test_a_supervisor_of_a_unit_gets_what_the_list_shows(get: Get, who: dict[str, Principal]) -> None:
    permissions = ROLE_PERMISSIONS["supervisor"]
    who["caller"] = Principal("user:6", "-", "supervisor", permissions, frozenset({"ganja"}))
    assert [line["seq"] for line in lines(get(format="jsonl"))] == [1, 4, 5, 6]
    assert get(format="jsonl", document="2026-B-000001").status_code == 404
    assert [line["document"] for line in lines(get(format="jsonl", document="=2026-B-2"))] == [
        "=2026-B-2"
    ] * 2


def test_an_export_is_recorded_before_it_begins_and_does_not_hold_itself(
    get: Get, services: Services
) -> None:
    get(format="csv", actor="user:7")
    with services.database.transaction() as session:
        event = session.scalars(select(Event).where(Event.action == "audit.exported")).one()
    assert json.loads(event.body)["details"] == {"format": "csv", "filters": ["actor"], "last": 6}
    assert [line["seq"] for line in lines(get(format="jsonl"))][-1] == event.seq


def test_it_is_read_piece_by_piece(
    get: Get, services: Services, who: dict[str, Principal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_CHUNK", 2)
    assert [line["seq"] for line in lines(get(format="jsonl"))] == [1, 2, 3, 4, 5, 6]
    pieces = export.export(services, who["caller"], ExportQuery(format="jsonl")).pieces
    assert len(next(pieces).splitlines()) == 2
    with services.database.transaction() as session:  # nothing is held while nobody reads on
        busy = text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
        assert session.scalars(busy).one() == 0


@pytest.mark.parametrize(
    "query", [{"format": "xml"}, {"first": 0}, {"last": 2**63}, {"limit": 5}, {"cursor": 3}]
)
def test_a_wrong_query_is_refused(get: Get, query: dict[str, Any]) -> None:
    assert get(**query).status_code == 422


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
def test_who_may_not_read_the_chain_may_not_export_it(get: Get, who: dict[str, Principal], role: str) -> None:
    who["caller"] = Principal("user:5", "-", role, ROLE_PERMISSIONS[role])
    assert get().status_code == 403
