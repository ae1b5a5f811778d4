"""Counts of papers, jobs and workers, and papers that were given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, text
from sqlalchemy.orm import Session

from api.db.tables import Checkpoint, Document, Event, Failure

_WAITING = ("registered", "reading")


def jobs(session: Session) -> dict[str, int]:
    """Jobs of the queue by status."""
    return dict(
        session.execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")).all()
    )


def workers(session: Session, seconds: float) -> int:
    """Workers that gave a sign of life within so many seconds."""
    alive = text(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
    )
    return int(session.execute(alive, {"seconds": seconds}).scalar_one())


def heartbeat(session: Session) -> datetime | None:
    """When a worker gave its last sign of life."""
    return session.execute(text("SELECT max(last_heartbeat) FROM procrastinate_workers")).scalar()


def papers(session: Session) -> dict[str, int]:
    """Papers that wait for the machine, or were given up, by state."""
    states = (*_WAITING, "failed")
    query = select(Document.state, func.count()).where(Document.state.in_(states)).group_by(Document.state)
    return dict.fromkeys(states, 0) | dict(session.execute(query).all())


def oldest_waiting(session: Session) -> datetime | None:
    """When the paper that waits longest for the machine was registered."""
    firsts = [
        session.execute(
            select(Document.registered_at).where(Document.state == state).order_by(Document.id).limit(1)
        ).scalar()
        for state in _WAITING
    ]
    return min((first for first in firsts if first is not None), default=None)


def last_checkpoint(session: Session) -> datetime | None:
    """When the audit chain was signed last."""
    return session.scalar(select(Checkpoint.signed_at).order_by(Checkpoint.seq.desc()).limit(1))


def last_done(session: Session, action: str) -> Row[datetime, str] | None:
    """When something was done last, and the link of the chain that tells of it: `at`, `body`."""
    query = select(Event.at, Event.body).where(Event.action == action)
    return session.execute(query.order_by(Event.seq.desc()).limit(1)).first()


def postgres(session: Session) -> str:
    """The version of the database server."""
    return str(session.execute(text("SHOW server_version")).scalar_one())


def dead_letters(
    session: Session, seen: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """Papers that were given up, newest first: id, number, error, number of attempts, and time of the last one."""
    mine = Failure.document_id == Document.id
    attempts = select(func.count()).where(mine).scalar_subquery().label("attempts")
    failed_at = select(func.max(Failure.at)).where(mine).scalar_subquery().label("failed_at")
    query = select(Document.id, Document.number, Document.error, attempts, failed_at)
    query = query.where(Document.state == "failed", seen)
    if before is not None:
        query = query.where(Document.id < before)
    return session.execute(query.order_by(Document.id.desc()).limit(limit)).all()
