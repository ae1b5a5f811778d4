"""HTTP for the switches of automation and the score of its shadow."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.automation import service
from api.automation.schemas import AutomationOut, Scope, ShadowOut, SwitchIn, SwitchOut
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1/automation", tags=["automation"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ_AUTOMATION))]
Changer = Annotated[Principal, Depends(allowed(Permission.CHANGE_AUTOMATION))]


@router.get("")
def switches(services: ServicesDep, who: Reader) -> AutomationOut:
    """All switches, and which of them are effective."""
    return service.switches(services, who)


@router.get("/shadow")
def shadow(services: ServicesDep, who: Reader, since: datetime | None = None) -> ShadowOut:
    """What the machine would have decided by itself, against what people decided."""
    return service.shadow(services, who, since)


@router.put("/{scope}/{value}")
def change(services: ServicesDep, who: Changer, scope: Scope, value: str, wanted: SwitchIn) -> SwitchOut:
    """Switch automation on or off, at once: for `all` (value `-`), a department, or a subject."""
    return service.change(services, who, scope, "" if scope == "all" and value == "-" else value, wanted)
