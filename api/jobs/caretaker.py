"""Looks after the queue beside a worker's jobs: takes over what dead workers left, forgets them, runs the timers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from api.deps import Services
from api.errors import ServiceError
from api.jobs import repository, timers

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at, in seconds."""

    heartbeat: float = 2.0
    round: float = 3.0
    polling: float = 2.0
    timers: float = 60.0

    @property
    def stalled(self) -> float:
        """A worker silent for so long is taken for dead. With less than 4 heartbeats live jobs would be done twice."""
        return 6 * self.heartbeat

    @property
    def takeover(self) -> float:
        """The longest time from the death of a worker until its jobs run elsewhere."""
        return self.stalled + self.round + self.polling


PACE = Pace()


class Ended:
    """Jobs of this worker that have run, and when. Where the database was lost just then, the queue does not know."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}
        self._lock = threading.Lock()

    def note(self, job: int) -> None:
        """This job has run."""
        with self._lock:
            self._at[job] = time.monotonic()

    def forget(self, jobs: Iterable[int]) -> None:
        """These jobs are over, or run again."""
        with self._lock:
            for job in jobs:
                self._at.pop(job, None)

    def older(self, age: float) -> list[int]:
        """Those that have run at least so many seconds ago."""
        before = time.monotonic() - age
        with self._lock:
            return [job for job, at in self._at.items() if at <= before]


class Caretaker:
    """The rounds of one worker process. `worker` gives its present id in the queue, None while it has none."""

    def __init__(
        self, services: Services, ended: Ended, worker: Callable[[], int | None], pace: Pace = PACE
    ) -> None:
        self._services, self._ended, self._worker, self._pace = services, ended, worker, pace
        self._timers_at = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Make rounds until `stop` is set; what fails is logged and done again in the next."""
        while not stop.wait(self._pace.round):
            try:
                self.round()
                if time.monotonic() >= self._timers_at:
                    timers.run(self._services)
                    self._timers_at = time.monotonic() + self._pace.timers
            except ServiceError as error:
                _log.warning("round_failed", error=error.code)
            except (
                Exception
            ) as error:  # the rounds must go on: without them a dead worker's papers would wait for ever
                _log.exception("round_failed", error=type(error).__name__)

    def round(self) -> None:
        """One look at the queue. Raises UnavailableError."""
        old, worker = self._ended.older(self._pace.stalled), self._worker()
        with self._services.database.transaction() as session:
            taken = repository.retry_stalled(session, self._pace.stalled)
            if old and worker is not None:
                taken += repository.retry_abandoned(session, worker, old)
            repository.prune_workers(session, 5 * self._pace.stalled)
        self._ended.forget(old)
        if taken:
            _log.warning("jobs_taken_over", count=taken)
