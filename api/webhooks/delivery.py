"""Sends the messages that are due to webhooks: claimed by row, sent outside any transaction, settled in another.

At least once: a process that dies between sending and settling leaves its claim, and when that ends the message goes
again, under the same id. Each webhook has its own thread in a round, and a failure ends the round for it, so that one
that does not answer holds up none of the others. Messages come in no promised order.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from api.auth.permissions import SYSTEM
from api.auth.sealing import Secrets
from api.db.tables import Delivery, Webhook
from api.deps import Services
from api.errors import InvalidError, UnavailableError
from api.notifications.recipients import administrators_of
from api.notifications.service import notify
from api.webhooks import repository
from api.webhooks.posting import Outcome, post
from api.webhooks.service import switch_off
from api.webhooks.signing import Keys
from api.webhooks.targets import parse

_log = structlog.get_logger(__name__)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
PAUSES = (
    timedelta(seconds=5), 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
    24 * _HOUR,
)  # fmt: skip
"""After each failed attempt but the last: the schedule that the specification proposes."""
CLAIM = timedelta(minutes=5)
"""How long a message is one worker's: well over what an attempt can take."""
_SPREAD = 0.1
_SIDE_BY_SIDE = 4
_KEPT = timedelta(days=90)
_TOLD_EVERY = timedelta(days=1)
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Derkenar-Webhooks/1"}


@dataclass(frozen=True, slots=True)
class _Sending:
    """A message that was claimed, and what is needed to send it."""

    id: int
    attempt: int
    webhook_id: int
    url: str
    body: bytes
    headers: dict[str, str]


def deliver_due(services: Services, *, seconds: float = 20.0) -> int:
    """Send what is due, beginning nothing new after so many seconds; returns how many arrived.

    Raises UnavailableError without a database.
    """
    with services.database.transaction() as session:
        webhooks = repository.due(session, services.now())
    if not webhooks:
        return 0
    sealer = Secrets.open(services.keys_folder)
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="webhook") as pool:
        return sum(pool.map(lambda webhook: _deliver(services, sealer, webhook, end), webhooks))


def forget_old(services: Services, session: Session) -> int:
    """Delete messages that ended three months ago, some at a time; returns how many."""
    return repository.delete_old(session, services.now() - _KEPT)


def _deliver(services: Services, sealer: Secrets, webhook_id: int, end: float) -> int:
    """Send to one webhook until nothing is due, an attempt fails, or the time is over."""
    arrived = 0
    while time.monotonic() < end:
        sending = _claim(services, sealer, webhook_id)
        if sending is None:
            break
        outcome = _send(services, sending)
        _settle(services, sending, outcome)
        if outcome.error is not None:
            break
        arrived += 1
    return arrived


def _claim(services: Services, sealer: Secrets, webhook_id: int) -> _Sending | None:
    now = services.now()
    with services.database.transaction() as session:
        webhook = repository.webhook(session, webhook_id)
        if webhook is None or webhook.disabled_at is not None:
            return None
        try:
            keys = Keys.unseal(sealer, webhook.secret, webhook.id)
        except UnavailableError:  # a worker without the right file: left to those that have it
            _log.warning("webhook_secret_unreadable", webhook=webhook.id)
            return None
        found = repository.claim(session, webhook_id, now, now + CLAIM)
        if found is None:
            return None
        body = found.body.encode()
        headers = {**_HEADERS, **keys.headers(found.message, now, body)}
        return _Sending(found.id, found.attempts, webhook.id, webhook.url, body, headers)


def _send(services: Services, sending: _Sending) -> Outcome:
    try:
        target = parse(sending.url, services.settings.webhook_hosts)
    except InvalidError:  # the settings have changed since
        return Outcome(error="address")
    return post(target, sending.headers, sending.body)


def _settle(services: Services, sending: _Sending, outcome: Outcome) -> None:
    """Write what came of an attempt, unless another attempt or a person has been quicker."""
    with services.database.transaction() as session:
        webhook = repository.webhook(session, sending.webhook_id, lock=True)
        delivery = repository.claimed(session, sending.id, sending.attempt)
        if webhook is None or delivery is None:
            return
        delivery.status, delivery.error = outcome.status, outcome.error
        if outcome.error is None:
            delivery.state, delivery.next_at, delivery.ended_at = "delivered", None, services.now()
            webhook.failing_since = None
            return
        webhook.failing_since = webhook.failing_since or services.now()
        _failed(services, session, webhook, delivery, outcome)
    _log.info("webhook_failed", webhook=sending.webhook_id, error=outcome.error, attempt=sending.attempt)


def _failed(
    services: Services, session: Session, webhook: Webhook, delivery: Delivery, outcome: Outcome
) -> None:
    now = services.now()
    if not outcome.gone and delivery.attempts <= len(PAUSES):
        delivery.next_at = now + max(_pause(delivery), timedelta(seconds=outcome.pause))
        return
    told = repository.failed_since(session, webhook.id, now - _TOLD_EVERY)
    delivery.state, delivery.next_at, delivery.ended_at = "failed", None, now
    if outcome.gone and webhook.disabled_at is None:
        switch_off(services, session, webhook, SYSTEM.id)
        notify(services, session, administrators_of(session), "webhook.disabled", webhook=webhook.id)
    elif not told:
        notify(services, session, administrators_of(session), "webhook.failed", webhook=webhook.id)


def _pause(delivery: Delivery) -> timedelta:
    """The pause after this attempt, and up to a tenth more by the message's id: they do not all come at once."""
    spread = int(delivery.message[-4:], 16) / 0xFFFF * _SPREAD
    return PAUSES[delivery.attempts - 1] * (1 + spread)
