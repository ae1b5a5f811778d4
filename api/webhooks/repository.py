"""Rows of webhooks and of messages to them: the only SQL of this feature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select, true, update
from sqlalchemy.orm import Session

from api.db.tables import Delivery, Document, Table, Webhook

DISABLED = "disabled"
"""The error of messages that were waiting when their webhook was disabled."""
_AT_ONCE = 1000


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def webhook(
    session: Session, id: int, units: frozenset[str] | None = None, *, lock: bool = False
) -> Webhook | None:
    """A webhook within these units (None: all); with `lock`, held until the transaction ends."""
    query = select(Webhook).where(Webhook.id == id, _within(units))
    if lock:  # not against the rows of deliveries that others insert meanwhile
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(query)


def webhooks(
    session: Session, units: frozenset[str] | None, before: int | None, limit: int
) -> Sequence[Webhook]:
    """Webhooks within these units (None: all), newest first."""
    query = select(Webhook).where(_within(units))
    if before is not None:
        query = query.where(Webhook.id < before)
    return session.scalars(query.order_by(Webhook.id.desc()).limit(limit)).all()


def wanted(session: Session, kind: str) -> bool:
    """Whether any enabled webhook is told of this kind."""
    query = select(Webhook.id).where(Webhook.disabled_at.is_(None), Webhook.kinds.contains([kind]))
    return session.scalar(query.limit(1)) is not None


def interested(session: Session, kind: str, places: Sequence[str]) -> Sequence[int]:
    """Ids of the enabled webhooks that are told of this kind and of papers of one of these units."""
    query = select(Webhook.id).where(
        Webhook.disabled_at.is_(None),
        Webhook.kinds.contains([kind]),
        or_(Webhook.units.is_(None), Webhook.units.overlap(list(places)) if places else ~true()),
    )
    return session.scalars(query.order_by(Webhook.id)).all()


def number(session: Session, document_id: int) -> str:
    """The number of a paper."""
    return session.scalars(select(Document.number).where(Document.id == document_id)).one()


def due(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the enabled webhooks for which a message is due."""
    waiting = exists().where(_due(now), Delivery.webhook_id == Webhook.id)
    return session.scalars(select(Webhook.id).where(Webhook.disabled_at.is_(None), waiting)).all()


def claim(session: Session, webhook_id: int, now: datetime, until: datetime) -> Delivery | None:
    """The next message that is due for a webhook, claimed until then: one attempt more, and nobody else's."""
    query = select(Delivery).where(_due(now), Delivery.webhook_id == webhook_id)
    query = query.order_by(Delivery.next_at, Delivery.id).limit(1).with_for_update(skip_locked=True)
    found = session.scalar(query)
    if found is not None:
        found.attempts += 1
        found.next_at = until
        session.flush()
    return found


def claimed(session: Session, delivery_id: int, attempt: int) -> Delivery | None:
    """The message, locked, if this attempt is still the newest and it waits."""
    query = select(Delivery).where(
        Delivery.id == delivery_id, Delivery.attempts == attempt, Delivery.state == "waiting"
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def delivery(session: Session, webhook_id: int, delivery_id: int) -> Delivery | None:
    """A message to a webhook, locked."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id)
    return session.scalar(query.with_for_update())


def deliveries(
    session: Session, webhook_id: int, state: str | None, before: int | None, limit: int
) -> Sequence[Delivery]:
    """Messages to a webhook, newest first."""
    query = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    if before is not None:
        query = query.where(Delivery.id < before)
    return session.scalars(query.order_by(Delivery.id.desc()).limit(limit)).all()


def failed_since(session: Session, webhook_id: int, since: datetime) -> bool:
    """Whether a message to a webhook was given up since then."""
    query = select(Delivery.id).where(
        Delivery.webhook_id == webhook_id, Delivery.state == "failed", Delivery.ended_at >= since
    )
    return session.scalar(query.limit(1)) is not None


def give_up_waiting(session: Session, webhook_id: int, now: datetime) -> None:
    """Give up what waits for a webhook that was disabled."""
    waiting = update(Delivery).where(Delivery.webhook_id == webhook_id, Delivery.state == "waiting")
    session.execute(waiting.values(state="failed", error=DISABLED, next_at=None, ended_at=now))


def delete_old(session: Session, before: datetime) -> int:
    """Delete some of the oldest messages, if they ended before that; returns how many."""
    oldest = select(Delivery.id).order_by(Delivery.id).limit(_AT_ONCE)
    query = delete(Delivery).where(Delivery.id.in_(oldest), Delivery.ended_at < before)
    return len(session.scalars(query.returning(Delivery.id)).all())


def _due(now: datetime) -> ColumnElement[bool]:
    return (Delivery.state == "waiting") & (Delivery.next_at <= now)


def _within(units: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if units is None else Webhook.units.contained_by(sorted(units))
