"""The audit chain as callers read it. Reading it is recorded in it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from sqlalchemy.orm import Session

from api.audit import finding, repository
from api.audit.canonical import LARGEST
from api.audit.chain import append
from api.audit.finding import Wanted
from api.audit.keys import public_keys, public_pem
from api.audit.schemas import (
    CheckpointOut,
    CheckpointPage,
    CheckpointQuery,
    EventFilter,
    EventOut,
    EventPage,
    EventQuery,
    KeyOut,
)
from api.auth.permissions import Permission, Principal
from api.db.tables import Checkpoint, Event
from api.deps import Services
from api.documents import sight
from api.errors import NotFoundError


def events(services: Services, who: Principal, query: EventQuery) -> EventPage:
    """Events that fit, newest first: those of papers that the caller may see, and those of none.

    Raises ForbiddenError; NotFoundError where the query names a paper that the caller may not know of.
    """
    who.require(Permission.READ_AUDIT)
    with services.database.transaction() as session:
        wanted = wanted_of(session, who, query)
        found = _page(session, wanted, query.cursor, query.limit)
        filters = sorted(query.model_fields_set - {"cursor", "limit"})
        append(session, who.id, "audit.events_read", count=len(found.items), filters=filters)
        return found


def history(session: Session, document_id: int, cursor: int | None, limit: int) -> EventPage:
    """Everything that was done with a paper, newest first. The caller has checked that it may be seen."""
    return _page(session, Wanted(document_id=document_id), cursor, limit)


def checkpoints(services: Services, who: Principal, query: CheckpointQuery) -> CheckpointPage:
    """Checkpoints, newest first. Raises ForbiddenError."""
    who.require(Permission.READ_AUDIT)
    with services.database.transaction() as session:
        found = repository.checkpoints(session, query.cursor, query.limit + 1)
    items = [_checkpoint(row) for row in found[: query.limit]]
    more = len(found) > query.limit
    return CheckpointPage(items=items, next=items[-1].seq if more else None)


def key(services: Services, who: Principal) -> KeyOut:
    """The public key of checkpoints. Raises ForbiddenError, and NotFoundError before there is one."""
    who.require(Permission.READ_AUDIT)
    keys = [(name, public_pem(key).decode()) for name, key in public_keys(services.keys_folder).items()]
    if not keys:
        raise NotFoundError("No checkpoint was signed yet, so there is no key. Please look again later.")
    return KeyOut(id=keys[-1][0], pem=keys[-1][1], former=dict(keys[:-1]))


def wanted_of(session: Session, who: Principal, query: EventFilter) -> Wanted:
    """What a query asks for, within what the caller may see. Raises NotFoundError for a paper that is not theirs.

    Events of papers that they judge blind are no answer to it; asked for by number, they are a ConflictError.
    """
    document = None
    if query.document is not None:
        found = finding.document(session, who.sees, query.document)
        if found is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        sight.require_sighted(session, who, found)
        document = found.id
    first, last = [query.first or 1], [query.last or LARGEST]
    if query.since is not None:
        first.append(finding.first_since(session, query.since))
    if query.until is not None:
        last.append(finding.first_since(session, query.until) - 1)
    seen = who.sees if who.units is not None and document is None else None
    hidden = sight.hidden(session, who)
    return Wanted(query.actor, _actions(session, query.action), document, max(first), min(last), seen, hidden)


def _actions(session: Session, action: str | None) -> tuple[str, ...] | None:
    if action is not None and action.endswith("."):
        return finding.actions_beginning(session, action)
    return None if action is None else (action,)


def _page(session: Session, wanted: Wanted, cursor: int | None, limit: int) -> EventPage:
    if cursor is not None:
        wanted = replace(wanted, last=min(cursor - 1, wanted.last or LARGEST))
    found = finding.page(session, wanted, limit)
    return EventPage(items=[shown(event, number) for event, number in found.events], next=found.end)


def shown(event: Event, number: str | None) -> EventOut:
    """An event with the number of its paper."""
    return EventOut(
        seq=event.seq, at=event.at, actor=event.actor, action=event.action, document=number,
        details=json.loads(event.body)["details"], hash=event.hash.hex(),
    )  # fmt: skip


def _checkpoint(row: Checkpoint) -> CheckpointOut:
    return CheckpointOut(
        seq=row.seq, hash=row.hash.hex(), at=row.signed_at, key=row.key_id,
        signature=base64.b64encode(row.signature).decode(),
    )  # fmt: skip
