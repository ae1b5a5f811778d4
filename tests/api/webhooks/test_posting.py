"""One request: what is sent, what is made of answers, and how long anybody is waited for."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from api.webhooks.posting import Outcome, post
from api.webhooks.targets import Target, parse
from tests.api import certificates
from tests.api.webhooks.receiver import Receiver, receiving


def target(receiver: Receiver, scheme: str = "http") -> Target:
    return parse(f"{scheme}://{receiver.place}/hook?a=1", {receiver.place})


def raw(data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers so, byte for byte, and hangs up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def test_the_body_arrives_byte_for_byte_with_its_headers(receiver: Receiver) -> None:
    body = '{"type":"x","data":"ə"}'.encode()
    assert post(
        target(receiver), {"webhook-id": "msg_1", "Content-Type": "application/json"}, body
    ) == Outcome(200)
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/hook?a=1", body, "msg_1")
    assert got.headers["Host"] == receiver.place


@pytest.mark.parametrize(
    ("status", "error"), [(200, None), (204, None), (404, "status"), (410, "status"), (503, "status")]
)
def test_success_is_any_status_of_200_to_299(receiver: Receiver, status: int, error: str | None) -> None:
    receiver.script = [status]
    outcome = post(target(receiver), {}, b"{}")
    assert (outcome.status, outcome.error, outcome.gone) == (status, error, status == 410)


def test_a_redirect_is_a_failure_and_not_followed(receiver: Receiver) -> None:
    receiver.script, receiver.extra = [302], {"Location": f"http://{receiver.place}/elsewhere"}
    assert post(target(receiver), {}, b"{}") == Outcome(302, "status")
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("asked", "pause"),
    [("120", 120), ("99999999", 86400), ("-5", 0), ("tomorrow", 0), ("9" * 5000, 0), ("²", 0)],
)
def test_what_the_other_system_asks_for_is_heard_within_reason(
    receiver: Receiver, asked: str, pause: int
) -> None:
    receiver.raw = raw(f"HTTP/1.1 429 Slow\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n".encode())
    assert post(target(receiver), {}, b"{}") == Outcome(429, "status", pause)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "unreachable"),
        (b"\x00\xff garbage\r\n\r\n", "protocol"),
        (b"HTTP/1.1 abc\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "protocol"),
    ],
)
def test_a_hostile_answer_is_a_failure(receiver: Receiver, answer: bytes, error: str) -> None:
    receiver.raw = raw(answer)
    assert post(target(receiver), {}, b"{}") == Outcome(error=error)


def test_a_body_without_end_is_not_read(receiver: Receiver) -> None:
    receiver.raw = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 300_000)
    assert post(target(receiver), {}, b"{}").status == 200
    receiver.raw = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert post(target(receiver), {}, b"{}") == Outcome(200)


def test_a_peer_that_drips_or_says_nothing_is_cut_off(receiver: Receiver) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        while True:
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            handler.wfile.flush()
            time.sleep(0.02)

    receiver.raw = drip
    began = time.monotonic()
    assert post(target(receiver), {}, b"{}", seconds=0.3) == Outcome(error="timeout")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        for scheme in ("http", "https"):
            outcome = post(parse(f"{scheme}://{place}/", {place}), {}, b"{}", seconds=0.3)
            assert outcome == Outcome(error="timeout")
    assert time.monotonic() - began < 5


def test_nobody_there_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    assert post(parse(f"http://{place}/", {place}), {}, b"{}") == Outcome(error="unreachable")


def test_https_needs_a_certificate_that_is_trusted_and_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificates.make(tmp_path)
    with receiving(context) as receiver:
        assert post(target(receiver, "https"), {}, b"{}") == Outcome(error="tls")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert post(target(receiver, "https"), {}, b"{}") == Outcome(200)
        elsewhere = Target(True, "127.0.0.2", receiver.port, "/", listed=True)
        assert post(elsewhere, {}, b"{}").error in ("tls", "unreachable")
    assert len(receiver.got) == 1
