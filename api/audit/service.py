"""The audit chain as callers read it. Reading it is recorded in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api.audit import repository
from api.audit.chain import append
from api.audit.keys import public_keys, public_pem
from api.audit.schemas import (
    CheckpointOut,
    CheckpointPage,
    CheckpointQuery,
    EventOut,
    EventPage,
    EventQuery,
    KeyOut,
)
from api.auth.permissions import Permission, Principal
from api.db.tables import Checkpoint, Event
from api.deps import Services
from api.errors import NotFoundError

Conditions = list[ColumnElement[bool]]


def events(services: Services, who: Principal, query: EventQuery) -> EventPage:
    """Events that fit, newest first: those of papers that the caller may see, and those of none.

    Raises ForbiddenError; NotFoundError where the query names a paper that the caller may not know of.
    """
    who.require(Permission.READ_AUDIT)
    with services.database.transaction() as session:
        conditions = [*_filters(session, who, query), *_period(session, query.since, query.until)]
        found = _page(session, conditions, query.cursor, query.limit)
        filters = sorted(query.model_fields_set - {"cursor", "limit"})
        append(session, who.id, "audit.events_read", count=len(found.items), filters=filters)
        return found


def history(session: Session, document_id: int, cursor: int | None, limit: int) -> EventPage:
    """Everything that was done with a paper, newest first. The caller has checked that it may be seen."""
    return _page(session, [Event.document_id == document_id], cursor, limit)


def checkpoints(services: Services, who: Principal, query: CheckpointQuery) -> CheckpointPage:
    """Checkpoints, newest first. Raises ForbiddenError."""
    who.require(Permission.READ_AUDIT)
    with services.database.transaction() as session:
        found = repository.checkpoints(session, query.cursor, query.limit + 1)
    items = [_checkpoint(row) for row in found[: query.limit]]
    return CheckpointPage(items=items, next=_next(items, len(found), query.limit))


def key(services: Services, who: Principal) -> KeyOut:
    """The public key of checkpoints. Raises ForbiddenError, and NotFoundError before there is one."""
    who.require(Permission.READ_AUDIT)
    keys = [(name, public_pem(key).decode()) for name, key in public_keys(services.keys_folder).items()]
    if not keys:
        raise NotFoundError("No checkpoint was signed yet, so there is no key. Please look again later.")
    return KeyOut(id=keys[-1][0], pem=keys[-1][1], former=dict(keys[:-1]))


def _filters(session: Session, who: Principal, query: EventQuery) -> Conditions:
    conditions: Conditions = []
    if query.actor is not None:
        conditions.append(Event.actor == query.actor)
    if query.action is not None and query.action.endswith("."):
        conditions.append(Event.action.startswith(query.action, autoescape=True))
    elif query.action is not None:
        conditions.append(Event.action == query.action)
    if query.document is not None:
        document = repository.document_id(session, who.sees, query.document)
        if document is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        conditions.append(Event.document_id == document)
    elif who.units is not None:
        conditions.append(repository.of_seen_papers(who.sees))
    return conditions


def _period(session: Session, since: datetime | None, until: datetime | None) -> Conditions:
    conditions: Conditions = []
    if since is not None:
        conditions.append(Event.seq >= repository.first_since(session, since))
    if until is not None:
        conditions.append(Event.seq < repository.first_since(session, until))
    return conditions


def _page(session: Session, conditions: Conditions, cursor: int | None, limit: int) -> EventPage:
    found = repository.page(session, conditions, cursor, limit + 1)
    items = [_event(event, number) for event, number in found[:limit]]
    return EventPage(items=items, next=_next(items, len(found), limit))


def _next(items: Sequence[EventOut | CheckpointOut], found: int, limit: int) -> int | None:
    return items[-1].seq if found > limit else None


def _event(event: Event, number: str | None) -> EventOut:
    return EventOut(
        seq=event.seq, at=event.at, actor=event.actor, action=event.action, document=number,
        details=json.loads(event.body)["details"], hash=event.hash.hex(),
    )  # fmt: skip


def _checkpoint(row: Checkpoint) -> CheckpointOut:
    return CheckpointOut(
        seq=row.seq, hash=row.hash.hex(), at=row.signed_at, key=row.key_id,
        signature=base64.b64encode(row.signature).decode(),
    )  # fmt: skip
