"""Every answer has its headers and its request id; logs and metrics have nothing of what was sent."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from api.auth.permissions import Permission, Principal
from api.deps import Services
from api.operation import logs
from tests.api.papers import CLERK, letter
from tests.api.serving import client_of

OPERATOR = Principal("key:1", "Prometheus", "key", frozenset({Permission.READ_SYSTEM}))


@pytest.fixture
def client(services: Services) -> TestClient:
    return client_of(services, CLERK)


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/v1/documents", "/api/v1/documents/%00"])
def test_every_answer_has_the_headers_that_protect_browsers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers.get_list("x-request-id") == [headers["x-request-id"]]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcd-1234_X", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("short", False),
        ("with space here", False),
        ('"}{"level":"x', False),
        ("ə".encode() * 8, False),
    ],
)
def test_a_request_id_is_kept_only_where_it_is_well_formed(
    client: TestClient, given: str, kept: bool
) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["x-request-id"] == given) == kept


def test_the_service_is_ready_while_the_schema_is_its_own(client: TestClient, services: Services) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    engine = create_engine(services.database.url)
    with engine.begin() as connection:
        known = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert client.get("/healthz").status_code == 200
    finally:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": known})
        engine.dispose()


def test_metrics_count_by_route_and_state(services: Services) -> None:
    clerk, operator = client_of(services, CLERK), client_of(services, OPERATOR)
    number = clerk.post("/api/v1/documents", json={"text": letter().decode()}).json()["documents"][0][
        "number"
    ]
    clerk.get(f"/api/v1/documents/{number}")
    clerk.get("/some/where?classified=1")
    clerk.request("X" * 50, "/healthz")
    told = operator.get("/metrics").text
    assert 'derkenar_open_papers{state="registered"} 1.0' in told
    assert 'derkenar_jobs{state="todo"} 1.0' in told
    assert 'method="GET",route="/api/v1/documents/{number}",status="200"' in told
    assert 'route="unmatched",status="404"' in told
    assert number not in told
    assert "classified" not in told
    assert "XXX" not in told
    assert clerk.get("/metrics").status_code == 403


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """All that is logged, as the service logs it, at its most talkative."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("DEBUG")
    yield stream.getvalue
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_logs_have_nothing_of_papers_and_people(services: Services, logged: Callable[[], str]) -> None:
    client = client_of(services, CLERK)
    sent = client.post(
        "/api/v1/documents?word=kodsöz",
        files={"file": ("vəsiyyət.txt", "Qonşum hasarı çəkib.".encode())},
        data={"sender": "Əli Vəliyev", "external_reference": "İST-77"},
    )
    number = sent.json()["documents"][0]["number"]
    for path in (
        f"/{number}",
        f"/{number}/original",
        f"/{number}/text",
        "?cursor=kodsöz",
        "/vəsiyyət",
        "/%00",
    ):
        client.get(f"/api/v1/documents{path}")
    client.post("/api/v1/documents", json={"text": 5, "sender": "Əli Vəliyev"})
    lines = [json.loads(line) for line in logged().splitlines()]
    lines = [line for line in lines if not line["logger"].startswith("httpx")]  # the client's own
    told = json.dumps(lines, ensure_ascii=False)
    for secret in ("hasar", "vəsiyyət", "Vəliyev", "İST-77", "kods", number):
        assert secret not in told, secret
    requests = [line for line in lines if line["logger"] == "api.request"]
    assert {"method", "route", "status", "seconds", "request_id", "timestamp", "level"} <= requests[0].keys()
    assert requests[0]["request_id"] == sent.headers["x-request-id"]


def test_an_error_is_logged_by_its_places_and_type_alone(logged: Callable[[], str]) -> None:
    def breaks() -> None:
        raise ValueError("Əli Vəliyev")

    for log in (logging.getLogger("foreign"), structlog.get_logger("own")):
        try:
            breaks()
        except ValueError:
            log.exception("failed")
    lines = [json.loads(line) for line in logged().splitlines()]
    assert [(line["error"], line["event"]) for line in lines] == [("ValueError", "failed")] * 2
    assert all(line["at"][-1].startswith("operation/test_middleware.py:") for line in lines)
    assert "Vəliyev" not in logged()
    assert "\\u018f" not in logged()
