"""Rows of notices, their sendings, and orders for notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from api.db.tables import Blob, Decision, Document, Notice, NoticeOrder, NoticeSending, Suggestion, Table

_GONE = ("erased", "disposed")


def find(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of a number, where the condition `seen` holds."""
    return session.scalar(select(Document).where(Document.number == number, seen))


def number(session: Session, document_id: int) -> str:
    """The number of a paper."""
    return session.get_one(Document, document_id).number


def lock(session: Session, document_id: int) -> Document:
    """The paper of an id, locked, as it is now."""
    query = select(Document).where(Document.id == document_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def facts(session: Session, document: Document) -> dict[str, Any]:
    """What was suggested for a paper, or for the one with the same bytes that was read instead; else nothing."""
    suggestion = document.suggestion_id
    if suggestion is None and document.same_as is not None:
        suggestion = session.get_one(Document, document.same_as).suggestion_id
    return session.get_one(Suggestion, suggestion).facts if suggestion is not None else {}


def action(session: Session, document: Document) -> str | None:
    """What the decision in force does with a paper."""
    if document.decision_id is None:
        return None
    return session.get_one(Decision, document.decision_id).action or "route"


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def of(session: Session, document_id: int) -> Sequence[Notice]:
    """The notices of a paper, oldest first."""
    return session.scalars(select(Notice).where(Notice.document_id == document_id).order_by(Notice.id)).all()


def with_paper(session: Session, seen: ColumnElement[bool], id: int) -> tuple[Notice, Document] | None:
    """A notice and its paper, where the condition `seen` holds for it."""
    query = select(Notice, Document).join(Document, Document.id == Notice.document_id)
    found = session.execute(query.where(Notice.id == id, seen)).first()
    return (found[0], found[1]) if found else None


def sendings(session: Session, ids: Iterable[int]) -> Sequence[NoticeSending]:
    """The sendings of these notices, oldest first."""
    query = select(NoticeSending).where(NoticeSending.notice_id.in_(list(ids)))
    return session.scalars(query.order_by(NoticeSending.id)).all()


def blob(session: Session, sha256: str) -> Blob:
    """The row of a file."""
    return session.get_one(Blob, sha256)


def files(session: Session, document_ids: Iterable[int]) -> set[str]:
    """Hashes of the files of all notices of these papers."""
    query = select(Notice.docx_sha256, Notice.pdf_sha256).where(Notice.document_id.in_(list(document_ids)))
    return {sha256 for row in session.execute(query) for sha256 in row}


def needed(session: Session, hashes: Iterable[str], document_id: int) -> set[str]:
    """Those of these files that are also another paper's original, or another paper's notice, not gone."""
    wanted = list(hashes)
    papers = select(Document.sha256).where(Document.sha256.in_(wanted), Document.id != document_id)
    found = set(session.scalars(papers.where(Document.state.not_in(_GONE))))
    files = or_(Notice.docx_sha256.in_(wanted), Notice.pdf_sha256.in_(wanted))
    others = (
        select(Notice.docx_sha256, Notice.pdf_sha256)
        .join(Document, Document.id == Notice.document_id)
        .where(files, Notice.document_id != document_id, Document.state.not_in(_GONE))
    )
    return found | {sha256 for row in session.execute(others) for sha256 in row if sha256 in wanted}


def due_orders(session: Session, now: datetime, limit: int) -> list[int]:
    """Ids of orders whose time has come, oldest first; of papers that are read, so that their language is known."""
    query = select(NoticeOrder.id).join(Document, Document.id == NoticeOrder.document_id)
    query = query.where(NoticeOrder.next_at <= now, Document.state.not_in(("registered", "reading")))
    query = query.order_by(NoticeOrder.next_at, NoticeOrder.id)
    return list(session.scalars(query.limit(limit)))


def order(session: Session, id: int) -> NoticeOrder | None:
    """An order, locked; None where it was carried out."""
    return session.get(NoticeOrder, id, with_for_update=True)


def end_order(session: Session, id: int) -> bool:
    """Delete an order; False where it was carried out already."""
    return (
        session.scalar(delete(NoticeOrder).where(NoticeOrder.id == id).returning(NoticeOrder.id)) is not None
    )


def end_orders(session: Session, document_id: int) -> None:
    """Delete all orders of a paper."""
    session.execute(delete(NoticeOrder).where(NoticeOrder.document_id == document_id))


def put_off(session: Session, id: int, until: datetime) -> None:
    """Note that an order was tried in vain, and is to be tried again then."""
    values = {"tries": NoticeOrder.tries + 1, "next_at": until}
    session.execute(update(NoticeOrder).where(NoticeOrder.id == id).values(values))
