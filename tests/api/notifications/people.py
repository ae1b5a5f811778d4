"""People and papers for tests of who is told what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.auth.permissions import Principal
from api.db.tables import Document, Notification, User
from api.deps import Services
from api.notifications.recipients import principal_of
from api.notifications.service import notify
from tests.api.triaging.papers import TEXT, paper, register


def person(services: Services, login: str, role: str = "clerk", **more: Any) -> int:
    """A new user; their id."""
    with services.database.transaction() as session:
        user = User(login=login, name=f"Person {login}", role=role, **more)
        session.add(user)
        session.flush()
        return user.id


def principal(services: Services, user_id: int) -> Principal:
    """Them as a caller."""
    with services.database.transaction() as session:
        return principal_of(session.get_one(User, user_id))


def registered(services: Services, words: str = "", **columns: Any) -> Document:
    """A new paper, with these columns changed."""
    number = register(services, TEXT + words)[0]
    with services.database.transaction() as session:
        found = session.scalars(select(Document).where(Document.number == number)).one()
        for name, value in columns.items():
            setattr(found, name, value)
    return paper(services, number)


def tell(services: Services, *user_ids: int, kind: str = "paper.assigned", **more: Any) -> None:
    """Notify in a transaction of its own."""
    with services.database.transaction() as session:
        notify(services, session, user_ids, kind, **more)


def told(services: Services) -> list[Notification]:
    """All notifications, oldest first."""
    with services.database.transaction() as session:
        return list(session.scalars(select(Notification).order_by(Notification.id)))
