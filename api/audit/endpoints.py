"""HTTP for the audit chain."""

from __future__ import annotations

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.audit import export, service
from api.audit.schemas import CheckpointPage, CheckpointQuery, EventPage, EventQuery, ExportQuery, KeyOut
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], responses=PROBLEM_ANSWERS)
_MEDIA: dict[str, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
Auditor = Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))]


@router.get("")
@router.get("/events")
def list_events(services: ServicesDep, who: Auditor, query: Annotated[EventQuery, Query()]) -> EventPage:
    """Events, newest first: of papers that you may see, and of none."""
    return service.events(services, who, query)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in _MEDIA.values()}}},
)
def export_events(
    services: ServicesDep, who: Auditor, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """The same events as a file, oldest first: CSV, or JSON Lines with what their hashes are of."""
    made = export.export(services, who, query)
    start = next(made.pieces, b"")  # what goes wrong at once is told before anything is answered
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(chain([start], made.pieces), media_type=_MEDIA[query.format], headers=headers)


@router.get("/checkpoints")
def list_checkpoints(
    services: ServicesDep, who: Auditor, query: Annotated[CheckpointQuery, Query()]
) -> CheckpointPage:
    """Signed statements of the chain's hash at a length, newest first."""
    return service.checkpoints(services, who, query)


@router.get("/key")
def read_key(services: ServicesDep, who: Auditor) -> KeyOut:
    """The public key that checks signatures of checkpoints. Keep a copy: compare it later with what is given then."""
    return service.key(services, who)
