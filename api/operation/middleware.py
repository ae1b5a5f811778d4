"""What stands around every request: an id, a log line, limits of its body, headers of its answer. Plain ASGI."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.operation import metrics

log = structlog.get_logger("api.request")
_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GONE = 499  # as nginx calls it: the client closed the connection
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-store"),
]


class Envelope:
    """Gives each request an id (the caller's `X-Request-ID` where it is well formed), logs and counts its answer.

    Methods and paths are logged and counted by route, so that nothing that a caller wrote gets into logs. Errors that
    no one foresaw end here.
    """

    def __init__(self, app: ASGIApp, unforeseen: Callable[[Request], Response] = problems.unforeseen) -> None:
        self.app, self.unforeseen = app, unforeseen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI calls it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status, began = 0, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                missing = [header for header in _HEADERS if header[0] not in present]
                message["headers"] = [*message["headers"], *missing, (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answer)
            except ClientDisconnect:
                status = status or _GONE
            except Exception:
                metrics.ERRORS.inc()
                logging.getLogger(__name__).exception("unforeseen error")
                if status:  # what is left of the answer cannot be sent: the server closes the connection
                    raise
                await self.unforeseen(Request(scope))(scope, receive, answer)
            finally:
                _note(scope, status, time.perf_counter() - began)


def _note(scope: Scope, status: int, took: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.observe(method, route, status, took)
    log.info("request", method=method, route=route, status=status, seconds=round(took, 4))


class BodyLimits:
    """Bounds the bytes of a request, the time that it may send nothing, and how slowly it may come.

    Forms may have `limit` bytes, other bodies, which are held in memory, `OTHER_BYTES`.
    """

    OTHER_BYTES = 8 * 2**20
    SLOWEST = 1024
    """Bytes a second that a body must bring on the average of the time that was waited for it."""

    def __init__(self, app: ASGIApp, *, limit: int, idle_seconds: float) -> None:
        self.app, self.limit, self.idle = app, limit, idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI calls it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        form = headers.get(b"content-type", b"").strip().lower().startswith(b"multipart/form-data")
        limit = self.limit if form else min(self.limit, self.OTHER_BYTES)
        length = headers.get(b"content-length", b"0")
        declared = int(length) if length.isdigit() else 0
        got, whole, waited = 0, False, 0.0

        async def bounded() -> Message:
            nonlocal got, whole, waited
            if whole:  # what comes after the body is the end of the connection, and may take its time
                return await receive()
            if declared > limit:
                raise _too_large()
            left, began = self.idle + got / self.SLOWEST - waited, time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), min(self.idle, left))
            except TimeoutError:
                raise _too_slow() from None
            waited += time.monotonic() - began
            if message["type"] == "http.request":
                got += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if got > limit:
                    raise _too_large()
            return message

        await self.app(scope, bounded, send)


def _too_large() -> HTTPException:
    return HTTPException(413, "The request is too large. Send fewer or smaller files.")


def _too_slow() -> HTTPException:
    told = "The request came too slowly. Nothing was saved: please try again."
    return HTTPException(408, told, headers={"Connection": "close"})
