"""Webhooks over HTTP, for administrators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.deps import Services
from api.webhooks.delivery import deliver_due
from api.webhooks.endpoints import router
from tests.api.callers import Headers, session_of
from tests.api.webhooks.receiver import Receiver


@pytest.fixture
def client(hooked: Services) -> Iterator[TestClient]:
    made = FastAPI()
    made.state.services = hooked
    made.include_router(router)
    problems.install(made)
    with TestClient(made) as found:
        yield found


@pytest.fixture
def admin(hooked: Services) -> Headers:
    return session_of(hooked, "administrator")


def test_a_webhook_lives_from_its_making_to_its_end(
    client: TestClient, hooked: Services, receiver: Receiver, admin: Headers
) -> None:
    wanted = {"url": f"http://{receiver.place}/hook", "kinds": ["decision.made"]}
    made = client.post("/api/v1/webhooks", json=wanted, headers=admin)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    path = f"/api/v1/webhooks/{made.json()['webhook']['id']}"
    assert made.json()["secret"].startswith("whsec_")
    assert client.post(f"{path}/test", headers=admin).status_code == 202
    assert deliver_due(hooked) == 1
    log = client.get(f"{path}/deliveries", params={"state": "delivered"}, headers=admin).json()
    assert [(item["kind"], item["status"]) for item in log["items"]] == [("webhook.test", 200)]
    again = client.post(f"{path}/deliveries/{log['items'][0]['id']}/retry", headers=admin)
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    rotated = client.post(f"{path}/secret", headers=admin)
    assert rotated.headers["cache-control"] == "no-store"
    assert client.post(f"{path}/disable", headers=admin).json()["disabled_at"]
    assert client.post(f"{path}/test", headers=admin).status_code == 409
    assert client.post(f"{path}/enable", headers=admin).json()["disabled_at"] is None
    assert [item["url"] for item in client.get("/api/v1/webhooks", headers=admin).json()["items"]] == [
        wanted["url"]
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://example.org/", "kinds": ["decision.made"]},
        {"url": "https://10.0.0.1/", "kinds": ["decision.made"]},
        {"url": "https://example.org/", "kinds": []},
        {"url": "https://example.org/", "kinds": ["webhook.test"]},
        {"url": "https://example.org/", "kinds": ["decision.made"], "units": []},
        {"url": "https://example.org/", "kinds": ["decision.made"], "secret": "mine"},
    ],
)
def test_what_cannot_be_taken_is_told(client: TestClient, admin: Headers, body: dict[str, object]) -> None:
    answer = client.post("/api/v1/webhooks", json=body, headers=admin)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_what_is_not_there_is_told(client: TestClient, admin: Headers) -> None:
    for path in ("9/disable", "9/enable", "9/secret", "9/test", "9/deliveries/1/retry"):
        assert client.post(f"/api/v1/webhooks/{path}", headers=admin).status_code == 404
    assert client.get("/api/v1/webhooks/9/deliveries", headers=admin).status_code == 404


def test_only_administrators_manage_them(client: TestClient, hooked: Services) -> None:
    assert client.get("/api/v1/webhooks").status_code == 401
    assert client.get("/api/v1/webhooks", headers=session_of(hooked, "supervisor")).status_code == 403
