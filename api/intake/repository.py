"""The rows of intake. Locks are taken in one order: originals by hash, then the year's numbers, then the chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.db.tables import Batch, Blob, Document, IntakeRequest, NumberSeries

_STRIPES = 1024
_LOCK = text(f"SELECT pg_advisory_xact_lock({int.from_bytes(b'ORIG', 'big')}, :stripe)")


def claim_key(session: Session, actor: str, key: str, fingerprint: str) -> IntakeRequest | None:
    """Enter an idempotency key; the earlier request where it is known. Waits for one that is under way."""
    values = {"actor": actor, "key": key, "fingerprint": fingerprint, "answer": {}}
    fresh = session.execute(
        insert(IntakeRequest).values(values).on_conflict_do_nothing().returning(IntakeRequest.key)
    ).first()
    return None if fresh else session.get(IntakeRequest, (actor, key))


def keep_answer(session: Session, actor: str, key: str, answer: dict[str, Any]) -> None:
    """Remember what is answered to the request of a key."""
    request = session.get_one(IntakeRequest, (actor, key))
    request.answer = answer


def lock_originals(session: Session, hashes: Iterable[str]) -> dict[str, Blob]:
    """Lock originals by hash until the transaction ends, and give those that are known.

    Originals share `_STRIPES` locks, taken in order: the server has room for some thousands of locks alone.
    """
    wanted = set(hashes)
    stripes = sorted({int(sha256[:8], 16) % _STRIPES for sha256 in wanted})
    for stripe in stripes:
        session.execute(_LOCK, {"stripe": stripe})
    return {blob.sha256: blob for blob in session.scalars(select(Blob).where(Blob.sha256.in_(wanted)))}


def first_with(session: Session, hashes: Iterable[str]) -> dict[str, Document]:
    """The first paper of each original whose reading counts: not failed, erased or disposed of."""
    firsts = (
        select(func.min(Document.id))
        .where(Document.sha256.in_(set(hashes)), Document.state.not_in(("erased", "disposed", "failed")))
        .group_by(Document.sha256)
    )
    rows = session.scalars(select(Document).where(Document.id.in_(firsts)))
    return {document.sha256: document for document in rows}


def next_serials(session: Session, year: int, count: int) -> range:
    """`count` serial numbers of a year. The series stays locked until the transaction ends: so there are no gaps."""
    statement = insert(NumberSeries).values(year=year, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["year"], set_={"last": NumberSeries.last + count}
    )
    last = session.execute(statement.returning(NumberSeries.last)).scalar_one()
    return range(last - count + 1, last + 1)


def new_batch(session: Session, actor: str, size: int) -> int:
    """A batch of papers."""
    batch = Batch(actor=actor, size=size)
    session.add(batch)
    session.flush()
    return batch.id


def add(session: Session, documents: Sequence[Document]) -> None:
    """Insert papers, so that they have ids."""
    session.add_all(documents)
    session.flush()


def batch_states(session: Session, batch: int) -> dict[str, int]:
    """How many papers of a batch are in each state."""
    rows = session.execute(
        select(Document.state, func.count()).where(Document.batch_id == batch).group_by(Document.state)
    )
    return dict(rows.all())


def numbers_seen(session: Session, seen: ColumnElement[bool], ids: Iterable[int]) -> dict[int, str]:
    """Numbers by id of those papers among `ids` for which the condition `seen` holds."""
    rows = session.execute(select(Document.id, Document.number).where(Document.id.in_(set(ids)), seen))
    return dict(rows.all())


def batch_of(session: Session, batch: int, actor: str) -> Batch | None:
    """A batch that this caller sent."""
    return session.scalar(select(Batch).where(Batch.id == batch, Batch.actor == actor))
