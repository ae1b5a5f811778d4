"""HTTP for the audit chain."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.audit import service
from api.audit.schemas import CheckpointPage, CheckpointQuery, EventPage, EventQuery, KeyOut
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], responses=PROBLEM_ANSWERS)
Auditor = Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))]


@router.get("/events")
def list_events(services: ServicesDep, who: Auditor, query: Annotated[EventQuery, Query()]) -> EventPage:
    """Events, newest first: of papers that you may see, and of none."""
    return service.events(services, who, query)


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
