"""HTTP for papers that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from typing import Annotated, BinaryIO, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from api.audit.schemas import EventPage
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.documents import images, service
from api.documents.schemas import (
    DocumentOut,
    DocumentPage,
    DocumentQuery,
    ErasureIn,
    FailureOut,
    SuggestionOut,
    TextOut,
)
from api.problems import PROBLEM_ANSWERS
from api.triaging import service as triaging

router = APIRouter(prefix="/api/v1/documents", tags=["documents"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]
_CHUNK = 2**18
_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png", "jpeg": "image/jpeg", "tiff": "image/tiff", "bmp": "image/bmp", "webp": "image/webp",
    "email": "message/rfc822", "text": "text/plain",
}  # fmt: skip


@router.get("")
def list_documents(
    services: ServicesDep, who: Reader, query: Annotated[DocumentQuery, Query()]
) -> DocumentPage:
    """Papers that you may see, newest first."""
    return service.page(services, who, query.filters(), query.cursor, query.limit)


@router.get("/{number}")
def read_document(number: Number, response: Response, services: ServicesDep, who: Reader) -> DocumentOut:
    """Where a paper stands; the `ETag` is its version."""
    found = service.get(services, who, number)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.get("/{number}/original", response_class=StreamingResponse)
def read_original(number: Number, services: ServicesDep, who: Reader) -> StreamingResponse:
    """The paper, byte for byte as it came; always as a download, since it is hostile until proven otherwise."""
    found = service.original(services, who, number)
    chunks = _chunks(found.stream)
    start = next(chunks)  # what is damaged at its beginning, or small, is told before anything is answered
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    kind = _MEDIA.get(found.media_type, "application/octet-stream")
    return StreamingResponse(chain([start], chunks), media_type=kind, headers=headers)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with closing(stream):
        while chunk := stream.read(_CHUNK):
            yield chunk


@router.get("/{number}/text")
def read_text(number: Number, services: ServicesDep, who: Reader) -> TextOut:
    """The text that was read in a paper, page by page."""
    return service.text(services, who, number)


@router.get(
    "/{number}/pages/{page}", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
def read_page(
    number: Number, page: Annotated[int, Path(ge=1, le=10_000)], services: ServicesDep, who: Reader
) -> Response:
    """A picture (PNG) of a page of a PDF or scan, made when it is first asked for."""
    return Response(images.page(services, who, number, page), media_type="image/png")


@router.get("/{number}/suggestion")
def read_suggestion(number: Number, services: ServicesDep, who: Reader) -> SuggestionOut:
    """What the bundle said of a paper, in the form of docs/contract.md."""
    return service.suggestion(services, who, number)


@router.get("/{number}/failures")
def read_failures(number: Number, services: ServicesDep, who: Reader) -> list[FailureOut]:
    """The attempts at a paper that failed, newest first."""
    return service.failures(services, who, number)


@router.get("/{number}/history")
def read_history(
    number: Number,
    services: ServicesDep,
    who: Reader,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> EventPage:
    """Everything that was done with a paper, newest first, from the audit chain."""
    return service.history(services, who, number, cursor, limit)


@router.post("/{number}/retry", status_code=202)
def retry(
    number: Number, services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.RETRY))]
) -> dict[Literal["state"], str]:
    """Queue a paper again that could not be triaged."""
    triaging.retry(services, who, number)
    return {"state": "registered"}


@router.post("/{number}/erasure")
def erase(
    number: Number,
    order: ErasureIn,
    services: ServicesDep,
    who: Annotated[Principal, Depends(allowed(Permission.ERASE))],
) -> DocumentOut:
    """Erase the content of a paper and its parts by law, for good; what happened to them stays provable."""
    return service.erase(services, who, number, order.ground, merged=order.merged)
