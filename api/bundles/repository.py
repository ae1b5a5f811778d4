"""The rows that tell what bundles did: suggestions counted, papers to compare on, and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from api.db.tables import BundleComparison, Decision, Document, Reading, Suggestion


class Use(NamedTuple):
    """What a bundle suggested: how often, and when first and last."""

    bundle: str
    suggestions: int
    first: datetime
    last: datetime


class Compared(NamedTuple):
    """A paper, what was suggested for it, its text, and the route that a person decided on if that is in force."""

    document: Document
    suggestion: Suggestion
    reading: Reading
    decision: Decision | None


def uses(session: Session) -> list[Use]:
    """Every bundle that ever suggested something: counted by an index alone."""
    counted = select(
        Suggestion.bundle, func.count(), func.min(Suggestion.id), func.max(Suggestion.id)
    ).group_by(Suggestion.bundle)
    found = session.execute(counted).all()
    ends = [end for _, _, first, last in found for end in (first, last)]
    at = dict(
        session.execute(select(Suggestion.id, Suggestion.created_at).where(Suggestion.id.in_(ends))).all()
    )
    return [Use(bundle, count, at[first], at[last]) for bundle, count, first, last in found]


def newest(session: Session, bundle: str, before: int | None, limit: int) -> list[tuple[int, int]]:
    """Ids of a bundle's suggestions and of their papers, newest first."""
    query = select(Suggestion.id, Suggestion.document_id).where(Suggestion.bundle == bundle)
    if before is not None:
        query = query.where(Suggestion.id < before)
    found = session.execute(query.order_by(Suggestion.id.desc()).limit(limit))
    return [(row.id, row.document_id) for row in found]


def papers(session: Session, suggestions: Sequence[tuple[int, int]]) -> list[Compared]:
    """Those of these that are the newest of their papers, and whose text is kept."""
    routed = and_(
        Decision.id == Document.decision_id,
        Decision.kind == "person",
        func.coalesce(Decision.action, "route") == "route",
    )
    query = (
        select(Document, Suggestion, Reading, Decision)
        .join(Suggestion, Suggestion.id == Document.suggestion_id)
        .join(Reading, and_(Reading.document_id == Suggestion.document_id, Reading.run == Suggestion.run))
        .outerjoin(Decision, routed)
        .where(Document.id.in_([paper for _, paper in suggestions]))
        .where(Suggestion.id.in_([number for number, _ in suggestions]))
        .where(Reading.pages.is_not(None))
        .order_by(Suggestion.id.desc())
    )
    return [Compared(*row) for row in session.execute(query)]


def add(session: Session, row: BundleComparison) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def comparisons(session: Session, bundle: str, limit: int) -> Sequence[BundleComparison]:
    """The newest comparisons in which a bundle was the candidate."""
    query = select(BundleComparison).where(BundleComparison.candidate == bundle)
    return session.scalars(query.order_by(BundleComparison.id.desc()).limit(limit)).all()


def numbers(session: Session, seen: ColumnElement[bool], ids: set[int]) -> dict[int, str]:
    """Numbers by id of the papers that may be seen."""
    query = select(Document.id, Document.number).where(Document.id.in_(ids), seen)
    return dict(session.execute(query).all())
