"""Rows of people at work: members, absences, loads, and papers that wait for somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text, true
from sqlalchemy.orm import Session

from api.db.tables import Absence, Document, Table, User

MEMBERS = ("clerk", "officer", "supervisor")
"""Roles of people who work on papers."""
_TURN = int.from_bytes(b"WHOSTURN", "big")
_ABSENCES = int.from_bytes(b"ABSENCES", "big")


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def take_turn(session: Session) -> None:
    """Let one transaction at a time choose who is given a paper: two that come at once see each other's choice.

    One lock for all, not one a unit: a transaction with papers of several units can then wait for no other in turn.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN})


def lock_absences(session: Session) -> None:
    """Let one transaction at a time make an absence, so that no two make a circle of deputies."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ABSENCES})


def find(session: Session, sees: ColumnElement[bool], number: str) -> Document | None:
    """The paper of a number, locked, where the condition `sees` holds."""
    query = select(Document).where(Document.number == number, sees).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def clerks(session: Session, places: Collection[str]) -> Sequence[User]:
    """Clerks who may sign in and see papers of one of these places (offices or units), by id."""
    within = or_(User.units.is_(None), *(User.units.contains([place]) for place in places))
    query = select(User).where(User.role == "clerk", User.disabled_at.is_(None), within).order_by(User.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def supervisors(session: Session) -> Sequence[User]:
    """Supervisors who may sign in."""
    query = select(User).where(User.role == "supervisor", User.disabled_at.is_(None)).order_by(User.id)
    return session.scalars(query).all()


def members(session: Session, units: frozenset[str] | None, after: int, limit: int) -> Sequence[User]:
    """People who work on papers within these units (None: all) and may sign in, by id, those beyond `after`."""
    query = select(User).where(
        User.id > after, User.role.in_(MEMBERS), User.disabled_at.is_(None), _within(units)
    )
    return session.scalars(query.order_by(User.id).limit(limit)).all()


def member(
    session: Session, user_id: int, units: frozenset[str] | None, *, lock: bool = False
) -> User | None:
    """Such a person, if within these units."""
    query = select(User).where(
        User.id == user_id, User.role.in_(MEMBERS), User.disabled_at.is_(None), _within(units)
    )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(query)


def everybody(session: Session) -> dict[int, User]:
    """All people who work on papers and may sign in, by id."""
    query = select(User).where(User.role.in_(MEMBERS), User.disabled_at.is_(None))
    return {user.id: user for user in session.scalars(query)}


def names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Names of users by id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))) if ids else ()
    return {key: name for key, name in rows}  # noqa: C416 - rows are no pairs to mypy


def loads(session: Session, ids: Collection[int], now: datetime) -> dict[int, int]:
    """How many papers in review each of these users holds, or is to take; those without are left out."""
    held = and_(Document.held_by.in_(ids), Document.held_until > now)
    person = case((Document.held_until > now, Document.held_by), else_=Document.assigned_to)
    query = select(person, func.count()).where(
        Document.state == "review", or_(Document.assigned_to.in_(ids), held)
    )
    return {key: count for key, count in session.execute(query.group_by(person))}  # noqa: C416 - as above


def away(session: Session, today: date, ids: Collection[int] | None = None) -> dict[int, Absence]:
    """Absences on that day by user, of these users or of all."""
    query = select(Absence).where(
        Absence.last >= today, Absence.first <= today, Absence.cancelled_at.is_(None)
    )
    if ids is not None:
        query = query.where(Absence.user_id.in_(ids))
    return {absence.user_id: absence for absence in session.scalars(query)}


def absences_of(session: Session, user_id: int, first: date, last: date) -> Sequence[Absence]:
    """Absences of a user that have a day within these."""
    query = select(Absence).where(
        Absence.user_id == user_id,
        Absence.last >= first,
        Absence.first <= last,
        Absence.cancelled_at.is_(None),
    )
    return session.scalars(query.order_by(Absence.id)).all()


def absences(
    session: Session, people: ColumnElement[bool], since: date, after: int, limit: int
) -> Sequence[tuple[Absence, str]]:
    """Absences, with names, of people for whom the condition on `users` holds, that end on that day or later, by id."""
    query = select(Absence, User.name).join(User, User.id == Absence.user_id)
    query = query.where(people, Absence.last >= since, Absence.cancelled_at.is_(None), Absence.id > after)
    return [(absence, name) for absence, name in session.execute(query.order_by(Absence.id).limit(limit))]


def absence(session: Session, absence_id: int, people: ColumnElement[bool]) -> tuple[Absence, str] | None:
    """An absence, locked, with the name, where the condition on `users` holds."""
    query = select(Absence, User.name).join(User, User.id == Absence.user_id)
    query = query.where(Absence.id == absence_id, people).with_for_update(of=Absence)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    return None if row is None else (row[0], row[1])


def managed(units: frozenset[str] | None) -> ColumnElement[bool]:
    """The condition on `users` for people who work on papers within these units."""
    return and_(User.role.in_(MEMBERS), _within(units))


def late(session: Session, now: datetime, look_by: datetime, today: date, limit: int) -> Sequence[Document]:
    """Papers in review that should have been looked at before `look_by`, or forwarded by `today`, and did not rise yet.

    Locked; what somebody has open, or somebody else has locked, is passed over.
    """
    due = or_(Document.look_by < look_by, Document.forward_by <= today)
    risen = or_(Document.rose_at.is_(None), Document.rose_at < Document.review_since)
    free = or_(Document.held_until.is_(None), Document.held_until <= now)
    query = select(Document).where(text("state = 'review'"), risen, due, free)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def not_accepted(session: Session, before: datetime, limit: int) -> Sequence[Document]:
    """Papers routed before that moment, not accepted, of which nobody was told yet; locked."""
    told = or_(Document.rose_at.is_(None), Document.rose_at < Document.decided_at)
    query = select(Document).where(text("state = 'routed'"), told, Document.decided_at < before)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def gone(session: Session) -> list[int]:
    """Users who may not sign in any more."""
    return list(session.scalars(select(User.id).where(User.disabled_at.is_not(None))))


def stranded(session: Session, now: datetime, away: Collection[int], limit: int) -> Sequence[Document]:
    """Papers in review given to one of these people that nobody has open; locked."""
    free = or_(Document.held_until.is_(None), Document.held_until <= now)
    query = select(Document).where(text("state = 'review'"), Document.assigned_to.in_(away), free)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def _within(units: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if units is None else User.units.contained_by(sorted(units))
