"""HTTP for searching papers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS
from api.search import service
from api.search.schemas import SearchPage, SearchQuery

router = APIRouter(prefix="/api/v1/search", tags=["search"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]


@router.get("")
def search(services: ServicesDep, who: Reader, query: Annotated[SearchQuery, Query()]) -> SearchPage:
    """Papers that you may see and that hold what you look for, best first. What you typed is kept nowhere."""
    return service.search(services, who, query)
