"""HTTP for departments: their inbox, acceptance and return of papers, and which of them are open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.departments import closing, handovers, inbox, service
from api.departments.schemas import (
    AcceptanceIn,
    DepartmentOut,
    HandoverOut,
    InboxPage,
    InboxQuery,
    ReasonOut,
    ReturnIn,
    StateChanged,
    StateIn,
)
from api.deps import ServicesDep
from api.documents.endpoints import Number
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1", tags=["departments"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Officer = Annotated[Principal, Depends(allowed(Permission.HAND_OVER))]
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WORK))]
Department = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["investigation"])]


@router.get("/departments")
def list_departments(services: ServicesDep, who: Reader) -> list[DepartmentOut]:
    """All departments: open or closed, and how many papers wait there."""
    return service.departments(services, who)


@router.get("/departments/inbox")
def read_inbox(services: ServicesDep, who: Reader, query: Annotated[InboxQuery, Query()]) -> InboxPage:
    """Papers that were routed to departments, oldest first."""
    return inbox.page(services, who, query)


@router.get("/departments/return-reasons")
def read_return_reasons(who: Reader) -> list[ReasonOut]:
    """Why a department may send a paper back."""
    return service.return_reasons(who)


@router.put("/departments/{department}/state")
def change_state(
    department: Department, wanted: StateIn, services: ServicesDep, who: Manager
) -> StateChanged:
    """Open or close a department; papers on the way to a closed one go back to review."""
    return closing.change(services, who, department, wanted)


@router.post("/documents/{number}/acceptance", status_code=201)
def accept(number: Number, wanted: AcceptanceIn, services: ServicesDep, who: Officer) -> HandoverOut:
    """Accept a paper for your department."""
    return handovers.accept(services, who, number, wanted)


@router.post("/documents/{number}/return", status_code=201)
def give_back(number: Number, wanted: ReturnIn, services: ServicesDep, who: Officer) -> HandoverOut:
    """Send a paper back with a reason: it goes to review again, hurried."""
    return handovers.give_back(services, who, number, wanted)


@router.get("/documents/{number}/handovers")
def read_handovers(number: Number, services: ServicesDep, who: Reader) -> list[HandoverOut]:
    """What departments did with a paper, oldest first."""
    return handovers.history(services, who, number)
