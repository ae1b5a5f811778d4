"""Rows of users, sessions and keys: the only SQL of this feature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from api.db.tables import ApiKey, User, UserSession

_PEOPLE_LOCK = 0x64726B75
"""Of `pg_advisory_xact_lock`: changes of users by others happen one after the other."""
SEEN_EVERY = timedelta(minutes=1)
"""Uses are noted at most so often."""


def lock_people(session: Session) -> None:
    """Wait until no other transaction changes users, and hold others off until this one ends."""
    session.execute(select(func.pg_advisory_xact_lock(_PEOPLE_LOCK)))


def user_exists(session: Session) -> bool:
    """Whether there is any user at all."""
    return session.scalar(select(User.id).limit(1)) is not None


def user_for_update(session: Session, user_id: int) -> User | None:
    """The user as the row stands now, locked until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update()
    return session.scalar(query, execution_options={"populate_existing": True})


def user_by_login_for_update(session: Session, login: str) -> User | None:
    """The user of this login, locked until the transaction ends."""
    return session.scalar(select(User).where(User.login == login).with_for_update())


def user_by_subject_for_update(session: Session, subject: str) -> User | None:
    """The user bound to this subject of the OpenID Connect provider, locked until the transaction ends."""
    return session.scalar(select(User).where(User.oidc_subject == subject).with_for_update())


def unbound_users_by_email_for_update(session: Session, email: str) -> Sequence[User]:
    """Users with this address, without regard to case, who are bound to no subject; locked."""
    same = func.lower(User.email) == func.lower(email)
    return session.scalars(select(User).where(same, User.oidc_subject.is_(None)).with_for_update()).all()


def login_taken(session: Session, login: str) -> bool:
    """Whether a user, disabled ones too, has this login."""
    return session.scalar(select(User.id).where(User.login == login)) is not None


def user(session: Session, user_id: int, units: frozenset[str] | None) -> User | None:
    """The user, if within these units (None: all)."""
    return session.scalar(select(User).where(User.id == user_id, _user_within(units)))


def users(session: Session, units: frozenset[str] | None, after: int, limit: int) -> Sequence[User]:
    """Users within these units (None: all), by id, those beyond `after`."""
    query = select(User).where(User.id > after, _user_within(units)).order_by(User.id).limit(limit)
    return session.scalars(query).all()


def other_active_administrator(session: Session, user_id: int) -> bool:
    """Whether there is an administrator with all units, not disabled, beside this user."""
    query = select(User.id).where(
        User.role == "administrator", User.disabled_at.is_(None), User.units.is_(None), User.id != user_id
    )
    return session.scalar(query.limit(1)) is not None


def session_of(session: Session, session_id: str) -> tuple[UserSession, User] | None:
    """A session and its user."""
    query = select(UserSession, User).join(User, User.id == UserSession.user_id)
    row = session.execute(query.where(UserSession.id == session_id)).one_or_none()
    return None if row is None else (row[0], row[1])


def note_session_seen(session: Session, session_id: str, now: datetime) -> None:
    """Write that the session was used."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=now))


def delete_session(session: Session, session_id: str) -> int | None:
    """End a session; gives the id of its user, None if there was no such session."""
    query = delete(UserSession).where(UserSession.id == session_id).returning(UserSession.user_id)
    return session.scalar(query)


def delete_sessions_of(session: Session, user_id: int, spared: str = "") -> None:
    """End all sessions of a user, but for the one `spared`."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.id != spared))


def delete_expired_sessions(session: Session, now: datetime) -> None:
    """Remove what has expired; rows that another transaction is removing are left to it."""
    expired = select(UserSession.id).where(UserSession.expires_at <= now).with_for_update(skip_locked=True)
    session.execute(delete(UserSession).where(UserSession.id.in_(expired)))


def key_by_prefix(session: Session, prefix: str) -> ApiKey | None:
    """The key that this prefix finds."""
    return session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))


def key_for_update(session: Session, key_id: int, units: frozenset[str] | None) -> ApiKey | None:
    """The key, if within these units (None: all), locked until the transaction ends."""
    return session.scalar(select(ApiKey).where(ApiKey.id == key_id, _key_within(units)).with_for_update())


def keys(session: Session, units: frozenset[str] | None, after: int, limit: int) -> Sequence[ApiKey]:
    """Keys within these units (None: all), by id, those beyond `after`."""
    query = select(ApiKey).where(ApiKey.id > after, _key_within(units)).order_by(ApiKey.id).limit(limit)
    return session.scalars(query).all()


def note_key_used(session: Session, key_id: int, now: datetime) -> None:
    """Write that the key was used, if that was not noted within the last minute."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - SEEN_EVERY)
    session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=now))


def user_names(session: Session, ids: Sequence[int]) -> Sequence[tuple[int, str]]:
    """Ids and names of these users, disabled ones too."""
    return [(row.id, row.name) for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))]


def key_names(session: Session, ids: Sequence[int]) -> Sequence[tuple[int, str]]:
    """Ids and names of these keys, revoked ones too."""
    query = select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(ids))
    return [(row.id, row.name) for row in session.execute(query)]


def _user_within(units: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if units is None else User.units.contained_by(sorted(units))


def _key_within(units: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if units is None else ApiKey.units.contained_by(sorted(units))
