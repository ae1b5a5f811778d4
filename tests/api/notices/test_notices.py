"""Letters as they are made, kept, downloaded, sent and forgotten."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from api.auth.permissions import ROLE_PERMISSIONS
from api.db.tables import Blob, Decision, Document, Event, Notice, Suggestion
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError
from api.intake import service as intake
from api.notices import orders, service
from api.notices.schemas import Form, NoticeIn, NoticeOut, SendingIn
from api.notices.templates import FORMS
from api.pdf import printable
from api.review import waiting
from api.settings import Settings
from tests.api.papers import BAKI, CLERK, GENCE, broken_links, letter, rows, send
from tests.api.serving import client_of
from triage.documents import read_bytes

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OFFICER = replace(CLERK, role="officer", department="land", permissions=ROLE_PERMISSIONS["officer"])


@pytest.fixture
def office(services: Services) -> Services:
    """The services on a day that is known."""
    return replace(services, now=lambda: NOW)


def row(services: Services, number: str) -> Document:
    """The row of a paper."""
    with services.database.transaction() as session:
        return session.scalars(select(Document).where(Document.number == number)).one()


def change(services: Services, number: str, **values: Any) -> None:
    """Change columns of a paper."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        for name, value in values.items():
            setattr(document, name, value)
        document.version += 1


def paper(services: Services, content: bytes = b"", **sent: Any) -> str:
    """The number of a new paper."""
    return send(services, content or letter(), **sent).documents[0].number


def written_in(services: Services, number: str, language: str, script: str) -> None:
    """A suggestion that says what the paper is written in."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        suggestion = Suggestion(
            document_id=document.id, run=1, schema_version=1, bundle="b", bundle_sha256="", policy="p",
            input_sha256="", content_sha256="", facts={"language": language, "script": script},
        )  # fmt: skip
        session.add(suggestion)
        session.flush()
        document.suggestion_id = suggestion.id


def decided(services: Services, number: str, state: str, action: str | None = None, **to: Any) -> Decision:
    """A decision in force."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        decision = Decision(
            document_id=document.id, kind="person", action=action, actor="user:1", actor_name="C",
            department=to.get("department"), facts={},
        )  # fmt: skip
        session.add(decision)
        session.flush()
        waiting.leave(document, state, NOW)
        document.decision_id = decision.id
        for name, value in to.items():
            setattr(document, name, value)
        return decision


def made(services: Services, number: str, kind: str = "registered", **form: Any) -> NoticeOut:
    """A letter of this kind."""
    return service.make(services, CLERK, number, NoticeIn.model_validate({"kind": kind, **form}))


def data_of(services: Services, notice: NoticeOut, form: Form) -> bytes:
    """A letter's file."""
    with service.read(services, CLERK, notice.id, form).stream as stream:
        return stream.read()


def words(services: Services, notice: NoticeOut) -> str:
    """All words of the DOCX, a paragraph a line."""
    document = docx.Document(io.BytesIO(data_of(services, notice, "docx")))
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_a_registered_paper_has_a_letter_with_its_number_days_and_rule(office: Services) -> None:
    number = paper(office, sender="Əli Vəliyev", received_at=NOW)
    notice = made(office, number)
    text = words(office, notice)
    assert (notice.language, notice.script, notice.template) == ("az", "latin", "az_latin/registered/1")
    for told in (
        "Azərbaycan Respublikasının Prokurorluğu", "Bakı", "2 mart 2026-cı il", number, "Əli Vəliyev", "15 iş günü",
        "Cavab üçün son tarix: 2 aprel 2026-cı il.",
    ):  # fmt: skip
        assert told in text
    assert row(office, number).answer_by == date(2026, 4, 2)


def test_the_pdf_says_the_same_in_letters_that_can_be_read(office: Services) -> None:
    number = paper(office, sender="Əli Vəliyev")
    for language, script in FORMS:
        notice = made(office, number, language=language, script=script)
        read = read_bytes(data_of(office, notice, "pdf"), id="x").text
        assert read.split() == words(office, notice).split()


@pytest.mark.parametrize(
    ("language", "script", "form"),
    [
        ("az", "latin", ("az", "latin")),
        ("az", "cyrillic", ("az", "cyrillic")),
        ("ru", "cyrillic", ("ru", "cyrillic")),
        ("tr", "latin", ("tr", "latin")),
        ("en", "latin", ("en", "latin")),
        ("ru", "latin", ("ru", "cyrillic")),
        ("other", "other", ("az", "latin")),
    ],
)
def test_the_letter_is_in_the_language_and_script_of_the_paper(
    office: Services, language: str, script: str, form: tuple[str, str]
) -> None:
    number = paper(office)
    written_in(office, number, language, script)
    again = paper(office)  # the same bytes, read once
    for each in (number, again):
        notice = made(office, each)
        assert (notice.language, notice.script) == form
    asked = made(office, number, language="az", script="cyrillic")
    assert "Баш" not in words(office, asked)
    assert "Азәрбајҹан Республикасынын Прокурорлуғу" in words(office, asked)


