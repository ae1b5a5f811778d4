"""HTTP for letters to senders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path
from fastapi.responses import StreamingResponse

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.notices import service
from api.notices.schemas import NoticeIn, NoticeOut, SendingIn
from api.problems import PROBLEM_ANSWERS, problem_answers

router = APIRouter(prefix="/api/v1", tags=["notices"], responses=PROBLEM_ANSWERS | problem_answers(410))
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Maker = Annotated[Principal, Depends(allowed(Permission.MAKE_NOTICES))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]
_CHUNK = 2**18


@router.post("/documents/{number}/notices", status_code=201)
def make(number: Number, wanted: NoticeIn, services: ServicesDep, who: Maker) -> NoticeOut:
    """Make a letter to the sender of a paper, as DOCX and PDF, and keep it. The same letter is made once."""
    return service.make(services, who, number, wanted)


@router.get("/documents/{number}/notices")
def listed(number: Number, services: ServicesDep, who: Reader) -> list[NoticeOut]:
    """The letters of a paper and how they were sent, oldest first."""
    return service.listed(services, who, number)


@router.get("/notices/{id}/docx", response_class=StreamingResponse)
def read_docx(id: RowId, services: ServicesDep, who: Reader) -> StreamingResponse:
    """A letter to be edited, as a download; that is recorded."""
    return _download(service.read(services, who, id, "docx"))


@router.get("/notices/{id}/pdf", response_class=StreamingResponse)
def read_pdf(id: RowId, services: ServicesDep, who: Reader) -> StreamingResponse:
    """A letter to be printed, as a download; that is recorded."""
    return _download(service.read(services, who, id, "pdf"))


def _download(found: service.NoticeFile) -> StreamingResponse:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Length": str(found.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return StreamingResponse(_chunks(found.stream), media_type=found.media_type, headers=headers)


@router.post("/notices/{id}/sendings", status_code=201)
def sent(id: RowId, sending: SendingIn, services: ServicesDep, who: Maker) -> NoticeOut:
    """Record that a letter was sent, and how."""
    return service.sent(services, who, id, sending)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with closing(stream):
        while chunk := stream.read(_CHUNK):
            yield chunk
