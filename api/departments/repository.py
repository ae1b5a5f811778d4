"""Rows of departments: papers that they have, what they did with them, and which departments are open."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from api.db.tables import DepartmentState, Document, Handover, Remark, Table

EVERYWHERE = ""
"""The unit of a row that holds for a department in all units."""
_LOCK = int.from_bytes(b"DEPARTMT", "big")


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def find(session: Session, sees: ColumnElement[bool], number: str, *, lock: bool = False) -> Document | None:
    """The paper of a number, where the condition `sees` holds."""
    query = select(Document).where(Document.number == number, sees)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def inbox(
    session: Session, conditions: Sequence[ColumnElement[bool]], after: int | None, limit: int
) -> Sequence[Document]:
    """At most `limit` papers under these conditions, by id, those beyond `after`."""
    query = select(Document).where(*conditions).order_by(Document.id).limit(limit)
    return session.scalars(query if after is None else query.where(Document.id > after)).all()


def count(session: Session, *conditions: ColumnElement[bool], most: int | None = None) -> int:
    """How many papers these conditions hold for; counted up to `most`."""
    found = select(literal(1)).select_from(Document).where(*conditions).limit(most).subquery()
    return session.scalars(select(func.count()).select_from(found)).one()


def counts(session: Session, sees: ColumnElement[bool], state: str) -> dict[str, int]:
    """How many papers of a state each department has, of those that may be seen."""
    query = select(Document.department, func.count()).where(Document.state == state, sees)
    return {str(department): n for department, n in session.execute(query.group_by(Document.department))}


def acceptance(session: Session, decision_id: int) -> Handover | None:
    """That the paper was accepted by this decision."""
    query = select(Handover).where(Handover.decision_id == decision_id, Handover.kind == "accepted")
    return session.scalar(query)


def handovers(session: Session, document_id: int) -> Sequence[Handover]:
    """Everything that departments did with a paper, oldest first."""
    query = select(Handover).where(Handover.document_id == document_id).order_by(Handover.id)
    return session.scalars(query).all()


def remarks(session: Session, document_id: int, about: Collection[str]) -> dict[str, str | None]:
    """Words by what they are about."""
    query = select(Remark.about, Remark.words).where(
        Remark.document_id == document_id, Remark.about.in_(about)
    )
    return dict(session.execute(query).all())


def hold(session: Session) -> None:
    """Keep departments as open or closed as they are until the transaction ends. Any number of transactions may."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _LOCK})


def hold_alone(session: Session) -> None:
    """Wait for all that hold the departments, and keep others waiting until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def states(
    session: Session, pairs: Collection[tuple[str, str]] | None = None
) -> dict[tuple[str, str], DepartmentState]:
    """The newest row of each of these pairs of department and unit; of all by default."""
    columns = (DepartmentState.department, DepartmentState.unit)
    query = select(DepartmentState).ext(distinct_on(*columns))
    if pairs is not None:
        query = query.where(tuple_(*columns).in_(pairs))
    rows = session.scalars(query.order_by(*columns, DepartmentState.id.desc()))
    return {(row.department, row.unit): row for row in rows}


def on_the_way(department: str, unit: str) -> list[ColumnElement[bool]]:
    """The conditions for papers that were routed to a department (in a unit; empty: anywhere) and not accepted."""
    within = [Document.unit == unit] if unit != EVERYWHERE else []
    return [Document.state == "routed", Document.department == department, *within]


def locked(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int) -> Sequence[Document]:
    """At most `limit` papers under these conditions, locked; those that somebody else has locked are passed over."""
    query = select(Document).where(*conditions).order_by(Document.id).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True)).all()
