"""One's own notifications: what is new first; whoever opens one has read it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.notifications import service
from api.notifications.endpoints import person
from api.notifications.schemas import ReadAllIn
from api.web.forms import FormDep
from api.web.navigation import local
from api.web.render import PageDep

router = APIRouter(prefix="/notifications", include_in_schema=False)
Person = Annotated[Principal, Depends(person)]
_PAGE = 40


@router.get("")
def show_notifications(
    page: PageDep,
    services: ServicesDep,
    who: Person,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    unread: bool = False,
) -> Response:
    """The reader's own, newest first."""
    found = service.page(services, who, cursor, _PAGE, unread=unread)
    return page.render(
        "story/notifications.html", found=found, only=unread, cursor=cursor,
        opens="/inbox" if who.role == "officer" else "/decisions", reads=Permission.READ in who.permissions,
    )  # fmt: skip


@router.post("/read-all")
def read_all(page: PageDep, services: ServicesDep, who: Person, form: FormDep) -> Response:
    """All that were on the page, and older ones, were read."""
    service.read_all(services, who, form.read(ReadAllIn).until)
    return page.go("/notifications", page.words.text("All are marked as read."))


@router.post("/{id}/read")
def read_one(id: RowId, page: PageDep, services: ServicesDep, who: Person, form: FormDep) -> Response:
    """This one was read; then on to what it is about."""
    service.read(services, who, id)
    return page.go(local(form.get("next") or "/notifications"))
