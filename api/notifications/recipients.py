"""Whom to tell: enabled users who may see the paper, by the units that it came to or was sent to."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.auth.sessions import actor
from api.db.tables import Document, User
from api.notifications import repository


def supervisors_of(session: Session, document: Document) -> list[int]:
    """Ids of the supervisors who see a paper."""
    return repository.enabled(session, "supervisor", (document.office, document.unit))


def officers_of(session: Session, department: str, unit: str | None) -> list[int]:
    """Ids of the officers of a department who see what was routed to it in a unit."""
    return repository.enabled(session, "officer", (unit,), department)


def clerks_of(session: Session, office: str | None) -> list[int]:
    """Ids of the clerks who see what an office received."""
    return repository.enabled(session, "clerk", (office,))


def clerks_of_any(session: Session, offices: Iterable[str | None]) -> list[int]:
    """Ids of the clerks who see what one of these offices received."""
    return repository.enabled(session, "clerk", offices)


def administrators_of(session: Session) -> list[int]:
    """Ids of the administrators of the whole installation."""
    return repository.enabled(session, "administrator", ())


def supervisors_everywhere(session: Session) -> list[int]:
    """Ids of all supervisors: who may approve rules, and read the audit chain."""
    return repository.enabled(session, "supervisor", None)


def people_of_department(session: Session, department: str, unit: str | None) -> list[int]:
    """Ids of the officers and supervisors whom it concerns what becomes of a department, in a unit or everywhere."""
    places = (unit,) if unit is not None else None
    officers = repository.enabled(session, "officer", places, department)
    return [*officers, *repository.enabled(session, "supervisor", places)]


def principal_of(user: User) -> Principal:
    """What a user may do and see, as if signed in and with nothing left to do."""
    return Principal(
        id=actor(user.id),
        name=user.name,
        role=user.role,
        permissions=ROLE_PERMISSIONS[user.role],
        units=None if user.units is None else frozenset(user.units),
        department=user.department,
    )
