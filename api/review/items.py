"""Papers that wait, as they are shown: the row, what is suggested, and who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Document
from api.deps import Services
from api.documents.schemas import VEIL, ClockOut
from api.intake.calendar import Clock, baku_date
from api.review import repository
from api.review.schemas import ItemOut

_COLUMNS = (
    "number", "version", "desk", "priority", "look_by", "review_since", "received_at", "channel", "office", "sender",
    "document_type", "subject", "urgency", "language", "certainty", "gist", "case_number", "error", "returns",
)  # fmt: skip
_NOTHING: dict[str, Any] = {
    **VEIL, "certainty": None, "gist": None, "candidates": [], "review_reasons": [],
}  # fmt: skip


def shown(
    services: Services,
    session: Session,
    who: Principal,
    documents: Sequence[Document],
    *,
    blind: frozenset[int],
) -> list[ItemOut]:
    """The papers as items, in the same order: a handful of queries however many there are.

    Of what is `blind`, the papers that are hidden from the caller (`sight.hidden`), nothing is told of what was
    suggested.
    """
    now = services.now()
    ids = repository.shown_suggestions(session, documents)
    proposals = repository.proposals(session, [d.id for d in documents if d.desk == "second"])
    people = {user for d in documents for user in (d.held_by, d.assigned_to) if user is not None}
    names = repository.names(session, people, who)
    told = []
    for document in documents:
        held = document.held_until is not None and document.held_until > now
        item = ItemOut(
            **{name: getattr(document, name) for name in _COLUMNS},
            suggestion=ids.get(document.id),
            department=document.suggested_department,
            unit=document.suggested_unit,
            candidates=document.candidates or [],
            review_reasons=document.review_reasons or [],
            overdue=document.look_by is not None and document.look_by < now,
            clock=_clock(services, document),
            proposal=proposals.get(document.id),
            held_by=names.get(document.held_by or 0) if held else None,
            held_by_me=held and who.id == f"user:{document.held_by}",
            held_until=document.held_until if held else None,
            assigned_to=names.get(document.assigned_to or 0),
        )
        told.append(item.model_copy(update=_NOTHING) if document.id in blind else item)
    return told


def _clock(services: Services, document: Document) -> ClockOut:
    clock = Clock(document.answer_by, document.forward_by, document.warn_from)
    return ClockOut(
        answer_by=clock.answer_by, forward_by=clock.forward_by, warn_from=clock.warn_from,
        status=clock.status(baku_date(services.now())),
    )  # fmt: skip
