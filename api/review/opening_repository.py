"""What the desk asks of the database, beside what decisions do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.db.tables import Document
from api.review.queue_repository import IN_REVIEW

_LOOKED_AT = 2000


def arrivals(session: Session, seen: ColumnElement[bool], since: datetime) -> int:
    """How many papers have come to wait since a moment, of those registered last: it costs the same in any queue."""
    newest = (
        select(Document.review_since)
        .where(IN_REVIEW, seen)
        .order_by(Document.id.desc())
        .limit(_LOOKED_AT)
        .subquery()
    )
    query = select(func.count()).select_from(newest).where(newest.c.review_since > since)
    return session.scalar(query) or 0
