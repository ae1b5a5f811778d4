"""HTTP for holds, what falls due, and disposals."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.problems import PROBLEM_ANSWERS, problem_answers
from api.retention import disposals, service
from api.retention.certificate import Language
from api.retention.schemas import (
    DisposalFull,
    DisposalIn,
    DisposalPage,
    DuePage,
    DueQuery,
    HoldIn,
    HoldsOut,
    RuleOut,
)

router = APIRouter(prefix="/api/v1", tags=["retention"], responses=PROBLEM_ANSWERS | problem_answers(410))
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Holder = Annotated[Principal, Depends(allowed(Permission.HOLD))]
Disposer = Annotated[Principal, Depends(allowed(Permission.DISPOSE))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]
_MEDIA = {"json": "application/json", "pdf": "application/pdf"}


@router.get("/documents/{number}/hold")
def holds(number: Number, services: ServicesDep, who: Reader) -> HoldsOut:
    """Whether a paper is under a legal hold, and every change of that, newest first."""
    return service.holds(services, who, number)


@router.post("/documents/{number}/hold", status_code=201)
def hold(number: Number, wanted: HoldIn, services: ServicesDep, who: Holder) -> HoldsOut:
    """Set or end a legal hold: a held paper is neither disposed of nor erased."""
    return service.hold(services, who, number, wanted)


@router.get("/retention/rules")
def rules(services: ServicesDep, who: Disposer) -> list[RuleOut]:
    """The schedule: how long papers of each type are kept, and what happens then."""
    return service.rules(services, who)


@router.get("/retention/due")
def due(services: ServicesDep, who: Disposer, query: Annotated[DueQuery, Query()]) -> DuePage:
    """Papers whose time is over on a day: closed, not held, in no disposal under way; the longest closed first."""
    return service.due(services, who, query)


@router.post("/disposals", status_code=201)
def propose(wanted: DisposalIn, services: ServicesDep, who: Disposer) -> DisposalFull:
    """Propose papers for disposal: by number, or by a rule and a day. Another person must approve it."""
    return disposals.propose(services, who, wanted)


@router.get("/disposals")
def page(
    services: ServicesDep,
    who: Disposer,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DisposalPage:
    """Disposals, newest first."""
    return disposals.page(services, who, cursor, limit)


@router.get("/disposals/{id}")
def get(id: RowId, services: ServicesDep, who: Disposer) -> DisposalFull:
    """A disposal with its papers."""
    return disposals.get(services, who, id)


@router.post("/disposals/{id}/approval")
def approve(id: RowId, services: ServicesDep, who: Disposer) -> DisposalFull:
    """Approve what another person has proposed: the content goes for good, of a large one within minutes."""
    return disposals.approve(services, who, id)


@router.post("/disposals/{id}/refusal")
def refuse(id: RowId, services: ServicesDep, who: Disposer) -> DisposalFull:
    """Refuse a disposal, or take back one's own."""
    return disposals.refuse(services, who, id)


@router.get(
    "/disposals/{id}/certificate",
    response_class=Response,
    responses={200: {"content": {media: {} for media in _MEDIA.values()}}},
)
def certificate(
    id: RowId,
    services: ServicesDep,
    who: Disposer,
    form: Literal["json", "pdf"] = "json",
    language: Language = "az",
) -> Response:
    """The certificate of a disposal. The SHA-256 of the JSON, byte for byte, stands in the audit chain."""
    data = disposals.certificate(services, who, id, form, language)
    headers = {"Content-Disposition": f'attachment; filename="disposal-{id}.{form}"'}
    return Response(data, media_type=_MEDIA[form], headers=headers)
