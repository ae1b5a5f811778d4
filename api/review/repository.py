"""Rows that decisions are made of. Whoever writes to a paper's row holds its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.auth.sessions import actor
from api.db.tables import (
    Decision,
    DecisionContent,
    Document,
    Handover,
    Reading,
    Remark,
    Suggestion,
    SuggestionContent,
    Table,
    User,
)


def locked(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of this number, locked, where `seen` holds."""
    query = select(Document).where(Document.number == number, seen).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def locked_both(session: Session, seen: ColumnElement[bool], numbers: tuple[str, str]) -> dict[str, Document]:
    """The papers of two numbers that may be seen, locked in the order of their ids, so that nobody waits in a ring."""
    query = select(Document).where(Document.number.in_(numbers), seen).order_by(Document.id)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {document.number: document for document in found}


def find(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of this number, where `seen` holds."""
    return session.scalar(select(Document).where(Document.number == number, seen))


def numbers(session: Session, seen: ColumnElement[bool], ids: set[int]) -> dict[int, str]:
    """Numbers by id of the papers that may be seen."""
    query = select(Document.id, Document.number).where(Document.id.in_(ids), seen)
    return dict(_pairs(session, query)) if ids else {}


def shown_suggestions(session: Session, documents: Sequence[Document]) -> dict[int, int]:
    """The suggestions that papers are shown with, by the papers' ids; none where there is none."""
    sources = {d.same_as for d in documents if d.suggestion_id is None and d.same_as is not None}
    query = select(Document.id, Document.suggestion_id).where(Document.id.in_(sources))
    of: dict[int | None, int | None] = dict(_pairs(session, query)) if sources else {}
    found = {d.id: d.suggestion_id or of.get(d.same_as) for d in documents}
    return {paper: suggestion for paper, suggestion in found.items() if suggestion is not None}


def suggestion(session: Session, id: int) -> Suggestion:
    """The suggestion of this id."""
    return session.get_one(Suggestion, id)


def suggestion_content(session: Session, id: int) -> str | None:
    """The content of a suggestion, None once blanked."""
    return session.scalar(select(SuggestionContent.content).where(SuggestionContent.suggestion_id == id))


def reading(session: Session, suggestion: Suggestion) -> Reading | None:
    """What was read in the run that the suggestion is of."""
    return session.get(Reading, (suggestion.document_id, suggestion.run))


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id and times."""
    session.add(row)
    session.flush()


def keep_content(session: Session, decision_id: int, content: dict[str, Any]) -> None:
    """Keep what was written with a decision."""
    session.add(DecisionContent(decision_id=decision_id, content=content))


def content(session: Session, decision_id: int) -> dict[str, Any] | None:
    """What was written with a decision; None for nothing, and once blanked."""
    found = session.get(DecisionContent, decision_id)
    return found.content if found is not None else None


def decision(session: Session, document_id: int, id: int) -> Decision | None:
    """A decision on a paper."""
    return session.scalar(select(Decision).where(Decision.id == id, Decision.document_id == document_id))


def decisions(session: Session, document_id: int) -> Sequence[tuple[Decision, dict[str, Any] | None]]:
    """All decisions on a paper, with what was written, oldest first."""
    query = (
        select(Decision, DecisionContent.content)
        .outerjoin(DecisionContent, DecisionContent.decision_id == Decision.id)
        .where(Decision.document_id == document_id)
        .order_by(Decision.id)
    )
    return [(row, written) for row, written in session.execute(query)]


def last_of_people(session: Session, document_id: int) -> Decision | None:
    """The newest thing that a person decided on a paper, or proposed."""
    query = select(Decision).where(
        Decision.document_id == document_id, Decision.kind.in_(("person", "proposed"))
    )
    return session.scalar(query.order_by(Decision.id.desc()).limit(1))


def proposals(session: Session, document_ids: Iterable[int]) -> dict[int, int]:
    """The newest proposal of each of these papers, by the paper's id."""
    if not (ids := set(document_ids)):
        return {}
    query = (
        select(Decision.document_id, func.max(Decision.id))
        .where(Decision.document_id.in_(ids), Decision.kind == "proposed")
        .group_by(Decision.document_id)
    )
    return dict(_pairs(session, query))


def handed_over(session: Session, decision_id: int) -> bool:
    """Whether a department did anything with what this decision brought it."""
    query = select(Handover.id).where(Handover.decision_id == decision_id).limit(1)
    return session.scalar(query) is not None


def returns(session: Session, document_id: int) -> int:
    """How often departments sent a paper back."""
    query = select(func.count()).where(Handover.document_id == document_id, Handover.kind == "returned")
    return session.scalar(query) or 0


def names(session: Session, ids: Iterable[int], who: Principal) -> dict[int, str]:
    """Names of users by id; that of the caller, whom most papers name that they ask for, is known."""
    known = {user: who.name for user in ids if who.id == actor(user)}
    wanted = set(ids) - set(known)
    query = select(User.id, User.name).where(User.id.in_(wanted))
    return known | dict(_pairs(session, query)) if wanted else known


def is_duplicate(session: Session, document: Document) -> bool:
    """Whether a paper was closed as a duplicate of another one."""
    found = session.get(Decision, document.decision_id) if document.decision_id is not None else None
    return found is not None and found.action == "duplicate"


def blank(session: Session, document_id: int) -> None:
    """Blank what people wrote about a paper."""
    mine = select(Decision.id).where(Decision.document_id == document_id)
    session.execute(update(DecisionContent).where(DecisionContent.decision_id.in_(mine)).values(content=None))
    session.execute(update(Remark).where(Remark.document_id == document_id).values(words=None))


def _pairs(session: Session, query: Select[Any, Any]) -> list[tuple[Any, Any]]:
    return [(key, value) for key, value in session.execute(query)]
