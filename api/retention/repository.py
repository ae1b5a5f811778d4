"""Rows of retention: holds, what falls due, disposals, and what the chain says of their papers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, or_, select, text, tuple_, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from api.db.tables import Disposal, DisposalItem, Document, Event, LegalHold, Table, User

_KEPT = text("documents.state NOT IN ('erased', 'disposed')")
"""As the index says it, so that the planner sees that it fits."""
_UNDER_WAY = ("proposed", "approved")


class Expired(NamedTuple):
    """Papers of one type (None: not known) closed before `cutoff`: their time is over."""

    document_type: str | None
    cutoff: datetime


def find(session: Session, seen: ColumnElement[bool], number: str, *, lock: bool = False) -> Document | None:
    """The paper of a number, where the condition `seen` holds."""
    query = select(Document).where(Document.number == number, seen)
    return session.scalar(query.with_for_update() if lock else query)


def locked(session: Session, condition: ColumnElement[bool]) -> Sequence[Document]:
    """The papers that are so, by id, locked, as they are now."""
    query = select(Document).where(condition).order_by(Document.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def add(session: Session, *rows: Table) -> None:
    """Insert rows, so that they have their ids."""
    session.add_all(rows)
    session.flush()


def holds(session: Session, document_id: int) -> Sequence[LegalHold]:
    """Every hold and end of one of a paper, newest first."""
    query = select(LegalHold).where(LegalHold.document_id == document_id).order_by(LegalHold.id.desc())
    return session.scalars(query).all()


def held(session: Session, ids: Iterable[int]) -> set[int]:
    """Those of these papers that are held."""
    newest = (
        select(LegalHold.document_id, LegalHold.on)
        .where(LegalHold.document_id.in_(list(ids)))
        .ext(distinct_on(LegalHold.document_id))
        .order_by(LegalHold.document_id, LegalHold.id.desc())
    )
    return {document for document, on in session.execute(newest) if on}


def held_papers(
    session: Session, seen: ColumnElement[bool], before: int | None, limit: int
) -> list[tuple[LegalHold, Document]]:
    """At most `limit` holds that are in force, the latest first, with their papers, where `seen` holds for them."""
    later = aliased(LegalHold)
    newer = exists().where(later.document_id == LegalHold.document_id, later.id > LegalHold.id)
    query = select(LegalHold, Document).join(Document, Document.id == LegalHold.document_id)
    query = query.where(LegalHold.on, not_(newer), seen)
    if before is not None:
        query = query.where(LegalHold.id < before)
    return [(row[0], row[1]) for row in session.execute(query.order_by(LegalHold.id.desc()).limit(limit))]


def due(
    session: Session,
    seen: ColumnElement[bool],
    expired: Sequence[Expired],
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Document]:
    """At most `limit` papers whose time is over, not held and in no disposal under way, the longest closed first."""
    ids = due_ids(session, seen, expired, after, limit)
    rows = {row.id: row for row in session.scalars(select(Document).where(Document.id.in_(ids)))}
    return [rows[each] for each in ids]


def due_ids(
    session: Session,
    seen: ColumnElement[bool],
    expired: Sequence[Expired],
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[int]:
    """Ids of the papers that `due` gives.

    Each type goes by the index of its own; so no more is read than `limit` of each, and what is passed over.
    """
    held = select(LegalHold.on).where(LegalHold.document_id == Document.id).order_by(LegalHold.id.desc())
    under_way = (
        select(literal(value=True))
        .select_from(DisposalItem)
        .join(Disposal, Disposal.id == DisposalItem.disposal_id)
        .where(DisposalItem.document_id == Document.id, Disposal.state.in_(_UNDER_WAY))
    )  # asked paper by paper, as holds are: a join would read all that was ever disposed of
    free = and_(
        _KEPT,
        seen,
        *(
            not_(func.coalesce(query.limit(1).scalar_subquery(), literal(value=False)))
            for query in (held, under_way)
        ),
        tuple_(Document.closed_at, Document.id) > after if after is not None else literal(value=True),
    )
    parts = [
        select(Document.id, Document.closed_at)
        .where(Document.document_type == each.document_type)  # IS NULL where it is not known
        .where(Document.closed_at < each.cutoff, free)
        .order_by(Document.closed_at, Document.id)
        .limit(limit)
        .subquery()
        for each in expired
    ]  # fmt: skip
    if not parts:
        return []
    found = union_all(*(select(part) for part in parts)).subquery()
    query = select(found.c.id).order_by(found.c.closed_at, found.c.id).limit(limit)
    return list(session.scalars(query))


def proposed(session: Session, ids: Iterable[int], but: int | None = None) -> set[int]:
    """Those of these papers that are in a disposal under way, other than `but`."""
    query = select(DisposalItem.document_id).join(Disposal, Disposal.id == DisposalItem.disposal_id)
    query = query.where(DisposalItem.document_id.in_(list(ids)), Disposal.state.in_(_UNDER_WAY))
    return set(session.scalars(query.where(Disposal.id != but) if but is not None else query))


def disposal(session: Session, seen: ColumnElement[bool], id: int, *, lock: bool = False) -> Disposal | None:
    """The disposal of an id, where `seen` holds for all its papers."""
    query = select(Disposal).where(Disposal.id == id, not_(_hidden(seen)))
    return session.scalar(query.with_for_update(of=Disposal) if lock else query)


def locked_disposal(session: Session, id: int) -> Disposal | None:
    """The disposal of an id, locked, as it is now."""
    query = select(Disposal).where(Disposal.id == id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def disposals(
    session: Session, seen: ColumnElement[bool], before: int | None, limit: int
) -> list[tuple[Disposal, int]]:
    """At most `limit` disposals with the number of their papers, newest first, where `seen` holds for all of them."""
    papers = select(func.count()).where(DisposalItem.disposal_id == Disposal.id).scalar_subquery()
    query = select(Disposal, papers).where(not_(_hidden(seen)))
    if before is not None:
        query = query.where(Disposal.id < before)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Disposal.id.desc()).limit(limit))]


def approved(session: Session) -> list[int]:
    """Ids of disposals that were approved and are not carried out yet."""
    return list(
        session.scalars(select(Disposal.id).where(Disposal.state == "approved").order_by(Disposal.id))
    )


def items(
    session: Session, disposal_id: int, after: int = 0, limit: int | None = None
) -> Sequence[DisposalItem]:
    """Papers of a disposal by id, those with greater ids than `after`."""
    query = select(DisposalItem).where(DisposalItem.disposal_id == disposal_id)
    query = query.where(DisposalItem.document_id > after).order_by(DisposalItem.document_id)
    return session.scalars(query.limit(limit) if limit is not None else query).all()


def papers(session: Session, ids: Iterable[int]) -> Sequence[Document]:
    """The papers of these ids."""
    return session.scalars(select(Document).where(Document.id.in_(list(ids)))).all()


def numbers(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Numbers by id."""
    query = select(Document.id, Document.number).where(Document.id.in_(list(ids)))
    return dict(session.execute(query).all())


def told(session: Session, ids: Iterable[int], *actions: str) -> dict[int, list[tuple[str, dict[str, Any]]]]:
    """What the chain says of these papers under these actions: action and details, oldest first."""
    query = select(Event.document_id, Event.action, Event.body)
    query = query.where(Event.document_id.in_(list(ids)), Event.action.in_(actions)).order_by(Event.seq)
    found: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for document, action, body in session.execute(query):
        if document is not None:
            found[document].append((action, json.loads(body)["details"]))
    return found


def name(session: Session, actor: str) -> str | None:
    """The name of a user by the actor's id, such as `user:12`."""
    kind, _, number = actor.partition(":")
    return session.scalar(select(User.name).where(User.id == int(number))) if kind == "user" else None


def _hidden(seen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a disposal has a paper for which `seen` does not hold."""
    unseen = or_(seen.is_(None), not_(seen))
    return exists(
        select(1)
        .select_from(DisposalItem)
        .join(Document, Document.id == DisposalItem.document_id)
        .where(DisposalItem.disposal_id == Disposal.id, unseen)
    )
