"""Rows of the audit chain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from api.db.tables import Checkpoint, Event, Table

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
