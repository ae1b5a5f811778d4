"""Looks after the queue beside a worker's jobs: takes over what dead workers left, forgets them, runs the timers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from api.deps import Services
from api.errors import ServiceError
from api.jobs import repository, timers

_log = structlog.get_logger(__name__)

HEARTBEAT = 2.0
"""Seconds between the signs of life of a worker."""
STALLED = 6 * HEARTBEAT
"""A worker silent for so long is taken for dead. Below 4 heartbeats live jobs would be done twice."""
PRUNED = 5 * STALLED
ROUND = 3.0
"""Seconds between looks at the queue."""
MINUTE = 60.0
_ABANDONED = 15.0


class Ended:
    """Jobs of this worker that have run, and when. Where the database was lost just then, the queue does not know."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}
        self._lock = threading.Lock()

    def note(self, job: int) -> None:
        """This job has run."""
        with self._lock:
            self._at[job] = time.monotonic()

    def take(self, age: float) -> list[int]:
        """Those that have run at least so many seconds ago; they are not given again."""
        before = time.monotonic() - age
        with self._lock:
            old = [job for job, at in self._at.items() if at <= before]
            for job in old:
                del self._at[job]
        return old


class Caretaker:
    """The rounds of one worker process. `worker` gives its present id in the queue, None while it has none."""

    def __init__(self, services: Services, ended: Ended, worker: Callable[[], int | None]) -> None:
        self._services, self._ended, self._worker = services, ended, worker
        self._timers_at = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Make rounds until `stop` is set; what fails is logged and done again in the next."""
        while not stop.wait(ROUND):
            try:
                self.round()
                if time.monotonic() >= self._timers_at:
                    timers.run(self._services)
                    self._timers_at = time.monotonic() + MINUTE
            except ServiceError as error:
                _log.warning("round_failed", error=error.code)
            except (
                Exception
            ) as error:  # the rounds must go on: without them a dead worker's papers would wait for ever
                _log.exception("round_failed", error=type(error).__name__)

    def round(self) -> None:
        """One look at the queue. Raises UnavailableError."""
        old, worker = self._ended.take(_ABANDONED), self._worker()
        with self._services.database.transaction() as session:
            taken = repository.retry_stalled(session, STALLED)
            if old and worker is not None:
                taken += repository.retry_abandoned(session, worker, old)
            repository.prune_workers(session, PRUNED)
        if taken:
            _log.warning("jobs_taken_over", count=taken)
