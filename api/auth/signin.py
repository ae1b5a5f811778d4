"""Signing in: password and second factor, with the count of failures.

An attempt is counted as a failure, and that is committed, before the password is looked at; success takes it back.
So attempts made at once, or a process killed in between, cannot have more tries than attempts one by one. Every
refusal is the same sentence after the same time: it does not tell whether the login exists, is closed or disabled.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.audit.chain import JsonValue, append
from api.auth import lockout, passwords, repository, sessions, totp
from api.auth.context import Auth
from api.auth.sessions import Opened, SignedIn, Step, actor
from api.db.tables import User
from api.errors import ConflictError, InvalidError, TooManyError, UnauthenticatedError

REFUSAL = (
    "Login, password or code is wrong, or the account is closed for a while after failed attempts. "
    "Wait up to 15 minutes, or ask an administrator."
)
REFUSED = "session.refused"
_WRONG_CODE = "The code is wrong or was used before. Wait for the next one and try again."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows to sign in, and from which network address."""

    login: str
    password: str
    code: str | None
    address: str


@dataclass(frozen=True, slots=True)
class _Begun:
    """An attempt that was counted: whose it is, the hash to compare with (None: refuse), and why it is refused."""

    user_id: int | None
    stored: str | None
    refused: str | None


def sign_in(auth: Auth, shown: Credentials, now: datetime, former_token: str | None = None) -> Opened:
    """Open a session; one that the browser had (`former_token`) ends.

    A user with a second factor who shows no code gets a session that can only take the code.
    Raises UnauthenticatedError, always in the same words; TooManyError after many failures from the address.
    """
    auth.addresses.check(shown.address)
    started = time.monotonic()
    begun = _begin(auth, shown.login, now)
    right, newer_hash = passwords.verify(shown.password, begun.stored)
    with auth.database.transaction() as session:
        outcome = _finish(session, auth, shown, begun, now) if right else begun.refused or "password"
        address = auth.secrets.digest(shown.address)
        if isinstance(outcome, str):
            append(session, "anonymous", REFUSED, user=begun.user_id, reason=outcome, address=address)
        else:
            _settle(session, outcome, newer_hash, former_token)
            steps: list[JsonValue] = [step.value for step in outcome.signed_in.required]
            opener = outcome.signed_in.principal.id
            append(session, opener, "session.opened", user=begun.user_id, steps=steps, address=address)
    if isinstance(outcome, str):
        auth.addresses.count(shown.address)
        time.sleep(max(0.0, started + auth.refusal_seconds - time.monotonic()))
        raise UnauthenticatedError(REFUSAL)
    return outcome


def pass_second_factor(auth: Auth, signed_in: SignedIn, code: str, now: datetime) -> Opened:
    """Give the session the code it waits for; it gets a new token.

    Raises InvalidError on a wrong or used code, TooManyError while the account is closed, ConflictError where no code
    is awaited.
    """
    if Step.SECOND_FACTOR not in signed_in.required:
        raise ConflictError("This session does not wait for a code.")
    with auth.database.transaction() as session:
        user = locked_user(session, signed_in.user.id)
        wait = closed_for(user, now)
        opened = None
        if not wait and _take_code(auth, user, code, now):
            _forget_failures(user)
            opened = sessions.rotate(session, signed_in, user, now, second_factor=True)
            append(session, actor(user.id), "session.second_factor", user=user.id)
        elif not wait:
            _count_failure(user, now)
            append(session, actor(user.id), REFUSED, user=user.id, reason="code")
    if opened is None:
        raise too_many(wait) if wait else InvalidError(_WRONG_CODE)
    return opened


