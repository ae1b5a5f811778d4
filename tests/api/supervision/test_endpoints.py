"""Supervision over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.auth.deps import caller
from api.deps import Services
from api.supervision.endpoints import router
from api.supervision.figures import FIGURES
from tests.api.supervision.desk import AYGUN, SUPERVISOR, decide, switch_on, triaged
from tests.api.triaging.papers import rule


@pytest.fixture
def app(services: Services) -> FastAPI:
    """An application with these endpoints alone, whose caller is a supervisor."""
    made = FastAPI()
    made.state.services = services
    made.include_router(router)
    problems.install(made)
    made.dependency_overrides[caller] = lambda: SUPERVISOR
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as found:
        yield found


def test_a_sample_from_the_draw_to_the_verdict(services: Services, app: FastAPI, client: TestClient) -> None:
    by = rule(services)
    switch_on(services, by)
    (number,) = triaged(services, by, 1)
    period = {"since": "2020-01-01T00:00:00+04:00", "until": "2100-01-01T00:00:00+04:00"}
    drawn = client.post("/api/v1/samples", json={"size": 5, "seed": 1, **period})
    assert (drawn.status_code, drawn.json()["size"], drawn.json()["seed"]) == (201, 1, 1)
    app.dependency_overrides[caller] = lambda: AYGUN
    given = client.post("/api/v1/samples/next").json()
    assert given == {"item": 1, "number": number, "settles": False}
    verdict = {
        "document_type": services.taxonomy.document_types[0], "subject": by.subject,
        "department": by.department, "urgency": "normal",
    }  # fmt: skip
    assert client.post("/api/v1/samples/items/1/verdict", json=verdict).status_code == 201
    assert client.post("/api/v1/samples/items/1/verdict", json=verdict).status_code == 409
    assert client.get("/api/v1/samples").status_code == 403
    app.dependency_overrides[caller] = lambda: SUPERVISOR
    told = client.get(f"/api/v1/samples/{drawn.json()['id']}").json()
    assert (told["result"]["complete"], told["result"]["total"]["errors"]) == (True, 0)
    assert [sample["id"] for sample in client.get("/api/v1/samples").json()["items"]] == [told["id"]]


def test_every_figure_and_the_list_behind_it_is_answered(services: Services, client: TestClient) -> None:
    (number,) = triaged(services, rule(services), 1)
    decide(services, number, services.taxonomy.departments[1], overrides=["department"], reason="wrong")
    assert [row["name"] for row in client.get("/api/v1/figures").json()] == list(FIGURES)
    for name in FIGURES:
        told = client.get(f"/api/v1/figures/{name}")
        assert told.status_code == 200, told.text
        for url in (
            told.json()["papers"],
            *(row["papers"] for row in told.json()["rows"] if "papers" in row),
        ):
            assert client.get(url).status_code == 200, url
    told = client.get("/api/v1/figures/confusion").json()
    assert client.get(told["rows"][0]["papers"]).json() == {"items": [number], "next": None}
    assert client.get("/api/v1/figures/weather").status_code == 404
    assert client.get("/api/v1/figures/flow?since=yesterday").status_code == 422
    assert client.get("/api/v1/figures/papers?of=decided&office=a%00b").status_code == 422


def test_records_and_replays(services: Services, client: TestClient) -> None:
    (number,) = triaged(services, rule(services), 1)
    told = client.get(f"/api/v1/documents/{number}/record").json()
    assert [step["kind"] for step in told["steps"]] == ["suggestion", "decision"]
    assert client.post(f"/api/v1/documents/{number}/replay").json()["outcome"] == "bundle_missing"
    assert client.get("/api/v1/documents/2026-B-999999/record").status_code == 404
