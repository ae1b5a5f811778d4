"""Errors as HTTP says them: problem details (RFC 9457), mapped in one place."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.errors import STATUS, ServiceError, TooManyError

_TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    408: "Too slow", 409: "Conflict", 410: "Erased", 412: "Changed meanwhile", 413: "Too large",
    415: "Unsupported type", 422: "Invalid", 428: "Version needed", 429: "Too many", 500: "Unexpected error",
    503: "Not available now",
}  # fmt: skip
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; the header Allow names those that it takes.",
}
_CODES = {status: kind.code for kind, status in STATUS.items()}


class Problem(BaseModel):
    """Problem details (RFC 9457); `code` is stable, `detail` says what is wrong and what to do."""

    type: str = Field("about:blank")
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[dict[str, Any]] | None = None


def problem_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI of an endpoint or router: it may answer so."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


PROBLEM_ANSWERS = problem_answers(400, 401, 403, 404, 409, 422, 429, 503)
"""For every router."""


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
    """Map every error of the service and of the framework; those that no one foresaw are the envelope's."""
    app.add_exception_handler(ServiceError, _service)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


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
    status = error.status_code
    code = _CODES.get(status) or re.sub(r"\W+", "_", _TITLES.get(status, "error").lower())
    answer = problem(request, status, code, _DETAILS.get(status, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


def unforeseen(request: Request) -> JSONResponse:
    """The answer where something went wrong that no one foresaw; what it was is told to the log alone."""
    return problem(
        request, 500, "unexpected", "Something went wrong here. Give the request id to who runs the service."
    )
