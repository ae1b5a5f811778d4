"""The rows of blind samples. Whoever gives out or judges an item holds `lock`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Subquery, Text, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session

from api.db.tables import Decision, Document, Event, Sample, SampleItem, SampleVerdict, Table

OPENED = "sample.item_opened"
"""The action of the event that an item was given to a reader; its details begin with `item`."""
_HARMLESS = (
    OPENED,
    "document.registered",
    "document.text_read",
    "document.original_read",
    "document.page_read",
    "document.layout_read",
)
"""What a person may have done with a paper and still not have been shown the machine's answer."""
_LOCK = int.from_bytes(b"BLINDSMP", "big")
_GONE = ("erased", "disposed")
Reader = str | ColumnElement[str]
"""How the audit chain names who reads, or what stands for it in a statement that is built once."""


class Item(NamedTuple):
    """An item with what it needs to be judged or told: `state` is that of the paper, the rest of its decision."""

    item: SampleItem
    number: str
    state: str
    department: str
    unit: str | None
    subject: str | None


def lock(session: Session) -> None:
    """Let nobody else give out or judge items until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def add(session: Session, *rows: Table) -> None:
    """Insert rows, so that they have their ids."""
    session.add_all(rows)
    session.flush()


def population(seen: ColumnElement[bool], since: datetime, until: datetime, **labels: str | None) -> Any:
    """The query for ids and papers of the decisions that a sample is drawn from.

    Those of kind `policy` made in the period, whatever became of them since: one that a department has returned was
    wrong, and to leave it out would make the error look smaller. Papers whose content is gone cannot be judged.
    """
    query = (
        select(Decision.id, Decision.document_id)
        .join(Document, Document.id == Decision.document_id)
        .where(
            Decision.kind == "policy", Decision.created_at >= since, Decision.created_at < until,
            Document.state.not_in(_GONE), seen,
        )
    )  # fmt: skip
    if (department := labels["department"]) is not None:
        query = query.where(Decision.department == department)
    if (subject := labels["subject"]) is not None:
        query = query.where(Decision.facts["subject"].astext == subject)
    return query


def count(session: Session, query: Any) -> int:
    """How many decisions there are."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def draw(session: Session, query: Any, seed: int, size: int) -> Sequence[tuple[int, int]]:
    """A simple random sample of (decision, paper): the first by MD5 of `seed:decision`, which is their order, too."""
    there = query.subquery()
    order = func.md5(func.concat(seed, ":", there.c.id))
    rows = session.execute(select(there.c.id, there.c.document_id).order_by(order, there.c.id).limit(size))
    return [(decision, document) for decision, document in rows]


def samples(session: Session, before: int | None, limit: int) -> Sequence[Sample]:
    """Samples, newest first."""
    query = select(Sample).order_by(Sample.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Sample.id < before)).all()


def sample(session: Session, id: int) -> Sample | None:
    """A sample."""
    return session.get(Sample, id)


def items(
    session: Session, condition: ColumnElement[bool], seen: ColumnElement[bool]
) -> list[tuple[Item, list[SampleVerdict]]]:
    """Items of papers that may be seen, each with its verdicts in the order in which they were given."""
    query = (
        select(
            SampleItem, Document.number, Document.state, Decision.department, Decision.unit,
            Decision.facts["subject"].astext,
        )
        .join(Document, Document.id == SampleItem.document_id)
        .join(Decision, Decision.id == SampleItem.decision_id)
        .where(condition, seen)
        .order_by(SampleItem.id)
    )  # fmt: skip
    found = [Item(*row) for row in session.execute(query)]
    given: dict[int, list[SampleVerdict]] = {row.item.id: [] for row in found}
    query_ = select(SampleVerdict).where(SampleVerdict.item_id.in_(given)).order_by(SampleVerdict.id)
    for verdict in session.scalars(query_):
        given[verdict.item_id].append(verdict)
    return [(row, given[row.item.id]) for row in found]


def offices(session: Session, sample_id: int) -> list[str | None]:
    """The offices that received the papers of a sample."""
    query = select(Document.office).join(SampleItem, SampleItem.document_id == Document.id)
    return list(session.scalars(query.where(SampleItem.sample_id == sample_id).distinct()))


def unseen_items(session: Session, condition: ColumnElement[bool], seen: ColumnElement[bool]) -> int:
    """How many items are of papers that may not be seen."""
    query = select(func.count(SampleItem.id)).join(Document, Document.id == SampleItem.document_id)
    return session.scalar(query.where(condition, ~func.coalesce(seen, False))) or 0


def _given() -> Subquery:
    """Verdicts by item: how many, and how many different answers."""
    answer = func.concat(SampleVerdict.department, "/", SampleVerdict.unit)
    return (
        select(
            SampleVerdict.item_id,
            func.count().label("verdicts"),
            func.count(answer.distinct()).label("answers"),
        )
        .group_by(SampleVerdict.item_id)
        .subquery()
    )


