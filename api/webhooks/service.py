"""Webhooks: who is told of what, what was sent, and messages put in the way of going out.

A message is a row in the transaction of what it tells of, so it is sent if and only if that was committed; the worker
sends it (`delivery.py`). It holds the number of a paper and labels, never personal data.
"""

from __future__ import annotations

import json
import secrets

from sqlalchemy.orm import Session

from api import cursors
from api.audit.canonical import rfc3339
from api.audit.chain import append
from api.auth.context import Places
from api.auth.permissions import Permission, Principal
from api.auth.sealing import Secrets
from api.auth.users import check_within
from api.db.tables import Delivery, Document, Webhook
from api.deps import Services
from api.errors import ConflictError, NotFoundError
from api.notifications.kinds import Fact, check_facts
from api.webhooks import repository
from api.webhooks.schemas import (
    KINDS,
    TEST,
    DeliveryOut,
    DeliveryPage,
    WebhookIn,
    WebhookOut,
    WebhookPage,
    WebhookSecretOut,
)
from api.webhooks.signing import Keys
from api.webhooks.targets import parse

_NONE = "There is no such webhook."


def wanted(session: Session, kind: str) -> bool:
    """Whether anybody wants to be told of this kind: asked once where there are many papers to tell of."""
    return repository.wanted(session, kind)


def emit(services: Services, session: Session, kind: str, document: Document, **data: Fact) -> None:
    """Tell the webhooks that want to know, in the transaction of `session`, what happened to a paper.

    `data` are numbers and labels; the paper's number, state, office, department and unit, and of a part the number of
    the whole, are told by themselves.
    Raises ValueError for an unknown kind, or data that are not labels.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind of message {kind!r}.")
    places = [place for place in (document.office, document.unit) if place is not None]
    wanting = repository.interested(session, kind, places)
    if not wanting:
        return
    about = {name: getattr(document, name) for name in ("number", "state", "office", "department", "unit")}
    if document.part_of is not None:
        about["part_of"] = repository.number(session, document.part_of)
    body = _body(services, kind, {**about, **check_facts(data)})
    for webhook_id in wanting:
        session.add(_delivery(services, webhook_id, kind, body, document.id))
    session.flush()


def create(services: Services, who: Principal, new: WebhookIn) -> WebhookSecretOut:
    """A new webhook. Raises InvalidError on a URL that is not called or unknown units, ForbiddenError on others'."""
    who.require(Permission.MANAGE_WEBHOOKS)
    target = parse(new.url, services.settings.webhook_hosts)
    check_within(who, new.units, Places.of(services.taxonomy))
    keys, sealer = Keys.make(), Secrets.open(services.keys_folder)
    with services.database.transaction() as session:
        row = Webhook(
            url=new.url, secret=b"", kinds=sorted(set(new.kinds)), units=new.units, created_by=who.id
        )
        repository.add(session, row)
        row.secret = keys.seal(sealer, row.id)
        append(
            session,
            who.id,
            "webhook.created",
            webhook=row.id,
            host=target.host,
            kinds=row.kinds,
            units=row.units,
        )
        session.flush()
        return WebhookSecretOut(webhook=WebhookOut.model_validate(row), secret=keys.shown)


