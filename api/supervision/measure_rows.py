"""What figures are counted from. A figure and the list of papers behind it go by the same conditions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, cast, delete, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Document, Figure, Measure
from api.review.queue_repository import IN_REVIEW
from api.supervision.figure_schemas import NONE, PapersQuery

UNDECIDED = ("registered", "reading", "review", "failed")
"""States of papers of which nobody has disposed in any way."""
NOT_OUT = ("escalate", "undo")
"""Actions after which a paper still waits."""
_MILLION = 1_000_000
_LOCK = int.from_bytes(b"FIGURES!", "big")
_EQUAL = (
    "office", "channel", "language", "bundle", "kind", "action", "reason", "department", "unit", "subject",
    "suggested_department", "suggested_unit", "suggested_subject", "suggested_type",
)  # fmt: skip
"""Filters of a list that are the values of columns; `-` stands for none."""
_OF_WAITING = frozenset({"office", "channel", "language", "suggested_department", "suggested_unit"})
"""Those that a paper in review has in its own row, which spares what waits a join."""


def seen(who: Principal) -> ColumnElement[bool]:
    """The condition `who.sees` on `measures`: the office that received it, or the unit of the decision in force."""
    if who.units is None:
        return true()
    units = sorted(who.units)
    return or_(Measure.office.in_(units), Measure.unit.in_(units))


def millionths() -> ColumnElement[int]:
    """Certainty in millionths, as whole numbers: it is kept with six decimal places."""
    return cast(func.round(Measure.certainty * _MILLION), BigInteger)


def conditions(asked: PapersQuery) -> list[ColumnElement[bool]]:
    """The papers that a query means, as conditions on `measures`; those of what waits are on `documents`, too."""
    found = [_base(asked), *_period(asked)]
    for name in _EQUAL:
        value = getattr(asked, name)
        if value is not None:
            own = asked.of == "waiting" and name in _OF_WAITING
            column = getattr(Document if own else Measure, name)
            found.append(column.is_(None) if value == NONE else column == value)
    if asked.overridden is not None:
        differs = func.coalesce(func.cardinality(Measure.overrides), 0) > 0
        found.append(differs if asked.overridden else ~differs)
    if asked.field is not None:
        found.append(Measure.overrides.contains([asked.field]))
    if asked.wrong is not None:
        wrong = Measure.department != Measure.suggested_department
        found.append(wrong if asked.wrong else ~wrong)
    if asked.certain_from is not None:
        found.append(millionths() >= round(asked.certain_from * _MILLION))
    if asked.certain_below is not None:
        found.append(millionths() < round(asked.certain_below * _MILLION))
    return found


def _base(asked: PapersQuery) -> ColumnElement[bool]:
    """Which papers at all."""
    if asked.of == "judged":
        person = (Measure.kind == "person") & (Measure.action == "route")
        return person & Measure.suggested_department.is_not(None)
    if asked.of == "decided":
        return Measure.action.not_in(NOT_OUT)
    if asked.of == "queued":
        return Measure.action.not_in(NOT_OUT) & Measure.waited.is_not(None)
    if asked.of == "waiting":
        return IN_REVIEW
    if asked.of == "undecided":
        return Document.state.in_(UNDECIDED)
    return true()


def _period(asked: PapersQuery) -> list[ColumnElement[bool]]:
    """What waits does so now: its period is that in which it came to wait; else of registration or decision."""
    column: Any = Measure.decided
    if asked.of == "registered":
        column = Measure.registered_at
    elif asked.of in ("waiting", "undecided"):
        column = Document.review_since
    found = []
    if asked.since is not None:
        found.append(column >= asked.since)
    if asked.until is not None:
        found.append(column < asked.until)
    if asked.late is not None:
        last = Measure.forward_by if asked.late == "forward" else Measure.answer_by
        done = asked.today if asked.of == "undecided" else Measure.decided_on
        found.append(last < done)
    return found


def counts(
    session: Session, who: Principal, asked: PapersQuery, by: Sequence[Any], *more: Any
) -> Sequence[Row[Any]]:
    """Papers by the values of `by` (none: one row), then their count, then `more` aggregates."""
    sees = who.sees if asked.of == "waiting" else seen(who)
    query = _from(select(*by, func.count(), *more), asked).where(*conditions(asked), sees)
    return session.execute(query.group_by(*by) if by else query).all()


def papers(
    session: Session,
    who: Principal,
    asked: PapersQuery,
    before: int | None,
    limit: int,
    hidden: frozenset[int],
) -> Sequence[tuple[int, str]]:
    """Ids and numbers of at most `limit` papers behind a figure, newest registrations first, without the `hidden`."""
    query = select(Document.id, Document.number).join(Measure, Measure.document_id == Document.id)
    query = query.where(*conditions(asked), seen(who), who.sees).order_by(Document.id.desc()).limit(limit)
    if hidden:
        query = query.where(Document.id.not_in(sorted(hidden)))
    if before is not None:
        query = query.where(Document.id < before)
    return [(id_, number) for id_, number in session.execute(query)]


def _from(query: Any, asked: PapersQuery) -> Any:
    if asked.of not in ("waiting", "undecided"):
        return query.select_from(Measure)
    beyond = asked.model_dump(exclude_none=True).keys() - _OF_WAITING - {"of", "since", "until"}
    if asked.of == "waiting" and not beyond:
        return query.select_from(Document)
    return query.select_from(Measure).join(Document, Document.id == Measure.document_id)


def kept(session: Session, name: str, since: datetime) -> Figure | None:
    """A figure that was computed since a moment."""
    return session.scalar(select(Figure).where(Figure.name == name, Figure.computed_at >= since))


def compute_alone(session: Session) -> None:
    """Let nobody else compute figures until the transaction ends; give this one memory to do it in."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    session.execute(text("SET LOCAL jit = off"))  # to compile takes longer than to count


def keep(session: Session, name: str, now: datetime, value: dict[str, Any], forget: datetime) -> None:
    """Keep a figure, and forget those from before a moment."""
    session.execute(delete(Figure).where(Figure.computed_at < forget))
    row = insert(Figure).values(name=name, computed_at=now, value=value)
    session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"computed_at": now, "value": value})
    )
