"""Who is told of what; and how webhooks are managed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from api.auth.permissions import ROLE_PERMISSIONS, Permission, Principal
from api.db.tables import Event
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.webhooks import service
from api.webhooks.schemas import WebhookIn
from api.webhooks.service import emit
from tests.api.notifications.people import registered
from tests.api.papers import broken_links
from tests.api.webhooks.receiver import Receiver
from tests.api.webhooks.support import ADMIN, hook, row, say, sent

GENCE_ADMIN = replace(ADMIN, id="user:2", units=frozenset({"gence"}))


def test_those_who_want_to_know_are_told_by_kind_and_unit(hooked: Services, receiver: Receiver) -> None:
    everything = hook(hooked, receiver, "decision.made", "paper.returned")[0]
    gence = hook(hooked, receiver, "decision.made", units=["gence"])[0]
    hook(hooked, receiver, "paper.accepted")
    off = hook(hooked, receiver, "decision.made")[0]
    service.disable(hooked, ADMIN, off)
    here = registered(hooked, "1", office="gence", unit="seki", department="investigation", state="routed")
    there = registered(hooked, "2", office="gence", unit=None)
    nowhere = registered(hooked, "3")
    for document in (here, there, nowhere):
        say(hooked, document=document, action="route", returns=0)
    say(hooked, "paper.returned", here)
    told = [(delivery.webhook_id, delivery.document_id, delivery.kind) for delivery in sent(hooked)]
    assert told == [
        (everything, here.id, "decision.made"),
        (gence, here.id, "decision.made"),
        (everything, there.id, "decision.made"),
        (gence, there.id, "decision.made"),
        (everything, nowhere.id, "decision.made"),
        (everything, here.id, "paper.returned"),
    ]
    body = sent(hooked)[0].body
    assert json.loads(body) == {
        "type": "decision.made",
        "timestamp": "2026-03-02T09:00:00.000000Z",
        "data": {
            "number": here.number, "state": "routed", "office": "gence", "department": "investigation",
            "unit": "seki", "action": "route", "returns": 0,
        },
    }  # fmt: skip
    assert body == json.dumps(json.loads(body), separators=(",", ":"))


def test_what_is_rolled_back_is_told_nobody(hooked: Services, receiver: Receiver) -> None:
    hook(hooked, receiver)
    document = registered(hooked)
    with hooked.database.transaction() as session:
        emit(hooked, session, "decision.made", document)
        session.rollback()
    assert sent(hooked) == []


def test_unknown_kinds_and_words_are_refused(hooked: Services, receiver: Receiver) -> None:
    hook(hooked, receiver)
    document = registered(hooked)
    for kind, data in (
        ("paper.flown", {}),
        ("webhook.test", {}),
        ("decision.made", {"by": "Aysel Məmmədova"}),
    ):
        with pytest.raises(ValueError, match=r"no kind|label"):
            say(hooked, kind, document, **data)
    assert sent(hooked) == []


def test_secrets_are_shown_once_and_lie_sealed(hooked: Services, receiver: Receiver) -> None:
    webhook, secret = hook(hooked, receiver)
    assert secret.startswith("whsec_")
    assert secret.encode() not in row(hooked, webhook).secret
    rotated = service.rotate(hooked, ADMIN, webhook).secret
    assert rotated != secret
    assert "secret" not in service.page(hooked, ADMIN).items[0].model_dump()
    with hooked.database.transaction() as session:
        told = "".join(session.scalars(select(Event.body)))
    assert secret not in told
    assert rotated not in told


def test_every_change_stands_in_the_chain(hooked: Services, receiver: Receiver) -> None:
    webhook, _ = hook(hooked, receiver)
    service.rotate(hooked, ADMIN, webhook)
    service.try_out(hooked, ADMIN, webhook)
    service.disable(hooked, ADMIN, webhook)
    service.disable(hooked, ADMIN, webhook)
    service.enable(hooked, ADMIN, webhook)
    service.enable(hooked, ADMIN, webhook)
    service.retry(hooked, ADMIN, webhook, sent(hooked)[0].id)
    with hooked.database.transaction() as session:
        actions = list(session.scalars(select(Event.action).where(Event.seq > 1).order_by(Event.seq)))
    assert actions == [
        "webhook.created", "webhook.secret_rotated", "webhook.tested", "webhook.disabled", "webhook.enabled",
        "webhook.delivery_retried",
    ]  # fmt: skip
    assert broken_links(hooked) == []


def test_disabling_gives_up_what_waits_and_nothing_more_is_asked_of_it(
    hooked: Services, receiver: Receiver
) -> None:
    webhook, _ = hook(hooked, receiver)
    say(hooked)
    service.disable(hooked, ADMIN, webhook)
    (delivery,) = sent(hooked)
    assert (delivery.state, delivery.error, delivery.next_at) == ("failed", "disabled", None)
    with pytest.raises(ConflictError, match="disabled"):
        service.try_out(hooked, ADMIN, webhook)
    with pytest.raises(ConflictError, match="disabled"):
        service.retry(hooked, ADMIN, webhook, delivery.id)
    service.enable(hooked, ADMIN, webhook)
    service.retry(hooked, ADMIN, webhook, delivery.id)
    with pytest.raises(ConflictError, match="on its way"):
        service.retry(hooked, ADMIN, webhook, delivery.id)
    with pytest.raises(NotFoundError):
        service.retry(hooked, ADMIN, webhook, 999)


def test_an_administrator_of_units_manages_the_webhooks_of_these_alone(
    hooked: Services, receiver: Receiver
) -> None:
    everywhere, _ = hook(hooked, receiver)
    mine, _ = hook(hooked, receiver, units=["gence"])
    assert [item.id for item in service.page(hooked, GENCE_ADMIN).items] == [mine]
    for change in (service.disable, service.enable, service.rotate, service.try_out):
        with pytest.raises(NotFoundError):
            change(hooked, GENCE_ADMIN, everywhere)
    with pytest.raises(NotFoundError):
        service.deliveries(hooked, GENCE_ADMIN, everywhere, None, None, 50)
    url = f"http://{receiver.place}/"
    for units in (None, ["seki"]):
        with pytest.raises(ForbiddenError):
            service.create(hooked, GENCE_ADMIN, WebhookIn(url=url, kinds=["decision.made"], units=units))
    with pytest.raises(InvalidError, match="Unknown units"):
        service.create(hooked, ADMIN, WebhookIn(url=url, kinds=["decision.made"], units=["nowhere"]))


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor"])
def test_others_manage_none(hooked: Services, role: str) -> None:
    who = Principal("user:5", "", role, ROLE_PERMISSIONS[role])
    assert Permission.MANAGE_WEBHOOKS not in who.permissions
    with pytest.raises(ForbiddenError):
        service.page(hooked, who)
    with pytest.raises(ForbiddenError):
        service.disable(hooked, who, 1)


def test_lists_go_on_by_cursor(hooked: Services, receiver: Receiver) -> None:
    ids = [hook(hooked, receiver)[0] for _ in range(3)]
    first = service.page(hooked, ADMIN, limit=2)
    second = service.page(hooked, ADMIN, first.next, limit=2)
    assert [item.id for item in first.items + second.items] == ids[::-1]
    assert second.next is None
    for _ in range(3):
        say(hooked, document=registered(hooked))
    log = service.deliveries(hooked, ADMIN, ids[0], "waiting", None, 2)
    rest = service.deliveries(hooked, ADMIN, ids[0], "waiting", log.next, 2)
    assert (len(log.items), len(rest.items), rest.next) == (2, 1, None)
    assert service.deliveries(hooked, ADMIN, ids[0], "failed", None, 2).items == []
    with pytest.raises(InvalidError):
        service.deliveries(hooked, ADMIN, ids[0], None, "x", 2)
