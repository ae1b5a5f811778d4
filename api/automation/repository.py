"""The rows of automation: switches, and what is counted of decisions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from api.db.tables import Decision, Document, Switch, Table

_LOCK = int.from_bytes(b"AUTOMATE", "big")


class Count(NamedTuple):
    """Shadow decisions for one department and subject: all, those that a person decided on too, and agreed with."""

    department: str
    subject: str | None
    shadows: int
    judged: int
    agreed: int


def hold(session: Session) -> None:
    """Keep the switches as they are until the transaction ends. Any number of transactions may."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _LOCK})


def hold_alone(session: Session) -> None:
    """Wait for all that hold the switches, and keep others waiting until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def newest(session: Session, scopes: Iterable[tuple[str, str]] | None = None) -> list[Switch]:
    """The newest row of each of these (scope, value); of all by default."""
    query = select(Switch).ext(distinct_on(Switch.scope, Switch.value))
    if scopes is not None:
        query = query.where(or_(*(and_(Switch.scope == s, Switch.value == v) for s, v in scopes)))
    return list(session.scalars(query.order_by(Switch.scope, Switch.value, Switch.id.desc())))


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def shadow_counts(session: Session, since: datetime | None) -> list[Count]:
    """How shadow decisions compare with what people decided: the newest of each for a paper, the person's later.

    Of people only routes in force count: what was taken back or sent back, was proposed or did something else with the
    paper says nothing of the department.
    """
    recent = Decision.created_at >= since if since is not None else Decision.id > 0
    subject = Decision.facts["subject"].astext.label("subject")
    shadow = (
        select(Decision.id, Decision.document_id, Decision.department, subject)
        .where(Decision.kind == "shadow", recent)
        .ext(distinct_on(Decision.document_id))
        .order_by(Decision.document_id, Decision.id.desc())
        .subquery()
    )
    other = aliased(Decision)
    person = (
        select(other.department)
        .join(Document, Document.decision_id == other.id)
        .where(
            Document.id == shadow.c.document_id,
            other.kind == "person",
            func.coalesce(other.action, "route") == "route",
            other.id > shadow.c.id,
        )
        .lateral()
    )
    query = (
        select(
            shadow.c.department,
            shadow.c.subject,
            func.count(),
            func.count(person.c.department),
            func.count().filter(person.c.department == shadow.c.department),
        )
        .outerjoin(person, true())
        .group_by(shadow.c.department, shadow.c.subject)
        .order_by(shadow.c.department, shadow.c.subject)
    )
    return [Count(*row) for row in session.execute(query)]
