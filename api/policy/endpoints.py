"""HTTP for the competence rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.policy import service
from api.policy.schemas import (
    MOST_PAPERS,
    InForceOut,
    PolicyFull,
    PolicyIn,
    PolicyPage,
    RefusalIn,
    TrialOut,
)
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1", tags=["policy"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Changer = Annotated[Principal, Depends(allowed(Permission.CHANGE_POLICY))]
Limit = Annotated[int, Query(ge=1, le=100)]
Papers = Annotated[int, Query(ge=1, le=MOST_PAPERS)]


@router.get("/policy")
def policy(services: ServicesDep, who: Reader) -> InForceOut:
    """The competence rules in force, with departments and units."""
    return service.in_force(services, who)


@router.get("/policies")
def policies(services: ServicesDep, who: Changer, cursor: str | None = None, limit: Limit = 50) -> PolicyPage:
    """Rules that were proposed, newest first, and what became of them."""
    return service.page(services, who, cursor, limit)


@router.post("/policies", status_code=201)
def propose(services: ServicesDep, who: Changer, wanted: PolicyIn) -> PolicyFull:
    """Propose rules; another supervisor approves them."""
    return service.propose(services, who, wanted)


@router.get("/policies/{id}")
def get(id: RowId, services: ServicesDep, who: Changer) -> PolicyFull:
    """One proposal with its rules."""
    return service.get(services, who, id)


@router.get("/policies/{id}/trial")
def trial(id: RowId, services: ServicesDep, who: Changer, papers: Papers = service.PAPERS) -> TrialOut:
    """What a proposal would have changed of the newest papers."""
    return service.trial(services, who, id, papers)


@router.post("/policies/{id}/approval")
def approve(id: RowId, services: ServicesDep, who: Changer) -> PolicyFull:
    """Approve another person's proposal: it comes into force on its day."""
    return service.approve(services, who, id)


@router.post("/policies/{id}/refusal")
def refuse(id: RowId, services: ServicesDep, who: Changer, wanted: RefusalIn) -> PolicyFull:
    """Refuse a proposal, or take back one's own."""
    return service.refuse(services, who, id, wanted)
