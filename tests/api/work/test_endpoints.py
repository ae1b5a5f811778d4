"""Shared work over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import Services
from api.intake.calendar import baku_date
from tests.api.callers import headers_of
from tests.api.work.people import arrive, person

DAYS = {"first": "2099-01-01", "last": "2099-01-02"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services)) as found:
        yield found


def test_a_supervisor_sees_members_and_says_what_they_read(services: Services, client: TestClient) -> None:
    supervisor, clerk = headers_of(services, "supervisor"), person(services)
    answer = client.patch(f"/api/v1/work/members/{clerk}", headers=supervisor, json={"reads": ["az"]})
    assert (answer.status_code, answer.json()["reads"]) == (200, ["az"])
    listed = client.get("/api/v1/work/members", headers=supervisor).json()
    assert [member["role"] for member in listed["items"]] == ["supervisor", "clerk"]
    assert client.get("/api/v1/work/members", headers=headers_of(services, "clerk")).status_code == 403
    for reads in ([], ["a b"], "az", [1]):
        wrong = client.patch(f"/api/v1/work/members/{clerk}", headers=supervisor, json={"reads": reads})
        assert wrong.status_code == 422
    assert client.patch(f"/api/v1/work/members/{clerk}", headers=supervisor, json={}).status_code == 422


def test_anybody_writes_down_an_absence_and_cancels_it(services: Services, client: TestClient) -> None:
    clerk, soon = headers_of(services, "clerk"), baku_date(services.now()).isoformat()
    wanted = {"first": soon, "last": soon}
    made = client.post("/api/v1/work/absences", headers=clerk, json=wanted)
    assert made.status_code == 201
    assert client.post("/api/v1/work/absences", headers=clerk, json=wanted).status_code == 409
    assert client.post("/api/v1/work/absences", headers=clerk, json=DAYS).status_code == 422
    listed = client.get("/api/v1/work/absences", headers=clerk).json()
    assert listed["items"] == [made.json()]
    path = f"/api/v1/work/absences/{made.json()['id']}"
    assert client.delete(path, headers=headers_of(services, "officer")).status_code == 404
    assert client.delete(path, headers=clerk).json()["cancelled_at"] is not None
    assert client.post("/api/v1/work/absences", json=wanted).status_code == 401
    assert (
        client.get("/api/v1/work/absences", headers=headers_of(services, "administrator")).json()["items"]
        == []
    )


def test_a_supervisor_gives_a_paper_to_a_clerk(services: Services, client: TestClient) -> None:
    supervisor, clerk, found = headers_of(services, "supervisor"), person(services), arrive(services)
    path = f"/api/v1/documents/{found.number}/assignment"
    wanted = {"user": clerk, "version": found.version}
    answer = client.post(path, headers=supervisor, json=wanted)
    assert answer.json() == {"number": found.number, "assigned_to": clerk, "version": found.version + 1}
    assert client.post(path, headers=supervisor, json=wanted).status_code == 409
    assert client.post(path, headers=headers_of(services, "clerk"), json=wanted).status_code == 403
    assert client.post(path, headers=supervisor, json={"version": 1}).status_code == 422
