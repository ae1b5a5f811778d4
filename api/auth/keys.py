"""Keys of other systems: `dk_<prefix>_<secret>`.

The prefix finds the row, the secret is 256 random bits of which only the SHA-256 is stored; a slow hash would add
nothing to so much chance. Only administrators make keys, with scopes that keys may have at all, within their units.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth import repository
from api.auth.context import Places
from api.auth.permissions import KEY_PERMISSIONS, Permission, Principal
from api.auth.schemas import NewKey
from api.auth.users import check_within
from api.db.tables import ApiKey
from api.errors import ForbiddenError, InvalidError, NotFoundError, UnauthenticatedError

LONGEST_LIFE = timedelta(days=366)
_FORM = re.compile(r"dk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


def may_give(actor: Principal) -> frozenset[Permission]:
    """The scopes that the actor may give a key: those who manage keys give all that keys may have."""
    return KEY_PERMISSIONS if Permission.MANAGE_KEYS in actor.permissions else frozenset()


def create(
    session: Session, actor: Principal, creator_id: int, new: NewKey, places: Places, now: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text. Raises InvalidError on an expiry out of range, ForbiddenError on scopes or units."""
    scopes = frozenset(new.scopes)
    if not scopes <= may_give(actor):
        names = ", ".join(sorted(scopes - may_give(actor)))
        raise ForbiddenError(f"A key cannot be given these scopes: {names}.")
    if not now < new.expires_at <= now + LONGEST_LIFE:
        raise InvalidError("A key must expire in the future, and within a year.")
    check_within(actor, new.units, places)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        prefix=prefix,
        hash=_hash(secret),
        name=new.name,
        scopes=sorted(scopes),
        units=new.units,
        created_by=creator_id,
        expires_at=new.expires_at,
    )
    session.add(key)
    session.flush()
    append(session, actor.id, "key.created", key=key.id, scopes=key.scopes, units=key.units)
    return key, f"dk_{prefix}_{secret}"


def revoke(session: Session, actor: Principal, key_id: int, now: datetime) -> None:
    """The key opens nothing any more. Raises NotFoundError."""
    key = repository.key_for_update(session, key_id, actor.units)
    if key is None:
        raise NotFoundError("There is no such key.")
    if key.revoked_at is None:
        key.revoked_at = now
        append(session, actor.id, "key.revoked", key=key.id)


def page(session: Session, actor: Principal, after: int, limit: int) -> tuple[Sequence[ApiKey], int | None]:
    """Up to `limit` keys with an id beyond `after`, and the id after which the next page begins."""
    found = repository.keys(session, actor.units, after, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def resolve(session: Session, text: str, now: datetime) -> Principal:
    """The caller who shows this key. Raises UnauthenticatedError where it is wrong, expired or revoked."""
    form = _FORM.fullmatch(text)
    key = repository.key_by_prefix(session, form[1]) if form else None
    if form is None or key is None or not hmac.compare_digest(key.hash, _hash(form[2])):
        raise UnauthenticatedError("The key is wrong.")
    if key.revoked_at is not None or now >= key.expires_at:
        raise UnauthenticatedError("The key has expired or was revoked. Ask an administrator for a new one.")
    if key.last_used_at is None or now - key.last_used_at >= repository.SEEN_EVERY:
        repository.note_key_used(session, key.id, now)
    return Principal(
        id=f"key:{key.id}",
        name=key.name,
        role="integration",
        permissions=KEY_PERMISSIONS.intersection(
            Permission(scope) for scope in key.scopes if scope in _KNOWN
        ),
        units=None if key.units is None else frozenset(key.units),
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


_KNOWN = frozenset(Permission)
