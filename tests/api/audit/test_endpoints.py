"""The audit chain over HTTP: filters, pages, and who sees what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import problems
from api.audit import service
from api.audit.chain import append
from api.audit.endpoints import Auditor, router
from api.audit.keys import load_key, public_pem
from api.audit.statements import CheckpointFile
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Blob, Document, Event
from api.deps import Services
from tests.api.audit.conftest import Office, paper

Get = Callable[..., Any]


@pytest.fixture
def office(services: Services) -> Office:
    """The installation that the application serves, with a paper in Baku, one in Ganja, and four events each."""
    folder = services.settings.home
    found = Office(
        services.database,
        folder / "keys",
        load_key(folder / "keys"),
        CheckpointFile(folder / "checkpoints.jsonl"),
    )
    with services.database.transaction() as session:
        session.add(Blob(sha256="ab" * 32, size=1))
        papers = [paper("2026-B-000001", office="baku"), paper("2026-B-000002", office="ganja")]
        session.add_all(papers)
        session.flush()
        for document in papers:
            append(session, "key:3", "document.registered", document.id)
            append(session, "user:7", "document.read", document.id, run=1)
            append(session, "user:7", "document.text_read", document.id)
        append(session, "user:1", "user.created", user=9)
        append(session, "user:1", "documents.listed", count=2)
    return found


@pytest.fixture
def who() -> dict[str, Principal]:
    """The caller, to be replaced."""
    return {"caller": supervisor()}


def supervisor(*units: str, role: str = "supervisor") -> Principal:
    return Principal("user:5", "-", role, ROLE_PERMISSIONS[role], frozenset(units) if units else None)


@pytest.fixture
def get(services: Services, office: Office, who: dict[str, Principal]) -> Iterator[Get]:
    """Asks as the caller, gives the JSON; the status is checked."""
    app = FastAPI()
    app.state.services = services
    app.include_router(router)
    app.dependency_overrides[Auditor.__metadata__[0].dependency] = lambda: who["caller"]  # type: ignore[attr-defined]
    problems.install(app)
    with TestClient(app) as client:

        def ask(path: str, status: int = 200, **query: Any) -> Any:
            answer = client.get(f"/api/v1/audit/{path}", params=query)
            assert answer.status_code == status, answer.text
            return answer.json()

        yield ask


def seqs(answer: Any) -> list[int]:
    return [item["seq"] for item in answer["items"]]


FILTERS = [
    ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ({"actor": "user:7"}, [7, 6, 4, 3]),
    ({"action": "document.read"}, [6, 3]),
    ({"action": "document."}, [7, 6, 5, 4, 3, 2]),
    ({"action": "document"}, []),
    ({"document": "2026-B-000002"}, [7, 6, 5]),
    ({"document": "2026-B-000002", "actor": "user:7", "action": "document.read"}, [6]),
    ({"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}, []),
    ({"from": "2020-01-01T00:00:00+04:00", "actor": "key:3"}, [5, 2]),
    ({"to": "2020-01-01T00:00:00Z"}, []),
    ({"cursor": 4}, [3, 2, 1]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_events_are_found_by_what_is_asked(get: Get, query: dict[str, str], expected: list[int]) -> None:
    assert seqs(get("events", **query)) == expected


def test_an_event_is_shown_with_its_paper(get: Get) -> None:
    [item] = get("events", document="2026-B-000001", action="document.read")["items"]
    shown = {key: item[key] for key in ("seq", "actor", "action", "document", "details")}
    assert shown == {
        "seq": 3, "actor": "user:7", "action": "document.read", "document": "2026-B-000001", "details": {"run": 1},
    }  # fmt: skip
    assert len(item["hash"]) == 64


def test_pages_go_on_until_the_beginning(get: Get) -> None:
    found: list[int] = []
    cursor: dict[str, int] = {}
    while True:
        page = get("events", actor="user:7", limit=3, **cursor)
        found += seqs(page)
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [7, 6, 4, 3]


def test_a_period_is_from_a_moment_on_and_before_another(get: Get, office: Office) -> None:
    office.happen()
    with office.database.transaction() as session:
        middle = session.scalars(select(Event.at).where(Event.seq == 10)).one()
    later = (middle + timedelta(microseconds=1)).astimezone(UTC).isoformat()
    assert seqs(get("events", **{"from": middle.isoformat(), "to": later})) == [10]


def test_a_supervisor_of_a_unit_sees_events_of_its_papers_and_of_none(
    get: Get, who: dict[str, Principal]
) -> None:
    who["caller"] = supervisor("ganja")
    assert seqs(get("events")) == [9, 8, 7, 6, 5, 1]
    assert seqs(get("events", document="2026-B-000002")) == [7, 6, 5]
    assert get("events", 404, document="2026-B-000001")["code"] == "not_found"


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
@pytest.mark.parametrize("path", ["events", "checkpoints", "key"])
def test_who_may_not_read_the_chain_is_refused(
    get: Get, who: dict[str, Principal], role: str, path: str
) -> None:
    who["caller"] = supervisor(role=role)
    assert get(path, 403)["code"] == "forbidden"


def test_reading_the_chain_is_recorded(get: Get) -> None:
    get("events", actor="user:7")
    [item] = get("events", action="audit.events_read")["items"]
    assert (item["actor"], item["details"]) == ("user:5", {"count": 4, "filters": ["actor"]})


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 201}, {"cursor": 0}, {"cursor": 2**63}, {"action": "Read'"}, {"action": "%"},
        {"from": "yesterday"}, {"from": "2026-01-01T00:00:00"}, {"other": 1}, {"actor": "x" * 81},
        {"actor": "\x00"}, {"actor": "';--"}, {"document": "\x00"}, {"action": "a\x00."},
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused(get: Get, query: dict[str, Any]) -> None:
    get("events", 422, **query)


def test_checkpoints_and_the_key_that_checks_them(get: Get, office: Office) -> None:
    office.sign()
    office.happen()
    office.sign()
    page = get("checkpoints", limit=1)
    assert (seqs(page), page["next"]) == ([10], 10)
    assert seqs(get("checkpoints", cursor=10)) == [9]
    key = get("key")
    assert (key["id"], key["pem"]) == (office.key.id, public_pem(office.key.private.public_key()).decode())
    assert page["items"][0]["key"] == key["id"]


def test_before_there_is_a_key_that_is_said(get: Get, office: Office) -> None:
    for path in Path(office.folder).iterdir():
        path.unlink()
    assert get("key", 404)["code"] == "not_found"


def test_the_history_of_a_paper_is_its_own(office: Office) -> None:
    with office.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == "2026-B-000002")).one()
        page = service.history(session, document.id, None, 2)
        rest = service.history(session, document.id, page.next, 2)
    assert [event.seq for event in page.items] == [7, 6]
    assert ([event.seq for event in rest.items], rest.next) == ([5], None)
    assert all(event.at <= datetime.now(UTC) for event in page.items)
