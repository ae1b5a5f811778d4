"""Rows that decisions are made of. Whoever writes to a paper's row holds its lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONPATH
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

_OF_PAGE = cast("$.pages[*] ? (@.page == $page)", JSONPATH)
_AROUND = 300  # characters of a page on either side of a span


class Span(NamedTuple):
    """A span of a page (from 1) of the reading of a run; offsets are code points."""

    document_id: int
    run: int
    page: int
    start: int
    end: int


class Piece(NamedTuple):
    """A piece of a page, and where in it a span stands."""

    text: str
    start: int
    end: int


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


def suggestions(session: Session, ids: Iterable[int]) -> dict[int, Suggestion]:
    """Suggestions by id."""
    found = session.scalars(select(Suggestion).where(Suggestion.id.in_(set(ids))))
    return {row.id: row for row in found}


def suggestion_content(session: Session, id: int) -> str | None:
    """The content of a suggestion, None once blanked."""
    return session.scalar(select(SuggestionContent.content).where(SuggestionContent.suggestion_id == id))


def reading(session: Session, suggestion: Suggestion) -> Reading | None:
    """What was read in the run that the suggestion is of."""
    return session.get(Reading, (suggestion.document_id, suggestion.run))


def pieces(session: Session, spans: Mapping[int, Span]) -> dict[int, Piece]:
    """The text around spans, by the key of the span; none where the pages are gone.

    The spans go as arrays, so that the statement is compiled once, however many there are.
    """
    if not spans:
        return {}
    names = ("key", "document_id", "run", "page", "start", "end")
    kinds = (BigInteger, BigInteger, BigInteger, Integer, Integer, Integer)
    columns = zip(*((key, *span) for key, span in spans.items()), strict=True)
    arrays = [bindparam(None, list(told), ARRAY(kind)) for told, kind in zip(columns, kinds, strict=True)]
    wanted = func.unnest(*arrays).table_valued(*map(column, names, kinds), name="wanted").render_derived()
    first = func.greatest(wanted.c.start - _AROUND, 0)
    page = func.jsonb_path_query_first(
        Reading.pages, _OF_PAGE, func.jsonb_build_object("page", wanted.c.page)
    )
    text = func.substr(page.op("->>")("text"), first + 1, wanted.c.end - first + _AROUND)
    query = select(wanted.c.key, text, wanted.c.start - first, wanted.c.end - first).join(
        Reading, and_(Reading.document_id == wanted.c.document_id, Reading.run == wanted.c.run)
    )
    return {key: Piece(found, start, end) for key, found, start, end in session.execute(query) if found}


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
