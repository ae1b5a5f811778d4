"""Rows by which papers belong together; papers always within what the caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from api.db.tables import Blob, Document, Link, Reading, SuggestionContent, Table, Trait
from api.related.traits import Key

GONE = ("erased", "disposed")
"""States of papers of which nothing is left to compare."""


class Paper(NamedTuple):
    """A paper that may be seen; `source` is the one whose reading counts for it (the same bytes are read once)."""

    id: int
    number: str
    state: str
    subject: str | None
    source: int


_SOURCE = case(
    (Document.suggestion_id.is_(None), func.coalesce(Document.same_as, Document.id)), else_=Document.id
)
_PAPER = select(Document.id, Document.number, Document.state, Document.subject, _SOURCE)


def source_of(document: Document) -> int:
    """The paper whose reading counts for this one."""
    return document.same_as if document.suggestion_id is None and document.same_as else document.id


def find(session: Session, seen: ColumnElement[bool], number: str) -> Document | None:
    """The paper of a number, where the condition `seen` holds."""
    return session.scalar(select(Document).where(Document.number == number, seen))


def lock(session: Session, seen: ColumnElement[bool], numbers: Iterable[str]) -> dict[str, Document]:
    """Those of these papers that may be seen, by number, locked in the order of their ids."""
    query = select(Document).where(Document.number.in_(set(numbers)), seen).order_by(Document.id)
    rows = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {row.number: row for row in rows}


def lock_ids(session: Session, ids: Iterable[int]) -> Sequence[Document]:
    """Papers, locked in the order of their ids."""
    query = select(Document).where(Document.id.in_(set(ids))).order_by(Document.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def blob(session: Session, sha256: str) -> Blob:
    """The row of an original."""
    return session.get_one(Blob, sha256)


def add(session: Session, *rows: Table) -> None:
    """Insert rows, so that they have their ids."""
    session.add_all(rows)
    session.flush()


def forget(session: Session, document_id: int) -> None:
    """Delete the traits of a paper."""
    session.execute(delete(Trait).where(Trait.document_id == document_id))


def keep(session: Session, document_id: int, keys: Iterable[Key]) -> None:
    """Write the traits of a paper in place of those that it had."""
    forget(session, document_id)
    rows = [{"document_id": document_id, "kind": kind, "key": key} for kind, key in dict.fromkeys(keys)]
    if rows:
        session.execute(insert(Trait), rows)


def texts(session: Session, ids: Iterable[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    """The form and the pages of the newest reading of each of these papers that has one, and was not blanked."""
    query = select(Reading.document_id, Reading.schema_version, Reading.pages)
    query = query.where(_among(Reading.document_id, ids)).ext(distinct_on(Reading.document_id))
    rows = session.execute(query.order_by(Reading.document_id, Reading.run.desc()))
    return {paper: (version, pages) for paper, version, pages in rows if pages is not None}


def content(session: Session, document_id: int) -> str | None:
    """The newest suggestion of a paper, in the form of the contract."""
    query = select(SuggestionContent.content).join(
        Document, Document.suggestion_id == SuggestionContent.suggestion_id
    )
    return session.scalar(query.where(Document.id == document_id))


def suggestion_id(session: Session, document: Document) -> int | None:
    """The suggestion that a paper is shown with: its own, or that of the paper whose reading counts for it."""
    return session.scalar(select(Document.suggestion_id).where(Document.id == source_of(document)))


def near(session: Session, source: int, most: int) -> dict[int, int]:
    """How many bands the text of a paper shares with each of the newest `most` other papers that have one."""
    own, other = aliased(Trait), aliased(Trait)
    sharing = (
        select(other.document_id)
        .where(other.kind == "near", other.key == own.key, other.document_id != source)
        .order_by(other.document_id.desc())
        .limit(most)
        .lateral()
    )
    query = (
        select(sharing.c.document_id, func.count())
        .select_from(own)
        .join(sharing, literal(True))
        .where(own.document_id == source, own.kind == "near")
        .group_by(sharing.c.document_id)
    )
    return dict(session.execute(query).all())


def sharing(session: Session, source: int, most: int) -> list[tuple[str, bytes, list[int]]]:
    """Each trait of a paper other than its text's, with the newest `most` other papers that have it, too."""
    own, other = aliased(Trait), aliased(Trait)
    others = (
        select(other.document_id)
        .where(other.kind == own.kind, other.key == own.key, other.document_id != source)
        .order_by(other.document_id.desc())
        .limit(most)
        .scalar_subquery()
    )
    query = select(own.kind, own.key, func.array(others)).where(own.document_id == source, own.kind != "near")
    return [(kind, key, ids) for kind, key, ids in session.execute(query)]


