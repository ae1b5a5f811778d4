"""Messages arrive signed, at least once, again after failures and crashes, and never twice at the same attempt."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from api.db.tables import Delivery
from api.deps import Services
from api.errors import UnavailableError
from api.webhooks import delivery as delivering
from api.webhooks import repository, service
from api.webhooks.delivery import CLAIM, PAUSES, deliver_due
from api.webhooks.signing import OVERLAP
from tests.api.notifications.people import person, registered, told
from tests.api.webhooks.conftest import Clock
from tests.api.webhooks.receiver import Receiver, receiving, verifies
from tests.api.webhooks.support import ADMIN, hook, row, say, sent


def test_a_message_arrives_signed(hooked: Services, receiver: Receiver, clock: Clock) -> None:
    webhook, secret = hook(hooked, receiver)
    document = say(hooked, action="route")
    clock.time += timedelta(minutes=3)
    assert [deliver_due(hooked), deliver_due(hooked)] == [1, 0]
    (got,) = receiver.got
    assert verifies(secret, got)
    assert not verifies("whsec_" + "A" * 43 + "=", got)
    assert not verifies(secret, replace(got, body=got.body + b" "))
    assert got.headers["webhook-timestamp"] == str(int(clock().timestamp()))
    assert got.headers["Content-Type"] == "application/json"
    assert got.content["data"]["number"] == document.number
    (delivery,) = sent(hooked)
    assert (delivery.state, delivery.status, delivery.attempts, delivery.next_at, delivery.ended_at) == (
        "delivered", 200, 1, None, clock(),
    )  # fmt: skip
    assert got.headers["webhook-id"] == delivery.message
    assert row(hooked, webhook).failing_since is None


def test_a_failure_is_tried_again_by_the_schedule_under_the_same_id(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    webhook, secret = hook(hooked, receiver)
    person(hooked, "admin", "administrator")
    began = clock()
    say(hooked)
    receiver.script = [500] * (len(PAUSES) + 1)
    for pause in PAUSES:
        assert deliver_due(hooked) == 0
        (delivery,) = sent(hooked)
        assert delivery.next_at is not None
        assert pause <= delivery.next_at - clock() <= 1.1 * pause
        assert (delivery.state, delivery.status, delivery.error) == ("waiting", 500, "status")
        clock.time = delivery.next_at - timedelta(seconds=1)
        assert deliver_due(hooked) == 0
        clock.time = delivery.next_at
    assert told(hooked) == []
    assert deliver_due(hooked) == 0
    assert (receiver.script, len(receiver.got)) == ([], len(PAUSES) + 1)
    assert {got.headers["webhook-id"] for got in receiver.got} == {sent(hooked)[0].message}
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == len(PAUSES) + 1
    assert all(verifies(secret, got) for got in receiver.got)
    (delivery,) = sent(hooked)
    assert (delivery.state, delivery.attempts, delivery.ended_at) == ("failed", len(PAUSES) + 1, clock())
    assert row(hooked, webhook).failing_since == began
    assert [(note.kind, note.facts) for note in told(hooked)] == [("webhook.failed", {"webhook": webhook})]


def test_administrators_are_told_once_a_day_of_a_webhook_that_fails(
    hooked: Services, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "PAUSES", ())
    hook(hooked, receiver)
    person(hooked, "admin", "administrator")
    document = registered(hooked)
    receiver.script = [500] * 4
    for hours in (0, 1, 30, 1):
        clock.time += timedelta(hours=hours)
        say(hooked, document=document)
        deliver_due(hooked)
    assert len(told(hooked)) == 2


def test_the_webhook_is_well_again_after_a_success(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    webhook, _ = hook(hooked, receiver)
    say(hooked)
    receiver.script = [503]
    deliver_due(hooked)
    assert row(hooked, webhook).failing_since == clock()
    clock.time += timedelta(minutes=1)
    assert deliver_due(hooked) == 1
    assert row(hooked, webhook).failing_since is None


def test_a_longer_pause_that_is_asked_for_is_kept(hooked: Services, receiver: Receiver, clock: Clock) -> None:
    hook(hooked, receiver)
    say(hooked)
    receiver.script, receiver.extra = [429], {"Retry-After": "3600"}
    deliver_due(hooked)
    assert sent(hooked)[0].next_at == clock() + timedelta(hours=1)


def test_gone_disables_the_webhook_and_administrators_are_told(hooked: Services, receiver: Receiver) -> None:
    webhook, _ = hook(hooked, receiver)
    person(hooked, "admin", "administrator")
    person(hooked, "clerk")
    document = registered(hooked)
    for _ in range(3):
        say(hooked, document=document)
    receiver.script = [410]
    assert deliver_due(hooked) == 0
    assert len(receiver.got) == 1
    assert row(hooked, webhook).disabled_at is not None
    assert [(delivery.state, delivery.error) for delivery in sent(hooked)] == [
        ("failed", "status"), ("failed", "disabled"), ("failed", "disabled"),
    ]  # fmt: skip
    assert [(note.user_id, note.kind) for note in told(hooked)] == [(1, "webhook.disabled")]


def test_a_crash_after_sending_sends_again_under_the_same_id(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    webhook, _ = hook(hooked, receiver)
    say(hooked)
    with hooked.database.transaction() as session:  # a worker claims, sends, and dies before it can say so
        lost = repository.claim(session, webhook, clock(), clock() + CLAIM)
        assert lost is not None
    assert deliver_due(hooked) == 0
    clock.time += CLAIM
    assert deliver_due(hooked) == 1
    assert receiver.got[0].headers["webhook-id"] == lost.message
    assert sent(hooked)[0].attempts == 2


def test_an_answer_that_comes_after_the_claim_ended_changes_nothing(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    webhook, _ = hook(hooked, receiver)
    say(hooked)

    def meanwhile() -> None:  # another worker takes over while this one waits for its answer
        receiver.before = lambda: None
        with hooked.database.transaction() as session:
            assert repository.claim(session, webhook, clock() + CLAIM, clock() + 2 * CLAIM) is not None

    receiver.before = meanwhile
    deliver_due(hooked)
    (delivery,) = sent(hooked)
    assert (delivery.state, delivery.attempts) == ("waiting", 2)


def test_two_workers_send_each_message_once(hooked: Services, receiver: Receiver) -> None:
    hook(hooked, receiver)
    hook(hooked, receiver)
    document = registered(hooked)
    for _ in range(15):
        say(hooked, document=document)
    threads = [threading.Thread(target=deliver_due, args=(hooked,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [got.headers["webhook-id"] for got in receiver.got]
    assert sorted(ids) == sorted(delivery.message for delivery in sent(hooked))
    assert {delivery.attempts for delivery in sent(hooked)} == {1}


def test_one_that_does_not_answer_costs_the_others_nothing(hooked: Services, receiver: Receiver) -> None:
    with receiving() as other:
        both = frozenset({receiver.place, other.place})
        wide = replace(hooked, settings=hooked.settings.model_copy(update={"webhook_hosts": both}))
        hook(wide, other)
        hook(wide, receiver)
        document = registered(wide)
        for _ in range(3):
            say(wide, document=document)
        other.script = [500] * 3
        assert deliver_due(wide) == 3
        assert len(other.got) == 1  # a failure ends the round for this one
        assert deliver_due(wide) == 0
        assert len(other.got) == 2


def test_after_a_rotation_receivers_with_either_secret_can_verify_for_a_day(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    webhook, old = hook(hooked, receiver)
    new = service.rotate(hooked, ADMIN, webhook).secret
    document = say(hooked)
    deliver_due(hooked)
    clock.time += OVERLAP
    say(hooked, document=document)
    deliver_due(hooked)
    first, second = receiver.got
    assert verifies(old, first)
    assert verifies(new, first)
    assert verifies(new, second)
    assert not verifies(old, second)


def test_a_test_message_is_sent_whatever_kinds_are_wanted(hooked: Services, receiver: Receiver) -> None:
    webhook, secret = hook(hooked, receiver, "paper.accepted")
    service.try_out(hooked, ADMIN, webhook)
    assert deliver_due(hooked) == 1
    assert receiver.got[0].content["type"] == "webhook.test"
    assert verifies(secret, receiver.got[0])


def test_a_retry_by_hand_is_one_more_attempt_of_the_same_message(
    hooked: Services, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "PAUSES", ())
    webhook, _ = hook(hooked, receiver)
    say(hooked)
    receiver.script = [500]
    deliver_due(hooked)
    (delivery,) = sent(hooked)
    assert delivery.state == "failed"
    service.retry(hooked, ADMIN, webhook, delivery.id)
    assert deliver_due(hooked) == 1
    (delivery,) = sent(hooked)
    assert (delivery.state, delivery.attempts, delivery.error) == ("delivered", 2, None)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_a_host_that_the_settings_list_no_more_is_not_called(hooked: Services, receiver: Receiver) -> None:
    hook(hooked, receiver)
    say(hooked)
    closed = replace(hooked, settings=hooked.settings.model_copy(update={"webhook_hosts": frozenset()}))
    assert deliver_due(closed) == 0
    assert receiver.got == []
    assert sent(hooked)[0].error == "address"


def test_a_worker_without_the_key_leaves_messages_to_others(hooked: Services, receiver: Receiver) -> None:
    hook(hooked, receiver)
    say(hooked)
    stranger = replace(
        hooked, settings=hooked.settings.model_copy(update={"home": hooked.settings.home / "other"})
    )
    assert deliver_due(stranger) == 0
    assert sent(hooked)[0].attempts == 0
    assert deliver_due(hooked) == 1


def test_without_a_database_it_is_told(hooked: Services) -> None:
    hooked.database.engine.dispose()
    away = replace(hooked, database=type(hooked.database)("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    with pytest.raises(UnavailableError):
        deliver_due(away)


def test_old_messages_are_forgotten_and_waiting_ones_are_not(
    hooked: Services, receiver: Receiver, clock: Clock
) -> None:
    hook(hooked, receiver)
    document = say(hooked)
    deliver_due(hooked)
    say(hooked, document=document)
    clock.time += timedelta(days=91)
    with hooked.database.transaction() as session:
        assert delivering.forget_old(hooked, session) == 1
        assert session.query(Delivery).count() == 1
