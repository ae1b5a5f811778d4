"""Running workers in tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text

from api.deps import Services
from api.jobs.caretaker import Pace
from api.jobs.worker import run_worker
from api.triaging.service import Retries, Suggester
from tests.api.triaging.papers import paper

QUICK = Pace(heartbeat=0.3, round=0.2, polling=0.2, timers=60.0)
SOON = Retries(tries=3, first=0.05, factor=1.0)


@contextmanager
def working(
    services: Services, suggester: Suggester, concurrency: int = 1, *, leave_seconds: float = 5.0
) -> Iterator[None]:
    """A worker in a thread for as long as the block lasts; it must leave when it is told to."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_worker,
        args=(services, concurrency),
        kwargs={
            "stop": stop,
            "suggester": suggester,
            "retries": SOON,
            "pace": QUICK,
            "leave_seconds": leave_seconds,
        },
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until the condition holds; fails when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.03)


def reached(services: Services, numbers: list[str], state: str) -> Callable[[], bool]:
    """Whether all these papers are in a state."""
    return lambda: all(paper(services, number).state == state for number in numbers)


def queued(services: Services) -> list[str]:
    """The states of the jobs in the queue."""
    with services.database.transaction() as session:
        return list(session.scalars(text("SELECT status::text FROM procrastinate_jobs ORDER BY id")))
