"""A paper as it lies before a reader, and what has come to the queue meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Decision, Document
from api.deps import Services
from api.documents.schemas import VEIL, ClockOut, State
from api.documents.sight import hidden_of
from api.errors import NotFoundError
from api.intake.calendar import Clock, baku_date
from api.review import items, opening_repository, queue, repository
from api.review.schemas import ItemOut

_KEPT_FROM_THE_BLIND = {**VEIL, "body": None}
_UNDONE_HERE = ("route", "outside", "unreadable", "duplicate")
_COLUMNS = (
    "number", "version", "state", "registered_at", "received_at", "channel", "office", "sender", "external_reference",
    "file_name", "media_type", "error", "document_type", "subject", "urgency", "department", "unit", "body", "language",
    "case_number", "returns",
)  # fmt: skip


class OpenedOut(BaseModel):
    """A paper that somebody opened. `item` is it as it waits, for who may decide; labels are those in force.

    `blind` says that the caller has it before them as a blind sample: then nothing is told of what was suggested or
    decided. `undo` is the decision that the caller could take back now.
    """

    number: str
    version: int
    state: State
    registered_at: datetime
    received_at: datetime
    channel: str
    office: str | None
    sender: str | None
    external_reference: str | None
    file_name: str | None
    media_type: str
    error: str | None
    document_type: str | None
    subject: str | None
    urgency: str | None
    department: str | None
    unit: str | None
    body: str | None
    language: str | None
    case_number: str | None
    returns: int
    same_as: str | None = Field(description="The first paper with the same bytes, if you may know of it.")
    part_of: str | None
    clock: ClockOut
    blind: bool
    item: ItemOut | None
    undo: int | None


def opened(services: Services, who: Principal, number: str) -> OpenedOut:
    """A paper, without its text and what is suggested in it, which are read apart. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.reads, number)
        if document is None:
            raise NotFoundError(queue.NONE)
        hides = hidden_of(session, who, document)
        blind = document.id in hides
        item = None
        if document.state == "review" and Permission.DECIDE in who.permissions:
            (item,) = items.shown(services, session, who, [document], blind=hides)
        told = _told(services, session, who, document, blind=blind)
        append(session, who.id, "document.opened", document.id, desk=document.desk, blind=blind)
        if blind:
            return told.model_copy(update=_KEPT_FROM_THE_BLIND)
        return told.model_copy(update={"item": item, "undo": _undo(services, session, who, document)})


def arrivals(services: Services, who: Principal, since: datetime) -> int:
    """How many papers have come to wait since a moment that the caller may see; of the newest papers alone."""
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        return opening_repository.arrivals(session, who.sees, since)


def _told(
    services: Services, session: Session, who: Principal, document: Document, *, blind: bool
) -> OpenedOut:
    others = {other for other in (document.same_as, document.part_of) if other is not None}
    known = repository.numbers(session, who.sees, others)
    clock = Clock(document.answer_by, document.forward_by, document.warn_from)
    return OpenedOut(
        **{name: getattr(document, name) for name in _COLUMNS},
        same_as=known.get(document.same_as or 0),
        part_of=known.get(document.part_of or 0),
        clock=ClockOut(
            answer_by=clock.answer_by, forward_by=clock.forward_by, warn_from=clock.warn_from,
            status=clock.status(baku_date(services.now())),
        ),
        blind=blind, item=None, undo=None,
    )  # fmt: skip


def _undo(services: Services, session: Session, who: Principal, document: Document) -> int | None:
    """The decision that the caller could take back, as far as its row tells; `service.undo` judges."""
    if Permission.DECIDE not in who.permissions:
        return None
    if document.state == "review":
        decision = repository.last_of_people(session, document.id)
        possible = decision is not None and (decision.kind == "proposed" or decision.action == "escalate")
    else:
        decision = repository.decision(session, document.id, document.decision_id or 0)
        possible = decision is not None and _fresh(services, document, decision)
    if decision is None or not possible:
        return None
    return decision.id if decision.actor == who.id or Permission.SUPERVISE in who.permissions else None


def _fresh(services: Services, document: Document, decision: Decision) -> bool:
    window = timedelta(minutes=services.settings.undo_minutes)
    recent = document.decided_at is not None and services.now() - document.decided_at <= window
    open_ = document.state in ("routed", "outside", "closed")
    return recent and open_ and (decision.action or "route") in _UNDONE_HERE
