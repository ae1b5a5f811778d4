"""HTTP for papers that come in."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import Services, ServicesDep
from api.errors import InvalidError, UnsupportedError
from api.intake import service
from api.intake.schemas import Accepted, BatchState, Submission, TextSubmission
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1", tags=["intake"], responses=PROBLEM_ANSWERS)
Model = TypeVar("Model", bound=Submission)
_FIELD_BYTES = 10_000
_STEP_SECONDS = 1.0

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
        **{
            name: {"type": "boolean" if name == "again" else "string"}
            for name in Submission.model_fields
        },
    },
}  # fmt: skip
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {"schema": TextSubmission.model_json_schema()},
        },
    }
}


@router.post(
    "/documents",
    status_code=202,
    openapi_extra=_BODIES,
    responses={413: PROBLEM_ANSWERS[422], 415: PROBLEM_ANSWERS[422]},
)
async def submit(
    request: Request,
    response: Response,
    services: ServicesDep,
    who: Annotated[Principal, Depends(allowed(Permission.SUBMIT))],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Accepted:
    """Register papers: files as `multipart/form-data`, or one text as JSON. All of a request are kept, or none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with _form(request, services) as form:
            sent, uploads = _read_form(form)
            answer = await run_in_threadpool(service.submit, services, who, sent, uploads, idempotency_key)
    elif kind == "application/json":
        text = _parse(TextSubmission, await request.body())
        sent = Submission(**text.model_dump(exclude={"text"}))
        uploads = [service.Upload(None, io.BytesIO(text.text.encode("utf-8", "replace")))]
        answer = await run_in_threadpool(service.submit, services, who, sent, uploads, idempotency_key)
    else:
        raise UnsupportedError("Send multipart/form-data with files, or application/json with a text.")
    if len(answer.documents) == 1:
        response.headers["Location"] = answer.documents[0].status_url
    return answer


@router.get("/batches/{batch}")
def batch_state(
    batch: int, services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.READ))]
) -> BatchState:
    """How far the papers of one request are."""
    return service.batch_state(services, who, batch)


@router.get("/batches/{batch}/events", response_class=StreamingResponse)
async def batch_events(
    request: Request,
    batch: int,
    services: ServicesDep,
    who: Annotated[Principal, Depends(allowed(Permission.READ))],
) -> StreamingResponse:
    """The same as server-sent events, until every paper is done (the last event is named `done`)."""
    first = await run_in_threadpool(service.batch_state, services, who, batch)
    return StreamingResponse(
        _progress(request, services, who, first), media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )  # fmt: skip


async def _progress(
    request: Request, services: Services, who: Principal, state: BatchState
) -> AsyncIterator[str]:
    sent: BatchState | None = None
    while True:
        if state != sent:
            yield f"event: {'done' if state.done else 'progress'}\ndata: {state.model_dump_json()}\n\n"
        else:
            yield ": waiting\n\n"  # so that a connection that is gone is noticed
        if state.done or await request.is_disconnected():
            return
        sent = state
        await asyncio.sleep(_STEP_SECONDS)
        state = await run_in_threadpool(service.batch_state, services, who, state.batch)


class _form:  # noqa: N801 - reads as a verb
    """The parsed form, closed at the end. Raises InvalidError for one that cannot be parsed."""

    def __init__(self, request: Request, services: Services) -> None:
        self.request, self.files = request, services.settings.upload_files

    async def __aenter__(self) -> FormData:
        try:
            self.form = await self.request.form(
                max_files=self.files, max_fields=20, max_part_size=_FIELD_BYTES
            )
        except MultiPartException as error:
            raise InvalidError(f"The form cannot be read: {error.message}") from None
        return self.form

    async def __aexit__(self, *_: object) -> None:
        await self.form.close()


def _read_form(form: FormData) -> tuple[Submission, list[service.Upload]]:
    fields: dict[str, str] = {}
    uploads = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            uploads.append(service.Upload(value.filename, value.file))
        elif value:
            fields[name] = value
    return _parse(Submission, json.dumps(fields).encode()), uploads


def _parse(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise InvalidError(f"{where}: {first['msg']}") from None
