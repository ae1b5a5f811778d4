"""Several processes answer at one socket: each can die and comes again, and none outlives the first."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing, suppress

import httpx
import pytest

from tests.api.cluster import folder
from tests.smoke import people
from tests.smoke.installation import Installation, wait_for

SECONDS = 90.0
ASKED = 20


@pytest.fixture
def service() -> Iterator[Installation]:
    with folder() as base:
        made = Installation(base / "home", base)
        try:
            yield made
        finally:
            made.clean_up()


def answers(service: Installation) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{service.url}/healthz", timeout=5).status_code == 200
    return False


def test_processes_share_the_socket_and_end_with_the_first(service: Installation) -> None:
    first = service.start("server", "serve", "--workers", "0", "--servers", "2")
    service.wait_until_ready()
    (beside,) = wait_for("the second process", lambda: service.answering() or None, SECONDS)
    admin = people.first_administrator(service.url, service.printed_password())
    for _ in range(ASKED):
        assert answers(service)
    with closing(admin.http):
        told = admin.http.get(f"{service.url}/metrics").text
    counts = re.findall(r'derkenar_request_seconds_count\{.*route="/healthz".*\} (\S+)', told)
    assert sum(map(float, counts)) >= ASKED

    os.kill(beside, signal.SIGKILL)
    wait_for("another process", lambda: service.answering() - {beside} or None, SECONDS)
    assert answers(service)

    os.kill(first.pid, signal.SIGKILL)
    wait_for("the end of all", lambda: not service.answering() or None, SECONDS)
    assert not answers(service)
