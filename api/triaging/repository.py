"""The rows of a triage. Whoever writes to a paper's row holds its lock."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.db.tables import Blob, Decision, Document, Failure, Suggestion, SuggestionContent, Table


def lock(session: Session, document_id: int) -> Document | None:
    """The paper, locked until the transaction ends."""
    return session.scalar(select(Document).where(Document.id == document_id).with_for_update())


def lock_run(session: Session, document_id: int, run: int) -> Document | None:
    """The paper, locked, if this run still is the one that reads it."""
    return session.scalar(
        select(Document)
        .where(Document.id == document_id, Document.run == run, Document.state == "reading")
        .with_for_update()
    )


def same_bytes(session: Session, document_id: int) -> list[Document]:
    """Papers with the same bytes that wait for this one's reading, locked: they were not queued themselves."""
    query = select(Document).where(
        Document.same_as == document_id, Document.suggestion_id.is_(None), Document.state == "review"
    )
    return list(session.scalars(query.order_by(Document.id).with_for_update()))


def lock_seen(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of this number, locked, if the condition `seen` holds for it."""
    return session.scalar(select(Document).where(Document.number == number, seen).with_for_update())


def original(session: Session, sha256: str) -> Blob:
    """The row of an original."""
    return session.get_one(Blob, sha256)


def attempts(session: Session, document_id: int) -> int:
    """How many attempts have failed since the last that was final."""
    last = select(func.coalesce(func.max(Failure.id), 0)).where(
        Failure.document_id == document_id, Failure.final
    )
    query = select(func.count()).where(
        Failure.document_id == document_id, Failure.id > last.scalar_subquery()
    )
    return session.scalar(query) or 0


def add(session: Session, *rows: Table) -> None:
    """Insert rows, so that they have their ids."""
    session.add_all(rows)
    session.flush()


def suggestion(
    session: Session, seen: ColumnElement[bool], number: str
) -> tuple[Document, Suggestion | None, str | None] | None:
    """A paper, its newest suggestion, and the content of that; None where there is none for which `seen` holds."""
    row = session.execute(
        select(Document, Suggestion, SuggestionContent.content)
        .outerjoin(Suggestion, Suggestion.id == Document.suggestion_id)
        .outerjoin(SuggestionContent, SuggestionContent.suggestion_id == Suggestion.id)
        .where(Document.number == number, seen)
    ).one_or_none()
    if row is None:
        return None
    document, found, content = row
    return document, found, content


def machine_decisions(session: Session, suggestion_id: int) -> list[Decision]:
    """What the policy decided, or would have, by this suggestion."""
    query = select(Decision).where(
        Decision.suggestion_id == suggestion_id, Decision.kind.in_(("policy", "shadow"))
    )
    return list(session.scalars(query))


def with_suggestion(session: Session, after: int) -> list[tuple[int, str]]:
    """Ids and numbers of the next thousand papers that have a suggestion, by id."""
    query = select(Document.id, Document.number).where(
        Document.suggestion_id.is_not(None), Document.id > after
    )
    return [(key, number) for key, number in session.execute(query.order_by(Document.id).limit(1000))]
