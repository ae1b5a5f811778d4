"""Every error is answered as problem details, with nothing of what was sent in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import errors
from api.deps import Services
from api.errors import STATUS, ServiceError, TooManyError, UnauthenticatedError
from api.intake.cipher import StoreError
from api.intake.store import StorageFullError
from api.problems import Problem, status_of
from tests.api.papers import CLERK
from tests.api.serving import client_of


@pytest.fixture
def client(services: Services) -> TestClient:
    return client_of(services, CLERK)


def problem(answer: Any) -> Problem:
    """What is told, checked."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = Problem.model_validate(answer.json())
    assert told.status == answer.status_code
    assert told.request_id == answer.headers["x-request-id"]
    return told


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/documents/2026-B-000001", 404, "not_found"),
        ("GET", "/api/v1/documents/a%2Fb", 404, "not_found"),
        ("GET", "/api/v1/documents/%00", 422, "invalid"),
        ("GET", "/api/v1/documents/a%00b/original", 422, "invalid"),
        ("GET", "/api/v1/documents/%ff%fe", 404, "not_found"),
        ("GET", "/api/v1/documents/%ed%a0%80", 404, "not_found"),
        ("GET", "/api/v1/documents/" + "9" * 5000, 422, "invalid"),
        ("GET", "/api/v1/documents/x/pages/0", 422, "invalid"),
        ("GET", "/api/v1/documents/x/pages/" + "9" * 5000, 422, "invalid"),
        ("GET", "/api/v1/documents/x/history?cursor=" + "9" * 40, 422, "invalid"),
        ("GET", "/api/v1/documents/x/history?cursor=9223372036854775807", 404, "not_found"),
        ("GET", "/api/v1/documents?cursor=%00", 422, "invalid"),
        ("GET", "/api/v1/documents?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", 422, "invalid"),
        ("GET", "/api/v1/documents?cursor=LTE=", 422, "invalid"),
        ("GET", "/api/v1/documents?cursor=%D9%A1", 422, "invalid"),
        ("GET", "/api/v1/documents?office=%00", 422, "invalid"),
        ("GET", "/api/v1/documents?unknown=1", 422, "invalid"),
        ("GET", "/api/v1/documents?limit=0", 422, "invalid"),
        ("GET", "/api/v1/documents?limit=1e3", 422, "invalid"),
        ("PUT", "/api/v1/documents", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/documents/2026-B-000001", 405, "method_not_allowed"),
        ("POST", "/api/v1/documents/x/erasure", 403, "forbidden"),
    ],
)
def test_errors_are_problem_details(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    told = problem(client.request(method, path))
    assert (told.status, told.code) == (status, code)
    assert len(told.detail) > 15


def test_what_was_sent_is_not_told_back(client: TestClient) -> None:
    answer = client.get("/api/v1/documents?limit=my-secret")
    assert problem(answer).errors
    assert "my-secret" not in answer.text


def test_what_no_one_foresaw_is_not_told(services: Services) -> None:
    def breaks() -> Any:
        raise RuntimeError("a secret")

    client = client_of(replace(services, now=breaks), CLERK)
    answer = client.post("/api/v1/documents", json={"text": "a"})
    assert (problem(answer).status, problem(answer).code) == (500, "unexpected")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_error_has_a_status() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ServiceError)
    ]
    assert {status_of(kind("")) for kind in kinds if kind is not ServiceError} <= set(STATUS.values())
    assert status_of(StorageFullError("")) == 503
    assert status_of(StoreError("")) == 500


def test_who_must_wait_or_sign_in_is_told_so_in_headers(services: Services) -> None:
    client = client_of(services, CLERK)
    app: Any = client.app

    def busy() -> None:
        raise TooManyError("Too many.", retry_after=7)

    def who() -> None:
        raise UnauthenticatedError("Please sign in.")

    app.get("/busy")(busy)
    app.get("/who")(who)

    assert client.get("/busy").headers["retry-after"] == "7"
    assert client.get("/who").headers["www-authenticate"].startswith("Bearer")
