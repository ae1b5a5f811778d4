"""Callers of every kind, as the real thing: sessions and keys in the database, told in headers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from api.auth import keys, sessions
from api.auth.context import Places
from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Permission
from api.auth.schemas import NewKey
from api.db.tables import User
from api.deps import Services
from api.operation.rights import ANONYMOUS

Headers = dict[str, str]


def headers_of(services: Services, caller: str) -> Headers:
    """What a caller (of `rights.CALLERS`) sends with a request: nothing, a new session, or a new key."""
    if caller == ANONYMOUS:
        return {}
    if caller in ROLE_PERMISSIONS:
        return session_of(services, caller)
    return key_with(services, Permission(caller.removeprefix("key ")))


def session_of(services: Services, role: str) -> Headers:
    """A new session, complete with the second factor, of a user of this role who has all units."""
    now = services.now()
    with services.database.transaction() as session:
        user = session.scalar(select(User).where(User.login == role))
        if user is None:
            user = User(login=role, name=role, role=role, totp_confirmed_at=now)
            user.department = "investigation" if role == "officer" else None
            session.add(user)
            session.flush()
        opened = sessions.open_session(session, user, now, length=timedelta(hours=1), second_factor=True)
    return {"Cookie": f"session={opened.token}", "X-CSRF-Token": opened.signed_in.session.csrf}


def key_with(services: Services, *scopes: Permission) -> Headers:
    """A new key with these scopes and all units."""
    now = services.now()
    session_of(services, "administrator")
    wanted = NewKey(name="key", scopes=list(scopes), expires_at=now + timedelta(days=1))
    with services.database.transaction() as session:
        creator = session.scalars(select(func.min(User.id))).one()
        actor = replace(SYSTEM, id=f"user:{creator}")
        secret = keys.create(session, actor, creator, wanted, Places.of(services.taxonomy), now)[1]
    return {"Authorization": f"Bearer {secret}"}
