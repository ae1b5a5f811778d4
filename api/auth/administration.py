"""Users and keys, for administrators."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response, status

from api.auth import keys, users
from api.auth.deps import AuthDep, SignedInDep, allowed
from api.auth.permissions import Permission, Principal
from api.auth.schemas import (
    KeyCreated,
    KeyGiven,
    Keys,
    NewKey,
    NewUser,
    UserChange,
    UserCreated,
    UserGiven,
    Users,
)
from api.db.tables import User
from api.deps import ServicesDep
from api.errors import PreconditionError, PreconditionRequiredError
from api.problems import problem_answers

router = APIRouter()
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_USERS))]
KeyManager = Annotated[Principal, Depends(allowed(Permission.MANAGE_KEYS))]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Cursor = Annotated[str, Query(pattern="^[0-9]{1,18}$", description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/users", tags=["users"])
def list_users(actor: Manager, auth: AuthDep, cursor: Cursor = "0", limit: Limit = 50) -> Users:
    """The users, a page at a time."""
    with auth.database.transaction() as session:
        found, following = users.page(session, actor, int(cursor), limit)
    items = [UserGiven.model_validate(user) for user in found]
    return Users(items=items, next=None if following is None else str(following))


@router.post("/users", tags=["users"], status_code=status.HTTP_201_CREATED)
def create_user(body: NewUser, actor: Manager, response: Response, auth: AuthDep) -> UserCreated:
    """A new user. The one-time password is shown only here."""
    with auth.database.transaction() as session:
        user, password = users.create(session, actor, body, auth.places)
    response.headers["Location"] = f"/api/v1/users/{user.id}"
    return UserCreated(user=_given(response, user), one_time_password=password)


@router.get("/users/{id}", tags=["users"])
def read_user(id: Id, actor: Manager, response: Response, auth: AuthDep) -> UserGiven:
    """One user; the `ETag` is needed to change them."""
    with auth.database.transaction() as session:
        user = users.get(session, actor, id)
    return _given(response, user)


@router.patch("/users/{id}", tags=["users"], responses=problem_answers(412, 428))
def change_user(
    id: Id,
    body: UserChange,
    actor: Manager,
    response: Response,
    auth: AuthDep,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> UserGiven:
    """Change what is named. Other rights end the sessions of the user."""
    version = _version(if_match)
    with auth.database.transaction() as session:
        user = users.change(session, actor, id, body, version, auth.places)
    return _given(response, user)


@router.post("/users/{id}/password-reset", tags=["users"])
def reset_password(id: Id, actor: Manager, response: Response, auth: AuthDep) -> UserCreated:
    """A new one-time password, shown only here; all sessions of the user end."""
    with auth.database.transaction() as session:
        user, password = users.reset_password(session, actor, id)
    return UserCreated(user=_given(response, user), one_time_password=password)


@router.post("/users/{id}/totp-reset", tags=["users"])
def reset_totp(id: Id, actor: Manager, response: Response, auth: AuthDep) -> UserGiven:
    """Forget the second factor of a user who lost it."""
    with auth.database.transaction() as session:
        user = users.reset_totp(session, actor, id)
    return _given(response, user)


@router.post("/users/{id}/unlock", tags=["users"])
def unlock_user(id: Id, actor: Manager, response: Response, auth: AuthDep) -> UserGiven:
    """Open an account that is closed after failed attempts."""
    with auth.database.transaction() as session:
        user = users.unlock(session, actor, id)
    return _given(response, user)


@router.post("/users/{id}/disable", tags=["users"])
def disable_user(
    id: Id, actor: Manager, response: Response, services: ServicesDep, auth: AuthDep
) -> UserGiven:
    """Shut a user out. Users are never removed: the audit chain names them."""
    with auth.database.transaction() as session:
        user = users.disable(session, actor, id, services.now())
    return _given(response, user)


@router.post("/users/{id}/enable", tags=["users"])
def enable_user(id: Id, actor: Manager, response: Response, auth: AuthDep) -> UserGiven:
    """Let a user in again."""
    with auth.database.transaction() as session:
        user = users.enable(session, actor, id)
    return _given(response, user)


@router.get("/keys", tags=["keys"])
def list_keys(actor: KeyManager, auth: AuthDep, cursor: Cursor = "0", limit: Limit = 50) -> Keys:
    """The keys, a page at a time, expired and revoked ones too."""
    with auth.database.transaction() as session:
        found, following = keys.page(session, actor, int(cursor), limit)
    items = [KeyGiven.model_validate(key) for key in found]
    return Keys(items=items, next=None if following is None else str(following))


@router.post("/keys", tags=["keys"], status_code=status.HTTP_201_CREATED)
def create_key(
    body: NewKey, actor: KeyManager, signed_in: SignedInDep, services: ServicesDep, auth: AuthDep
) -> KeyCreated:
    """A new key. Its secret is shown only here."""
    with auth.database.transaction() as session:
        key, secret = keys.create(session, actor, signed_in.user.id, body, auth.places, services.now())
    return KeyCreated(key=KeyGiven.model_validate(key), secret=secret)


@router.delete("/keys/{id}", tags=["keys"], status_code=status.HTTP_204_NO_CONTENT)
def revoke_key(id: Id, actor: KeyManager, services: ServicesDep, auth: AuthDep) -> None:
    """The key opens nothing any more."""
    with auth.database.transaction() as session:
        keys.revoke(session, actor, id, services.now())


def _given(response: Response, user: User) -> UserGiven:
    response.headers["ETag"] = f'"{user.version}"'
    return UserGiven.model_validate(user)


def _version(if_match: str | None) -> int | None:
    """The version that `If-Match` names; None for `*`. Raises PreconditionRequiredError, PreconditionError."""
    if if_match is None:
        raise PreconditionRequiredError("Send the ETag of the user that you saw as If-Match.")
    if if_match.strip() == "*":
        return None
    named = re.fullmatch(r'"([0-9]{1,18})"', if_match.strip(), re.ASCII)
    if named is None:
        raise PreconditionError("If-Match is not an ETag of a user. Load the user again.")
    return int(named[1])
