"""Models for supervisors: which there are, what is active since when, their cards, and how a candidate compares."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.bundles import service
from api.deps import ServicesDep
from api.web.markdown import markdown
from api.web.render import PageDep

router = APIRouter(prefix="/models", include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]
Part = Annotated[str, PathParameter(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


@router.get("")
def show_models(page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """All models, the active one first."""
    return page.render("models/models.html", models=service.bundles(services, who))


@router.get("/{name}/{version}")
def show_model(name: Part, version: Part, page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """One model: its card, its figures, and its comparisons with the active one."""
    found = service.bundle(services, who, name, version)
    return page.render("models/model.html", model=found, card=markdown(found.card) if found.card else None)
