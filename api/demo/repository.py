"""The rows that a demo looks up itself, because people at pages never need them."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.db.tables import Document


def id_of(session: Session, number: str) -> int:
    """The id of a paper."""
    return session.scalars(select(Document.id).where(Document.number == number)).one()


def empty_queue(session: Session) -> None:
    """Take what waits out of the queue of jobs: its papers were triaged without it."""
    session.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))
