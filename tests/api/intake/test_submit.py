"""Registering papers: all or nothing, numbered without gaps, the same bytes known again."""

from __future__ import annotations

import errno
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from api.auth.permissions import Permission
from api.db.tables import Blob, Document, Event
from api.deps import Services
from api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from api.intake import service
from api.intake.calendar import BAKU, baku_date
from api.intake.schemas import Accepted, Submission
from api.intake.staging import Upload
from tests.api.papers import BAKI, CLERK, GENCE, broken_links, files, letter, rows, send, state_of
from tests.documents.made import PETITION, docx_with, noise, pdf_of, word_xml


def test_a_paper_is_kept_numbered_and_queued_in_one_transaction(services: Services) -> None:
    answer = send(services, letter(), office="gence", sender="Əli", channel="desk")
    year = datetime.now(UTC).astimezone(BAKU).year
    assert [d.number for d in answer.documents] == [f"{year}-B-000001"]
    assert answer.batch is None
    with services.database.transaction() as session:
        document = session.scalars(select(Document)).one()
        blob = session.get_one(Blob, document.sha256)
        job = session.execute(text("SELECT task_name, args FROM procrastinate_jobs")).one()
        registered = session.scalars(select(Event).where(Event.action == "document.registered")).one()
    assert (document.state, document.office, document.sender) == ("registered", "gence", "Əli")
    assert document.media_type == "text"
    assert document.answer_by is not None
    assert tuple(job) == ("triage", {"document_id": document.id})
    assert registered.document_id == document.id
    assert "Əli" not in registered.body
    assert document.sha256 not in registered.body, (
        "what is guessed of a paper must not be provable by the chain"
    )
    with services.store.open(blob.sha256, blob.wrapped_key) as original:
        assert original.read() == letter()


