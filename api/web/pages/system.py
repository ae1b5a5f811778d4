"""The state of the service, and papers that could not be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import Services, ServicesDep
from api.notifications import service as notifications
from api.operation import system
from api.triaging import service as triaging
from api.web.forms import FormDep
from api.web.render import PageDep
from api.webhooks import service as webhooks
from api.webhooks.schemas import WebhookOut

router = APIRouter(prefix="/admin", include_in_schema=False)
Retrier = Annotated[Principal, Depends(allowed(Permission.RETRY))]


@router.get("")
def administration(
    page: PageDep, _who: Annotated[Principal, Depends(allowed(Permission.MANAGE_USERS))]
) -> Response:
    """Where administrators begin."""
    return page.go("/admin/users")


@router.get("/system")
def show_system(
    page: PageDep, services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.READ_SYSTEM))]
) -> Response:
    """How the service is doing."""
    health, mail = system.health(services, who), notifications.mail_state(services, who)
    failing = _failing(services, who) if Permission.MANAGE_WEBHOOKS in who.permissions else None
    return page.render("admin/system.html", health=health, mail=mail, failing=failing)


@router.get("/failed")
def show_failed(
    page: PageDep,
    services: ServicesDep,
    who: Retrier,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Papers that were given up."""
    return page.render("admin/failed.html", found=system.dead_letters(services, who, cursor), cursor=cursor)


@router.post("/failed")
def retry_failed(page: PageDep, services: ServicesDep, who: Retrier, form: FormDep) -> Response:
    """Have a paper read again."""
    number = form.get("number")
    triaging.retry(services, who, number)
    return page.go("/admin/failed", page.words.text("%(number)s will be read again.", number=number))


def _failing(services: Services, who: Principal) -> list[WebhookOut]:
    """Webhooks that are switched on and reach nobody, of the hundred newest."""
    found = webhooks.page(services, who, limit=100).items
    return [each for each in found if each.failing_since is not None and each.disabled_at is None]
