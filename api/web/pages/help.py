"""Help that needs no JavaScript."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.web.render import PageDep

router = APIRouter(include_in_schema=False)


@router.get("/help/keys")
def show_keys(page: PageDep) -> Response:
    """The keyboard map."""
    return page.render("keys.html")
