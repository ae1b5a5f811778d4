"""What stands around every request: an id, a log line, limits of its body, headers of its answer. Plain ASGI."""

from __future__ import annotations

import asyncio
import re
import time
import uuid

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.operation.metrics import observe

log = structlog.get_logger("api.request")
_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
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
]


class Envelope:
    """Gives each request an id (the caller's `X-Request-ID` where it is well formed), logs and counts its answer.

    Paths are logged and counted by route, so that no number, name or token of a path gets into logs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status, began = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    *((name, value) for name, value in _HEADERS if name not in present),
                ]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                await self.app(scope, receive, answer)
        finally:
            took = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "unmatched")
            observe(scope["method"], route, status, took)
            log.info(
                "request", method=scope["method"], route=route, status=status, seconds=round(took, 4),
                request_id=request_id,
            )  # fmt: skip


class BodyTooLargeError(Exception):
    """The request has more bytes than the service takes."""


class BodyTooSlowError(Exception):
    """The request sent nothing for too long."""


class BodyLimits:
    """Bounds the bytes of a request and the time that it may send nothing."""

    def __init__(self, app: ASGIApp, *, limit: int, idle_seconds: float) -> None:
        self.app, self.limit, self.idle = app, limit, idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        declared = int(length) if length.isdigit() else 0
        got, whole = 0, False

        async def bounded() -> Message:
            nonlocal got, whole
            if whole:  # what comes after the body is the end of the connection, and may take its time
                return await receive()
            if declared > self.limit:
                raise BodyTooLargeError
            try:
                message = await asyncio.wait_for(receive(), self.idle)
            except TimeoutError:
                raise BodyTooSlowError from None
            if message["type"] == "http.request":
                got += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if got > self.limit:
                    raise BodyTooLargeError
            return message

        await self.app(scope, bounded, send)
