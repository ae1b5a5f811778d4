"""People and papers for tests of shared work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Document, User
from api.deps import Services
from api.review import waiting
from api.work import absences, service
from api.work.schemas import AbsenceIn, AbsenceOut
from tests.api.triaging.papers import TEXT, paper, register

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday, one o'clock in the afternoon in Baku."""
TODAY = date(2026, 3, 2)
_serial = count()


def at(services: Services, now: datetime = NOW, **settings: object) -> Services:
    """The services at a moment, with these settings."""
    return replace(services, now=lambda: now, settings=services.settings.model_copy(update=settings))


def sharing(services: Services, now: datetime = NOW) -> Services:
    """The services of an installation that shares work out."""
    return at(services, now, assignment="share")


def person(
    services: Services,
    role: str = "clerk",
    units: Sequence[str] | None = None,
    reads: Sequence[str] | None = None,
    department: str | None = None,
) -> int:
    """A new user; the id."""
    with services.database.transaction() as session:
        user = User(login=f"{role}-{next(_serial)}", name=f"A {role}", role=role, department=department)
        user.units = list(units) if units is not None else None
        user.reads = list(reads) if reads is not None else None
        session.add(user)
        session.flush()
        return user.id


def principal(services: Services, user_id: int) -> Principal:
    """Who this user is when signed in."""
    with services.database.transaction() as session:
        user = session.get_one(User, user_id)
        units = frozenset(user.units) if user.units is not None else None
        return Principal(
            f"user:{user.id}", user.name, user.role, ROLE_PERMISSIONS[user.role], units, user.department
        )


def disable(services: Services, user_id: int) -> None:
    """Shut a user out."""
    with services.database.transaction() as session:
        session.get_one(User, user_id).disabled_at = services.now()


def absent(
    services: Services, user: int, deputy: int | None = None, first: date = TODAY, last: date = TODAY
) -> AbsenceOut:
    """The user writes down an absence."""
    wanted = AbsenceIn(deputy=deputy, first=first, last=last)
    return absences.make(services, principal(services, user), wanted)


def arrive(services: Services, **columns: object) -> Document:
    """A paper comes to wait for a clerk, is given to somebody if that is the installation's way; as it then stands."""
    (number,) = register(services, f"{TEXT}{next(_serial)}")
    with services.database.transaction() as session:
        document = session.merge(paper(services, number))
        waiting.wait(document, services.now())
        for name, value in {"language": "az", **columns}.items():
            setattr(document, name, value)
        service.assign(services, session, document)
    return paper(services, number)
