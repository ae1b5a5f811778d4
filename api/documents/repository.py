"""Rows of papers, always within what the caller may see."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from api.db.tables import (
    Blob,
    Decision,
    Document,
    Failure,
    Layout,
    Notice,
    Reading,
    Suggestion,
    SuggestionContent,
)

_GONE = ("erased", "disposed")


def find(session: Session, seen: ColumnElement[bool], number: str, *, lock: bool = False) -> Document | None:
    """The paper of a number, where the condition `seen` holds."""
    query = select(Document).where(Document.number == number, seen)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def page(
    session: Session, seen: ColumnElement[bool], filters: dict[str, str], before: int | None, limit: int
) -> Sequence[Document]:
    """At most `limit` papers, newest first, those with smaller ids than `before`; filters are column equalities."""
    query = select(Document).where(seen)
    for column, value in filters.items():
        query = query.where(getattr(Document, column) == value)
    if before is not None:
        query = query.where(Document.id < before)
    return session.scalars(query.order_by(Document.id.desc()).limit(limit)).all()


def numbers(session: Session, seen: ColumnElement[bool], ids: set[int]) -> dict[int, str]:
    """Numbers by id of the papers that may be seen."""
    if not ids:
        return {}
    return dict(session.execute(select(Document.id, Document.number).where(Document.id.in_(ids), seen)).all())


def parts(session: Session, id: int, *, merged: bool) -> list[int]:
    """Ids of the papers that were ever split from one, and from these, in order; with what was `merged` into them."""
    found: set[int] = set()
    edge = {id}
    while edge:
        mine = Decision.document_id.in_(edge), Decision.action == "split"
        cut = session.scalars(select(Decision.facts["parts"]).where(*mine))
        beyond = {part for parts in cut for part in parts}
        if merged:
            beyond |= set(session.scalars(select(Document.id).where(Document.part_of.in_(edge))))
        edge = beyond - found - {id}
        found |= edge
    return sorted(found)


def with_id(session: Session, id: int) -> Document:
    """The paper of an id."""
    return session.get_one(Document, id)


def originals(session: Session, ids: Sequence[int]) -> set[str]:
    """Hashes of the originals of these papers."""
    return set(session.scalars(select(Document.sha256).where(Document.id.in_(ids))))


def locked(session: Session, ids: Sequence[int]) -> Sequence[Document]:
    """The papers of these ids, by id, locked, as they are now."""
    query = select(Document).where(Document.id.in_(ids)).order_by(Document.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def repeated(session: Session, document: Document) -> Sequence[Document]:
    """Papers that count as the same as this one, locked, the earliest first."""
    query = select(Document).where(Document.same_as == document.id, Document.sha256 == document.sha256)
    return session.scalars(
        query.where(Document.state.not_in(_GONE)).order_by(Document.id).with_for_update()
    ).all()


def reading(session: Session, document: Document) -> Reading | None:
    """The newest text of a paper."""
    query = select(Reading).where(Reading.document_id == document.id).order_by(Reading.run.desc()).limit(1)
    return session.scalar(query)


def layout(session: Session, reading: Reading, page: int) -> Layout | None:
    """Where the words of a page stand; None for a page without layout, and for what was read before it was kept."""
    return session.get(Layout, (reading.document_id, reading.run, page))


def suggestion(session: Session, id: int) -> tuple[Suggestion, str | None]:
    """A suggestion and its content, None once blanked."""
    found = session.get_one(Suggestion, id)
    return found, session.get_one(SuggestionContent, id).content


def failures(session: Session, document: Document) -> Sequence[Failure]:
    """The attempts that failed, newest first."""
    query = select(Failure).where(Failure.document_id == document.id).order_by(Failure.id.desc())
    return session.scalars(query).all()


def blob(session: Session, document: Document) -> Blob:
    """The row of the paper's original."""
    return session.get_one(Blob, document.sha256)


def others_with(session: Session, document: Document) -> bool:
    """Whether another paper, not gone, has the same original, or keeps the same bytes as a notice to its sender."""
    others = and_(Document.id != document.id, Document.state.not_in(_GONE))
    papers = select(Document.id).where(Document.sha256 == document.sha256, others)
    file = or_(Notice.docx_sha256 == document.sha256, Notice.pdf_sha256 == document.sha256)
    notices = select(Notice.id).join(Document, Document.id == Notice.document_id).where(file, others)
    return any(session.scalar(query.limit(1)) is not None for query in (papers, notices))


def blank(session: Session, document: Document) -> None:
    """Blank what was read in a paper and said of it."""
    document.gist = None
    session.execute(update(Reading).where(Reading.document_id == document.id).values(pages=None))
    session.execute(update(Layout).where(Layout.document_id == document.id).values(words=None))
    mine = select(Suggestion.id).where(Suggestion.document_id == document.id)
    session.execute(
        update(SuggestionContent).where(SuggestionContent.suggestion_id.in_(mine)).values(content=None)
    )