def _is_opened_by(actor: Reader) -> ColumnElement[bool]:
    return exists(
        select(Event.seq)
        .where(
            Event.document_id == SampleItem.document_id, Event.action == OPENED, Event.actor == actor,
            Event.body.contains(func.concat('"item":', SampleItem.id, ",")),
        )
        .correlate(SampleItem)
    )  # fmt: skip


def _is_judged_by(actor: Reader) -> ColumnElement[bool]:
    return exists(
        select(SampleVerdict.id)
        .where(SampleVerdict.item_id == SampleItem.id, SampleVerdict.actor == actor)
        .correlate(SampleItem)
    )


def _lacks(given: Subquery) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether an item lacks one of its readers; and whether it lacks a third, since two of them differ."""
    lacks_reader = func.coalesce(given.c.verdicts, 0) < SampleItem.readers
    lacks_third = and_(SampleItem.readers == 2, given.c.verdicts == 2, given.c.answers == 2)
    return lacks_reader, lacks_third


def _open_items(actor: Reader) -> Any:
    given = _given()
    return (
        select(SampleItem.id)
        .outerjoin(given, given.c.item_id == SampleItem.id)
        .where(or_(*_lacks(given)), ~_is_judged_by(actor), _is_opened_by(actor))
    )


_OPEN_PAPERS = _open_items(bindparam("reader", type_=Text)).with_only_columns(SampleItem.document_id)
"""Built once: every list of papers asks for it."""


def open_papers(session: Session, actor: str) -> frozenset[int]:
    """The papers of all items that are open for a reader."""
    return frozenset(session.scalars(_OPEN_PAPERS, {"reader": actor}))


def opened(session: Session, seen: ColumnElement[bool], actor: str) -> int | None:
    """The first item that is open for a reader and can be judged."""
    query = _open_items(actor).join(Document, Document.id == SampleItem.document_id)
    query = query.where(Document.state.not_in(_GONE), seen)
    found: int | None = session.scalar(query.order_by(SampleItem.id).limit(1))
    return found


def next_item(
    session: Session, seen: ColumnElement[bool], actor: str, *, settles: bool, since: datetime
) -> SampleItem | None:
    """The first item that this reader may be given, in the order of the draw.

    Not of a sample that they drew, nor of a paper with which they did anything that may have shown them the
    machine's answer; and not where others opened it after `since` and may still judge it, so that nobody is left
    over. `settles`: they may be the third.
    """
    given = _given()
    lacks_reader, lacks_third = _lacks(given)
    others = (
        select(func.count(Event.actor.distinct()))
        .where(
            Event.document_id == SampleItem.document_id, Event.action == OPENED, Event.actor != actor,
            Event.at >= since, Event.body.contains(func.concat('"item":', SampleItem.id, ",")),
            ~exists(
                select(SampleVerdict.id)
                .where(SampleVerdict.item_id == SampleItem.id, SampleVerdict.actor == Event.actor)
                .correlate(SampleItem, Event)
            ),
        )
        .correlate(SampleItem)
        .scalar_subquery()
    )  # fmt: skip
    shown = exists(
        select(Event.seq)
        .where(
            Event.document_id == SampleItem.document_id, Event.actor == actor, Event.action.not_in(_HARMLESS)
        )
        .correlate(SampleItem)
    )
    room = and_(lacks_reader, func.coalesce(given.c.verdicts, 0) + others < SampleItem.readers)
    query = (
        select(SampleItem)
        .join(Sample, Sample.id == SampleItem.sample_id)
        .join(Document, Document.id == SampleItem.document_id)
        .outerjoin(given, given.c.item_id == SampleItem.id)
        .where(
            or_(room, and_(lacks_third, others == 0)) if settles else room,
            Sample.actor != actor, Document.state.not_in(_GONE), seen, ~_is_judged_by(actor), ~shown,
        )
        .order_by(SampleItem.id)
        .limit(1)
    )  # fmt: skip
    return session.scalar(query)


def pairs(
    session: Session, seen: ColumnElement[bool], since: datetime, until: datetime
) -> list[list[SampleVerdict]]:
    """The first two verdicts of every item that two people have judged, the second of them in the period."""
    second = (
        select(SampleVerdict.item_id)
        .where(SampleVerdict.at >= since, SampleVerdict.at < until)
        .join(SampleItem, SampleItem.id == SampleVerdict.item_id)
        .where(SampleItem.readers == 2)
        .distinct()
    )
    found = [verdicts[:2] for _, verdicts in items(session, SampleItem.id.in_(second), seen)]
    return [pair for pair in found if len(pair) == 2 and since <= pair[1].at < until]
