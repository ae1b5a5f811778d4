"""What a browser carries: the session's cookie, and the signs that a request comes from our own pages.

Two independent guards stand against requests forged by other sites, beside `SameSite=Lax`: the browser's own word
where the request comes from (`Sec-Fetch-Site`, or `Origin` from older ones and over plain HTTP), and a token that
belongs to the session.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from api.errors import ForbiddenError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
_FOREIGN = "The request does not come from a page of this service. Open the page anew and try again."


def cookie_name(*, secure: bool) -> str:
    """`__Host-` binds the cookie to this host over HTTPS; browsers refuse that prefix over plain HTTP."""
    return "__Host-session" if secure else "session"


def give_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Send the token where no script can read it; the browser forgets it when it is closed."""
    response.set_cookie(
        cookie_name(secure=secure), token, path="/", secure=secure, httponly=True, samesite="lax"
    )


def take_cookie(response: Response, *, secure: bool) -> None:
    """Tell the browser to forget the token."""
    response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def check_origin(headers: Headers, public_url: str) -> None:
    """Raises ForbiddenError for an unsafe request that a browser sent from elsewhere.

    Without `Sec-Fetch-Site` and `Origin` it is no browser, or a very old one: the token alone decides then.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForbiddenError(_FOREIGN)
        return
    origin = headers.get("origin")
    if origin is None:
        return
    if not _is_ours(origin, public_url, headers.get("host")):
        raise ForbiddenError(_FOREIGN)


def _is_ours(origin: str, public_url: str, host: str | None) -> bool:
    """Whether it is the public address, or the very host that was asked (no other site can make that up)."""
    ours = urlsplit(public_url)
    try:
        theirs = urlsplit(origin)
    except ValueError:
        return False
    return bool(theirs.netloc) and theirs.scheme == ours.scheme and theirs.netloc in (ours.netloc, host)


def check_token(given: str | None, expected: str) -> None:
    """Raises ForbiddenError unless the token of the session was sent along."""
    if given is None or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForbiddenError(
            "The request does not carry the token of your session (X-CSRF-Token). Open the page anew and try again."
        )
