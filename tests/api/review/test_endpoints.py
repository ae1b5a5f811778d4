"""Review over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.auth.deps import caller
from api.auth.permissions import Principal
from api.deps import Services
from api.review.endpoints import router
from tests.api.review.office import many, person, waiting
from tests.api.triaging.papers import paper


@pytest.fixture
def app(services: Services) -> FastAPI:
    """An application with these endpoints alone, whose caller is a clerk."""
    made = FastAPI()
    made.state.services = services
    made.include_router(router)
    problems.install(made)
    answer(made, person(services, "Aygün"))
    return made


def answer(app: FastAPI, who: Principal) -> None:
    app.dependency_overrides[caller] = lambda: who


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Its client."""
    with TestClient(app, base_url="http://testserver/api/v1") as found:
        yield found


def test_a_desk_works_with_one_round_trip_a_paper(client: TestClient, services: Services) -> None:
    many(services, 3)
    item = client.post("/review/claim", json={}).json()["item"]
    done = 0
    while item is not None:
        assert client.post("/review/heartbeat", json={"number": item["number"]}).json()["held_until"]
        seen = {"suggestion": item["suggestion"], "version": item["version"], "next": True}
        made = client.post(f"/documents/{item['number']}/confirmation", json=seen).json()
        assert made["state"] == "routed"
        item, done = made["next"], done + 1
    assert done == 3
    assert client.get("/review/queue").json() == {"items": [], "next": None}
    assert client.get("/review/counts").json() == []


def test_a_decision_is_made_taken_back_and_told(client: TestClient, services: Services) -> None:
    (number,) = waiting(services)
    (item,) = client.get("/review/queue", params={"desk": "clerk", "limit": 1}).json()["items"]
    wanted = {
        "action": "outside",
        "suggestion": item["suggestion"],
        "version": item["version"],
        "body": "ombudsman",
    }
    made = client.post(f"/documents/{number}/decisions", json=wanted).json()
    assert (made["state"], made["kind"], made["action"]) == ("outside", "person", "outside")
    assert client.post(f"/documents/{number}/decisions", json=wanted).status_code == 409
    undo = {"decision": made["decision"], "version": made["version"]}
    assert client.post(f"/documents/{number}/undo", json=undo).json()["state"] == "review"
    told = client.get(f"/documents/{number}/decisions").json()
    assert [(d["kind"], d["action"], d["body"], d["undoes"]) for d in told] == [
        ("shadow", "route", None, None),
        ("person", "outside", "ombudsman", None),
        ("person", "undo", None, made["decision"]),
    ]


def test_a_second_person_is_asked(app: FastAPI, client: TestClient, services: Services) -> None:
    (number,) = waiting(services, decision="review", review_reasons=("conflict_of_interest",))
    found = paper(services, number)
    seen = {"suggestion": found.suggestion_id, "version": found.version}
    made = client.post(f"/documents/{number}/confirmation", json=seen).json()
    answered = {"decision": made["decision"], "agree": True, "version": made["version"]}
    assert client.post(f"/documents/{number}/second", json=answered).status_code == 403
    answer(app, person(services, "Kamran"))
    assert client.post(f"/documents/{number}/second", json=answered).json()["state"] == "routed"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("review/claim", {"number": "2026-B-999999"}, 404),
        ("review/claim", {"desk": "throne"}, 422),
        ("review/claim", {"number": "a\x00b"}, 422),
        ("review/release", {"number": "2026-B-999999"}, 404),
        ("documents/{}/decisions", {"action": "burn"}, 422),
        ("documents/{}/decisions", {}, 422),
        ("documents/{}/decisions", {"action": "unreadable", "suggestion": 2**63, "version": 1}, 422),
        ("documents/{}/decisions", {"action": "unreadable", "suggestion": None, "version": 2**62}, 409),
        ("documents/{}/decisions", {"action": "unreadable", "suggestion": None, "version": 1, "x": 1}, 422),
        (
            "documents/{}/decisions",
            {"action": "unreadable", "suggestion": None, "version": 1, "remark": "\x00"},
            422,
        ),
        ("documents/{}/undo", {"decision": 999, "version": 1}, 404),
        ("documents/{}/second", {"decision": 999, "version": 1, "agree": True}, 404),
    ],
)
def test_what_cannot_be_done_is_told(
    client: TestClient, services: Services, path: str, body: dict[str, object], status: int
) -> None:
    (number,) = waiting(services)
    told = client.post(f"/{path.format(number)}", json=body)
    assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json"), told.text


def test_what_there_is_to_choose_is_told_in_three_languages(client: TestClient) -> None:
    told = client.get("/review/choices").json()
    assert {choice["code"] for choice in told["reasons"]} >= {"wrong_department", "other"}
    assert all(choice["names"].keys() == {"az", "en", "ru"} for choice in told["bodies"])


def test_a_bad_cursor_is_refused(client: TestClient) -> None:
    assert client.get("/review/queue", params={"cursor": "x"}).status_code == 422
    assert client.get("/review/queue", params={"desk": "x"}).status_code == 422
