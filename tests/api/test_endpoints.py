"""The table of endpoints and callers: as committed, complete, and as real requests are answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth.permissions import Permission
from api.deps import Services
from api.operation.description import describe
from api.operation.rights import CALLERS, Endpoint, endpoints, table
from tests.api.callers import headers_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "endpoints.md"
VALUES = {
    "number": "2026-B-000001", "page": "1", "batch": "1", "id": "999999", "delivery": "1", "scope": "all", "value": "-",
    "department": "land", "name": "flow", "version": "0", "by": "department", "message": "1", "part": "limits",
    "leaf": "1",
}  # fmt: skip
"""For parameters of paths; there is no such paper, batch or user."""


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), follow_redirects=False) as found:
        yield found


def test_the_committed_table_is_the_one_that_the_code_gives() -> None:
    assert DOCS.read_text(encoding="utf-8") == table(), (
        "write it anew: triage-api endpoints > docs/endpoints.md"
    )


def test_the_table_has_every_endpoint() -> None:
    paths = json.loads(describe())["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described <= {(endpoint.method, endpoint.path) for endpoint in endpoints()}


def test_every_permission_is_asked_for_somewhere() -> None:
    assert {endpoint.permission for endpoint in endpoints()} >= set(Permission)


def test_only_signing_in_and_health_are_open_to_everybody() -> None:
    everybody = {endpoint.path for endpoint in endpoints() if endpoint.answer("anonymous") == "yes"}
    beside = {path for path in everybody if not path.startswith("/api/v1/session")}
    assert beside == {"/healthz", "/readyz", "/sign-in", "/preferences", "/static/{version}/{name:path}"}


@pytest.mark.parametrize("caller", CALLERS)
def test_requests_are_answered_as_the_table_says(caller: str, services: Services, client: TestClient) -> None:
    wrong = []
    for endpoint in endpoints():
        status = _ask(client, endpoint, headers_of(services, caller))
        given = str(status) if status in (401, 403) else "yes"
        if given != endpoint.answer(caller) or status >= 500:
            wrong.append((endpoint.method, endpoint.path, status, endpoint.answer(caller)))
    assert wrong == []


def _ask(client: TestClient, endpoint: Endpoint, headers: dict[str, str]) -> int:
    """The status of a request that is right in all but what it sends: refusals come before that is looked at."""
    body: dict[str, str] | None = {} if endpoint.method in ("POST", "PUT", "PATCH") else None
    path = re.sub(r":\w+}", "}", endpoint.path).format_map(VALUES)
    client.cookies.clear()
    return int(client.request(endpoint.method, path, headers=headers, json=body).status_code)
