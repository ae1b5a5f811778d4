"""The worker: papers are triaged once, whoever is killed and whatever happens to the database."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.auth.permissions import SYSTEM
from api.db import migrate
from api.db.embedded import EmbeddedPostgres
from api.db.tables import Suggestion
from api.deps import Services
from api.errors import UnavailableError
from api.jobs.caretaker import PACE
from api.settings import Settings
from api.triaging.service import Suggester, retry
from tests.api.cluster import folder
from tests.api.jobs.support import queued, reached, until, working
from tests.api.triaging.papers import TEXT, failures, paper, register, rows, rule
from triage import types

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import runpy, sys
sys.modules["torch"] = None  # as in an installation of the service alone: importing it takes long
runpy.run_module("tests.api.jobs.process", run_name="__main__")
"""


@contextmanager
def process(services: Services, mark: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in another process, that has begun with its first paper."""
    command = [
        sys.executable,
        "-m",
        "tests.api.jobs.process",
        services.database.url,
        str(services.settings.home),
    ]
    running = subprocess.Popen([*command, str(mark), str(seconds)], cwd=ROOT)
    try:
        until(mark.exists, 60)
        yield running
    finally:
        running.kill()
        running.wait()


def texts(count: int) -> list[str]:
    return [f"{TEXT}{n}" for n in range(count)]


def test_papers_are_triaged_and_their_jobs_are_gone(services: Services) -> None:
    before = register(services, *texts(3))
    by = rule(services)
    with working(services, by.suggester, 2):
        until(reached(services, before, "review"))
        after = register(services, "yeni " + TEXT)
        until(reached(services, after, "review"))
        until(lambda: queued(services) == [])
    assert sorted(by.seen) == sorted(before + after)


def test_as_many_papers_as_told_are_triaged_at_a_time(services: Services) -> None:
    numbers = register(services, *texts(2))
    together = threading.Barrier(2)

    def meet(_: types.Document) -> None:
        together.wait(10)

    with working(services, rule(services, before=meet).suggester, 2):
        until(reached(services, numbers, "review"))
    assert failures(services) == []


def test_the_work_of_a_killed_worker_is_taken_over_and_done_once(services: Services, tmp_path: Path) -> None:
    numbers = register(services, *texts(3))
    with process(services, tmp_path / "mark", 60) as other:
        assert [paper(services, n).state for n in numbers].count("reading") == 1
        other.send_signal(signal.SIGKILL)
        other.wait()
        by = rule(services)
        with working(services, by.suggester):
            until(reached(services, numbers, "review"))
            until(lambda: queued(services) == [])
    assert sorted(by.seen) == sorted(numbers)
    assert sorted(row.document_id for row in rows(services, Suggestion)) == sorted(
        paper(services, n).id for n in numbers
    )
    assert failures(services) == [("interrupted", False)]


def test_a_killed_worker_s_papers_run_again_within_30_seconds() -> None:
    assert PACE.stalled >= 4 * PACE.heartbeat
    assert PACE.takeover < 30


def test_a_worker_that_is_alive_keeps_its_job_however_long_that_takes(services: Services) -> None:
    numbers = register(services, TEXT)
    reading, go_on = threading.Event(), threading.Event()

    def wait(_: types.Document) -> None:
        reading.set()
        assert go_on.wait(20)

    slow, other = rule(services, before=wait), rule(services)
    with working(services, slow.suggester):
        assert reading.wait(10)
        with working(services, other.suggester):
            more = register(services, *texts(20))
            until(reached(services, more, "review"))
            assert not threading.Event().wait(2.5)  # longer than a worker may be silent
            go_on.set()
            until(reached(services, numbers, "review"))
    assert numbers[0] not in other.seen
    assert failures(services) == []


def test_a_worker_told_to_leave_finishes_what_it_has_begun(services: Services, tmp_path: Path) -> None:
    numbers = register(services, *texts(2))
    with process(services, tmp_path / "mark", 0.7) as other:
        other.terminate()
        assert other.wait(45) == 0
    assert sorted(paper(services, number).state for number in numbers) == ["registered", "review"]
    assert queued(services) == ["todo"]


def test_what_takes_too_long_is_left_to_others_at_once(services: Services) -> None:
    numbers, reading, go_on = register(services, TEXT), threading.Event(), threading.Event()

    def wait(_: types.Document) -> None:
        reading.set()
        assert go_on.wait(20)

    with working(services, rule(services, before=wait).suggester, leave_seconds=0.2):
        assert reading.wait(10)
    assert queued(services) == ["todo"]
    with working(services, rule(services).suggester):
        until(reached(services, numbers, "review"))
    go_on.set()
    until(lambda: all(thread.name != "triage" for thread in threading.enumerate()))
    assert len(rows(services, Suggestion)) == 1


def failing_until(calm: threading.Event) -> Callable[[types.Document], None]:
    def fail(_: types.Document) -> None:
        if not calm.is_set():
            raise ValueError

    return fail


def test_a_dead_letter_is_visible_leaves_the_queue_and_can_be_retried(services: Services) -> None:
    numbers, calm = register(services, TEXT), threading.Event()
    with working(services, rule(services, before=failing_until(calm)).suggester):
        until(reached(services, numbers, "failed"))
        until(lambda: queued(services) == [])
        calm.set()
        retry(services, SYSTEM, numbers[0])
        until(reached(services, numbers, "review"))
    assert [final for _, final in failures(services)] == [False, False, True]


def test_a_bug_in_the_job_itself_does_not_lose_the_paper(services: Services) -> None:
    """An error that the triage does not catch, as when the database is lost: the queue tries again by itself."""
    numbers, calls = register(services, TEXT), []
    by = rule(services)

    def suggest(document: types.Document) -> types.Suggestion:
        calls.append(document.id)
        if len(calls) == 1:
            raise UnavailableError("gone")
        return by.suggest(document)

    with working(services, Suggester(suggest, {})):
        until(reached(services, numbers, "review"))
    assert len(calls) == 2


@pytest.fixture
def cluster() -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, to be stopped."""
    with folder() as home:
        server = EmbeddedPostgres(home)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def test_a_worker_survives_a_database_that_goes_away_and_comes_back(
    cluster: EmbeddedPostgres, settings: Settings
) -> None:
    migrate.upgrade(cluster.url)
    settings.home.mkdir(mode=0o700)
    services = Services.make(settings, cluster.url)
    numbers, reading, go_on = register(services, *texts(3)), threading.Event(), threading.Event()

    def wait(_: types.Document) -> None:
        reading.set()
        assert go_on.wait(20)

    with working(services, rule(services, before=wait).suggester):
        assert reading.wait(10)
        cluster.stop()
        go_on.set()
        with pytest.raises(UnavailableError):
            register(services, TEXT)
        cluster.start()
        until(reached(services, numbers, "review"), 40)
        after = register(services, "sonra " + TEXT)
        until(reached(services, after, "review"), 20)
    assert len(rows(services, Suggestion)) == 4
    services.database.close()
