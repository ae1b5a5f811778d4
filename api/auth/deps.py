"""Who is calling, as dependencies of endpoints.

`Depends(allowed(Permission.READ))` gives the `Principal` of a caller who may do that: a key
(`Authorization: Bearer dk_…`), or a signed-in browser (cookie; for what changes something also the session's token).
One short transaction finds the caller; it is over before the endpoint begins.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.auth import keys, sessions
from api.auth.browser import (
    CSRF_FIELD,
    CSRF_HEADER,
    SAFE_METHODS,
    check_origin,
    check_token,
    cookie_name,
)
from api.auth.context import Auth, auth_of
from api.auth.permissions import Permission, Principal
from api.auth.sessions import SignedIn
from api.deps import ServicesDep
from api.errors import ForbiddenError, UnauthenticatedError

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="A key of another system: `dk_…`")
_cookie = APIKeyCookie(name="session", auto_error=False, scheme_name="session", description="Of a browser")


def auth(request: Request) -> Auth:
    """The parts of authentication of the application that answers `request`."""
    return auth_of(request.app)


AuthDep = Annotated[Auth, Depends(auth)]


async def _form_closed(request: Request) -> AsyncIterator[None]:
    """A form that was read for its token leaves no open file behind."""
    try:
        yield
    finally:
        await request.close()


async def caller(
    request: Request,
    services: ServicesDep,
    parts: AuthDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    _documented: Annotated[str | None, Security(_cookie)],
    _closing: Annotated[None, Depends(_form_closed)],
) -> SignedIn | Principal:
    """A key's principal, or the session of a browser; a key is looked at first and alone.

    Raises UnauthenticatedError; ForbiddenError where a changing request bears no token of the session or comes from
    another site.
    """
    now = services.now()
    if "authorization" in request.headers:
        return await run_in_threadpool(_by_key, parts, bearer.credentials if bearer else "", now)
    token = request.cookies.get(cookie_name(secure=parts.secure))
    if token is None:
        raise UnauthenticatedError("Please sign in, or send a key.")
    signed_in = await run_in_threadpool(_by_cookie, parts, token, now)
    if request.method not in SAFE_METHODS:
        check_origin(request.headers, parts.public_url)
        check_token(await _sent_token(request), signed_in.session.csrf)
    return signed_in


CallerDep = Annotated[SignedIn | Principal, Depends(caller)]


def signed_in(found: CallerDep) -> SignedIn:
    """A signed-in user, whatever the session must still do. Raises ForbiddenError for a key."""
    if isinstance(found, Principal):
        raise ForbiddenError("A key cannot do this: it is for people who are signed in.")
    return found


SignedInDep = Annotated[SignedIn, Depends(signed_in)]


class Allowed:
    """A dependency that lets through who has `permission`, with nothing left to do before."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, found: CallerDep) -> Principal:
        """The caller. Raises ForbiddenError."""
        principal = found
        if isinstance(principal, SignedIn):
            principal.require_done()
            principal = principal.principal
        principal.require(self.permission)
        return principal


@cache
def allowed(permission: Permission) -> Allowed:
    """The dependency for this permission; `permission` can be read from it, for tables of who may do what."""
    return Allowed(permission)


def _by_key(parts: Auth, text: str, now: datetime) -> Principal:
    with parts.database.transaction() as session:
        return keys.resolve(session, text, now)


def _by_cookie(parts: Auth, token: str, now: datetime) -> SignedIn:
    with parts.database.transaction() as session:
        return sessions.resolve(session, token, now, parts.idle)


async def _sent_token(request: Request) -> str | None:
    """From the header, or the field of a plain form; uploads are streamed, so that theirs is not looked into."""
    header = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if header is not None or kind != "application/x-www-form-urlencoded":
        return header
    field = (await request.form()).get(CSRF_FIELD)
    return field if isinstance(field, str) else None
