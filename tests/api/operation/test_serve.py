"""Several processes answer at one socket: each can die and comes again, and none outlives the first."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from tests.smoke import people
from tests.smoke.installation import Installation, wait_for

SECONDS = 90.0
ASKED = 20


@pytest.fixture
def service() -> Iterator[Installation]:
    base = Path(tempfile.mkdtemp(prefix="derkenar-"))
    base.chmod(0o711)  # the user who runs PostgreSQL for root may pass through
    made = Installation(base / "home", base)
    try:
        yield made
    finally:
        made.clean_up()
        shutil.rmtree(base, ignore_errors=True)


def answering(service: Installation) -> set[int]:
    """The processes beside the first that hold its socket."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            mine = f"TRIAGE_HOME={service.home}".encode() in (folder / "environ").read_bytes().split(b"\0")
            if mine and b"answer" in words:
                found.add(int(folder.name))
    return found


def answers(service: Installation) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{service.url}/healthz", timeout=5).status_code == 200
    return False


def test_processes_share_the_socket_and_end_with_the_first(service: Installation) -> None:
    first = service.start("server", "serve", "--workers", "0", "--servers", "2")
    service.wait_until_ready()
    (beside,) = wait_for("the second process", lambda: answering(service) or None, SECONDS)
    admin = people.first_administrator(service.url, service.printed_password())
    for _ in range(ASKED):
        assert answers(service)
    with closing(admin.http):
        told = admin.http.get(f"{service.url}/metrics").text
    counts = re.findall(r'derkenar_request_seconds_count\{.*route="/healthz".*\} (\S+)', told)
    assert sum(map(float, counts)) >= ASKED

    os.kill(beside, signal.SIGKILL)
    wait_for("another process", lambda: answering(service) - {beside} or None, SECONDS)
    assert answers(service)

    os.kill(first.pid, signal.SIGKILL)
    wait_for("the end of all", lambda: not answering(service) or None, SECONDS)
    assert not answers(service)
