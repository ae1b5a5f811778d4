"""HTTP for shared work: members, absences, and who should take a paper."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth.deps import SignedInDep, allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.documents.endpoints import Number
from api.problems import PROBLEM_ANSWERS
from api.work import absences, members, service
from api.work.schemas import (
    AbsenceIn,
    AbsenceOut,
    AbsencePage,
    AssignmentIn,
    AssignmentOut,
    ListQuery,
    MemberChange,
    MemberOut,
    MemberPage,
)

router = APIRouter(prefix="/api/v1", tags=["work"], responses=PROBLEM_ANSWERS)


def person(found: SignedInDep) -> Principal:
    """Anybody who is signed in and has nothing left to do before. Raises ForbiddenError."""
    found.require_done()
    return found.principal


Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WORK))]
Anybody = Annotated[Principal, Depends(person)]
Page = Annotated[ListQuery, Query()]


@router.get("/work/members")
def list_members(services: ServicesDep, who: Manager, query: Page) -> MemberPage:
    """People who work on papers in your units: load, absence, languages."""
    return members.page(services, who, query)


@router.patch("/work/members/{id}")
def change_member(id: RowId, wanted: MemberChange, services: ServicesDep, who: Manager) -> MemberOut:
    """Say which languages a member reads."""
    return members.change(services, who, id, wanted)


@router.get("/work/absences")
def list_absences(services: ServicesDep, who: Anybody, query: Page) -> AbsencePage:
    """Absences that are not over: your own, and of those whose work you manage."""
    return absences.page(services, who, query)


@router.post("/work/absences", status_code=201)
def make_absence(wanted: AbsenceIn, services: ServicesDep, who: Anybody) -> AbsenceOut:
    """Write down an absence and its deputy, your own or of somebody whose work you manage."""
    return absences.make(services, who, wanted)


@router.delete("/work/absences/{id}")
def cancel_absence(id: RowId, services: ServicesDep, who: Anybody) -> AbsenceOut:
    """Cancel an absence."""
    return absences.cancel(services, who, id)


@router.post("/documents/{number}/assignment")
def assign(number: Number, wanted: AssignmentIn, services: ServicesDep, who: Manager) -> AssignmentOut:
    """Give a paper in review to somebody, or to nobody in particular."""
    return service.assign_by_hand(services, who, number, wanted)
