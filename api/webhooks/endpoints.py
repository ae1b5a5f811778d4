"""HTTP for webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response, status

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.problems import PROBLEM_ANSWERS
from api.webhooks import service
from api.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    WebhookIn,
    WebhookOut,
    WebhookPage,
    WebhookSecretOut,
)

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], responses=PROBLEM_ANSWERS)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WEBHOOKS))]
Cursor = Annotated[str | None, Query(max_length=60, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("")
def list_webhooks(
    services: ServicesDep, who: Manager, cursor: Cursor = None, limit: Limit = 50
) -> WebhookPage:
    """Webhooks, disabled ones too, newest first."""
    return service.page(services, who, cursor, limit)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_webhook(
    wanted: WebhookIn, response: Response, services: ServicesDep, who: Manager
) -> WebhookSecretOut:
    """Tell another system of what happens to papers. The secret is shown only here."""
    response.headers["Cache-Control"] = "no-store"
    return service.create(services, who, wanted)


@router.post("/{id}/disable")
def disable_webhook(id: RowId, services: ServicesDep, who: Manager) -> WebhookOut:
    """Tell it nothing any more; messages that wait are given up."""
    return service.disable(services, who, id)


@router.post("/{id}/enable")
def enable_webhook(id: RowId, services: ServicesDep, who: Manager) -> WebhookOut:
    """Tell it again, of what happens from now on."""
    return service.enable(services, who, id)


@router.post("/{id}/secret")
def rotate_secret(id: RowId, response: Response, services: ServicesDep, who: Manager) -> WebhookSecretOut:
    """A new secret, shown only here; for a day messages are signed by the former one, too."""
    response.headers["Cache-Control"] = "no-store"
    return service.rotate(services, who, id)


@router.post("/{id}/test", status_code=status.HTTP_202_ACCEPTED)
def try_webhook(id: RowId, services: ServicesDep, who: Manager) -> DeliveryOut:
    """Send it a message of kind `webhook.test`; the list of deliveries tells what came of it."""
    return service.try_out(services, who, id)


@router.get("/{id}/deliveries")
def list_deliveries(
    id: RowId,
    services: ServicesDep,
    who: Manager,
    state: Literal["waiting", "delivered", "failed"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeliveryPage:
    """Messages to a webhook and what came of them, newest first."""
    return service.deliveries(services, who, id, state, cursor, limit)


@router.post("/{id}/deliveries/{delivery}/retry", status_code=status.HTTP_202_ACCEPTED)
def retry_delivery(id: RowId, delivery: RowId, services: ServicesDep, who: Manager) -> DeliveryOut:
    """Send a message once more that was given up, or that the other system lost."""
    return service.retry(services, who, id, delivery)