def check_own_password(auth: Auth, user_id: int, password: str, now: datetime) -> str:
    """That a signed-in user knows the password; gives its stored hash. Failures count as in signing in.

    Raises InvalidError where it is wrong, TooManyError while the account is closed.
    """
    with auth.database.transaction() as session:
        user = locked_user(session, user_id)
        wait, stored = closed_for(user, now), user.password_hash
        if not wait:
            _count_failure(user, now)
    if wait:
        raise too_many(wait)
    right, _ = passwords.verify(password, stored)
    with auth.database.transaction() as session:
        if right:
            _forget_failures(locked_user(session, user_id))
        else:
            append(session, actor(user_id), REFUSED, user=user_id, reason="password")
    if not right or stored is None:
        raise InvalidError("The present password is wrong.")
    return stored


def locked_user(session: Session, user_id: int) -> User:
    """The row of a signed-in user, locked. Raises UnauthenticatedError where the user is disabled meanwhile."""
    user = repository.user_for_update(session, user_id)
    if user is None or user.disabled_at is not None:
        raise UnauthenticatedError("Your session has ended. Please sign in again.")
    return user


def closed_for(user: User, now: datetime) -> int:
    """For how many seconds the account is still closed; 0 where it is open."""
    if user.locked_until is None or not lockout.is_closed(user.locked_until, now):
        return 0
    return int((user.locked_until - now).total_seconds()) + 1


def too_many(wait: int) -> TooManyError:
    """The error for an account that is closed."""
    return TooManyError(f"Too many failed attempts. Try again in {wait} seconds.", retry_after=wait)


def _begin(auth: Auth, login: str, now: datetime) -> _Begun:
    """Count the attempt, in a transaction of its own."""
    with auth.database.transaction() as session:
        user = repository.user_by_login_for_update(session, login)
        if user is None:
            return _Begun(None, None, "login")
        if user.disabled_at is not None:
            return _Begun(user.id, None, "disabled")
        if closed_for(user, now):
            return _Begun(user.id, None, "closed")
        _count_failure(user, now)
        return _Begun(user.id, user.password_hash, None)


def _finish(session: Session, auth: Auth, shown: Credentials, begun: _Begun, now: datetime) -> Opened | str:
    """The password was right: check the code where there is one, and open the session, or say why not."""
    user = repository.user_for_update(session, begun.user_id) if begun.user_id is not None else None
    if user is None or user.disabled_at is not None or user.password_hash != begun.stored:
        return "changed"  # while the password was compared
    passed = False
    if user.totp_confirmed_at is not None and shown.code is not None:
        passed = _take_code(auth, user, shown.code, now)
        if not passed:
            return "code"
    if user.totp_confirmed_at is None or passed:
        _forget_failures(user)
    else:  # half signed in: this attempt is taken back, but earlier wrong codes still count
        user.failed_attempts = max(0, user.failed_attempts - 1)
        user.locked_until = None
    return sessions.open_session(session, user, now, length=auth.length, second_factor=passed)


def _settle(session: Session, opened: Opened, newer_hash: str | None, former_token: str | None) -> None:
    """Store the hash with the parameters of today, and end the session that the browser had."""
    if newer_hash is not None:
        opened.signed_in.user.password_hash = newer_hash
    if former_token is not None:
        repository.delete_session(session, sessions.session_id(former_token))


def _take_code(auth: Auth, user: User, code: str, now: datetime) -> bool:
    """Whether the code is right; it is then used up. The user's row is locked."""
    if user.totp_secret is None:
        return False
    secret = auth.secrets.unseal(user.totp_secret, totp_context(user.id)).decode()
    step = totp.matching_step(secret, code, now, user.totp_last_step)
    if step is None:
        return False
    user.totp_last_step = step
    return True


def totp_context(user_id: int) -> str:
    """Binds a sealed secret to its user."""
    return f"totp:{user_id}"


def _count_failure(user: User, now: datetime) -> None:
    user.failed_attempts += 1
    user.locked_until = lockout.closed_until(user.failed_attempts, now)


def _forget_failures(user: User) -> None:
    user.failed_attempts = 0
    user.locked_until = None
