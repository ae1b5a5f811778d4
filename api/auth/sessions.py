"""Sessions of signed-in browsers, kept by the server.

The browser holds a random token of 256 bits; the database holds its SHA-256, so that a copy of the database opens
nothing. A session ends after an idle time, after an absolute time, when it is signed out, and when the password or
the rights of its user change. It gets a new token whenever it becomes worth more.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth import repository
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import User, UserSession
from api.errors import ForbiddenError, UnauthenticatedError

NEED_SECOND_FACTOR = frozenset({"supervisor", "administrator"})
"""Roles that may do nothing without a second factor."""
_TOKEN_BYTES = 32
_ENDED = "Your session has ended. Please sign in again."


class Step(StrEnum):
    """What a session must still do before it may do anything else."""

    SECOND_FACTOR = "second_factor"
    CHANGE = "password_change"
    ENROLMENT = "totp_enrolment"


_WHAT_TO_DO = {
    Step.SECOND_FACTOR: "Give the code of your authenticator app first.",
    Step.CHANGE: "Change your one-time password first.",
    Step.ENROLMENT: "Your role needs a second factor: set up an authenticator app first.",
}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user in a session. `principal` has no permissions while steps are required."""

    principal: Principal
    user: User
    session: UserSession
    required: tuple[Step, ...]

    def require_done(self, *except_for: Step) -> None:
        """Raises ForbiddenError, saying what to do, while steps other than these are required."""
        for step in self.required:
            if step not in except_for:
                raise ForbiddenError(_WHAT_TO_DO[step], required=step.value)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just given a new token, which nothing but the browser's cookie may keep."""

    token: str
    signed_in: SignedIn


def open_session(
    session: Session, user: User, now: datetime, *, length: timedelta, second_factor: bool
) -> Opened:
    """A new session of the user, that ends for good after `length`."""
    repository.delete_expired_sessions(session, now)
    return _add(session, user, now, now, now + length, now if second_factor else None)


def resolve(session: Session, token: str, now: datetime, idle: timedelta) -> SignedIn:
    """The session of this token. Writes that it is in use, at most once a minute.

    Raises UnauthenticatedError where there is none, it has ended, or its user is disabled.
    """
    found = repository.session_of(session, session_id(token))
    if found is None:
        raise UnauthenticatedError(_ENDED)
    row, user = found
    if now >= row.expires_at or now - row.seen_at >= idle or user.disabled_at is not None:
        raise UnauthenticatedError(_ENDED)
    if now - row.seen_at >= repository.SEEN_EVERY:
        repository.note_session_seen(session, row.id, now)
    return describe(user, row)


def rotate(session: Session, old: SignedIn, user: User, now: datetime, *, second_factor: bool) -> Opened:
    """Give the session a new token; the old one opens nothing from then on. It ends when it would have ended.

    Raises UnauthenticatedError where it has ended meanwhile.
    """
    if repository.delete_session(session, old.session.id) is None:
        raise UnauthenticatedError(_ENDED)
    passed = now if second_factor else old.session.second_factor_at
    return _add(session, user, now, old.session.created_at, old.session.expires_at, passed)


def sign_out(session: Session, signed_in: SignedIn) -> None:
    """End this session."""
    if repository.delete_session(session, signed_in.session.id) is not None:
        append(session, signed_in.principal.id, "session.ended", user=signed_in.user.id)


def describe(user: User, row: UserSession) -> SignedIn:
    """What this session is and may do, by the user's row."""
    required = _required(user, row)
    principal = Principal(
        id=actor(user.id),
        name=user.name,
        role=user.role,
        permissions=frozenset() if required else ROLE_PERMISSIONS[user.role],
        units=None if user.units is None else frozenset(user.units),
        department=user.department,
    )
    return SignedIn(principal, user, row, required)


def actor(user_id: int) -> str:
    """How the audit chain names a user."""
    return f"user:{user_id}"


def session_id(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _required(user: User, row: UserSession) -> tuple[Step, ...]:
    if user.totp_confirmed_at and not row.second_factor_at:
        return (Step.SECOND_FACTOR,)
    steps = []
    if user.password_temporary:
        steps.append(Step.CHANGE)
    if user.role in NEED_SECOND_FACTOR and not row.second_factor_at:
        steps.append(Step.ENROLMENT)
    return tuple(steps)


def _add(
    session: Session, user: User, now: datetime, created: datetime, expires: datetime, passed: datetime | None
) -> Opened:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = UserSession(
        id=session_id(token),
        user_id=user.id,
        csrf=secrets.token_urlsafe(_TOKEN_BYTES),
        created_at=created,
        seen_at=now,
        expires_at=expires,
        second_factor_at=passed,
    )
    session.add(row)
    session.flush()
    return Opened(token, describe(user, row))