def test_a_routed_paper_names_the_department_and_territory(office: Services) -> None:
    number = paper(office, office="gence")
    decided(office, number, "routed", department="territorial", unit="gence")
    text = words(office, made(office, number, "forwarded"))
    assert "Struktur bölməsi: Rayon (şəhər) prokurorluğu." in text
    assert "Ərazi: Gəncə." in text
    assert "orqan:" not in text
    russian = words(office, made(office, number, "forwarded", language="ru"))
    assert "Районная (городская) прокуратура" in russian
    cyrillic = words(office, made(office, number, "forwarded", language="az", script="cyrillic"))
    assert "Рајон (шәһәр) прокурорлуғу" in cyrillic
    assert "Әрази: Ҝәнҹә." in cyrillic


def test_a_paper_sent_outside_names_the_body_and_no_day_for_our_answer(office: Services) -> None:
    number = paper(office)
    decided(office, number, "outside", "outside", body="ombudsman")
    text = words(office, made(office, number, "forwarded", language="en"))
    assert "Commissioner for Human Rights (Ombudsman)." in text
    assert "within 5 working days" in text
    assert "due by" not in text
    assert "Department" not in text
    other = paper(office, letter(2))
    decided(office, other, "outside", "outside", body="other_body")
    assert "göndərildiyi orqan: səlahiyyətli orqan." in words(office, made(office, other, "forwarded"))


def test_what_a_person_set_or_has_no_clock_is_not_said_to_be_the_law(office: Services) -> None:
    number = paper(office)
    change(office, number, answer_by=date(2026, 6, 5))
    text = words(office, made(office, number))
    assert "iş günü" not in text
    assert "5 iyun 2026-cı il" in text
    change(office, number, answer_by=None, document_type="record")
    text = words(office, made(office, number))
    assert "Cavab üçün" not in text
    assert "Qanun" not in text


def test_a_letter_that_would_not_be_true_is_refused(office: Services) -> None:
    number = paper(office)
    for kind in ("forwarded", "returned"):
        with pytest.raises(ConflictError):
            made(office, number, kind)
    decided(office, number, "closed", "duplicate")
    with pytest.raises(ConflictError):
        made(office, number, "returned")
    decided(office, number, "closed", "unreadable")
    assert "oxumaq mümkün olmadığından" in words(office, made(office, number, "returned"))
    assert rows(office, "notices") == 1


def test_the_same_letter_is_the_same_bytes_and_is_made_once(office: Services) -> None:
    number = paper(office, sender="Əli Vəliyev")
    first = made(office, number)
    kept = [data_of(office, first, form) for form in ("docx", "pdf")]
    later = replace(office, now=lambda: NOW + timedelta(hours=3))
    assert made(later, number).id == first.id
    assert rows(office, "notices") == 1
    with zipfile.ZipFile(io.BytesIO(kept[0])) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    tomorrow = replace(office, now=lambda: NOW + timedelta(days=1))
    assert made(tomorrow, number).id != first.id
    assert [data_of(office, first, form) for form in ("docx", "pdf")] == kept


@pytest.mark.parametrize(
    "sender",
    [
        "<b>&amp;</b><para>",
        "{number}{0.__class__}",
        "\u202eəilƏ\u200b",
        "x" * 500,
        "李小龙 \ufffe",
        "%s %(a)s </font>",
    ],
)
def test_a_hostile_name_is_only_a_name(office: Services, sender: str) -> None:
    number = paper(office, sender=sender)
    notice = made(office, number)
    said = words(office, notice)
    assert printable(sender) in said
    assert not {"\u202e", "\u200b", "\ufffe"} & set(said)
    assert data_of(office, notice, "pdf").startswith(b"%PDF")


def test_letters_are_listed_with_their_sendings(office: Services) -> None:
    number = paper(office)
    notice = made(office, number)
    sending = SendingIn(way="post", reference="RR 1234567 AZ")
    service.sent(office, CLERK, notice.id, sending)
    service.sent(office, CLERK, notice.id, SendingIn(way="hand"))
    (found,) = service.listed(office, CLERK, number)
    assert [(s.way, s.reference, s.actor) for s in found.sendings] == [
        ("post", "RR 1234567 AZ", CLERK.id),
        ("hand", None, CLERK.id),
    ]