def with_kind(session: Session, ids: Iterable[int], kind: str) -> set[int]:
    """Those of these papers that have a trait of this kind."""
    query = select(Trait.document_id).where(_among(Trait.document_id, ids), Trait.kind == kind)
    return set(session.scalars(query))


def common_kinds(session: Session, one: int, other: int) -> list[str]:
    """The kinds of traits that two papers share."""
    mine, theirs = aliased(Trait), aliased(Trait)
    same = and_(theirs.kind == mine.kind, theirs.key == mine.key, theirs.document_id == other)
    query = select(mine.kind).join(theirs, same).where(mine.document_id == one).distinct()
    return sorted(session.scalars(query))


def papers(session: Session, seen: ColumnElement[bool], sources: Iterable[int]) -> list[Paper]:
    """The papers that may be seen of those with these ids, and of their copies that were not read themselves."""
    ids = list(sources)
    copy = and_(_among(Document.same_as, ids), Document.suggestion_id.is_(None))
    return _papers(
        session, _PAPER.where(or_(_among(Document.id, ids), copy), seen, Document.state.not_in(GONE))
    )


def same_bytes(session: Session, seen: ColumnElement[bool], document: Document, most: int) -> list[Paper]:
    """The newest `most` other papers with the same bytes."""
    query = _PAPER.where(
        Document.sha256 == document.sha256, Document.id != document.id, seen, Document.state.not_in(GONE)
    )
    return _papers(session, query.order_by(Document.id.desc()).limit(most))


def waiting(session: Session, seen: ColumnElement[bool], most: int) -> list[Paper]:
    """The papers that are next in the queue of clerks."""
    query = _PAPER.where(Document.state == "review", Document.desk == "clerk", seen)
    return _papers(session, query.order_by(Document.priority, Document.look_by, Document.id).limit(most))


def shared_bands(session: Session, sources: Iterable[int]) -> list[list[int]]:
    """For each band that several of these papers share, the papers that do."""
    query = select(func.array_agg(Trait.document_id)).where(
        _among(Trait.document_id, sources), Trait.kind == "near"
    )
    return list(session.scalars(query.group_by(Trait.key).having(func.count() > 1)))


def links(session: Session, document_id: int) -> list[Link]:
    """The newest link of a paper with each other one, by kind, newest first."""
    touching = or_(Link.document_id == document_id, Link.other_id == document_id)
    query = select(Link).where(touching).ext(distinct_on(Link.document_id, Link.other_id, Link.kind))
    rows = session.scalars(query.order_by(Link.document_id, Link.other_id, Link.kind, Link.id.desc()))
    return sorted(rows, key=lambda link: link.id, reverse=True)


def link(session: Session, one: int, other: int, kind: str) -> Link | None:
    """The newest link of a kind between two papers."""
    pair = (Link.document_id == max(one, other), Link.other_id == min(one, other), Link.kind == kind)
    return session.scalar(select(Link).where(*pair).order_by(Link.id.desc()).limit(1))


def numbers(session: Session, seen: ColumnElement[bool], ids: Iterable[int]) -> dict[int, str]:
    """Numbers by id of the papers that may be seen."""
    query = select(Document.id, Document.number).where(_among(Document.id, ids), seen)
    return dict(session.execute(query).all())


def linked(session: Session, ids: Iterable[int]) -> set[int]:
    """The papers that are linked with these ones."""
    wanted = list(ids)
    touching = or_(_among(Link.document_id, wanted), _among(Link.other_id, wanted))
    newest = (
        select(Link)
        .where(touching)
        .ext(distinct_on(Link.document_id, Link.other_id, Link.kind))
        .order_by(Link.document_id, Link.other_id, Link.kind, Link.id.desc())
        .subquery()
    )
    rows = session.execute(select(newest.c.document_id, newest.c.other_id).where(newest.c.on))
    return {paper for pair in rows for paper in pair}


def has_parts(session: Session, ids: Iterable[int]) -> bool:
    """Whether one of these papers has parts."""
    return session.scalar(select(Document.id).where(_among(Document.part_of, ids)).limit(1)) is not None


def _among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """One parameter however many ids there are."""
    condition: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(BigInteger)))
    return condition


def _papers(session: Session, query: Select[tuple[int, str, str, str | None, int]]) -> list[Paper]:
    return [Paper._make(row) for row in session.execute(query)]
