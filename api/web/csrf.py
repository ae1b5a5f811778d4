"""Plain forms with files: who sends them, and that they come from our own page, told from the form's first field.

Such a form is streamed, so that the session's token cannot be looked up in it beforehand (api/auth/deps.py). Browsers
send fields in the order of the page: the token comes first, and is checked before anything that follows is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from api.auth.browser import CSRF_FIELD, CSRF_HEADER, check_origin, check_token, cookie_name
from api.auth.deps import Allowed, AuthDep
from api.auth.permissions import Permission, Principal
from api.auth.sessions import SignedIn, resolve
from api.deps import ServicesDep
from api.errors import ForbiddenError, InvalidError, UnauthenticatedError
from api.intake.multipart import Part, parts

_TOKEN_BYTES = 200


def form_sender(request: Request, services: ServicesDep, auth: AuthDep) -> SignedIn:
    """The session that a form with files comes from; its token is still to be checked, by `form_parts`.

    Raises UnauthenticatedError, and ForbiddenError for a key, or where the form comes from another site.
    """
    if "authorization" in request.headers:
        raise ForbiddenError("A key cannot do this: it is for people who are signed in.")
    token = request.cookies.get(cookie_name(secure=auth.secure))
    if token is None:
        raise UnauthenticatedError("Please sign in, or send a key.")
    check_origin(request.headers, auth.public_url)
    with auth.database.transaction() as session:
        return resolve(session, token, services.now(), auth.idle)


SenderDep = Annotated[SignedIn, Depends(form_sender)]


class AllowedForm(Allowed):
    """Lets through who may do this, for handlers that read the form by `form_parts`."""

    def __call__(self, found: Annotated[SignedIn | Principal, Depends(form_sender)]) -> Principal:
        """The caller. Raises ForbiddenError."""
        return super().__call__(found)


def form_parts(request: Request, signed_in: SignedIn, chunks: Iterator[bytes]) -> Iterator[Part]:
    """The parts of a form after the session's token. Raises ForbiddenError without it, InvalidError for no form."""
    found = parts(chunks, request.headers.get("content-type", ""))
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        check_token(header, signed_in.session.csrf)
    else:
        check_token(_first(found), signed_in.session.csrf)
    return found


def _first(found: Iterator[Part]) -> str | None:
    """The value of the first field, where it is the token's."""
    part = next(found, None)
    if part is None or part.name != CSRF_FIELD or part.file_name is not None:
        return None
    try:
        return part.stream.read(_TOKEN_BYTES).decode("ascii")
    except UnicodeDecodeError:
        raise InvalidError("A field of the form is not in UTF-8.") from None


SUBMIT_FORM = AllowedForm(Permission.SUBMIT)
"""For the form that registers papers."""