@pytest.mark.parametrize("reference", ["a@b.az", "Əli", "", "x" * 61, "a\nb"])
def test_the_reference_of_a_sending_is_a_number_and_no_address(office: Services, reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        SendingIn(way="email", reference=reference)


def test_every_step_is_in_the_chain_without_a_word_of_the_letter(office: Services) -> None:
    number = paper(office, sender="Əli Vəliyev")
    notice = made(office, number)
    data = data_of(office, notice, "pdf")
    service.sent(office, CLERK, notice.id, SendingIn(way="email"))
    service.listed(office, CLERK, number)
    with office.database.transaction() as session:
        found = session.execute(select(Event.action, Event.body).order_by(Event.seq)).all()
    assert [action for action, _ in found][2:] == [
        "notice.made",
        "notice.read",
        "notice.sent",
        "notices.listed",
    ]
    bodies = "".join(body for _, body in found)
    assert "Vəliyev" not in bodies
    assert hashlib.sha256(data).hexdigest() not in bodies
    assert broken_links(office) == []


def test_what_may_not_be_seen_does_not_exist(office: Services) -> None:
    number = paper(office, office="gence", who=GENCE)
    notice = made(office, number)
    calls: list[Any] = [
        lambda who: service.make(office, who, number, NoticeIn(kind="registered")),
        lambda who: service.listed(office, who, number),
        lambda who: service.read(office, who, notice.id, "pdf"),
        lambda who: service.sent(office, who, notice.id, SendingIn(way="post")),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            call(BAKI)
        with pytest.raises(ForbiddenError):
            call(replace(BAKI, permissions=ROLE_PERMISSIONS["administrator"]))
    with pytest.raises(ForbiddenError):
        calls[0](OFFICER)


def test_downloads_are_attachments_with_a_plain_name(office: Services) -> None:
    number = paper(office)
    client = client_of(office, CLERK)
    answer = client.post(f"/api/v1/documents/{number}/notices", json={"kind": "registered"})
    assert answer.status_code == 201
    notice = answer.json()["id"]
    for form, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        found = client.get(f"/api/v1/notices/{notice}/{form}")
        assert found.content.startswith(start)
        assert (
            found.headers["content-disposition"]
            == f"attachment; filename*=UTF-8''{number}-registered-az.{form}"
        )
    sent = client.post(f"/api/v1/notices/{notice}/sendings", json={"way": "portal"})
    assert (sent.status_code, len(sent.json()["sendings"])) == (201, 1)
    assert len(client.get(f"/api/v1/documents/{number}/notices").json()) == 1
    assert client.post(f"/api/v1/documents/{number}/notices", json={"kind": "x"}).status_code == 422
    assert client.get("/api/v1/notices/999/pdf").status_code == 404


# Keeping and forgetting


@pytest.fixture
def sealed(settings: Settings, empty: str) -> Iterator[Services]:
    """Services whose store is encrypted."""
    settings.home.mkdir()
    found = Services.make(settings.model_copy(update={"store_key": SecretStr("55" * 32)}), empty)
    yield replace(found, now=lambda: NOW)
    found.database.close()


def stored(services: Services) -> list[Path]:
    """All files of the store."""
    return [path for path in (services.settings.home / "store").rglob("*") if path.is_file()]


def test_letters_are_encrypted_at_rest_as_originals_are(sealed: Services) -> None:
    notice = made(sealed, paper(sealed))
    assert data_of(sealed, notice, "pdf").startswith(b"%PDF")
    assert len(stored(sealed)) == 3
    assert all(path.read_bytes().startswith(b"DRKN") for path in stored(sealed))


def forgotten(services: Services, number: str) -> list[str]:
    """Forget the letters of a paper, as its erasure does."""
    with services.database.transaction() as session:
        hashes = service.forget(services, session, row(services, number).id)
    for sha256 in hashes:
        intake.remove_forgotten(services, sha256)
    return hashes


def test_forgetting_leaves_no_file_and_no_key_and_can_be_done_again(sealed: Services) -> None:
    number = paper(sealed)
    notice = made(sealed, number)
    assert len(forgotten(sealed, number)) == 2
    assert len(stored(sealed)) == 1
    with sealed.database.transaction() as session:
        keys = session.scalars(select(Blob.wrapped_key).where(Blob.erased_at.is_not(None))).all()
    assert keys == [None, None]
    with pytest.raises(GoneError):
        service.read(sealed, CLERK, notice.id, "pdf")
    assert len(forgotten(sealed, number)) == 2
    again = made(sealed, number)
    assert data_of(sealed, again, "pdf").startswith(b"%PDF")


def test_a_letter_that_came_back_as_a_paper_stays_for_that_paper(office: Services) -> None:
    number = paper(office)
    notice = made(office, number)
    data = data_of(office, notice, "pdf")
    came = send(office, data).documents[0]
    assert len(forgotten(office, number)) == 1
    assert office.store.exists(came.sha256)


def test_nothing_is_made_of_a_paper_that_is_gone(office: Services) -> None:
    number = paper(office)
    notice = made(office, number)
    change(office, number, state="erased")
    for call in (
        lambda: made(office, number),
        lambda: service.read(office, CLERK, notice.id, "docx"),
        lambda: service.sent(office, CLERK, notice.id, SendingIn(way="post")),
    ):
        with pytest.raises(GoneError):
            call()


def test_a_paper_that_changes_while_its_letter_is_set_gets_none(office: Services) -> None:
    number = paper(office)
    prepared = service.prepare(office, CLERK, number, NoticeIn(kind="registered"))
    change(office, number, sender="Başqa")
    with pytest.raises(ConflictError):
        prepared.keep()
    assert (rows(office, "notices"), len(stored(office))) == (0, 1)


def test_broken_templates_of_an_office_are_told(office: Services, tmp_path: Path) -> None:
    settings = office.settings.model_copy(update={"notice_templates": tmp_path})
    with pytest.raises(InvalidError, match="cannot be used"):
        made(replace(office, settings=settings), paper(office))


# Letters that are made by themselves


@pytest.fixture
def automatic(office: Services) -> Services:
    """Services that make letters by themselves."""
    return replace(office, settings=office.settings.model_copy(update={"notices": "automatic"}))


def by_hand(services: Services) -> Services:
    """The same where nothing is ordered by itself, so that each test orders what it tells of."""
    return replace(services, settings=services.settings.model_copy(update={"notices": "manual"}))


def order(services: Services, number: str, kind: Any, decision: Decision | None = None) -> None:
    """What the lifecycle calls, of a paper that was read."""
    if decision is None:
        decided(services, number, "closed", "duplicate")
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        orders.due(services, session, document, kind, decision)


def kinds(services: Services) -> list[tuple[str, str]]:
    """Kind and maker of all letters."""
    with services.database.transaction() as session:
        return [(n.kind, n.actor) for n in session.scalars(select(Notice).order_by(Notice.id))]


def test_by_hand_nothing_is_ordered(office: Services) -> None:
    order(office, paper(office), "registered")
    assert rows(office, "notice_orders") == 0


def test_a_new_paper_has_its_letter_ordered_with_its_registration(automatic: Services) -> None:
    number = paper(automatic)
    assert rows(automatic, "notice_orders") == 1
    decided(automatic, number, "closed", "duplicate")
    assert orders.make_ordered(automatic) == 1
    assert kinds(automatic) == [("registered", "system")]


def test_ordered_letters_are_made_once_after_the_commit(automatic: Services) -> None:
    number = paper(by_hand(automatic))
    order(automatic, number, "registered")
    decision = decided(automatic, number, "routed", department="territorial")
    order(automatic, number, "forwarded", decision)
    assert kinds(automatic) == []
    assert orders.make_ordered(automatic) == 2
    assert kinds(automatic) == [("registered", "system"), ("forwarded", "system")]
    assert orders.make_ordered(automatic) == 0
    assert rows(automatic, "notice_orders") == 0


def test_a_letter_waits_until_the_paper_is_read_and_its_language_known(automatic: Services) -> None:
    number = paper(by_hand(automatic))
    order(automatic, number, "registered")
    change(automatic, number, state="reading")
    assert orders.make_ordered(automatic) == 0
    written_in(automatic, number, "ru", "cyrillic")
    change(automatic, number, state="closed")
    assert orders.make_ordered(automatic) == 1
    (notice,) = service.listed(automatic, CLERK, number)
    assert (notice.language, notice.script) == ("ru", "cyrillic")


def test_an_order_of_a_decision_that_was_undone_is_dropped(automatic: Services) -> None:
    number = paper(by_hand(automatic))
    order(automatic, number, "forwarded", decided(automatic, number, "routed", department="territorial"))
    decided(automatic, number, "routed", department="cyber")
    assert orders.make_ordered(automatic) == 0
    assert (kinds(automatic), rows(automatic, "notice_orders")) == ([], 0)


def test_one_letter_that_cannot_be_made_is_tried_later_and_keeps_none_back(
    automatic: Services, tmp_path: Path
) -> None:
    order(automatic, paper(by_hand(automatic)), "registered")
    settings = automatic.settings.model_copy(update={"notice_templates": tmp_path})
    assert orders.make_ordered(replace(automatic, settings=settings)) == 0
    assert orders.make_ordered(automatic) == 0, "its time has not come again"
    order(automatic, paper(by_hand(automatic), letter(2)), "registered")
    assert orders.make_ordered(automatic) == 1
    assert orders.make_ordered(replace(automatic, now=lambda: NOW + timedelta(minutes=2))) == 1
    assert rows(automatic, "notice_orders") == 0
