"""Events found by what they say, by the indexes of the chain, whatever its length."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from api.db.tables import Document, Event

PASSED_OVER = 20_000
"""Events that are looked at for one page, at most, where some are of papers that the caller may not see."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events of an actor, of actions, of a paper, with numbers `first` to `last`: None is any.

    `seen` is the condition on papers, None for all papers; events of no paper are seen by all who may read the chain.
    Those of papers that are `hidden` (by id) are left out.
    """

    actor: str | None = None
    actions: tuple[str, ...] | None = None
    document_id: int | None = None
    first: int | None = None
    last: int | None = None
    seen: ColumnElement[bool] | None = None
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """Events with the numbers of their papers. `end`: the last event looked at, None where there are no others."""

    events: list[tuple[Event, str | None]]
    end: int | None


def page(session: Session, wanted: Wanted, limit: int, *, newest_first: bool = True) -> Found:
    """At most `limit` events that are wanted."""
    seqs = numbers(session, wanted, limit + 1, newest_first=newest_first)
    events = _events(session, seqs[:limit])
    if len(seqs) > limit:
        return Found(events, seqs[limit - 1])
    if wanted.seen is None or wanted.actions == ():
        return Found(events, None)
    looked_at = _in_order(wanted, PASSED_OVER, newest_first=newest_first)
    return Found(events, session.scalar(looked_at.offset(PASSED_OVER - 1)))


def numbers(session: Session, wanted: Wanted, limit: int, *, newest_first: bool = True) -> Sequence[int]:
    """The numbers of at most `limit` events that are wanted, in order."""
    if wanted.actions == ():
        return []
    _walk(session)
    if wanted.seen is None:
        return session.scalars(_in_order(wanted, limit, newest_first=newest_first)).all()
    some = _in_order(wanted, PASSED_OVER, newest_first=newest_first).subquery()
    paper = Document.id == some.c.document_id
    seen = select(literal(1)).where(paper, wanted.seen).correlate(some).exists()
    query = select(some.c.seq).where(or_(some.c.document_id.is_(None), seen))
    return session.scalars(
        query.order_by(some.c.seq.desc() if newest_first else some.c.seq).limit(limit)
    ).all()


def _walk(session: Session) -> None:
    """Have indexes walked in their order until the transaction ends.

    Left alone, the planner collects and sorts all events of some actions for a page of fifty: it does not know that the
    walks are merged only as far as the page goes.
    """
    off = ("enable_bitmapscan", "enable_sort", "jit")
    session.execute(select(*(func.set_config(name, "off", True) for name in off)))


def _in_order(wanted: Wanted, limit: int, *, newest_first: bool) -> Select[int, int | None]:
    """Numbers and papers of events: a merge of one walk through an index for each action.

    The limit stands here, and not in a query around this one, for the planner to know that a walk will end soon.
    """
    order = Event.seq.desc() if newest_first else Event.seq.asc()
    branches = [_branch(wanted, action).order_by(order) for action in wanted.actions or (None,)]
    if len(branches) == 1:
        return branches[0].limit(limit)
    merged = union_all(*branches).subquery()
    query = select(merged.c.seq, merged.c.document_id)
    return query.order_by(merged.c.seq.desc() if newest_first else merged.c.seq).limit(limit)


def _branch(wanted: Wanted, action: str | None) -> Select[int, int | None]:
    query = select(Event.seq, Event.document_id)
    if action is not None:
        query = query.where(Event.action == action)
    if wanted.actor is not None:
        query = query.where(Event.actor == wanted.actor)
    if wanted.document_id is not None:
        query = query.where(Event.document_id == wanted.document_id)
    if wanted.hidden:
        query = query.where(or_(Event.document_id.is_(None), Event.document_id.not_in(sorted(wanted.hidden))))
    if wanted.first is not None:
        query = query.where(Event.seq >= wanted.first)
    if wanted.last is not None:
        query = query.where(Event.seq <= wanted.last)
    return query


def _events(session: Session, seqs: Sequence[int]) -> list[tuple[Event, str | None]]:
    """These events in this order, each with the number of its paper."""
    query = (
        select(Event, Document.number)
        .outerjoin(Document, Document.id == Event.document_id)
        .where(Event.seq.in_(seqs))
    )
    by_seq = {event.seq: (event, number) for event, number in session.execute(query)} if seqs else {}
    return [by_seq[seq] for seq in seqs]


def actions_beginning(session: Session, prefix: str) -> tuple[str, ...]:
    """All actions in the chain that begin so: the index is looked into once for each action that there is."""
    first = select(func.min(Event.action).label("action")).cte("known", recursive=True)
    following = (
        select(func.min(Event.action)).where(Event.action > first.c.action).correlate(first).scalar_subquery()
    )
    known = first.union_all(select(following).where(first.c.action.is_not(None)))
    query = select(known.c.action).where(func.starts_with(known.c.action, prefix))
    return tuple(session.scalars(query).all())


def first_since(session: Session, moment: datetime) -> int:
    """The number of the first link at or after a moment; one after the tip if there is none.

    `at` never goes back along the chain and `seq` has no gaps: a few look-ups, and no index on `at`.
    """

    def at(seq: int) -> datetime:
        return session.scalars(select(Event.at).where(Event.seq >= seq).order_by(Event.seq).limit(1)).one()

    last = session.scalar(select(func.max(Event.seq))) or 0
    numbers = range(1, last + 1)
    return bisect_left(numbers, moment, key=at) + 1


def document(session: Session, sees: ColumnElement[bool], number: str) -> Document | None:
    """A paper that may be seen, by its number."""
    return session.scalar(select(Document).where(Document.number == number, sees))