@pytest.mark.parametrize("fails", ["documents", "jobs", "events", "commit"])
def test_what_fails_midway_leaves_nothing_and_uses_no_number(
    services: Services, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(services, letter(1), key="first")
    before = state_of(services)

    def statement(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if f"INSERT INTO {fails}" in sql:
            raise RuntimeError("on purpose")

    def broken(*_: Any) -> None:
        raise RuntimeError("on purpose")

    if fails == "jobs":
        monkeypatch.setattr(service, "defer_triage", broken)
    target: Any = (services.database.engine, "before_cursor_execute", statement)
    if fails == "commit":
        target = (Session, "before_commit", broken)
    event.listen(*target)
    with pytest.raises(RuntimeError, match="on purpose"):
        send(services, letter(2), letter(3), key="second")
    event.remove(*target)
    monkeypatch.undo()
    assert state_of(services) == before
    assert send(services, letter(2), key="second").documents[0].number.endswith("000002")
    assert broken_links(services) == []


def test_numbers_have_no_gaps_under_threads_of_which_some_fail(services: Services) -> None:
    """Sixteen at once; every third transaction is lost after its number was given."""
    lost = threading.local()

    def fail(session: Session) -> None:
        if getattr(lost, "now", False) and not session.in_nested_transaction():
            raise RuntimeError("on purpose")

    def one(number: int) -> list[str]:
        lost.now = number % 3 == 0
        try:
            return [d.number for d in send(services, letter(number), letter(1000 + number % 5)).documents]
        except RuntimeError:
            return []

    event.listen(Session, "before_commit", fail)
    try:
        with ThreadPoolExecutor(16) as pool:
            given = [number for numbers in pool.map(one, range(60)) for number in numbers]
    finally:
        event.remove(Session, "before_commit", fail)
    assert sorted(int(number[-6:]) for number in given) == list(range(1, 81))
    assert rows(services, "documents") == 80
    same = rows(services, "documents WHERE same_as IS NOT NULL")
    assert rows(services, "procrastinate_jobs") == 80 - same
    assert not [name for name in files(services) if name.endswith(".part")]


@pytest.mark.parametrize(
    ("utc", "number"),
    [
        (datetime(2026, 12, 31, 19, 59, 59, tzinfo=UTC), "2026-B-000001"),
        (datetime(2026, 12, 31, 20, 0, 0, tzinfo=UTC), "2027-B-000001"),
    ],
)
def test_a_year_of_numbers_ends_at_midnight_in_baku(services: Services, utc: datetime, number: str) -> None:
    at = replace(services, now=lambda: utc)
    assert send(at, letter()).documents[0].number == number


def test_each_year_has_its_own_series(services: Services) -> None:
    given = []
    for day in ("2026-12-31", "2027-01-01", "2026-12-31"):  # also where the clock goes back
        now = datetime.fromisoformat(f"{day}T12:00:00+04:00")
        given.append(send(replace(services, now=partial(identity, now)), letter()).documents[0].number)
    assert given == ["2026-B-000001", "2027-B-000001", "2026-B-000002"]


def identity(moment: datetime) -> datetime:
    """A clock that stands."""
    return moment


def test_the_same_request_again_is_answered_as_the_first_time(services: Services) -> None:
    first = send(services, letter(1), letter(2), key="k", sender="Əli")
    before = state_of(services)
    assert send(services, letter(1), letter(2), key="k", sender="Əli") == first
    assert state_of(services) == before


def test_a_key_used_for_another_request_is_refused(services: Services) -> None:
    send(services, letter(1), key="k")
    for refused in (
        partial(send, services, letter(2)),
        partial(send, services, letter(1), sender="Əli"),
        partial(send, services, letter(1), letter(1)),
    ):
        with pytest.raises(ConflictError):
            refused(key="k")
    assert send(services, letter(2), key="k", who=GENCE, office="gence").documents, (
        "keys are each caller's own"
    )


def test_the_same_key_at_the_same_time_registers_once(services: Services) -> None:
    start = threading.Barrier(8)

    def one(_: int) -> Accepted:
        start.wait()
        return send(services, letter(), key="k")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert rows(services, "documents") == rows(services, "procrastinate_jobs") == 1


def test_the_same_bytes_again_are_linked_and_not_queued(services: Services) -> None:
    first = send(services, letter()).documents[0]
    second = send(services, letter()).documents[0]
    assert (second.same_as, second.state) == (first.number, "review")
    assert rows(services, "procrastinate_jobs") == 1
    third = send(services, letter(), again=True).documents[0]
    assert (third.same_as, third.state) == (first.number, "registered")
    assert rows(services, "procrastinate_jobs") == 2
    assert len(files(services)) == 1


def test_the_same_bytes_twice_in_one_request_are_linked(services: Services) -> None:
    answer = send(services, letter(1), letter(2), letter(1))
    one, two, three = answer.documents
    assert (one.same_as, two.same_as, three.same_as) == (None, None, one.number)
    assert rows(services, "procrastinate_jobs") == 2
    assert service.batch_state(services, CLERK, answer.batch or 0).states == {"registered": 2, "review": 1}


def test_bytes_that_could_not_be_read_before_are_tried_again(services: Services) -> None:
    send(services, letter())
    with services.database.transaction() as session:
        session.execute(text("UPDATE documents SET state = 'failed'"))
    assert send(services, letter()).documents[0].state == "registered"


def test_a_first_paper_of_others_is_not_named(services: Services) -> None:
    send(services, letter(), who=GENCE, office="gence")
    assert send(services, letter(), who=BAKI, office="sumqayit").documents[0].same_as is None
    assert send(services, letter(), who=GENCE, office="gence").documents[0].same_as is not None


def test_papers_are_registered_for_one_s_own_offices(services: Services) -> None:
    for who, office in [(GENCE, "sumqayit"), (GENCE, None), (replace(CLERK, units=frozenset()), "gence")]:
        with pytest.raises(ForbiddenError):
            send(services, letter(), who=who, office=office)
    with pytest.raises(ForbiddenError):
        send(services, letter(), who=replace(CLERK, permissions=frozenset({Permission.READ})))
    with pytest.raises(InvalidError, match="no such office"):
        send(services, letter(), office="atlantis")
    assert rows(services, "documents") == 0


@pytest.mark.parametrize("key", [None, "11" * 32])
def test_the_original_is_kept_byte_for_byte(settings: Any, empty: str, key: str | None) -> None:
    settings.home.mkdir()
    services = Services.make(
        settings.model_copy(update={"store_key": SecretStr(key) if key else None}), empty
    )
    contents = [b"a" * size for size in (1, 65_535, 65_536, 65_537, 2**20, 2**20 + 1, 1_999_999)]
    for content, paper in zip(contents, send(services, *contents).documents, strict=True):
        with services.database.transaction() as session:
            blob = session.get_one(Blob, paper.sha256)
        assert (blob.wrapped_key is None) == (key is None)
        with services.store.open(blob.sha256, blob.wrapped_key) as original:
            assert original.read() == content
    services.database.close()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", InvalidError),
        (b"MZ" + bytes(100), UnsupportedError),
        (noise(5000), UnsupportedError),
        (b"GIF89a" + bytes(100), UnsupportedError),
        (b"a" * 2_000_001, TooLargeError),
    ],
)
def test_what_cannot_be_taken_is_refused_with_all_that_came_with_it(
    services: Services, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        send(services, letter(), content)
    assert set(state_of(services).values()) == {0}
    assert files(services) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf_of([PETITION])[:300], "pdf"),
        (b"%PDF-1.7 and nothing more", "pdf"),
        (docx_with(word_xml("")), "docx"),
        (docx_with(word_xml(""))[:200], "zip"),
        (b"\xff\xd8\xff\xe0 cut", "jpeg"),
    ],
)
def test_what_is_damaged_is_kept_and_fails_when_it_is_read(
    services: Services, content: bytes, kind: str
) -> None:
    send(services, content)
    with services.database.transaction() as session:
        document = session.scalars(select(Document)).one()
    assert (document.media_type, document.state) == (kind, "registered")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Əli\\ərizə.pdf", "ərizə.pdf"),
        ("a\0b\n\x1b[31m.pdf", "ab[31m.pdf"),
        ("/", None),
        ("..", ".."),
        ("ə" * 1000, "ə" * 255),
        ("\ud800.pdf", ".pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (None, None),
    ],
)
def test_a_file_name_is_shown_and_never_a_path(
    services: Services, name: str | None, shown: str | None
) -> None:
    service.submit(services, CLERK, Submission(), [Upload(name, io.BytesIO(letter()))])
    with services.database.transaction() as session:
        document = session.scalars(select(Document)).one()
    assert document.file_name == shown
    assert files(services) == [document.sha256]


