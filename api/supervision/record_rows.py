"""All rows that tell what became of one paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from api.db.tables import (
    Checkpoint,
    Decision,
    DecisionContent,
    Document,
    Event,
    Failure,
    Handover,
    LegalHold,
    Link,
    Notice,
    NoticeSending,
    Remark,
    SampleItem,
    Suggestion,
    Table,
)

_OF_PAPER: tuple[Any, ...] = (Decision, Handover, LegalHold, Notice, Failure)


def find(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of a number, where the condition `seen` holds."""
    return session.scalar(select(Document).where(Document.number == number, seen))


def numbers(session: Session, seen: ColumnElement[bool], ids: set[int]) -> dict[int, str]:
    """Numbers by id of the papers that may be seen."""
    query = select(Document.id, Document.number).where(Document.id.in_(ids), seen)
    return dict(session.execute(query).all())


def rows(session: Session, document: Document) -> Iterator[Table]:
    """The rows of a paper: decisions and the suggestions of it or behind them, handovers, holds, notices, links."""
    for table in _OF_PAPER:
        yield from session.scalars(select(table).where(table.document_id == document.id))
    behind = select(Decision.suggestion_id).where(Decision.document_id == document.id)
    mine = or_(Suggestion.document_id == document.id, Suggestion.id.in_(behind))
    yield from session.scalars(select(Suggestion).where(mine))
    yield from session.scalars(
        select(Link).where(or_(Link.document_id == document.id, Link.other_id == document.id))
    )
    sendings = select(NoticeSending).join(Notice, Notice.id == NoticeSending.notice_id)
    yield from session.scalars(sendings.where(Notice.document_id == document.id))


def written(
    session: Session, document: Document
) -> tuple[dict[int, dict[str, Any] | None], Sequence[Remark]]:
    """What people wrote: contents by decision, and remarks; None where it was blanked."""
    query = (
        select(DecisionContent)
        .join(Decision, Decision.id == DecisionContent.decision_id)
        .where(Decision.document_id == document.id)
    )
    contents = {row.decision_id: row.content for row in session.scalars(query)}
    remarks = select(Remark).where(Remark.document_id == document.id).order_by(Remark.id)
    return contents, session.scalars(remarks).all()


def sample_items(document: Document) -> ColumnElement[bool]:
    """The condition of the items that are of a paper."""
    return SampleItem.document_id == document.id


def recording(session: Session, documents: set[int]) -> Sequence[Event]:
    """The links of the chain that record rows of these papers, oldest first."""
    query = select(Event).where(Event.document_id.in_(documents), Event.body.contains('"table":'))
    return session.scalars(query.order_by(Event.seq)).all()


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """The last checkpoint."""
    return session.scalar(select(Checkpoint).order_by(Checkpoint.seq.desc()).limit(1))
