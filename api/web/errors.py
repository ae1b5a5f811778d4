"""Errors as pages, where a browser asked for one: problem details (api/problems.py) in the reader's language.

The API stays as it is. Elsewhere who is not signed in is led to `/sign-in` and back, who must do something first is
led to where it is done, and scripts of the pages get the same problem details with a sentence in the reader's words.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import problems
from api.auth.browser import SAFE_METHODS
from api.auth.context import auth_of
from api.auth.sessions import Step
from api.errors import ServiceError
from api.web.language import N_, words
from api.web.render import Page

Handler = Callable[[Request, Exception], Awaitable[JSONResponse]]
STEPS = {Step.SECOND_FACTOR: "/sign-in/code", Step.CHANGE: "/me/password", Step.ENROLMENT: "/me/app"}
"""Where a session does what it must do first."""
TITLES = {
    400: N_("This request cannot be understood"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("This cannot be done here"),
    408: N_("That took too long"),
    409: N_("Something has changed meanwhile"),
    410: N_("This was erased"),
    412: N_("Something has changed meanwhile"),
    413: N_("That is too large"),
    415: N_("Files of this kind cannot be taken"),
    422: N_("Something is missing or wrong"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong here"),
    503: N_("This cannot be done now"),
}
HINTS = {
    403: N_("If you need this for your work, ask an administrator."),
    404: N_("Check the address. What you may not see is not shown, either."),
    409: N_("Go back, load the page anew, and repeat what you did."),
    412: N_("Go back, load the page anew, and repeat what you did."),
    422: N_("Go back and correct it. Nothing was saved."),
    429: N_("Wait a little, then try again."),
    500: N_("Nothing is lost that was saved before. Try again; if it stays so, tell who runs the service."),
    503: N_("Nothing was saved. Try again in a minute."),
}
_KEPT = ("retry-after", "allow", "connection", "www-authenticate")
_API = ("/api/", "/metrics", "/healthz", "/readyz")


def install(app: FastAPI) -> None:
    """Put pages in front of the handlers that `problems.install` has set."""
    for kind in (ServiceError, RequestValidationError, HTTPException):
        handler = cast(Handler, app.exception_handlers[kind])
        app.add_exception_handler(kind, partial(_answer, handler))


def unforeseen(request: Request) -> Response:
    """For what no one foresaw; where the page fails, too, problem details as they are."""
    answer = problems.unforeseen(request)
    try:
        return _said(request, answer, None)
    except Exception:
        logging.getLogger(__name__).exception("the page of an error failed")
        return answer


async def _answer(handler: Handler, request: Request, error: Exception) -> Response:
    return _said(request, await handler(request, error), error)


def _said(request: Request, answer: JSONResponse, error: Exception | None) -> Response:
    """What the handler answers, as this caller wants it."""
    if request.url.path.startswith(_API):
        return answer
    page = _page(request)
    told: dict[str, Any] = json.loads(bytes(answer.body))
    told["detail"] = page.words.told(told["detail"])
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(told, answer.status_code, _kept(answer), "application/problem+json")
    onward = _instead(request, answer.status_code, error)
    if onward is not None:
        return RedirectResponse(onward, 303)
    title, hint = TITLES.get(answer.status_code, TITLES[400]), HINTS.get(answer.status_code)
    shown = page.render("error.html", answer.status_code, problem=told, title=title, hint=hint)
    shown.headers.update(_kept(answer))
    return shown


def _instead(request: Request, status: int, error: Exception | None) -> str | None:
    """Where the reader must go first; None where there is nothing to be done but to read what is wrong."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in SAFE_METHODS:  # what was typed is lost: back to where it was typed
        asked = urlsplit(request.headers.get("referer", ""))
        here = asked.path + (f"?{asked.query}" if asked.query else "")
    if status == 401:
        return f"/sign-in?{urlencode({'next': here or '/'})}"
    required = error.details.get("required") if isinstance(error, ServiceError) else None
    return f"{STEPS[Step(required)]}?{urlencode({'next': here or '/'})}" if required else None


def _page(request: Request) -> Page:
    """The page that was being made, or one for a reader of whom only the browser's cookies are known."""
    found = getattr(request.state, "page", None)
    if isinstance(found, Page):
        return found
    told = words(request.cookies.get("language"))
    return Page(request, request.app.state.services, auth_of(request.app), told)


def _kept(answer: JSONResponse) -> dict[str, str]:
    """Headers of the answer that hold in any form of it."""
    return {name: value for name in _KEPT if (value := answer.headers.get(name))}
