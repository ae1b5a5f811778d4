"""Webhooks: which other systems are told of what, what was sent to them, and sending it again."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import cursors
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, Services, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep
from api.webhooks import service
from api.webhooks.schemas import KINDS, WebhookIn, WebhookOut

router = APIRouter(prefix="/admin/webhooks", include_in_schema=False)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WEBHOOKS))]
Cursor = Annotated[str | None, Query(max_length=60)]
State = Annotated[Literal["waiting", "delivered", "failed"] | None, Query()]
_LISTS = frozenset({"kinds", "units"})
_MESSAGES = 30


@router.get("")
def show_webhooks(page: PageDep, who: Manager, services: ServicesDep, cursor: Cursor = None) -> Response:
    """The webhooks, those that are switched off too."""
    found = service.page(services, who, cursor)
    return page.render("webhooks/list.html", found=found, host=host, cursor=cursor)


@router.get("/new")
def show_new_webhook(page: PageDep, who: Manager) -> Response:
    """The form for a new webhook."""
    return _form(page, who, Form())


@router.post("/new")
def make_webhook(page: PageDep, who: Manager, services: ServicesDep, form: FormDep) -> Response:
    """Make a webhook; its secret is shown once."""
    try:
        made = service.create(services, who, form.read(WebhookIn, _LISTS))
    except ServiceError as error:
        return _form(page, who, form.refused(error), status_of(error))
    said = page.words.text("%(host)s will be told from now on.", host=host(made.webhook.url))
    return page.go(f"/admin/webhooks/{made.webhook.id}", said, secret=made.secret)


@router.get("/{id}")
def show_webhook(
    id: RowId, page: PageDep, who: Manager, services: ServicesDep, state: State = None, cursor: Cursor = None
) -> Response:
    """One webhook, and what was sent to it."""
    webhook = _one(services, who, id)
    sent = service.deliveries(services, who, id, state, cursor, _MESSAGES)
    shown = {"host": host(webhook.url), "state": state, "cursor": cursor}
    return page.render("webhooks/one.html", webhook=webhook, sent=sent, **shown)


@router.post("/{id}/test")
def try_webhook(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """Send it a test message."""
    service.try_out(services, who, id)
    told = page.words.text("A test message is on its way. The list tells in a moment what came of it.")
    return page.go(f"/admin/webhooks/{id}", told)


@router.post("/{id}/disable")
def disable_webhook(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """Tell it nothing any more."""
    service.disable(services, who, id)
    return page.go(f"/admin/webhooks/{id}", page.words.text("The webhook is switched off."))


@router.post("/{id}/enable")
def enable_webhook(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """Tell it again."""
    service.enable(services, who, id)
    told = page.words.text("The webhook is switched on: it is told of what happens from now on.")
    return page.go(f"/admin/webhooks/{id}", told)


@router.post("/{id}/secret")
def renew_secret(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """A new secret, shown once."""
    made = service.rotate(services, who, id)
    told = page.words.text(
        "The webhook has a new secret. For a day messages are signed by the former one, too."
    )
    return page.go(f"/admin/webhooks/{id}", told, secret=made.secret)


@router.post("/{id}/messages/{message}/retry")
def retry_message(id: RowId, message: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """Send a message once more."""
    service.retry(services, who, id, message)
    return page.go(f"/admin/webhooks/{id}", page.words.text("The message is on its way again."))


def host(url: str) -> str:
    """The host of a webhook, with its port where it has one."""
    return urlsplit(url).netloc


def _one(services: Services, who: Principal, id: int) -> WebhookOut:
    """The webhook of an id. Raises NotFoundError."""
    found = service.page(services, who, cursors.encode(id + 1) if id + 1 < 2**63 else None, 1).items
    if not found or found[0].id != id:
        raise NotFoundError("There is no such webhook.")
    return found[0]


def _form(page: Page, who: Principal, form: Form, status: int = 200) -> Response:
    kinds = [(page.name("webhook", kind), kind) for kind in KINDS]
    known = page.services.taxonomy.units
    units = sorted((page.name("unit", unit), unit) for unit in known if who.may_receive(unit))
    return page.render("webhooks/new.html", status, form=form, kinds=kinds, units=units)