def page(services: Services, who: Principal, cursor: str | None = None, limit: int = 50) -> WebhookPage:
    """Webhooks within the caller's units, disabled ones too. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.MANAGE_WEBHOOKS)
    before = cursors.decode(cursor)
    with services.database.transaction() as session:
        found = repository.webhooks(session, who.units, before, limit + 1)
    more = len(found) > limit
    items = [WebhookOut.model_validate(row) for row in found[:limit]]
    return WebhookPage(items=items, next=cursors.encode(found[limit - 1].id) if more else None)


def disable(services: Services, who: Principal, webhook_id: int) -> WebhookOut:
    """Tell it nothing any more; what waits is given up. Raises NotFoundError."""
    with services.database.transaction() as session:
        row = _mine(session, who, webhook_id)
        if row.disabled_at is None:
            switch_off(services, session, row, who.id)
        return WebhookOut.model_validate(row)


def enable(services: Services, who: Principal, webhook_id: int) -> WebhookOut:
    """Tell it of what happens from now on, under the secret it had. Raises NotFoundError, InvalidError on its URL."""
    with services.database.transaction() as session:
        row = _mine(session, who, webhook_id)
        parse(row.url, services.settings.webhook_hosts)
        if row.disabled_at is not None:
            row.disabled_at = row.failing_since = None
            append(session, who.id, "webhook.enabled", webhook=row.id)
        return WebhookOut.model_validate(row)


def rotate(services: Services, who: Principal, webhook_id: int) -> WebhookSecretOut:
    """A new secret; for a day messages are signed by the former one, too. Raises NotFoundError."""
    sealer = Secrets.open(services.keys_folder)
    with services.database.transaction() as session:
        row = _mine(session, who, webhook_id)
        keys = Keys.unseal(sealer, row.secret, row.id).rotate(services.now())
        row.secret = keys.seal(sealer, row.id)
        append(session, who.id, "webhook.secret_rotated", webhook=row.id)
        return WebhookSecretOut(webhook=WebhookOut.model_validate(row), secret=keys.shown)


def try_out(services: Services, who: Principal, webhook_id: int) -> DeliveryOut:
    """Put a message of kind `webhook.test` on its way. Raises NotFoundError, ConflictError where it is disabled."""
    with services.database.transaction() as session:
        row = _enabled(_mine(session, who, webhook_id))
        delivery = _delivery(services, row.id, TEST, _body(services, TEST, {"webhook": row.id}))
        repository.add(session, delivery)
        append(session, who.id, "webhook.tested", webhook=row.id)
        return DeliveryOut.model_validate(delivery)


def deliveries(
    services: Services, who: Principal, webhook_id: int, state: str | None, cursor: str | None, limit: int
) -> DeliveryPage:
    """What was sent to a webhook, newest first. Raises NotFoundError, InvalidError."""
    before = cursors.decode(cursor)
    with services.database.transaction() as session:
        _mine(session, who, webhook_id, lock=False)
        found = repository.deliveries(session, webhook_id, state, before, limit + 1)
    more = len(found) > limit
    items = [DeliveryOut.model_validate(row) for row in found[:limit]]
    return DeliveryPage(items=items, next=cursors.encode(found[limit - 1].id) if more else None)


def retry(services: Services, who: Principal, webhook_id: int, delivery_id: int) -> DeliveryOut:
    """Send a message once more that was given up, or that the other system lost.

    Raises NotFoundError, ConflictError where it waits anyway or the webhook is disabled.
    """
    with services.database.transaction() as session:
        row = _enabled(_mine(session, who, webhook_id))
        delivery = repository.delivery(session, row.id, delivery_id)
        if delivery is None:
            raise NotFoundError("There is no such message.")
        if delivery.state == "waiting":
            raise ConflictError("This message is on its way already. Look at its state.")
        delivery.state, delivery.next_at, delivery.ended_at = "waiting", services.now(), None
        append(session, who.id, "webhook.delivery_retried", webhook=row.id, delivery=delivery.id)
        return DeliveryOut.model_validate(delivery)


def switch_off(services: Services, session: Session, row: Webhook, actor: str) -> None:
    """Disable a webhook, which must be locked."""
    row.disabled_at = services.now()
    session.flush()
    repository.give_up_waiting(session, row.id, services.now())
    append(session, actor, "webhook.disabled", webhook=row.id)


def _mine(session: Session, who: Principal, webhook_id: int, *, lock: bool = True) -> Webhook:
    """The webhook, if within the caller's units. Raises ForbiddenError, NotFoundError."""
    who.require(Permission.MANAGE_WEBHOOKS)
    row = repository.webhook(session, webhook_id, who.units, lock=lock)
    if row is None:
        raise NotFoundError(_NONE)
    return row


def _enabled(row: Webhook) -> Webhook:
    if row.disabled_at is not None:
        raise ConflictError("This webhook is disabled. Enable it first.")
    return row


def _body(services: Services, kind: str, data: dict[str, Fact]) -> str:
    content = {"type": kind, "timestamp": rfc3339(services.now()), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _delivery(
    services: Services, webhook_id: int, kind: str, body: str, document: int | None = None
) -> Delivery:
    now = services.now()
    return Delivery(
        webhook_id=webhook_id, message=f"msg_{secrets.token_hex(16)}", kind=kind, document_id=document, body=body,
        created_at=now, next_at=now, state="waiting", attempts=0,
    )  # fmt: skip
