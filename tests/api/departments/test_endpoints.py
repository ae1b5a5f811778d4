"""Departments over HTTP: what officers and supervisors send, and how it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import Services
from tests.api.callers import headers_of
from tests.api.departments.routed import routed
from tests.api.triaging.papers import paper


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services)) as found:
        yield found


def test_an_officer_reads_the_inbox_accepts_and_returns(services: Services, client: TestClient) -> None:
    first, second = routed(services, 2)
    officer = headers_of(services, "officer")
    listed = client.get("/api/v1/departments/inbox", headers=officer).json()
    assert [item["number"] for item in listed["items"]] == [first, second]
    version = {"version": listed["items"][0]["version"]}
    answer = client.post(f"/api/v1/documents/{first}/acceptance", headers=officer, json=version)
    assert (answer.status_code, answer.json()["kind"]) == (201, "accepted")
    assert (
        client.post(f"/api/v1/documents/{first}/acceptance", headers=officer, json=version).status_code == 409
    )
    wanted = {"version": listed["items"][1]["version"], "reason": "other", "remark": "  Oxunmur.\nBaxın. "}
    answer = client.post(f"/api/v1/documents/{second}/return", headers=officer, json=wanted)
    assert (answer.status_code, answer.json()["remark"]) == (201, "Oxunmur.\nBaxın.")
    assert paper(services, second).state == "review"
    shown = client.get(f"/api/v1/documents/{second}/handovers", headers=headers_of(services, "clerk")).json()
    assert [(row["kind"], row["reason"]) for row in shown] == [("returned", "other")]
    assert client.get(f"/api/v1/documents/{second}/handovers", headers=officer).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"version": 1, "reason": "other", "remark": "\x00"},
        {"version": 1, "reason": "other", "remark": "\ud800"},
        {"version": 1, "reason": "other", "remark": "x" * 2001},
        {"version": 2**63, "reason": "duplicate"},
        {"version": 1, "reason": "a b"},
        {"version": 1, "reason": "duplicate", "more": 1},
        {"reason": "duplicate"},
    ],
)
def test_hostile_returns_are_refused(
    services: Services, client: TestClient, wanted: dict[str, object]
) -> None:
    (number,) = routed(services)
    officer = headers_of(services, "officer")
    sent = {**officer, "Content-Type": "application/json"}
    answer = client.post(f"/api/v1/documents/{number}/return", headers=sent, content=json.dumps(wanted))
    assert answer.status_code == 422
    assert paper(services, number).state == "routed"


def test_a_supervisor_closes_a_department(services: Services, client: TestClient) -> None:
    (number,) = routed(services)
    supervisor = headers_of(services, "supervisor")
    wanted = {"open": False, "successor": "cyber", "reason": "Merged by order 12/2026"}
    path = "/api/v1/departments/investigation/state"
    answer = client.put(path, headers=supervisor, json=wanted)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["sent_back"], told["left"], told["state"]["successor"]) == (1, 0, "cyber")
    assert paper(services, number).state == "review"
    listed = client.get("/api/v1/departments", headers=headers_of(services, "clerk")).json()
    assert [row["department"] for row in listed if not row["state"]["open"]] == ["investigation"]
    assert client.put(path, headers=headers_of(services, "officer"), json=wanted).status_code == 403
    assert client.put("/api/v1/departments/x/state", headers=supervisor, json=wanted).status_code == 404
    for reason in ("    ", "line\nline", "x" * 501):
        assert client.put(path, headers=supervisor, json={**wanted, "reason": reason}).status_code == 422


def test_reasons_are_listed_for_who_returns_papers(services: Services, client: TestClient) -> None:
    answer = client.get("/api/v1/departments/return-reasons", headers=headers_of(services, "officer"))
    assert "misrouted_territory" in {reason["code"] for reason in answer.json()}
