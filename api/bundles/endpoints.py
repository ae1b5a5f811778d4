"""HTTP for bundles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.bundles import service
from api.bundles.schemas import BundleFull, BundleOut
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1/bundles", tags=["bundles"], responses=PROBLEM_ANSWERS)
Reader = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]


@router.get("")
def bundles(services: ServicesDep, who: Reader) -> list[BundleOut]:
    """Every bundle, what it did and since when."""
    return service.bundles(services, who)


@router.get("/{name}/{version}")
def bundle(name: str, version: str, services: ServicesDep, who: Reader) -> BundleFull:
    """One bundle with its card, its figures, and its comparisons with the active one."""
    return service.bundle(services, who, name, version)
