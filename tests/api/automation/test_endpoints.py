"""The switches over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.auth.deps import caller
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.automation.endpoints import router
from api.deps import Services
from api.triaging.service import triage
from tests.api.triaging.papers import TEXT, paper, register, rule

WANTED = {"on": True, "reason": "for a test"}


@pytest.fixture
def app(services: Services) -> FastAPI:
    """An application with these endpoints alone, whose caller is a supervisor."""
    made = FastAPI()
    made.state.services = services
    made.include_router(router)
    problems.install(made)
    made.dependency_overrides[caller] = lambda: Principal(
        "user:7", "S", "supervisor", ROLE_PERMISSIONS["supervisor"]
    )
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Its client."""
    with TestClient(app) as found:
        yield found


def test_a_switch_is_set_and_listed(client: TestClient, services: Services) -> None:
    department = services.taxonomy.departments[0]
    assert client.put("/api/v1/automation/all/-", json=WANTED).json()["effective"]
    assert client.put(f"/api/v1/automation/department/{department}", json=WANTED).status_code == 200
    listed = client.get("/api/v1/automation").json()
    assert listed["all"]["on"]
    assert [s["value"] for s in listed["departments"] if s["effective"]] == [department]
    assert not any(s["on"] for s in listed["subjects"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("all/x", WANTED, 404),
        ("department/nowhere", WANTED, 404),
        ("department/-", WANTED, 404),
        ("country/az", WANTED, 422),
        ("all/-", {"on": True}, 422),
        ("all/-", {**WANTED, "reason": "       "}, 422),
    ],
)
def test_what_cannot_be_set_is_told(
    client: TestClient, path: str, body: dict[str, object], status: int
) -> None:
    answer = client.put(f"/api/v1/automation/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_who_may_only_look_cannot_switch(app: FastAPI, client: TestClient) -> None:
    app.dependency_overrides[caller] = lambda: Principal(
        "user:8", "A", "administrator", ROLE_PERMISSIONS["administrator"]
    )
    assert client.get("/api/v1/automation").status_code == 200
    assert client.put("/api/v1/automation/all/-", json=WANTED).status_code == 403


def test_the_shadow_is_told_with_its_interval(client: TestClient, services: Services) -> None:
    number = register(services, TEXT)[0]
    triage(services, rule(services).suggester, paper(services, number).id)
    told = client.get("/api/v1/automation/shadow", params={"since": "2026-01-01T00:00:00Z"}).json()
    assert told["total"] | {"share": None, "low": 0.0, "high": 1.0, "shadows": 1} == told["total"]
    assert client.get("/api/v1/automation/shadow", params={"since": "2026-01-01T00:00:00"}).status_code == 422