@pytest.mark.parametrize(
    "received",
    ["2026-03-02T09:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2015-01-01T00:00:00Z"],
)
def test_a_time_of_receipt_that_cannot_be_is_refused(services: Services, received: str) -> None:
    with pytest.raises(InvalidError):
        send(services, letter(), received_at=received)


def test_the_clock_begins_on_the_day_of_receipt_in_baku(services: Services) -> None:
    now = datetime(2026, 3, 3, 12, tzinfo=UTC)
    at = replace(services, now=lambda: now)
    send(
        at, letter(), received_at=now - timedelta(hours=13)
    )  # 1 March 23:00 UTC is 2 March... in Baku 3 March 03:00
    with services.database.transaction() as session:
        document = session.scalars(select(Document)).one()
    day = baku_date(document.received_at)
    assert document.forward_by == services.calendar.add_working_days(day, 5)


def test_a_full_disk_acknowledges_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(UnavailableError, match="full"):
            send(services, letter())
    assert set(state_of(services).values()) == {0}
    assert files(services) == []
    assert send(services, letter()).documents[0].number.endswith("000001")


def test_an_original_that_is_missing_from_the_store_is_healed_by_the_same_bytes(services: Services) -> None:
    sha256 = send(services, letter()).documents[0].sha256
    services.store.erase(sha256)
    send(services, letter())
    with services.store.open(sha256) as original:
        assert original.read() == letter()


def test_hundreds_of_papers_in_one_request_are_locked_and_numbered(services: Services) -> None:
    numbers = [d.number for d in send(services, *(letter(n) for n in range(300))).documents]
    assert [int(number[-6:]) for number in numbers] == list(range(1, 301))
