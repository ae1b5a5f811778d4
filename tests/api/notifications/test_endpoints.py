"""Notifications over HTTP, for people who are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import problems
from api.auth.permissions import Permission
from api.deps import Services
from api.notifications.endpoints import router
from tests.api.callers import Headers, key_with, session_of
from tests.api.notifications.people import registered, tell


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    made = FastAPI()
    made.state.services = services
    made.include_router(router)
    problems.install(made)
    with TestClient(made) as found:
        yield found


@pytest.fixture
def clerk(services: Services) -> Headers:
    return session_of(services, "clerk")


def test_ones_own_are_listed_counted_and_read(client: TestClient, services: Services, clerk: Headers) -> None:
    document = registered(services)
    tell(services, 1, document=document)
    tell(services, 1, kind="sample.waiting")
    listed = client.get("/api/v1/notifications", headers=clerk).json()
    assert [item["number"] for item in listed["items"]] == [None, document.number]
    assert client.get("/api/v1/notifications/unread", headers=clerk).json() == {"unread": 2}
    newest = listed["items"][0]["id"]
    assert client.post(f"/api/v1/notifications/{newest}/read", headers=clerk).status_code == 204
    unread = client.get("/api/v1/notifications", params={"unread": True}, headers=clerk).json()
    assert [item["kind"] for item in unread["items"]] == ["paper.assigned"]
    assert client.post("/api/v1/notifications/read-all", json={}, headers=clerk).status_code == 204
    assert client.get("/api/v1/notifications/unread", headers=clerk).json() == {"unread": 0}
    assert client.post("/api/v1/notifications/99/read", headers=clerk).status_code == 404
    assert client.get("/api/v1/notifications", params={"cursor": "x"}, headers=clerk).status_code == 422


def test_the_choice_of_mail_needs_an_address(client: TestClient, clerk: Headers) -> None:
    chosen = {"mail": "off", "email": None, "available": False}
    assert client.get("/api/v1/me/notifications", headers=clerk).json() == chosen
    refused = client.patch("/api/v1/me/notifications", json={"mail": "digest"}, headers=clerk)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert client.patch("/api/v1/me/notifications", json={"mail": "off"}, headers=clerk).json() == chosen


def test_the_state_of_mail_is_for_who_runs_the_service(
    client: TestClient, services: Services, clerk: Headers
) -> None:
    path = "/api/v1/notifications/mail-state"
    assert client.get(path, headers=clerk).status_code == 403
    told = client.get(path, headers=session_of(services, "administrator")).json()
    assert told == {"on": False, "waiting": 0, "retrying": 0, "failed": 0, "oldest": None}


def test_keys_and_strangers_have_none(client: TestClient, services: Services) -> None:
    assert client.get("/api/v1/notifications").status_code == 401
    key = key_with(services, Permission.READ)
    assert client.get("/api/v1/notifications", headers=key).status_code == 403
