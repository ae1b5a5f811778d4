"""The queue's rows as the caretaker sees them. The functions called are Procrastinate's own, by version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, delete, or_, select, text
from sqlalchemy.orm import Session

from api.db.tables import Blob, Document, IntakeRequest, UserSession
from api.jobs.queue import TRIAGE

OPEN = ("registered", "reading", "review", "failed")
"""States of papers that nobody has decided on."""

_AGAIN = "SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM taken"
_STALLED = text(f"""
    WITH taken AS MATERIALIZED (
        SELECT job.id FROM procrastinate_jobs AS job
        WHERE job.status = 'doing' AND NOT EXISTS (
            SELECT FROM procrastinate_workers AS worker
            WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - make_interval(secs => :seconds))
        FOR UPDATE OF job SKIP LOCKED
    ) {_AGAIN}
""")  # noqa: S608 - no value is put in
_ABANDONED = text(f"""
    WITH taken AS MATERIALIZED (
        SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = :worker AND id = ANY(:jobs)
        FOR UPDATE SKIP LOCKED
    ) {_AGAIN}
""")  # noqa: S608 - no value is put in
_FORGOTTEN = text("""
    SELECT document.id FROM documents AS document
    WHERE document.state IN ('registered', 'reading') AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.task_name = :task AND job.status IN ('todo', 'doing')
        AND job.args = jsonb_build_object('document_id', document.id))
    ORDER BY document.id LIMIT :limit
""")


def retry_stalled(session: Session, seconds: float) -> int:
    """Put back the jobs of workers without a heartbeat for so long, or that are gone; how many these were."""
    return len(session.execute(_STALLED, {"seconds": seconds}).all())


def retry_abandoned(session: Session, worker: int, jobs: Sequence[int]) -> int:
    """Put back those of these jobs that the queue still takes for running on this worker; how many these were."""
    return len(session.execute(_ABANDONED, {"worker": worker, "jobs": list(jobs)}).all())


def prune_workers(session: Session, seconds: float) -> None:
    """Forget workers without a heartbeat for so long."""
    session.execute(text("SELECT procrastinate_prune_stalled_workers_v1(:seconds)"), {"seconds": seconds})


def unregister(session: Session, worker: int) -> None:
    """Forget a worker that leaves: what it has not finished is taken over at once."""
    session.execute(text("SELECT procrastinate_unregister_worker_v1(:worker)"), {"worker": worker})


def delete_finished(session: Session) -> None:
    """Delete the jobs that are over: what became of a paper stands in its own rows."""
    session.execute(text("DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')"))


def forgotten(session: Session, limit: int) -> list[int]:
    """Papers that wait without a job: there should be none."""
    return list(session.scalars(_FORGOTTEN, {"task": TRIAGE, "limit": limit}))


def try_lock(session: Session, key: int) -> bool:
    """Take an advisory lock until the transaction ends; False where another has it."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key}))


def clocks_to_tell(session: Session, today: date, limit: int) -> Sequence[Document]:
    """Open papers, locked, that nobody was warned of although it is time, or that have become overdue since.

    Papers that somebody else has locked are passed over; they come the next time.
    """
    overdue = and_(Document.clock_told == "warned", Document.answer_by < today)
    query = (
        select(Document)
        .where(Document.state.in_(OPEN), Document.warn_from <= today)
        .where(or_(Document.clock_told.is_(None), overdue))
        .order_by(Document.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def delete_expired(session: Session, now: datetime, requests_before: datetime) -> None:
    """Delete sessions that have ended, and answers to idempotency keys that are older than that."""
    session.execute(delete(UserSession).where(UserSession.expires_at < now))
    session.execute(delete(IntakeRequest).where(IntakeRequest.created_at < requests_before))


def erased_since(session: Session, since: datetime) -> list[str]:
    """The hashes of originals that were erased since then."""
    return list(session.scalars(select(Blob.sha256).where(Blob.erased_at >= since)))
