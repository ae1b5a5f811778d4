"""Users, as administrators manage them. A change of rights ends the sessions of the user.

An administrator with units manages users within these units alone. Whoever is not within is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api.audit.chain import JsonValue, append
from api.auth import passwords, repository
from api.auth.context import Places
from api.auth.permissions import Principal
from api.auth.schemas import NewUser, UserChange
from api.auth.sessions import actor as actor_of
from api.db.tables import User
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, PreconditionError

RIGHTS = frozenset({"role", "units", "department"})
FIRST_LOGIN = "admin"


def first_administrator(session: Session) -> str | None:
    """Make the user `admin` where there is no user at all; gives its one-time password, to be printed once.

    Two processes that start at once make one: the second waits and gives None.
    """
    repository.lock_people(session)
    if repository.user_exists(session):
        return None
    new = NewUser(login=FIRST_LOGIN, name="Administrator", role="administrator")
    return _add(session, "system", new)[1]


def create(session: Session, actor: Principal, new: NewUser, places: Places) -> tuple[User, str]:
    """A new user and the one-time password. Raises InvalidError, ConflictError where the login is taken."""
    _check_rights(actor, new.role, new.units, new.department, places)
    repository.lock_people(session)
    if repository.login_taken(session, new.login):
        raise ConflictError("Another user, perhaps a disabled one, has this login. Take another.")
    return _add(session, actor.id, new)


def get(session: Session, actor: Principal, user_id: int) -> User:
    """A user. Raises NotFoundError."""
    found = repository.user(session, user_id, actor.units)
    if found is None:
        raise _unknown()
    return found


def page(session: Session, actor: Principal, after: int, limit: int) -> tuple[Sequence[User], int | None]:
    """Up to `limit` users with an id beyond `after`, and the id after which the next page begins."""
    found = repository.users(session, actor.units, after, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def change(
    session: Session, actor: Principal, user_id: int, wanted: UserChange, version: int | None, places: Places
) -> User:
    """Change what is named. `version` is the one that was seen, None for any.

    Raises PreconditionError where it is another by now, ForbiddenError on one's own rights, ConflictError where no
    administrator would be left, InvalidError on rights that make no sense.
    """
    user = _managed(session, actor, user_id)
    if version is not None and user.version != version:
        raise PreconditionError("The user was changed meanwhile. Load the user again and repeat your change.")
    before = {name: getattr(user, name) for name in RIGHTS}
    for name, value in wanted.named().items():
        setattr(user, name, value)
    changed = sorted(name for name in RIGHTS if before[name] != getattr(user, name))
    if changed:
        _check_other(actor, user)
        _check_rights(actor, user.role, user.units, user.department, places)
        _check_administrator_left(session, user, was_one=_runs_all(before["role"], before["units"]))
        repository.delete_sessions_of(session, user.id)
    rights = {name: getattr(user, name) for name in changed}
    _record(session, actor, user, "user.changed", fields=sorted(wanted.model_fields_set), rights=rights)
    return user


def reset_password(session: Session, actor: Principal, user_id: int) -> tuple[User, str]:
    """Give another user a one-time password; all their sessions end, and the account is open again."""
    user = _managed(session, actor, user_id, other=True)
    password = passwords.one_time_password()
    user.password_hash = passwords.hash_password(password)
    user.password_temporary = True
    user.password_changed_at = None
    _open(user)
    repository.delete_sessions_of(session, user.id)
    _record(session, actor, user, "user.password_reset")
    return user, password


def reset_totp(session: Session, actor: Principal, user_id: int) -> User:
    """Forget the second factor of another user, who lost it; all their sessions end."""
    user = _managed(session, actor, user_id, other=True)
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    repository.delete_sessions_of(session, user.id)
    _record(session, actor, user, "user.totp_reset")
    return user


def unlock(session: Session, actor: Principal, user_id: int) -> User:
    """Open an account that is closed after failures."""
    user = _managed(session, actor, user_id)
    _open(user)
    _record(session, actor, user, "user.unlocked")
    return user


def disable(session: Session, actor: Principal, user_id: int, now: datetime) -> User:
    """Shut another user out; all their sessions end. Raises ConflictError where no administrator would be left."""
    user = _managed(session, actor, user_id, other=True)
    if user.disabled_at is None:
        user.disabled_at = now
        _check_administrator_left(session, user, was_one=_runs_all(user.role, user.units))
        repository.delete_sessions_of(session, user.id)
        _record(session, actor, user, "user.disabled")
    return user


def enable(session: Session, actor: Principal, user_id: int) -> User:
    """Let a user in again, with the password and second factor they had."""
    user = _managed(session, actor, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _open(user)
        _record(session, actor, user, "user.enabled")
    return user


def check_within(actor: Principal, units: Sequence[str] | None, places: Places) -> None:
    """Raises InvalidError on an unknown unit, ForbiddenError on units that the actor may not give."""
    unknown = set(units or ()) - places.units
    if unknown:
        raise InvalidError(
            f"Unknown units: {', '.join(sorted(unknown))}. The taxonomy names those there are."
        )
    if actor.units is not None and (units is None or not set(units) <= actor.units):
        raise ForbiddenError("You can only give rights within your own units.")


def _add(session: Session, actor: str, new: NewUser) -> tuple[User, str]:
    password = passwords.one_time_password()
    user = User(**new.model_dump(), password_hash=passwords.hash_password(password), password_temporary=True)
    session.add(user)
    session.flush()
    append(session, actor, "user.created", user=user.id, role=user.role, units=user.units)
    return user, password


def _managed(session: Session, actor: Principal, user_id: int, *, other: bool = False) -> User:
    """The user, locked, where the actor may manage them; with `other`, not the actor."""
    repository.lock_people(session)
    get(session, actor, user_id)
    user = repository.user_for_update(session, user_id)
    if user is None:
        raise _unknown()
    if other:
        _check_other(actor, user)
    return user


def _check_other(actor: Principal, user: User) -> None:
    if actor.id == actor_of(user.id):
        raise ForbiddenError("You cannot do this to your own account. Ask another administrator.")


def _check_rights(
    actor: Principal, role: str, units: Sequence[str] | None, department: str | None, places: Places
) -> None:
    check_within(actor, units, places)
    if (role == "officer") != (department is not None):
        raise InvalidError("An officer needs a department; other roles have none.")
    if department is not None and department not in places.departments:
        raise InvalidError("Unknown department. The taxonomy names those there are.")


def _runs_all(role: str, units: Sequence[str] | None) -> bool:
    """Whether this is an administrator of the whole installation."""
    return role == "administrator" and units is None


def _check_administrator_left(session: Session, user: User, *, was_one: bool) -> None:
    still = _runs_all(user.role, user.units) and user.disabled_at is None
    if was_one and not still and not repository.other_active_administrator(session, user.id):
        raise ConflictError("This is the last active administrator of all units. Make another one first.")


def _open(user: User) -> None:
    user.failed_attempts = 0
    user.locked_until = None


def _record(session: Session, actor: Principal, user: User, action: str, **details: JsonValue) -> None:
    user.version += 1
    session.flush()
    append(session, actor.id, action, None, user=user.id, **details)


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such user.")
