"""Who is told, once, in the transaction of what happened; and who is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.deps import Services
from api.errors import NotFoundError
from api.notifications import service
from api.notifications.mail import next_digest
from api.notifications.recipients import administrators_of, clerks_of, officers_of, supervisors_of
from api.notifications.service import notify
from tests.api.notifications.people import person, principal, registered, tell, told
from tests.api.papers import broken_links

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday, 13:00 in Baku


@pytest.fixture
def mailing(services: Services) -> Services:
    """With a mail server in the settings, and a clock that stands still."""
    settings = services.settings.model_copy(update={"smtp_host": "127.0.0.1"})
    return replace(services, settings=settings, now=lambda: NOW)


def test_each_is_told_once_and_who_is_disabled_is_not(services: Services) -> None:
    aysel, murad = person(services, "aysel"), person(services, "murad")
    gone = person(services, "gone", disabled_at=NOW)
    document = registered(services)
    tell(services, murad, aysel, murad, gone, 999, kind="paper.rose", document=document, desk="clerk")
    rows = told(services)
    assert [(row.user_id, row.kind, row.document_id) for row in rows] == [
        (user, "paper.rose", document.id) for user in (aysel, murad)
    ]
    assert rows[0].facts == {"desk": "clerk"}
    assert rows[0].read_at is None
    assert broken_links(services) == []


def test_what_is_rolled_back_told_nobody(services: Services) -> None:
    aysel = person(services, "aysel")
    with services.database.transaction() as session:
        notify(services, session, [aysel], "sample.waiting")
        session.rollback()
    assert told(services) == []


def test_an_unknown_kind_or_a_missing_or_wordy_fact_is_refused(services: Services) -> None:
    aysel = person(services, "aysel")
    for kind, facts in (("paper.flown", {}), ("webhook.failed", {}), ("paper.rose", {"by": "Aysel M."})):
        with pytest.raises(ValueError, match=r"no kind|needs webhook|label"):
            tell(services, aysel, kind=kind, **facts)
    assert told(services) == []


def test_recipients_are_those_who_see_the_paper(services: Services) -> None:
    ids = {
        login: person(services, login, role, **more)
        for login, role, more in (
            ("all", "supervisor", {}),
            ("gence", "supervisor", {"units": ["gence"]}),
            ("seki", "supervisor", {"units": ["seki"]}),
            ("off", "supervisor", {"disabled_at": NOW}),
            ("clerk", "clerk", {"units": ["gence", "seki"]}),
            ("everywhere", "clerk", {}),
            ("officer", "officer", {"department": "investigation", "units": ["seki"]}),
            ("chief", "officer", {"department": "investigation"}),
            ("other", "officer", {"department": "non_criminal"}),
            ("admin", "administrator", {}),
        )
    }
    paper = registered(services, office="gence", unit="seki")
    homeless = registered(services, "2")

    def of(*logins: str) -> list[int]:
        return [ids[login] for login in logins]

    with services.database.transaction() as session:
        assert supervisors_of(session, paper) == of("all", "gence", "seki")
        assert supervisors_of(session, homeless) == of("all")
        assert officers_of(session, "investigation", "seki") == of("officer", "chief")
        assert officers_of(session, "investigation", None) == of("chief")
        assert clerks_of(session, "gence") == of("clerk", "everywhere")
        assert clerks_of(session, None) == of("everywhere")
        assert administrators_of(session) == of("admin")


def test_whoever_lost_the_right_to_a_paper_does_not_see_its_number(services: Services) -> None:
    officer = person(services, "officer", "officer", department="investigation", language="en")
    document = registered(services, state="routed", department="investigation")
    tell(services, officer, kind="department.received", document=document, unit="gence")
    who = principal(services, officer)
    (item,) = service.page(services, who).items
    assert (item.number, item.text, item.facts) == (
        document.number, f"Paper {document.number} was routed to your department.", {"unit": "gence"},
    )  # fmt: skip
    (item,) = service.page(services, replace(who, department="non_criminal")).items
    assert (item.number, item.facts) == (None, {})
    assert document.number not in item.text


def test_only_ones_own_can_be_read_and_lists_go_on_by_cursor(services: Services) -> None:
    aysel, murad = person(services, "aysel"), person(services, "murad")
    for _ in range(5):
        tell(services, aysel, murad, kind="sample.waiting")
    who = principal(services, aysel)
    first = service.page(services, who, limit=3)
    second = service.page(services, who, first.next, limit=3)
    assert [len(first.items), len(second.items), second.next] == [3, 2, None]
    ids = [item.id for item in first.items + second.items]
    assert ids == sorted(ids, reverse=True)
    service.read(services, who, ids[0])
    service.read(services, who, ids[0])
    others = next(row.id for row in told(services) if row.user_id == murad)
    for absent in (others, 999):
        with pytest.raises(NotFoundError):
            service.read(services, who, absent)
    assert service.unread(services, who).unread == 4
    service.read_all(services, who, until=ids[3])
    assert [item.id for item in service.page(services, who, unread=True).items] == ids[1:3]
    service.read_all(services, who)
    assert service.unread(services, who).unread == 0
    assert service.unread(services, principal(services, murad)).unread == 5


@pytest.mark.parametrize(
    ("now", "digest"),
    [
        ("2026-03-02T04:59:00+00:00", "2026-03-02T09:00:00+04:00"),  # Monday, 08:59 in Baku
        ("2026-03-02T05:00:00+00:00", "2026-03-03T09:00:00+04:00"),
        (
            "2026-03-06T12:00:00+00:00",
            "2026-03-10T09:00:00+04:00",
        ),  # Friday; 8 March is a Sunday, so Monday is off
        ("2026-03-01T21:00:00+00:00", "2026-03-02T09:00:00+04:00"),  # Monday already in Baku
    ],
)
def test_the_digest_goes_at_nine_in_baku_on_working_days(services: Services, now: str, digest: str) -> None:
    planned = next_digest(services.calendar, datetime.fromisoformat(now))
    assert planned == datetime.fromisoformat(digest)


def test_mail_is_planned_as_each_person_chose(mailing: Services) -> None:
    for login, mail in (("off", "off"), ("now", "at_once"), ("later", "digest")):
        person(mailing, login, email=f"{login}@example.org", mail=mail)
    person(mailing, "nowhere", mail="at_once")
    tell(mailing, 1, 2, 3, 4, kind="paper.returned")
    tomorrow = datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert [row.mail_after for row in told(mailing)] == [None, NOW, tomorrow, None]
    tell(mailing, 1, 2, 3, 4, kind="paper.danger")
    assert [row.mail_after for row in told(mailing)[4:]] == [None, NOW, NOW, None]


def test_without_a_mail_server_nothing_is_planned(services: Services) -> None:
    aysel = person(services, "aysel", email="a@example.org", mail="at_once")
    tell(services, aysel, kind="paper.returned")
    assert told(services)[0].mail_after is None
