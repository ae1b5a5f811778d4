"""Webhooks and messages for tests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Delivery, Document, Webhook
from api.deps import Services
from api.webhooks import service
from api.webhooks.schemas import WebhookIn
from api.webhooks.service import emit
from tests.api.notifications.people import registered
from tests.api.webhooks.receiver import Receiver

ADMIN = Principal("user:1", "Admin", "administrator", ROLE_PERMISSIONS["administrator"])


def hook(
    services: Services, receiver: Receiver, *kinds: str, units: list[str] | None = None
) -> tuple[int, str]:
    """A webhook to the receiver; its id and secret."""
    wanted: dict[str, Any] = {
        "url": f"http://{receiver.place}/hook",
        "kinds": kinds or ("decision.made",),
        "units": units,
    }
    made = service.create(services, ADMIN, WebhookIn.model_validate(wanted))
    return made.webhook.id, made.secret


def say(
    services: Services, kind: str = "decision.made", document: Document | None = None, **data: Any
) -> Document:
    """Emit in a transaction of its own; of a new paper if none is given."""
    about = document or registered(services)
    with services.database.transaction() as session:
        emit(services, session, kind, about, **data)
    return about


def sent(services: Services) -> list[Delivery]:
    """All messages, oldest first."""
    with services.database.transaction() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def row(services: Services, webhook_id: int) -> Webhook:
    """A webhook as the database has it."""
    with services.database.transaction() as session:
        return session.get_one(Webhook, webhook_id)
