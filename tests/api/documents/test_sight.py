"""Who judges a paper blind is told its answer by nothing: no list, filter, count, letter, event, notification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from api.audit import export
from api.audit import service as audit
from api.audit.schemas import EventQuery, ExportQuery
from api.auth.permissions import Principal
from api.departments import handovers, inbox
from api.departments import service as departments
from api.departments.schemas import InboxQuery
from api.deps import Services
from api.documents import card, service
from api.documents.schemas import DocumentOut
from api.errors import ConflictError
from api.notices import service as notices
from api.notices.schemas import NoticeIn
from api.notifications import mail, sending
from api.notifications import service as notifications
from api.related import service as related
from api.retention import service as retention
from api.retention.schemas import HoldIn
from api.review import opening, queue
from api.review import service as review
from api.review.decision_schemas import ConfirmationIn
from api.review.schemas import ClaimIn, QueueQuery
from api.search import service as search
from api.search.schemas import SearchItem, SearchQuery
from api.supervision import figures, sampling
from api.supervision.figure_schemas import PapersPageQuery
from api.supervision.sample_schemas import SampleIn, VerdictIn
from api.triaging.service import triage
from tests.api.notifications.people import person, principal, tell
from tests.api.supervision.desk import SUPERVISOR, switch_on, triaged
from tests.api.triaging.papers import TEXT, paper, register, rule


@dataclass(frozen=True)
class Blind:
    """A paper that was routed by itself, a copy of it that waits, and who judges it blind."""

    number: str
    copy: str
    reader: Principal
    department: str
    item: int


@pytest.fixture
def blind(services: Services) -> Blind:
    by = rule(services)
    switch_on(services, by)
    (number,) = triaged(services, by, 1)
    (copy,) = register(services, f"{TEXT}0")
    reader = principal(
        services, person(services, "reader", "supervisor", email="r@office.example", mail="at_once")
    )
    now = services.now()
    drawn = SampleIn(size=1, since=now - timedelta(days=1), until=now + timedelta(days=1))
    sampling.draw(services, SUPERVISOR, drawn)
    item = sampling.next_item(services, reader).item
    assert item is not None
    return Blind(number, copy, reader, by.department, item)


def judge(services: Services, blind: Blind) -> None:
    """The verdict, after which everything may be seen again."""
    known = services.taxonomy
    labels = {
        "document_type": known.document_types[0], "subject": known.subjects[0], "urgency": known.urgencies[0],
        "department": blind.department,
    }  # fmt: skip
    sampling.judge(services, blind.reader, blind.item, VerdictIn(**labels))


def test_no_filter_tells_a_label(services: Services, blind: Blind) -> None:
    def found(who: Principal) -> list[bool]:
        where = {"department": blind.department}
        lists = [
            [item.number for item in service.page(services, who, where, None, 50).items],
            [item.number for item in search.search(services, who, SearchQuery(q="hasarı", **where)).items],
            [item.number for item in inbox.page(services, who, InboxQuery(**where)).items],
            [item.number for item in inbox.page(services, who, InboxQuery()).items],
        ]
        counts = {row.department: row.counts.waiting for row in departments.departments(services, who)}
        return [*(blind.number in numbers for numbers in lists), counts[blind.department] == 1]

    assert found(SUPERVISOR) == [True] * 5
    assert found(blind.reader) == [False] * 5
    judge(services, blind)
    assert found(blind.reader) == [True] * 5


def test_without_filters_it_is_listed_without_labels_and_days(services: Services, blind: Blind) -> None:
    listed = {item.number: item for item in service.page(services, blind.reader, {}, None, 50).items}
    hit = search.search(services, blind.reader, SearchQuery(q="hasarı")).items
    shown: list[DocumentOut | SearchItem] = [
        listed[blind.number],
        listed[blind.copy],
        service.get(services, blind.reader, blind.number),
        *hit,
    ]
    assert {(out.department, out.subject, out.document_type, out.urgency) for out in shown} == {(None,) * 4}
    assert {(out.clock.answer_by, out.clock.status) for out in shown} == {(None, "none")}
    assert card.card(services, blind.reader, blind.number).answer_by is None
    opened = opening.opened(services, blind.reader, blind.number)
    assert (opened.blind, opened.department, opened.clock.answer_by) == (True, None, None)
    assert service.get(services, SUPERVISOR, blind.number).clock.answer_by is not None


def test_events_of_it_are_neither_listed_nor_exported(services: Services, blind: Blind) -> None:
    def seen(who: Principal) -> bool:
        listed = audit.events(services, who, EventQuery(limit=200)).items
        sent = b"".join(export.export(services, who, ExportQuery(format="jsonl")).pieces)
        assert any(event.document is None for event in listed)
        told = {event.document == blind.number for event in listed}, blind.number.encode() in sent
        assert told in (({True, False}, True), ({False}, False))
        return told[1]

    assert seen(SUPERVISOR)
    assert not seen(blind.reader)
    with pytest.raises(ConflictError, match="blind"):
        audit.events(services, blind.reader, EventQuery(document=blind.number))
    judge(services, blind)
    assert seen(blind.reader)


def test_what_would_name_a_label_waits_for_the_verdict(services: Services, blind: Blind) -> None:
    letter = notices.make(services, SUPERVISOR, blind.number, NoticeIn(kind="forwarded"))
    seen = paper(services, blind.number)
    confirmed = ConfirmationIn(suggestion=seen.suggestion_id, version=seen.version)
    refused: dict[str, Callable[[Principal], object]] = {
        "letters": lambda who: notices.listed(services, who, blind.number),
        "letter": lambda who: notices.read(services, who, letter.id, "pdf").stream.close(),
        "new letter": lambda who: notices.make(services, who, blind.number, NoticeIn(kind="forwarded")),
        "related": lambda who: related.related(services, who, blind.number),
        "decisions": lambda who: review.decisions(services, who, blind.number),
        "handovers": lambda who: handovers.history(services, who, blind.number),
        "history": lambda who: service.history(services, who, blind.number, None, 10),
        "suggestion": lambda who: service.suggestion(services, who, blind.number),
        "suggestion of the copy": lambda who: service.suggestion(services, who, blind.copy),
        "confirmation": lambda who: review.confirm(services, who, blind.copy, confirmed),
    }
    for name, ask in refused.items():
        with pytest.raises(ConflictError, match="before you as a blind sample"):
            ask(blind.reader)
        if name != "confirmation":
            ask(SUPERVISOR)
    assert service.text(services, blind.reader, blind.number).pages
    judge(services, blind)
    for name, ask in refused.items():
        if name != "confirmation":
            ask(blind.reader)


def test_it_is_no_proposal_and_in_no_list_of_retention(services: Services, blind: Blind) -> None:
    retention.hold(services, SUPERVISOR, blind.number, HoldIn(on=True, reason="a case before a court"))
    assert [row.number for row in retention.held_papers(services, SUPERVISOR).items] == [blind.number]
    assert retention.held_papers(services, blind.reader).items == []


def test_a_notification_of_it_names_no_paper(
    services: Services, blind: Blind, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = replace(
        services, settings=services.settings.model_copy(update={"smtp_host": "mail.office.example"})
    )
    id_ = int(blind.reader.id.removeprefix("user:"))
    tell(office, id_, kind="paper.danger", document=paper(services, blind.number))
    (told,) = notifications.page(office, blind.reader).items
    assert (told.number, blind.number in told.text) == (None, False)

    mailed: list[EmailMessage] = []

    class _Server:
        def send_message(self, message: EmailMessage) -> None:
            mailed.append(message)

        def quit(self) -> None:
            pass

    monkeypatch.setattr(mail, "connect", lambda _: _Server())
    sending.send_due(office)
    assert len(mailed) == 1
    assert blind.number not in mailed[0].get_content()
    judge(services, blind)
    assert notifications.page(office, blind.reader).items[0].number == blind.number


def test_lists_behind_figures_and_the_queue_leave_it_out(services: Services, blind: Blind) -> None:
    def found(who: Principal) -> tuple[bool, bool]:
        asked = PapersPageQuery(of="decided", department=blind.department)
        behind = blind.number in figures.papers(services, who, asked).items
        waits = queue.page(services, who, QueueQuery(department=blind.department)).items
        return behind, blind.copy in [item.number for item in waits]

    triage(services, rule(services).suggester, paper(services, blind.copy).id)
    other = principal(services, person(services, "other", "supervisor"))
    assert found(other) == (True, True)
    assert found(blind.reader) == (False, False)
    with pytest.raises(ConflictError, match="blind"):
        queue.claim(services, blind.reader, ClaimIn(number=blind.copy))
    assert queue.claim(services, blind.reader, ClaimIn()).item is None


def test_another_sample_does_not_tell_it(services: Services, blind: Blind) -> None:
    now = services.now()
    drawn = SampleIn(
        size=1, since=now - timedelta(days=1), until=now + timedelta(days=1), department=blind.department
    )
    again = sampling.draw(services, SUPERVISOR, drawn)
    clerk = principal(services, person(services, "clerk"))
    item = sampling.next_item(services, clerk).item
    assert item is not None
    judge(services, replace(blind, reader=clerk, item=item))
    told = sampling.get(services, blind.reader, again.id)
    assert ("department" in told.drawn_from, [item.department for item in told.items or []]) == (
        False,
        [None],
    )
    assert "department" in sampling.get(services, SUPERVISOR, again.id).drawn_from


def test_readers_hear_that_a_sample_waits(services: Services, blind: Blind) -> None:
    clerk = person(services, "clerk")
    person(services, "officer", "officer", department=blind.department)
    now = services.now()
    drawn = SampleIn(size=1, since=now - timedelta(days=1), until=now + timedelta(days=1))
    sampling.draw(services, SUPERVISOR, drawn)
    (told,) = notifications.page(services, principal(services, clerk)).items
    assert (told.kind, told.facts) == ("sample.waiting", {"sample": 2})
