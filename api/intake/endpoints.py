"""HTTP for papers that come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, Services, ServicesDep
from api.errors import InvalidError, UnsupportedError
from api.intake import service
from api.intake.forms import take_form, take_text
from api.intake.schemas import Accepted, BatchState, Submission, TextSubmission
from api.problems import PROBLEM_ANSWERS, problem_answers

router = APIRouter(prefix="/api/v1", tags=["intake"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
_STEP_SECONDS = 1.0
_STEPS = 600  # then a follower signs in again, by connecting again
_UPLOADS = CapacityLimiter(32)
"""A form keeps a thread busy while it comes: so many at once, others wait for their turn."""

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
        **Submission.model_json_schema()["properties"],
    },
}
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {"schema": TextSubmission.model_json_schema()},
        },
    }
}


@router.post("/documents", status_code=202, openapi_extra=_BODIES, responses=problem_answers(408, 413, 415))
async def submit(
    request: Request,
    response: Response,
    services: ServicesDep,
    who: Annotated[Principal, Depends(allowed(Permission.SUBMIT))],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Accepted:
    """Register papers: files as `multipart/form-data`, or one text as JSON. All of a request are kept, or none."""
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        take = partial(take_form, services, who, _chunks(request), content_type, idempotency_key)
    elif kind == "application/json":
        take = partial(take_text, services, who, await request.body(), idempotency_key)
    else:
        raise UnsupportedError("Send multipart/form-data with files, or application/json with a text.")
    answer = await to_thread.run_sync(take, limiter=_UPLOADS)
    if len(answer.documents) == 1:
        response.headers["Location"] = answer.documents[0].status_url
    return answer


@router.get("/batches/{batch}")
def batch_state(batch: RowId, services: ServicesDep, who: Reader) -> BatchState:
    """How far the papers of one request are."""
    return service.batch_state(services, who, batch)


@router.get("/batches/{batch}/events", response_class=StreamingResponse)
async def batch_events(
    request: Request, batch: RowId, services: ServicesDep, who: Reader
) -> StreamingResponse:
    """The same as server-sent events, until every paper is done (the last event is named `done`)."""
    first = await run_in_threadpool(service.batch_state, services, who, batch)
    told = _progress(request, services, who, first)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _progress(
    request: Request, services: Services, who: Principal, state: BatchState
) -> AsyncIterator[str]:
    sent: BatchState | None = None
    for _ in range(_STEPS):
        if state != sent:
            yield f"event: {'done' if state.done else 'progress'}\ndata: {state.model_dump_json()}\n\n"
        else:
            yield ": waiting\n\n"  # so that a connection that is gone is noticed
        if state.done or await request.is_disconnected():
            return
        sent = state
        await asyncio.sleep(_STEP_SECONDS)
        state = await run_in_threadpool(service.batch_state, services, who, state.batch)


def _chunks(request: Request) -> Iterator[bytes]:
    """The body as it comes, for a thread of its own. Raises what receiving raises: too slow, too large, gone."""
    if request._stream_consumed:
        raise InvalidError("Send the session's token as the header X-CSRF-Token, not as a field.")
    stream = aiter(request.stream())

    async def following() -> bytes:
        return await anext(stream, b"")

    while chunk := from_thread.run(following):
        yield chunk
