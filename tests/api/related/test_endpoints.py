"""The same over HTTP: what is sent, who may, and what is answered to what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.auth.deps import caller
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.deps import Services
from api.related.endpoints import router
from tests.api.papers import CLERK
from tests.api.related.known import person, receive
from tests.api.related.test_splitting import bundle
from tests.api.triaging.papers import paper


@pytest.fixture
def app(services: Services) -> FastAPI:
    """An application with these endpoints alone, whose caller is a clerk."""
    made = FastAPI()
    made.state.services = services
    made.include_router(router)
    problems.install(made)
    made.dependency_overrides[caller] = lambda: CLERK
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Its client."""
    with TestClient(app) as found:
        yield found


def test_from_a_proposal_to_a_link(client: TestClient, services: Services) -> None:
    first = receive(services, *person(1, name="Əliyev Rəşad", fin="5AB12CD"))
    second = receive(services, *person(2, name="ЭЛИЕВ РАШАД", fin="5AB12CD"))
    (proposal,) = client.get(f"/api/v1/documents/{second}/related").json()["proposals"]
    assert proposal == {
        "other": first, "state": "review", "kind": "person", "score": 0.96,
        "ground": [{"trait": "fin", "value": "5A•••"}, {"trait": "name", "value": "Э. Р."}],
    }  # fmt: skip
    link = {"other": first, "kind": "person", "on": True, "version": paper(services, second).version}
    assert client.post(f"/api/v1/documents/{second}/links", json=link).json()["chain"] == [first]
    assert client.post(f"/api/v1/documents/{second}/links", json=link).status_code == 409
    assert client.get(f"/api/v1/documents/{first}/links").json()["links"][0]["other"] == second
    assert client.get(f"/api/v1/documents/{first}/related").json()["proposals"] == []
    assert client.get("/api/v1/related/groups").json() == {"looked_at": 2, "groups": []}


def test_split_and_merge(client: TestClient, services: Services) -> None:
    number = bundle(services)
    wanted: dict[str, Any] = {"parts": [[1, 2], [3, 5]], "version": paper(services, number).version}
    made = client.post(f"/api/v1/documents/{number}/split", json=wanted)
    assert (made.status_code, len(made.json()["parts"])) == (200, 2)
    one, other = (receive(services, text) for text in ("Bir.", "İki."))
    wanted = {"with": [other], "version": paper(services, one).version}
    assert client.post(f"/api/v1/documents/{one}/merge", json=wanted).json()["parts"] == [other]
    assert client.post(f"/api/v1/documents/{one}/merge", json=wanted).status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("links", {"other": "x", "kind": "part", "on": True}, 422),
        ("links", {"other": "x", "kind": "case", "on": True, "more": 1}, 422),
        ("links", {"other": "x\u0000", "kind": "case", "on": True}, 422),
        ("links", {"other": "x", "kind": "case", "on": True}, 404),
        ("split", {"parts": [[1, 2]], "version": 1}, 422),
        ("split", {"parts": [[0, 1], [2, 2]], "version": 1}, 422),
        ("split", {"parts": [[1, 1], [2, 10**30]], "version": 1}, 422),
        ("split", {"parts": [[1, 1], [2, 2]], "version": 1}, 404),
        ("merge", {"with": [], "version": 1}, 422),
        ("merge", {"with": ["x"], "version": 10**30}, 404),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    answer = client.post(f"/api/v1/documents/2026-B-1/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_officer_may_look_only(app: FastAPI, client: TestClient) -> None:
    officer = Principal("user:9", "", "officer", ROLE_PERMISSIONS["officer"], department="d")
    app.dependency_overrides[caller] = lambda: officer
    assert client.get("/api/v1/related/groups").status_code == 200
    for path, body in (
        ("links", {"other": "x", "kind": "case", "on": True}),
        ("split", {"parts": [[1, 1], [2, 2]], "version": 1}),
        ("merge", {"with": ["x"], "version": 1}),
    ):
        assert client.post(f"/api/v1/documents/2026-B-1/{path}", json=body).status_code == 403
