"""The rows that training learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.db.tables import (
    Decision,
    DecisionContent,
    Document,
    Handover,
    Measure,
    Reading,
    SampleItem,
    SampleVerdict,
    Suggestion,
)


class Signal(NamedTuple):
    """A paper with what people said of it, and the suggestion that was on the table."""

    document: Document
    reading: Reading
    decision: Decision | None
    content: DecisionContent | None
    suggestion: Suggestion | None


def signals(session: Session, after: int, limit: int) -> list[Signal]:
    """The next papers, by id, that a person decided on, judged blind, or a department returned, with their text.

    The text of a paper with the same bytes as an earlier one is that one's. None whose content is gone.
    """
    source, newer = func.coalesce(Document.same_as, Document.id), aliased(Reading)
    last = (
        select(func.max(newer.run)).where(newer.document_id == Reading.document_id).correlate(Reading).scalar_subquery()
    )  # fmt: skip
    judged = exists(
        select(SampleVerdict.id).join(SampleItem, SampleItem.id == SampleVerdict.item_id)
        .where(SampleItem.document_id == Document.id)
    )  # fmt: skip
    returned = exists(
        select(Handover.id).where(Handover.document_id == Document.id, Handover.kind == "returned")
    )
    decided = (Measure.kind == "person") & Measure.action.not_in(("escalate", "undo"))
    query = (
        select(Document, Reading, Decision, DecisionContent, Suggestion)
        .join(Measure, Measure.document_id == Document.id)
        .join(Reading, or_(Reading.document_id == Document.id, Reading.document_id == source))
        .outerjoin(Decision, Decision.id == Measure.decision_id)
        .outerjoin(DecisionContent, DecisionContent.decision_id == Decision.id)
        .outerjoin(Suggestion, Suggestion.id == Measure.suggestion_id)
        .where(
            Document.id > after, Document.state.not_in(("erased", "disposed")), Reading.pages.is_not(None),
            Reading.run == last, or_(decided, returned, judged),
        )
        .order_by(Document.id, (Reading.document_id == Document.id).desc())
        .limit(limit)
    )  # fmt: skip
    found: dict[int, Signal] = {}
    for row in session.execute(query):
        found.setdefault(row[0].id, Signal(*row))
    return list(found.values())


def returns(session: Session, documents: Sequence[int]) -> list[Handover]:
    """What departments returned of these papers, oldest first."""
    query = select(Handover).where(Handover.document_id.in_(documents), Handover.kind == "returned")
    return list(session.scalars(query.order_by(Handover.id)))
