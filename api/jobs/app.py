"""The worker's side of the queue: the Procrastinate app with its one task."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from psycopg import AsyncConnection
from sqlalchemy.engine import make_url

from api.db.session import ROLE
from api.deps import Services
from api.jobs.queue import TRIAGE
from api.triaging.service import Retries, Suggester, triage

Result = TypeVar("Result")
_NICENESS = 5
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Work:
    """What the jobs of one worker share."""

    services: Services
    suggester: Suggester
    retries: Retries


class AgainError(Exception):
    """The paper is to be tried again after so many seconds; what went wrong was written down."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"to be tried again in {seconds:.0f} s")
        self.seconds = seconds


class _Always(BaseRetryStrategy):
    """No job is ever given up by the queue: only the triage itself says that a paper is done or failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """When a job that raised is done again: when it asked for, or ever later; at once if we are leaving."""
        if isinstance(exception, AgainError):
            seconds = exception.seconds
        elif isinstance(exception, asyncio.CancelledError):
            seconds = 0.0
        else:
            seconds = min(2.0 ** min(job.attempts + 1, 10), _LONGEST_WAIT)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=seconds))


def make_app(url: str, connections: int) -> App:
    """The app on the database of this SQLAlchemy URL; to be opened with `open_async`."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(
        connector=PsycopgConnector(
            conninfo=conninfo,
            min_size=1,
            max_size=connections,
            configure=_take_role,
            timeout=10.0,
            kwargs={"connect_timeout": 5, "application_name": "derkenar-worker"},
        )
    )
    app.task(name=TRIAGE, queue=TRIAGE, pass_context=True, retry=_Always())(_triage)
    return app


async def _triage(context: JobContext, document_id: int) -> None:
    work: Work = context.additional_context["work"]
    seconds = await _in_thread(lambda: triage(work.services, work.suggester, document_id, work.retries))
    if seconds is not None:
        raise AgainError(seconds)


async def _in_thread(work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, in a thread that gives way to all others and keeps no process alive."""
    future: Future[Result] = Future()

    def run() -> None:
        os.nice(_NICENESS)  # on Linux, of this thread alone
        future.set_running_or_notify_cancel()
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="triage", daemon=True).start()
    return await asyncio.wrap_future(future)


async def _take_role(connection: AsyncConnection[Any]) -> None:
    """As `api.db.session` does for its own connections."""
    found = await connection.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')", (ROLE,)
    )
    if await found.fetchone():
        await connection.execute(f"SET ROLE {ROLE}")
    if not connection.autocommit:
        await connection.commit()
