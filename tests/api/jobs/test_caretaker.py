"""One look at the queue: what is taken over, and what is left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from api.deps import Services
from api.jobs.caretaker import PACE, Caretaker, Ended, Pace
from api.jobs.queue import defer_triage
from tests.api.jobs.support import queued


def running(services: Services, silent: float, *, registered: bool = True) -> tuple[int, int]:
    """A job that a worker has begun that gave its last sign of life so many seconds ago: (job, worker)."""
    with services.database.transaction() as session:
        defer_triage(session, 7)
        new = text(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :s)) "
            "RETURNING id"
        )
        worker: int = session.execute(new, {"s": silent}).scalar_one()
        fetched = session.execute(
            text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": worker}
        )
        job: int = fetched.scalar_one()
        if not registered:
            session.execute(text("DELETE FROM procrastinate_workers"))
    return job, worker


def workers(services: Services) -> int:
    with services.database.transaction() as session:
        return session.scalar(text("SELECT count(*) FROM procrastinate_workers")) or 0


@pytest.mark.parametrize(
    ("silent", "registered", "state"),
    [
        (PACE.stalled - 3, True, "doing"),
        (PACE.stalled + 1, True, "todo"),
        (0, False, "todo"),
    ],
)
def test_a_job_is_taken_over_when_its_worker_is_gone(
    services: Services, silent: float, registered: bool, state: str
) -> None:
    running(services, silent, registered=registered)
    Caretaker(services, Ended(), lambda: None).round()
    assert queued(services) == [state]


def test_a_worker_long_dead_is_forgotten_and_its_job_taken_over(services: Services) -> None:
    running(services, 1000)
    Caretaker(services, Ended(), lambda: None).round()
    assert (workers(services), queued(services)) == (0, ["todo"])


def test_a_job_that_has_run_but_was_not_written_off_is_put_back(services: Services) -> None:
    """The database was lost just when the job ended, and its worker lives on."""
    job, worker = running(services, 0)
    ended = Ended()
    caretaker = Caretaker(services, ended, lambda: worker, Pace(heartbeat=0.0))
    ended.note(job)
    with services.database.transaction() as session:
        session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '1 hour'"))
    caretaker.round()
    assert queued(services) == ["todo"]


def test_a_job_that_runs_again_is_left_alone(services: Services) -> None:
    job, worker = running(services, 0)
    ended = Ended()
    ended.note(job)
    ended.forget([job])
    with services.database.transaction() as session:
        session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '1 hour'"))
    Caretaker(services, ended, lambda: worker, Pace(heartbeat=0.0)).round()
    assert queued(services) == ["doing"]
