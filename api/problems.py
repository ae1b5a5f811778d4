"""Errors as HTTP says them: problem details (RFC 9457), mapped in one place."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.errors import STATUS, ServiceError, TooManyError
from api.operation import metrics
from api.operation.middleware import BodyTooLargeError, BodyTooSlowError

log = logging.getLogger(__name__)
_TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    408: "Too slow", 409: "Conflict", 410: "Erased", 412: "Changed meanwhile", 413: "Too large",
    415: "Unsupported type", 422: "Invalid", 428: "Version needed", 429: "Too many", 500: "Unexpected error",
    503: "Not available now",
}  # fmt: skip


class Problem(BaseModel):
    """Problem details (RFC 9457); `code` is stable, `detail` says what is wrong and what to do."""

    type: str = Field("about:blank")
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = None


PROBLEM_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": _TITLES[status]}
    for status in (401, 403, 404, 409, 422, 429, 503)
}
"""For the OpenAPI of every router."""


def problem(request: Request, status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """An answer of problem details."""
    told = Problem(
        title=_TITLES.get(status, "Error"), status=status, detail=detail, code=code,
        request_id=request.scope.get("state", {}).get("request_id"), **more,
    )  # fmt: skip
    return JSONResponse(
        told.model_dump(exclude_none=True), status_code=status, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Map every error of the service, of the framework, and those that no one foresaw."""
    app.add_exception_handler(ServiceError, _service)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(BodyTooLargeError, _too_large)
    app.add_exception_handler(BodyTooSlowError, _too_slow)
    app.add_exception_handler(Exception, _unforeseen)


def status_of(error: ServiceError) -> int:
    """The HTTP status of an error: that of the nearest class in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def _service(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101 - the table above says so
    answer = problem(request, status_of(error), error.code, str(error))
    if isinstance(error, TooManyError) and "retry_after" in error.details:
        answer.headers["Retry-After"] = str(error.details["retry_after"])
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="derkenar"'
    return answer


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    # Without the input itself: it may be a password or a paper.
    errors = [{"where": [str(part) for part in e["loc"]], "what": e["msg"]} for e in error.errors()]
    return problem(request, 422, "invalid", "Something in the request is missing or wrong.", errors=errors)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    answer = problem(request, error.status_code, "http", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _too_large(request: Request, _error: Exception) -> JSONResponse:
    return problem(request, 413, "too_large", "The request is too large. Send fewer or smaller files.")


async def _too_slow(request: Request, _error: Exception) -> JSONResponse:
    return problem(
        request, 408, "too_slow", "Nothing came for too long. Nothing was saved: please try again."
    )


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    metrics.ERRORS.inc()
    log.error("unforeseen error", exc_info=error)
    return problem(
        request, 500, "unexpected", "Something went wrong here. Give the request id to who runs the service."
    )
