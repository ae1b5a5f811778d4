"""Rows of the audit chain."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, text
from sqlalchemy.orm import Session

from api.db.tables import Checkpoint, Document, Event, Table

SIGNING_LOCK = int.from_bytes(b"CHECKPNT", "big")
"""The key of the advisory lock under which the tip is signed."""
CHUNK = 2000
EventRow = Row[int, datetime, str, str, int | None, str, bytes, bytes]
"""A link: seq, at, actor, action, document_id, body, previous, hash."""


def lock_signing(session: Session) -> None:
    """Wait until no one else signs, and keep others from it until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(SIGNING_LOCK)))


def now(session: Session) -> datetime:
    """The database's clock."""
    moment: datetime = session.scalars(select(func.clock_timestamp())).one()
    return moment


def tip(session: Session) -> Event | None:
    """The last link."""
    return session.scalar(select(Event).order_by(Event.seq.desc()).limit(1))


def link(session: Session, seq: int) -> Event | None:
    """A link by its number."""
    return session.get(Event, seq)


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """The last checkpoint."""
    return session.scalar(select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(1))


def checkpoints(
    session: Session, before: int | None = None, limit: int | None = None
) -> Sequence[Checkpoint]:
    """Checkpoints, newest first."""
    query = select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Checkpoint.seq < before)).all()


def page(
    session: Session, conditions: Sequence[ColumnElement[bool]], before: int | None, limit: int
) -> list[tuple[Event, str | None]]:
    """At most `limit` events, newest first, each with the number of its paper."""
    query = (
        select(Event, Document.number)
        .outerjoin(Document, Document.id == Event.document_id)
        .where(*conditions)
        .order_by(Event.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Event.seq < before)
    return [(event, number) for event, number in session.execute(query)]


def of_seen_papers(sees: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that an event is of no paper, or of one for which `sees` holds."""
    seen = exists(select(Document.id).where(Document.id == Event.document_id, sees).correlate(Event))
    return or_(Event.document_id.is_(None), seen)


def first_since(session: Session, moment: datetime) -> int:
    """The number of the first link at or after a moment; one after the tip if there is none.

    `at` never goes back along the chain and `seq` has no gaps: a few look-ups, and no index on `at`.
    """

    def at(seq: int) -> datetime:
        return session.scalars(select(Event.at).where(Event.seq >= seq).order_by(Event.seq).limit(1)).one()

    last = tip(session)
    numbers = range(1, (last.seq if last else 0) + 1)
    return bisect_left(numbers, moment, key=at) + 1


def document_id(session: Session, sees: ColumnElement[bool], number: str) -> int | None:
    """The id of a paper that may be seen, by its number."""
    return session.scalar(select(Document.id).where(Document.number == number, sees))


def begin_snapshot(session: Session) -> None:
    """Let this transaction, which has not begun, read one state of the database throughout, and change nothing."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    session.connection(execution_options=options).execute(text("SET LOCAL TimeZone = 'UTC'"))


def stream_events(session: Session) -> Iterator[Sequence[EventRow]]:
    """All links in order, in chunks, through a cursor of the server."""
    columns = (
        Event.seq, Event.at, Event.actor, Event.action, Event.document_id, Event.body, Event.previous,
        Event.hash,
    )  # fmt: skip
    query = select(*columns).order_by(Event.seq)
    return session.execute(query, execution_options={"yield_per": CHUNK}).partitions()


def rows(session: Session, table: type[Table], ids: Collection[int]) -> Sequence[Mapping[Any, Any]]:
    """The rows of these ids as mappings of all columns."""
    columns = table.__table__
    return session.execute(select(columns).where(columns.c.id.in_(ids))).mappings().all()


def stream_ids(session: Session, table: type[Table]) -> Iterator[int]:
    """The ids of all rows."""
    column = table.__table__.c.id
    return iter(session.scalars(select(column).order_by(column), execution_options={"yield_per": CHUNK}))
