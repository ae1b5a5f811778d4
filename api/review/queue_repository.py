"""The queue in the database: pages of it, counts, and the next paper to take.

Every place of the queue (a desk, or a desk of an office) has its own order in an index. A query takes the first papers
of each place and merges them (a lateral join), so that it costs the same however many papers wait elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from api.db.tables import Decision, Document, User
from api.db.tables.documents import DESKS

IN_REVIEW: ColumnElement[bool] = Document.state == literal_column("'review'")
"""As a literal: only so does a prepared statement go by the indexes of what is in review."""
_ORDER = (Document.priority, Document.look_by, Document.id)
_CANDIDATES = 50
"""So many papers are looked at for one that nobody is just about to take: more than there are clerks at once."""
_PRIORITIES = (0, 1, 2)
_CLAIM = int.from_bytes(b"CLAM", "big")


class Place(NamedTuple):
    """Where a paper stands in the queue."""

    priority: int
    look_by: datetime
    id: int


@dataclass(frozen=True)
class Where:
    """Which papers: at these desks, of these offices (None: of all), for which the conditions hold."""

    seen: ColumnElement[bool]
    desks: Sequence[str] = tuple(DESKS)
    offices: Sequence[str] | None = None
    conditions: Sequence[ColumnElement[bool]] = field(default=())


def page(session: Session, where: Where, after: Place | None, limit: int) -> Sequence[Document]:
    """At most `limit` papers in the order of the queue, those after a place."""
    conditions = [tuple_(*_ORDER) > tuple_(*after)] if after is not None else []
    first = _first(where, conditions, limit).subquery()
    query = select(Document).join(first, first.c.id == Document.id).where(IN_REVIEW, where.seen)
    return session.scalars(query.order_by(*_ORDER).limit(limit)).all()


def counts(session: Session, where: Where) -> Sequence[tuple[str, str | None, int]]:
    """How many papers wait, by desk and urgency."""
    query = select(Document.desk, Document.urgency, func.count()).where(IN_REVIEW, where.seen)
    rows = session.execute(query.group_by(Document.desk, Document.urgency).order_by(Document.desk))
    return [(str(desk), urgency, papers) for desk, urgency, papers in rows]


def held(session: Session, user_id: int) -> Sequence[Document]:
    """The papers that this user holds or held when the lease ran out, locked; those that others have locked are passed
    over, since who claims may have a paper locked that they wait for.
    """
    query = select(Document).where(IN_REVIEW, Document.held_by == user_id).order_by(Document.id)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(query).all()


def lock_user(session: Session, user_id: int) -> bool:
    """Wait until no other claim of this user is under way; whether there is such a user.

    By a lock of its own: their row is written by who gives them a paper, and has that paper locked, which they may
    wait for.
    """
    lock = func.pg_advisory_xact_lock(_CLAIM, sql_cast(user_id % 2**31, Integer))
    return session.scalar(select(User.id, lock).where(User.id == user_id)) is not None


def take(session: Session, where: Where, user_id: int, now: datetime) -> Document | None:
    """The paper to be taken next, locked: one's own, else one that is nobody's, else one that others left too long.

    What another transaction has locked is passed over.
    """
    mine = Document.assigned_to == user_id
    left = [Document.assigned_to.is_not(None), Document.assigned_to != user_id, Document.look_by <= now]
    free = _free(now)
    first = union_all(
        _own(where, [mine, free]), _first(where, [Document.assigned_to.is_(None), free], _CANDIDATES)
    )
    others = _first(where, [*left, free], _CANDIDATES, by_priority=True)
    for ways in (first, others):
        candidates = ways.subquery()
        query = (
            select(Document)
            .join(candidates, candidates.c.id == Document.id)
            .where(IN_REVIEW, free, where.seen)
            .order_by(Document.assigned_to.is_(None), *_ORDER)
            .limit(1)
            .with_for_update(of=Document, skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if (found := session.scalar(query)) is not None:
            return found
    return None


def not_proposed_by(actor: str) -> ColumnElement[bool]:
    """That a paper does not wait for a second person after this one, who cannot be that."""
    newest = (
        select(Decision.actor)
        .where(Decision.document_id == Document.id, Decision.kind == "proposed")
        .order_by(Decision.id.desc())
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )
    return or_(Document.desk != "second", newest.is_distinct_from(actor))


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(Document.held_by.is_(None), Document.held_until <= now)


def _own(where: Where, conditions: Sequence[ColumnElement[bool]]) -> Any:
    """The first papers of a user's own, at each desk."""
    return _first(Where(where.seen, where.desks, None, where.conditions), conditions, _CANDIDATES)


def _first(
    where: Where, conditions: Sequence[ColumnElement[bool]], limit: int, *, by_priority: bool = False
) -> Any:
    """Ids of the first `limit` papers of every place, and of every priority, so that `look_by` is a range."""
    desk = _each(where.desks, "wanted_desk", Text)
    inner = select(Document.id, *_ORDER[:2]).where(IN_REVIEW, Document.desk == desk.column)
    sources = desk.table
    if where.offices is not None:
        office = _each(where.offices, "wanted_office", Text)
        inner = inner.where(Document.office == office.column)
        sources = sources.join(office.table, true())
    if by_priority:
        priority = _each(_PRIORITIES, "wanted_priority", Integer)
        inner = inner.where(Document.priority == priority.column)
        sources = sources.join(priority.table, true())
    inner = inner.where(*conditions, *where.conditions).order_by(*_ORDER).limit(limit)
    first = inner.lateral("first")
    return (
        select(first.c.id)
        .select_from(sources.join(first, true()))
        .order_by(first.c.priority, first.c.look_by, first.c.id)
        .limit(limit)
    )


class _Each(NamedTuple):
    table: Any
    column: ColumnElement[Any]


def _each(values: Sequence[Any], name: str, kind: type[Any]) -> _Each:
    """A table of these values."""
    table = func.unnest(sql_cast(list(values), ARRAY(kind))).table_valued(name, name=name)
    return _Each(table, table.c[name])
