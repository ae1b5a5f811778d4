"""Sending papers over HTTP: what is refused and how, bad days, and following a batch."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from api.deps import Services
from api.intake import endpoints
from tests.api.papers import CLERK, GENCE, files, letter, rows, send, state_of
from tests.api.serving import client_of, served

PAPERS = "/api/v1/documents"


@pytest.fixture
def client(services: Services) -> TestClient:
    return client_of(services, CLERK)


def form(*contents: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """The body of a form, and its headers."""
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
        for name, value in fields.items()
    )
    for number, content in enumerate(contents):
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%d.txt"\r\n\r\n' % number
        body += head + content + b"\r\n"
    return body + b"--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}


def test_a_file_is_registered(client: TestClient, services: Services) -> None:
    answer = client.post(
        PAPERS, files={"file": ("ərizə.txt", letter())}, data={"sender": "Əli", "channel": "desk"}
    )
    assert answer.status_code == 202
    paper = answer.json()["documents"][0]
    assert answer.headers["Location"] == paper["status_url"] == f"{PAPERS}/{paper['number']}"
    shown = client.get(paper["status_url"]).json()
    assert (shown["sender"], shown["file_name"], shown["channel"]) == ("Əli", "ərizə.txt", "desk")
    assert client.get(paper["status_url"] + "/original").content == letter()


def test_a_text_is_registered(client: TestClient) -> None:
    answer = client.post(PAPERS, json={"text": letter().decode(), "sender": "Əli"})
    assert answer.status_code == 202
    assert client.get(answer.json()["documents"][0]["status_url"] + "/original").content == letter()


def test_fields_may_stand_after_the_files(client: TestClient) -> None:
    body, headers = form(letter())
    late, _ = form(sender="Əli")
    answer = client.post(PAPERS, content=body.removesuffix(b"--x--\r\n") + late, headers=headers)
    assert client.get(answer.json()["documents"][0]["status_url"]).json()["sender"] == "Əli"


def test_the_key_of_a_request_is_taken_from_its_header(client: TestClient, services: Services) -> None:
    answers = [
        client.post(PAPERS, json={"text": letter().decode()}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert rows(services, "documents") == 1
    other = client.post(PAPERS, json={"text": "another"}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 415),
        (b"<a/>", {"Content-Type": "application/xml"}, 415),
        (b"", JSON, 422),
        (b"{", JSON, 422),
        (b"[]", JSON, 422),
        (b"[" * 100_000, JSON, 422),
        (b'{"text": "\xff"}', JSON, 422),
        (rb'{"text": "\ud800"}', JSON, 422),
        (b'{"text": ""}', JSON, 422),
        (b'{"text": "a", "more": 1}', JSON, 422),
        (rb'{"text": "a", "sender": "a\u0000b"}', JSON, 422),
        (rb'{"text": "a", "sender": "\udfff"}', JSON, 422),
        (rb'{"text": "a", "external_reference": "a\nb"}', JSON, 422),
        (b'{"text": "a", "sender": "' + b"a" * 501 + b'"}', JSON, 422),
        (rb'{"text": "a", "office": "\u0000"}', JSON, 422),
        (b'{"text": "a", "office": "atlantis"}', JSON, 422),
        (b'{"text": "a", "channel": "pigeon"}', JSON, 422),
        (b'{"text": "a", "received_at": "2026-01-01"}', JSON, 422),
        (b'{"text": "a", "received_at": 1e300}', JSON, 422),
        (b'{"text": "' + b"a" * 1_000_001 + b'"}', JSON, 422),
        (*form(), 422),
        (*form(b""), 422),
        (*form(bytes(range(256)) * 20), 415),
        (*form(letter(), sender="a\0b"), 422),
        (*form(letter(), unknown="a"), 422),
        (*form(letter(), again="perhaps"), 422),
        (*form(letter(), sender="a" * 20_000), 422),
        (form(letter())[0][:-20], form()[1], 422),
        (form(letter())[0], {"Content-Type": "multipart/form-data"}, 422),
        (b"no form at all", form()[1], 422),
        (form(letter(), sender="?")[0].replace(b"?", b"\xff\xfe"), form()[1], 422),
    ],
)
def test_what_cannot_be_taken_is_refused_as_a_problem(
    client: TestClient, services: Services, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = client.post(PAPERS, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert len(problem["detail"]) > 10
    assert set(state_of(services).values()) == {0}
    assert files(services) == []


def test_one_file_that_is_too_large_is_refused(client: TestClient, services: Services) -> None:
    body, headers = form(letter(), b"a" * (services.settings.upload_bytes + 1))
    answer = client.post(PAPERS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert files(services) == []


@pytest.mark.parametrize("declared", [True, False])
def test_a_request_that_is_too_large_is_refused(
    client: TestClient, services: Services, declared: bool
) -> None:
    body, headers = form(*[b"a" * 1_900_000] * 5)
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    answer = client.post(PAPERS, content=body if declared else pieces, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert files(services) == []
    assert rows(services, "documents") == 0


def test_a_text_of_many_megabytes_is_not_read_into_memory(client: TestClient, settings: Any) -> None:
    assert client.post(PAPERS, content=b" " * 8_000_001, headers=JSON).status_code == 413


def test_more_files_than_allowed_are_refused(services: Services) -> None:
    few = replace(services, settings=services.settings.model_copy(update={"upload_files": 3}))
    body, headers = form(*(letter(n) for n in range(4)))
    assert client_of(few, CLERK).post(PAPERS, content=body, headers=headers).status_code == 422
    assert files(services) == []


def test_an_office_of_others_is_forbidden(services: Services) -> None:
    answer = client_of(services, GENCE).post(PAPERS, json={"text": "a", "office": "sumqayit"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


HEAD = (
    b"POST /api/v1/documents HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: %d\r\n\r\n"
)


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it becomes true."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_client_that_goes_midway_leaves_nothing(services: Services) -> None:
    body, _ = form(b"a" * 1_500_000)
    with served(services, CLERK) as port:
        with connected(port) as client:
            client.sendall(HEAD % len(body) + body[:700_000])
            assert eventually(lambda: len(files(services)) == 1), "it is being written"
        assert eventually(lambda: files(services) == [])
        assert set(state_of(services).values()) == {0}
        with connected(port) as client:
            client.sendall(HEAD % len(body) + body)
            assert b" 202 " in client.recv(100)


def test_an_upload_that_stalls_is_given_up(services: Services) -> None:
    hasty = replace(services, settings=services.settings.model_copy(update={"upload_idle_seconds": 0.3}))
    body, _ = form(letter())
    with served(hasty, CLERK) as port, connected(port) as client:
        client.sendall(HEAD % len(body) + body[:50])
        answer = b""
        while piece := client.recv(1000):
            answer += piece
    assert b" 408 " in answer.splitlines()[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_slow"
    assert files(services) == []


def test_an_upload_that_drips_is_given_up(services: Services) -> None:
    hasty = replace(services, settings=services.settings.model_copy(update={"upload_idle_seconds": 0.5}))
    body, _ = form(b"a" * 5000)
    with served(hasty, CLERK) as port, connected(port) as client:
        client.sendall(HEAD % len(body))
        gone = threading.Event()

        def drip() -> None:
            for at in range(len(body)):
                if gone.wait(0.05):
                    return
                try:
                    client.sendall(body[at : at + 1])
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        assert b" 408 " in client.recv(100)
        gone.set()
        thread.join()


@pytest.fixture
def away(services: Services) -> Iterator[Callable[[bool], None]]:
    """Lets the database be gone (connections are cut and none is taken), and come back."""
    name = services.database.engine.url.database
    admin = create_engine(services.database.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def switch(gone: bool) -> None:
        with admin.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {not gone}"))
            if gone:
                cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                connection.execute(text(cut), {"name": name})

    yield switch
    switch(False)
    admin.dispose()


def test_while_the_database_is_away_nothing_is_acknowledged_and_then_all_works_again(
    client: TestClient, services: Services, away: Callable[[bool], None]
) -> None:
    kept = client.post(PAPERS, json={"text": "first"}).json()["documents"][0]
    away(True)
    for answer in (
        client.post(PAPERS, json={"text": "second"}),
        client.get(kept["status_url"]),
        client.get("/readyz"),
    ):
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "unavailable"
    away(False)
    second = client.post(PAPERS, json={"text": "second"}).json()["documents"][0]
    assert [kept["number"][-6:], second["number"][-6:]] == ["000001", "000002"]
    assert client.get(kept["status_url"]).status_code == 200


def test_a_database_that_goes_midway_loses_nothing_acknowledged(
    services: Services, away: Callable[[bool], None]
) -> None:
    """Eight send without a pause while connections are cut again and again."""
    over = threading.Event()
    client = client_of(services, CLERK)
    statuses: list[int] = []

    def sender(who: int) -> list[str]:
        numbers = []
        for n in range(10_000):
            if over.is_set():
                break
            answer = client.post(
                PAPERS, json={"text": f"paper {who} {n}"}, headers={"Idempotency-Key": f"{who}.{n}"}
            )
            statuses.append(answer.status_code)
            if answer.status_code == 202:
                numbers.append(answer.json()["documents"][0]["number"])
        return numbers

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(sender, who) for who in range(4)]
        for _ in range(3):
            assert eventually(lambda: statuses[-5:].count(202) > 1)
            away(True)
            assert eventually(lambda: 503 in statuses[-3:])
            away(False)
        over.set()
        acknowledged = [number for one in sending for number in one.result()]
    assert set(statuses) == {202, 503}
    with services.database.transaction() as session:
        kept = list(session.execute(text("SELECT number FROM documents ORDER BY number")).scalars())
    assert set(acknowledged) <= set(kept)
    assert [int(number[-6:]) for number in kept] == list(range(1, len(kept) + 1))
    assert rows(services, "procrastinate_jobs") == len(kept)


def test_a_full_disk_is_said_to_be_one(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = client.post(PAPERS, json={"text": "a"})
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
    assert rows(services, "documents") == 0


def test_a_batch_is_followed_until_it_is_done(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_STEP_SECONDS", 0.05)
    batch = send(services, letter(1), letter(2)).batch
    with served(services, CLERK) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", f"/api/v1/batches/{batch}/events")
        stream = connection.getresponse()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.readline() == b"event: progress\n"
        assert json.loads(stream.readline().removeprefix(b"data: "))["states"] == {"registered": 2}
        with services.database.transaction() as session:
            session.execute(text("UPDATE documents SET state = 'review', desk = 'clerk', look_by = now()"))
        rest = stream.read().decode()
        connection.close()
    last = rest.rstrip().rpartition("event: ")[2]
    assert last.startswith("done\n")
    assert json.loads(last.partition("data: ")[2]) == {
        "batch": batch, "size": 2, "states": {"review": 2}, "done": True,
    }  # fmt: skip


def test_a_batch_of_others_cannot_be_followed(services: Services) -> None:
    batch = send(services, letter(1), letter(2)).batch
    client = client_of(services, GENCE)
    for path in (f"/api/v1/batches/{batch}", f"/api/v1/batches/{batch}/events", "/api/v1/batches/999"):
        assert client.get(path).status_code == 404
    for odd in ("0", "-1", "9" * 30, "9" * 5000, "a", "%00"):
        assert client.get(f"/api/v1/batches/{odd}").status_code in (404, 422)


def test_many_files_in_one_request(client: TestClient, services: Services) -> None:
    body, headers = form(*(letter(n) for n in range(200)))
    answer = client.post(PAPERS, content=body, headers=headers)
    assert answer.status_code == 202
    assert len(answer.json()["documents"]) == 200
    state = client.get(f"/api/v1/batches/{answer.json()['batch']}").json()
    assert state == {"batch": 1, "size": 200, "states": {"registered": 200}, "done": False}
