"""A worker: takes papers from the queue, triages some at a time, and comes back whatever happens to the database.

Procrastinate's worker fetches, listens and keeps the heartbeat on an event loop; each paper is triaged in a thread.
When the database goes away that worker ends, and a new one is started as soon as there is a database again, with
ever longer pauses between. Beside it the caretaker makes its rounds in a thread of its own, and so do the errands.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

import psycopg
import structlog
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from api.deps import Services
from api.jobs import errands
from api.jobs.app import Work, make_app
from api.jobs.caretaker import PACE, Caretaker, Ended, Pace
from api.jobs.queue import TRIAGE
from api.triaging.service import RETRIES, Retries, Suggester
from triage.pipeline import Triager

_log = structlog.get_logger(__name__)

LEAVE_SECONDS = 25.0
"""How long running jobs may take to finish once the worker is to leave; then others take them over."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


def run_worker(
    services: Services,
    concurrency: int = 1,
    *,
    stop: threading.Event | None = None,
    suggester: Suggester | None = None,
    retries: Retries = RETRIES,
    leave_seconds: float = LEAVE_SECONDS,
    pace: Pace = PACE,
) -> None:
    """Triage papers until `stop` is set; without one, until SIGTERM or SIGINT comes (in the main thread only).

    `suggester` is the active bundle by the rules in force, by default. Raises BundleError where that cannot be loaded.
    """
    if suggester is None:
        triager = Triager.load(services.settings.models, threads=1 if concurrency > 1 else 2)
        suggester = Suggester.of(triager).in_force(services)
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(_until_signal()) if stop is None else stop
        _Runner(Work(services, suggester, retries), concurrency, stop, leave_seconds, pace).run()


class _Runner:
    """One worker process: a succession of Procrastinate workers, and the caretaker."""

    def __init__(
        self, work: Work, concurrency: int, stop: threading.Event, leave_seconds: float, pace: Pace
    ) -> None:
        self._work, self._concurrency, self._stop = work, concurrency, stop
        self._leave_seconds, self._pace = leave_seconds, pace
        self._ended = Ended()
        self._worker: Worker | None = None

    def run(self) -> None:
        caretaker = Caretaker(self._work.services, self._ended, self._worker_id, self._pace)
        thread = threading.Thread(target=caretaker.run, args=(self._stop,), name="caretaker", daemon=True)
        thread.start()
        sending = errands.start(self._work.services, self._stop, self._pace.round)
        asyncio.run(self._work_on())
        for each in (thread, *sending):
            each.join(self._leave_seconds)

    def _worker_id(self) -> int | None:
        return self._worker.worker_id if self._worker else None

    async def _work_on(self) -> None:
        """One Procrastinate worker after the other, until we are to stop."""
        stopping = asyncio.create_task(self._stopped())
        pause = _SHORTEST_PAUSE
        while not stopping.done():
            began = time.monotonic()
            working = asyncio.create_task(self._work_once())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                working.cancel()  # it finishes its jobs, as long as they may take
            try:
                await working
            except (ConnectorException, psycopg.Error, OSError) as error:
                _log.warning("worker_lost_database", kind=type(error.__cause__ or error).__name__)
            except asyncio.CancelledError:
                return
            quick = time.monotonic() - began < _LONGEST_PAUSE
            pause = min(2 * pause, _LONGEST_PAUSE) if quick else _SHORTEST_PAUSE
            await asyncio.wait({stopping}, timeout=pause)

    async def _work_once(self) -> None:
        """A worker until it loses the database, or is cancelled. Raises what the database raises."""
        app = make_app(self._work.services.database.url, self._concurrency + 3)
        try:
            await app.open_async()
            self._worker = Worker(
                app,
                queues=[TRIAGE],
                concurrency=self._concurrency,
                fetch_job_polling_interval=self._pace.polling,
                shutdown_graceful_timeout=self._leave_seconds,
                delete_jobs=DeleteJobCondition.ALWAYS,
                additional_context={"work": self._work},
                install_signal_handlers=False,
                update_heartbeat_interval=self._pace.heartbeat,
                stalled_worker_timeout=5 * self._pace.stalled,
                worker_middleware=[self._noted],
            )
            await self._worker.run()  # type: ignore[no-untyped-call]
        finally:
            self._worker = None
            await app.close_async()

    async def _noted(
        self, proceed: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker
    ) -> Any:
        """The job, and that it has run."""
        job = context.job.id or 0
        self._ended.forget([job])
        try:
            return await proceed()
        finally:
            self._ended.note(job)

    async def _stopped(self) -> None:
        """Wait for `stop`, which belongs to other threads."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def listen() -> None:
            self._stop.wait()
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(heard.set)

        threading.Thread(target=listen, name="stop", daemon=True).start()
        await heard.wait()


@contextlib.contextmanager
def _until_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM or SIGINT sets, for as long as the block lasts."""
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    former = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
