"""What users do with their own account: password and second factor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth import passwords, repository, sessions, totp
from api.auth.context import Auth
from api.auth.sessions import Opened, SignedIn, Step
from api.auth.signin import check_own_password, locked_user, totp_context
from api.db.tables import User
from api.errors import ConflictError, InvalidError


def change_password(auth: Auth, signed_in: SignedIn, present: str, wanted: str, now: datetime) -> Opened:
    """Set a new password. All sessions of the user end; this one goes on under a new token.

    Raises InvalidError where the present one is wrong or the new one must not be used, TooManyError after failures.
    """
    signed_in.require_done(Step.CHANGE, Step.ENROLMENT)
    user = signed_in.user
    passwords.check_policy(wanted, user.login, user.name, user.email)
    stored = check_own_password(auth, user.id, present, now)
    if passwords.verify(wanted, stored)[0]:
        raise InvalidError("The new password is the present one. Take another.")
    new_hash = passwords.hash_password(wanted)
    with auth.database.transaction() as session:
        user = locked_user(session, user.id)
        if user.password_hash != stored:
            raise ConflictError("The password was changed meanwhile. Sign in again.")
        user.password_hash = new_hash
        user.password_temporary = False
        user.password_changed_at = now
        opened = sessions.rotate(session, signed_in, user, now, second_factor=False)
        repository.delete_sessions_of(session, user.id, spared=opened.signed_in.session.id)
        append(session, signed_in.principal.id, "user.password_changed", user=user.id)
    return opened


def change_language(session: Session, signed_in: SignedIn, language: str) -> None:
    """Choose the language of one's pages; it is one of those that the schemas know."""
    user = locked_user(session, signed_in.user.id)
    user.language = language
    append(session, signed_in.principal.id, "user.language_changed", user=user.id)


def begin_totp(session: Session, auth: Auth, signed_in: SignedIn) -> tuple[str, str]:
    """Make a secret for an authenticator app: its base32 and its `otpauth://` address. It counts once confirmed.

    Raises ConflictError where a second factor is set up already.
    """
    user = _enrolling(session, signed_in)
    secret = totp.new_secret()
    user.totp_secret = auth.secrets.seal(secret.encode(), totp_context(user.id))
    user.totp_last_step = None
    append(session, signed_in.principal.id, "user.totp_begun", user=user.id)
    return secret, totp.provisioning_uri(secret, user.login)


def confirm_totp(session: Session, auth: Auth, signed_in: SignedIn, code: str, now: datetime) -> Opened:
    """Show by a first code that the app holds the secret. The session gets a new token and has its second factor.

    Raises InvalidError on a wrong code, ConflictError where nothing was begun or it is confirmed already.
    """
    user = _enrolling(session, signed_in)
    if user.totp_secret is None:
        raise ConflictError("No authenticator app is being set up. Begin anew.")
    secret = auth.secrets.unseal(user.totp_secret, totp_context(user.id)).decode()
    step = totp.matching_step(secret, code, now, user.totp_last_step)
    if step is None:
        raise InvalidError("The code is wrong. Check the clock of the telephone and try the next code.")
    user.totp_last_step = step
    user.totp_confirmed_at = now
    opened = sessions.rotate(session, signed_in, user, now, second_factor=True)
    append(session, signed_in.principal.id, "user.totp_confirmed", user=user.id)
    return opened


def _enrolling(session: Session, signed_in: SignedIn) -> User:
    signed_in.require_done(Step.CHANGE, Step.ENROLMENT)
    user = locked_user(session, signed_in.user.id)
    if user.totp_confirmed_at is not None:
        raise ConflictError("A second factor is set up already. An administrator can reset it.")
    return user
