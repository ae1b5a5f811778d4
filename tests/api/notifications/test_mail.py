"""E-mails: in the person's language, once, again under the same id after a crash or a failure, and safe headers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.db.tables import User
from api.deps import Services
from api.errors import ForbiddenError, InvalidError
from api.notifications import mail, repository, sending, service
from api.notifications.sending import CLAIM, PAUSES, send_due
from tests.api import certificates
from tests.api.notifications.catcher import Catcher, catching
from tests.api.notifications.people import person, principal, registered, tell, told

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is moved."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as found:
        yield found


@pytest.fixture
def mailing(services: Services, catcher: Catcher, clock: Clock) -> Services:
    return with_mail(replace(services, now=clock), catcher)


def with_mail(services: Services, catcher: Catcher, **more: Any) -> Services:
    """The services with this mail server."""
    changed = {
        "smtp_host": "127.0.0.1", "smtp_port": catcher.port, "smtp_security": "none",
        "mail_from": "triage@office.example", "public_url": "https://triage.office.example",
    }  # fmt: skip
    return replace(services, settings=services.settings.model_copy(update=changed | more))


def aysel(services: Services, **more: Any) -> int:
    return person(services, "aysel", **({"email": "aysel@example.org", "mail": "at_once"} | more))


def test_an_email_tells_the_number_in_the_persons_language_and_goes_once(
    mailing: Services, catcher: Catcher
) -> None:
    document = registered(mailing)
    tell(mailing, aysel(mailing, language="ru"), document=document)
    assert [send_due(mailing), send_due(mailing)] == [1, 0]
    (sent,) = catcher.mails
    assert catcher.recipients == ["aysel@example.org"]
    assert sent["Subject"] == "Dərkənar: уведомления (1)"
    assert sent["From"] == "Dərkənar <triage@office.example>"
    assert sent["Message-ID"].endswith("@office.example>")
    assert sent["Auto-Submitted"] == "auto-generated"
    text = sent.get_content()
    assert f"- Документ {document.number} поручен вам." in text
    assert "https://triage.office.example" in text
    assert "Person" not in text
    (row,) = told(mailing)
    assert (row.mailed_at, row.mail_after, row.mail_attempts) == (START, None, 1)


def test_the_digest_waits_for_the_morning_and_gathers(
    mailing: Services, catcher: Catcher, clock: Clock
) -> None:
    user = aysel(mailing, mail="digest", language="en")
    for _ in range(3):
        tell(mailing, user, kind="sample.waiting")
    assert send_due(mailing) == 0
    clock.time = START + timedelta(hours=20)
    assert send_due(mailing) == 1
    assert catcher.mails[0]["Subject"] == "Dərkənar: notifications (3)"
    assert catcher.mails[0].get_content().count("- Papers of a sample") == 3


def test_many_go_in_several_mails_and_each_person_gets_their_own(mailing: Services, catcher: Catcher) -> None:
    user, other = aysel(mailing), person(mailing, "murad", email="m@example.org", mail="at_once")
    for _ in range(repository.TOGETHER + 1):
        tell(mailing, user, kind="sample.waiting")
    tell(mailing, other, kind="sample.waiting")
    assert send_due(mailing) == 3
    assert sorted(mail["To"] for mail in catcher.mails) == ["aysel@example.org"] * 2 + ["m@example.org"]


def test_a_number_that_may_be_seen_no_more_is_not_mailed(mailing: Services, catcher: Catcher) -> None:
    document = registered(mailing, office="gence")
    tell(mailing, aysel(mailing, units=["seki"]), document=document)
    assert send_due(mailing) == 1
    assert document.number not in catcher.mails[0].as_string()


def test_a_crash_after_sending_sends_again_under_the_same_id(
    mailing: Services, catcher: Catcher, clock: Clock
) -> None:
    user = aysel(mailing)
    tell(mailing, user)
    tell(mailing, user, kind="sample.waiting")
    with mailing.database.transaction() as session:  # a worker claims, sends, and dies before it can say so
        rows = repository.claim(session, clock(), clock() + CLAIM)
        ids = [row.id for row in rows]
    first = mail.message(mailing.settings, "aysel@example.org", "az", ids, ["x"], clock())["Message-ID"]
    tell(mailing, user, kind="dead_letter")
    assert send_due(mailing) == 1  # what came since; what is claimed is left alone
    clock.time += CLAIM
    assert send_due(mailing) == 1
    assert [sent["Message-ID"] == first for sent in catcher.mails] == [False, True]
    assert all(row.mailed_at for row in told(mailing))


def test_a_failure_is_tried_again_ever_later_under_the_same_id_and_given_up_in_the_end(
    mailing: Services, catcher: Catcher, clock: Clock
) -> None:
    tell(mailing, aysel(mailing))
    catcher.script = [b"451 later"] * repository.MAIL_TRIES
    for pause in PAUSES:
        assert send_due(mailing) == 0
        (row,) = told(mailing)
        assert row.mail_after == clock() + pause
        assert send_due(mailing) == 0
        clock.time += pause
    assert service.mail_state(mailing, SYSTEM).retrying == 1
    assert send_due(mailing) == 0
    (row,) = told(mailing)
    assert (row.mail_after, row.mailed_at, row.mail_attempts) == (None, None, repository.MAIL_TRIES)
    assert catcher.script == []
    state = service.mail_state(mailing, SYSTEM)
    assert (state.on, state.waiting, state.retrying, state.failed) == (True, 0, 0, 1)


def test_a_refused_person_does_not_hold_up_the_others(
    mailing: Services, catcher: Catcher, clock: Clock
) -> None:
    tell(mailing, aysel(mailing))
    tell(mailing, person(mailing, "murad", email="m@example.org", mail="at_once"))
    catcher.script = [b"550 no"]
    assert send_due(mailing) == 1
    clock.time += PAUSES[0]
    assert send_due(mailing) == 1
    assert sorted(mail["To"] for mail in catcher.mails) == ["aysel@example.org", "m@example.org"]


def test_an_answer_that_was_lost_gives_the_same_mail_once_more(
    mailing: Services, catcher: Catcher, clock: Clock
) -> None:
    tell(mailing, aysel(mailing))
    catcher.script = [b""]
    assert send_due(mailing) == 0
    clock.time += PAUSES[0]
    assert send_due(mailing) == 1
    first, second = catcher.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_without_the_server_no_attempt_is_lost(mailing: Services, catcher: Catcher) -> None:
    tell(mailing, aysel(mailing))
    away = replace(mailing, settings=mailing.settings.model_copy(update={"smtp_port": 1}))
    assert send_due(away) == 0
    (row,) = told(mailing)
    assert (row.mail_attempts, row.mail_after) == (0, START)
    assert service.mail_state(mailing, SYSTEM).oldest == START
    assert send_due(mailing) == 1


def test_two_workers_send_each_mail_once(mailing: Services, catcher: Catcher) -> None:
    for number in range(12):
        tell(mailing, person(mailing, f"p{number}", email=f"p{number}@example.org", mail="at_once"))
    threads = [threading.Thread(target=send_due, args=(mailing,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mail["To"] for mail in catcher.mails) == sorted(f"p{n}@example.org" for n in range(12))


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org\nX: y",
        "a b@example.org",
        "a@b, c@d",
        "<a@b>",
        "@",
        "é",
    ],
)
def test_no_header_can_be_put_into_an_address(mailing: Services, catcher: Catcher, address: str) -> None:
    tell(mailing, aysel(mailing, email=address))
    assert send_due(mailing) == 0
    assert catcher.mails == []
    (row,) = told(mailing)
    assert (row.mail_after, row.mail_attempts) == (None, 1)
    assert service.mail_state(mailing, SYSTEM).failed == 1


def test_who_wants_none_any_more_or_was_disabled_gets_none(mailing: Services, catcher: Catcher) -> None:
    user = aysel(mailing)
    tell(mailing, user)
    with mailing.database.transaction() as session:
        session.execute(update(User).values(disabled_at=START))
    assert send_due(mailing) == 0
    assert catcher.mails == []
    assert told(mailing)[0].mail_after is None


def test_what_was_read_in_the_product_is_not_mailed(mailing: Services, catcher: Catcher) -> None:
    user = aysel(mailing)
    tell(mailing, user)
    service.read_all(mailing, principal(mailing, user))
    assert send_due(mailing) == 0


def test_a_changed_choice_moves_what_waits(mailing: Services) -> None:
    user = aysel(mailing)
    who = principal(mailing, user)
    tell(mailing, user)
    assert service.choose_mail(mailing, who, "digest").mail == "digest"
    assert told(mailing)[0].mail_after == datetime(2026, 3, 3, 5, tzinfo=UTC)
    service.choose_mail(mailing, who, "at_once")
    assert told(mailing)[0].mail_after == START
    service.choose_mail(mailing, who, "off")
    assert told(mailing)[0].mail_after is None


@pytest.mark.parametrize("address", [None, "", "a@b\nc", "nobody"])
def test_mail_needs_an_address_that_it_can_be_sent_to(mailing: Services, address: str | None) -> None:
    who = principal(mailing, aysel(mailing, email=address, mail="off"))
    with pytest.raises(InvalidError, match="no e-mail address"):
        service.choose_mail(mailing, who, "digest")
    assert service.choose_mail(mailing, who, "off").mail == "off"


def test_keys_have_no_notifications_and_only_some_see_how_mail_stands(services: Services) -> None:
    key = Principal("key:3", "Portal", "integration", frozenset())
    with pytest.raises(ForbiddenError):
        service.page(services, key)
    clerk = Principal("user:1", "C", "clerk", ROLE_PERMISSIONS["clerk"])
    with pytest.raises(ForbiddenError):
        service.mail_state(services, clerk)


def test_the_connection_is_encrypted_and_the_server_known(
    services: Services, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificates.make(tmp_path)
    with catching(context) as catcher:
        mailing = with_mail(replace(services, now=clock), catcher, smtp_security="starttls")
        tell(mailing, aysel(mailing))
        assert send_due(mailing) == 0  # nobody vouches for the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert send_due(mailing) == 1
        assert catcher.secured == [True]


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(
    services: Services, catcher: Catcher, clock: Clock
) -> None:
    mailing = with_mail(replace(services, now=clock), catcher, smtp_security="starttls")
    tell(mailing, aysel(mailing))
    assert send_due(mailing) == 0
    assert catcher.mails == []


def test_old_notifications_are_forgotten(mailing: Services, clock: Clock) -> None:
    user = aysel(mailing, mail="off")
    tell(mailing, user)
    clock.time += timedelta(days=179)
    tell(mailing, user)
    clock.time += timedelta(days=2)
    with mailing.database.transaction() as session:
        assert sending.forget_old(mailing, session) == 1
    assert len(told(mailing)) == 1
