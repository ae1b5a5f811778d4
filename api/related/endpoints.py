"""HTTP for related papers, their links and groups, and for papers that are split and merged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS, problem_answers
from api.related import linking, merging, service, splitting
from api.related.schemas import GroupsOut, LinkIn, LinksOut, MergeIn, PartsOut, RelatedOut, SplitIn

router = APIRouter(prefix="/api/v1", tags=["related"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Linker = Annotated[Principal, Depends(allowed(Permission.LINK))]
Decider = Annotated[Principal, Depends(allowed(Permission.DECIDE))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]


@router.get("/related/groups")
def read_groups(
    services: ServicesDep, who: Reader, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> GroupsOut:
    """Groups of papers in the queue that say nearly the same, such as petitions of many; the largest first."""
    return service.groups(services, who, limit)


@router.get("/documents/{number}/related", responses=problem_answers(410))
def read_related(number: Number, services: ServicesDep, who: Reader) -> RelatedOut:
    """Papers that may belong with this one, each with its ground. A proposal changes nothing."""
    return service.related(services, who, number)


@router.get("/documents/{number}/links")
def read_links(number: Number, services: ServicesDep, who: Reader) -> LinksOut:
    """What people said of this paper and others, and where the links lead."""
    return linking.links(services, who, number)


@router.post("/documents/{number}/links")
def change_link(number: Number, wanted: LinkIn, services: ServicesDep, who: Linker) -> LinksOut:
    """Confirm, refuse or take back that two papers belong together."""
    return linking.change(services, who, number, wanted)


@router.post("/documents/{number}/split", responses=problem_answers(410, 413, 415))
def split(number: Number, wanted: SplitIn, services: ServicesDep, who: Decider) -> PartsOut:
    """Split a PDF, or a text with form feeds between its pages, into papers of their own."""
    return splitting.split(services, who, number, wanted)


@router.post("/documents/{number}/merge")
def merge(number: Number, wanted: MergeIn, services: ServicesDep, who: Decider) -> PartsOut:
    """Make papers parts of this one."""
    return merging.merge(services, who, number, wanted)
