"""Papers that wait, as they are shown: the row, what is suggested, and who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Document, Suggestion
from api.deps import Services
from api.documents.schemas import VEIL, ClockOut
from api.intake.calendar import Clock, baku_date
from api.review import gist, repository
from api.review.schemas import ItemOut
from api.triaging.stored import read_facts

_COLUMNS = (
    "number", "version", "desk", "priority", "look_by", "review_since", "received_at", "channel", "office", "sender",
    "document_type", "subject", "urgency", "language", "certainty", "case_number", "error", "returns",
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
    gists: bool = True,
) -> list[ItemOut]:
    """The papers as items, in the same order: a handful of queries however many there are. `gists`: with a sentence
    of each.

    Of what is `blind`, the papers that are hidden from the caller (`sight.hidden`), nothing is told of what was
    suggested.
    """
    now = services.now()
    ids = repository.shown_suggestions(session, documents)
    suggestions = repository.suggestions(session, ids.values())
    sentences = gist.gists(session, suggestions.values()) if gists else {}
    proposals = repository.proposals(session, [d.id for d in documents if d.desk == "second"])
    people = {user for d in documents for user in (d.held_by, d.assigned_to) if user is not None}
    names = repository.names(session, people, who)
    told = []
    for document in documents:
        held = document.held_until is not None and document.held_until > now
        suggestion = suggestions.get(ids.get(document.id, 0))
        item = ItemOut(
            **{name: getattr(document, name) for name in _COLUMNS},
            **_of_suggestion(suggestion),
            overdue=document.look_by is not None and document.look_by < now,
            clock=_clock(services, document),
            gist=sentences.get(suggestion.id) if suggestion is not None else None,
            proposal=proposals.get(document.id),
            held_by=names.get(document.held_by or 0) if held else None,
            held_by_me=held and who.id == f"user:{document.held_by}",
            held_until=document.held_until if held else None,
            assigned_to=names.get(document.assigned_to or 0),
        )
        told.append(item.model_copy(update=_NOTHING) if document.id in blind else item)
    return told


def _of_suggestion(suggestion: Suggestion | None) -> dict[str, Any]:
    if suggestion is None:
        return {"suggestion": None, "department": None, "unit": None, "candidates": [], "review_reasons": []}
    facts = read_facts(suggestion.schema_version, suggestion.facts)
    told = {name: facts[name] for name in ("department", "unit", "candidates", "review_reasons")}
    return {"suggestion": suggestion.id, **told}


def _clock(services: Services, document: Document) -> ClockOut:
    clock = Clock(document.answer_by, document.forward_by, document.warn_from)
    return ClockOut(
        answer_by=clock.answer_by, forward_by=clock.forward_by, warn_from=clock.warn_from,
        status=clock.status(baku_date(services.now())),
    )  # fmt: skip
