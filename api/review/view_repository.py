"""Rows of saved views."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db.tables import SavedView, User


def views(session: Session, user_id: int, page: str) -> Sequence[SavedView]:
    """A person's views of a page, by name."""
    query = select(SavedView).where(SavedView.user_id == user_id, SavedView.page == page)
    return session.scalars(query.order_by(func.lower(SavedView.name), SavedView.id)).all()


def lock_user(session: Session, user_id: int) -> User | None:
    """The person's row, locked, so that two requests of theirs do not save the same name."""
    return session.scalar(select(User).where(User.id == user_id).with_for_update(key_share=True))


def named(session: Session, user_id: int, page: str, name: str) -> SavedView | None:
    """The person's view of this name."""
    query = select(SavedView).where(
        SavedView.user_id == user_id, SavedView.page == page, SavedView.name == name
    )
    return session.scalar(query)


def own(session: Session, user_id: int, id: int) -> SavedView | None:
    """A view, where it is this person's."""
    return session.scalar(select(SavedView).where(SavedView.id == id, SavedView.user_id == user_id))


def add(session: Session, row: SavedView) -> None:
    """Insert a view, so that it has its id."""
    session.add(row)
    session.flush()


def remove(session: Session, row: SavedView) -> None:
    """Delete a view."""
    session.delete(row)
