"""The triage of one paper: what is kept, what is decided, and what becomes of everything that can go wrong."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.db.tables import Decision, Document, Reading, Suggestion, SuggestionContent
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from api.triaging.service import Retries, Suggester, retry, triage
from tests.api.triaging.papers import TEXT, actions, failures, paper, register, register_bytes, rows, rule
from triage import types
from triage.errors import OcrUnavailableError
from triage.pipeline import Triager

QUICK = Retries(tries=3, first=0.5, factor=2.0)


def raising(error: Exception) -> Suggester:
    def fail(_document: types.Document) -> types.Suggestion:
        raise error

    return Suggester(fail, {})


def jobs(services: Services) -> int:
    with services.database.transaction() as session:
        return session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0


def test_all_of_a_suggestion_is_kept_and_names_only_where_they_can_be_blanked(services: Services) -> None:
    number = register(services, TEXT)[0]
    triage(services, rule(services).suggester, paper(services, number).id)

    found, (row,) = paper(services, number), rows(services, Suggestion)
    with services.database.transaction() as session:
        content = session.get_one(SuggestionContent, row.id).content
        pages = session.get_one(Reading, (found.id, 1)).pages
    assert content is not None
    assert pages is not None
    assert row.content_sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert json.loads(content)["entities"][0]["text"] == TEXT[:6]
    assert pages["pages"][0]["text"] == TEXT
    assert TEXT[:6] not in json.dumps(row.facts, ensure_ascii=False)
    assert row.facts["entities"] == [{"label": "PER", "role": "author", "page": 1, "start": 0, "end": 6}]
    assert row.facts["thresholds"] == {"route_probability": 0.9}
    assert (row.bundle, row.run, row.input_sha256) == ("test/1.0.0", 1, found.sha256)
    assert (found.state, found.suggestion_id, found.subject) == (
        "review",
        row.id,
        services.taxonomy.subjects[0],
    )
    assert (found.document_type, found.urgency, found.error) == ("complaint", "normal", None)
    assert actions(services, found.id) == ["document.registered", "document.suggested", "document.shadowed"]


def test_the_type_that_was_read_sets_the_legal_clock(services: Services) -> None:
    number = register(services, TEXT)[0]
    before = paper(services, number)
    limits = replace(
        services.limits, types={"complaint": replace(services.limits.default, answer=2, study=4)}
    )
    triage(replace(services, limits=limits), rule(services).suggester, before.id)
    after = paper(services, number)
    assert before.answer_by is not None
    assert after.answer_by is not None
    assert after.answer_by < before.answer_by


def test_what_was_read_counts_for_every_paper_with_the_same_bytes(services: Services) -> None:
    first, again = register(services, TEXT, TEXT)
    triage(services, rule(services).suggester, paper(services, first).id)
    found, same = paper(services, first), paper(services, again)
    assert (same.document_type, same.subject, same.urgency) == ("complaint", found.subject, "normal")
    assert same.answer_by == found.answer_by
    assert (same.state, same.suggestion_id, same.version) == ("review", None, 2)


def test_a_paper_that_was_triaged_is_not_triaged_again(services: Services) -> None:
    number = register(services, TEXT)[0]
    by = rule(services)
    for _ in range(2):
        assert triage(services, by.suggester, paper(services, number).id) is None
    assert by.seen == [number]
    assert len(rows(services, Suggestion)) == 1


def test_there_is_nothing_to_do_for_a_paper_that_is_not_there(services: Services) -> None:
    assert triage(services, rule(services).suggester, 4711) is None


def test_of_two_workers_on_one_paper_only_the_later_one_writes(services: Services) -> None:
    number = register(services, TEXT)[0]
    document = paper(services, number)
    reached, go_on = threading.Event(), threading.Event()

    def wait(_: types.Document) -> None:
        reached.set()
        assert go_on.wait(10)

    slow = threading.Thread(
        target=triage, args=(services, rule(services, before=wait).suggester, document.id)
    )
    slow.start()
    assert reached.wait(10)
    triage(services, rule(services, decision="review").suggester, document.id)
    after = paper(services, number)
    go_on.set()
    slow.join()

    assert paper(services, number).version == after.version
    assert [(row.run, row.facts["decision"]) for row in rows(services, Suggestion)] == [(2, "review")]
    assert rows(services, Decision) == []
    assert failures(services) == [("interrupted", False)]


def test_a_paper_erased_meanwhile_stays_erased(services: Services) -> None:
    number = register(services, TEXT)[0]

    def erase(_: types.Document) -> None:
        with services.database.transaction() as session:
            session.execute(text("UPDATE documents SET state = 'erased', run = run + 1"))

    triage(services, rule(services, before=erase).suggester, paper(services, number).id)
    assert paper(services, number).state == "erased"
    assert rows(services, Suggestion) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"%PDF-1.7\nnothing that is one", "corrupt"), (b"\x89PNG\r\n\x1a\n" + bytes(40), "corrupt")],
)
def test_a_paper_that_cannot_be_read_goes_to_a_person_at_once(
    services: Services, data: bytes, code: str
) -> None:
    number = register_bytes(services, data, "Əliyev.pdf")
    assert triage(services, rule(services).suggester, paper(services, number).id) is None
    found = paper(services, number)
    assert (found.state, found.error) == ("review", code)
    assert failures(services) == [(code, False)]
    assert actions(services, found.id)[-1] == "document.unreadable"


def test_an_unexpected_error_is_tried_again_ever_later_and_ends_as_a_dead_letter(services: Services) -> None:
    number = register(services, TEXT)[0]
    document = paper(services, number)
    waits = [triage(services, raising(ValueError(TEXT)), document.id, QUICK) for _ in range(4)]
    assert waits == [0.5, 1.0, None, None]
    found = paper(services, number)
    assert (found.state, found.error, found.run) == ("failed", "internal", 3)
    assert failures(services) == [("internal", False), ("internal", False), ("internal", True)]
    assert actions(services, found.id)[1:] == ["document.attempt_failed"] * 2 + ["document.failed"]


def test_neither_log_nor_failure_quotes_the_paper(
    services: Services, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    number = register(services, TEXT)[0]
    triage(services, raising(ValueError(TEXT)), paper(services, number).id, QUICK)
    out = capsys.readouterr()
    assert "internal" in out.out + caplog.text
    assert TEXT[:10] not in out.out + out.err + caplog.text
    with services.database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM failures WHERE message LIKE '%Qon%'")) == 0


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), "out_of_memory"), (ConnectionResetError(), "input_output")]
)
def test_errors_of_the_machine_are_tried_again(services: Services, error: Exception, code: str) -> None:
    number = register(services, TEXT)[0]
    assert triage(services, raising(error), paper(services, number).id, QUICK) == 0.5
    assert (paper(services, number).state, paper(services, number).error) == ("registered", code)
    assert triage(services, rule(services).suggester, paper(services, number).id, QUICK) is None
    assert (paper(services, number).state, paper(services, number).error) == ("review", None)


def test_a_machine_without_recogniser_is_no_fault_of_the_paper(services: Services) -> None:
    number = register(services, TEXT)[0]
    assert triage(services, raising(OcrUnavailableError("No Tesseract.")), paper(services, number).id) is None
    assert (paper(services, number).state, failures(services)) == ("failed", [("ocr_unavailable", True)])


def remove(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"something else")


@pytest.mark.parametrize(("harm", "code"), [(remove, "missing_original"), (damage, "damaged_original")])
def test_an_original_that_is_lost_is_a_dead_letter_until_it_is_restored(
    services: Services, harm: Callable[[Path], None], code: str
) -> None:
    number = register(services, TEXT)[0]
    document = paper(services, number)
    path = next((services.settings.home / "store").rglob(document.sha256))
    harm(path)
    assert triage(services, rule(services).suggester, document.id) is None
    assert (paper(services, number).state, paper(services, number).error) == ("failed", code)

    path.write_bytes(TEXT.encode())
    retry(services, SYSTEM, number)
    assert triage(services, rule(services).suggester, document.id) is None
    assert paper(services, number).state == "review"


def test_a_paper_that_kills_its_workers_ends_as_a_dead_letter(services: Services) -> None:
    number = register(services, TEXT)[0]
    document = paper(services, number)

    class Killed(BaseException):
        """The end of a process, as far as the rows can tell."""

    def die(_: types.Document) -> None:
        raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            triage(services, rule(services, before=die).suggester, document.id, QUICK)
    assert triage(services, rule(services).suggester, document.id, QUICK) is None
    assert (paper(services, number).state, paper(services, number).error) == ("failed", "interrupted")
    assert [final for _, final in failures(services)] == [False, False, True]


def test_without_a_database_nothing_is_said_of_the_paper(services: Services) -> None:
    number = register(services, TEXT)[0]

    def lose(_: types.Document) -> None:
        raise UnavailableError("gone")

    with pytest.raises(UnavailableError):
        triage(services, rule(services, before=lose).suggester, paper(services, number).id)
    assert (paper(services, number).state, failures(services)) == ("reading", [])


def test_a_dead_letter_can_be_retried_and_has_all_its_tries_again(services: Services) -> None:
    number = register(services, TEXT)[0]
    document = paper(services, number)
    for _ in range(3):
        triage(services, raising(ValueError()), document.id, QUICK)
    queued = jobs(services)
    retry(services, SYSTEM, number)
    assert (paper(services, number).state, jobs(services)) == ("registered", queued + 1)
    assert triage(services, raising(ValueError()), document.id, QUICK) == 0.5
    assert "document.retried" in actions(services, document.id)


def test_only_who_may_retries_what_needs_it(services: Services) -> None:
    number = register(services, TEXT)[0]
    clerk = Principal("user:1", "C", "clerk", ROLE_PERMISSIONS["clerk"], units=frozenset({"gence"}))
    officer = Principal("user:2", "O", "officer", ROLE_PERMISSIONS["officer"])
    with pytest.raises(ConflictError):
        retry(services, SYSTEM, number)
    with pytest.raises(NotFoundError):
        retry(services, clerk, number)
    with pytest.raises(ForbiddenError):
        retry(services, officer, number)


def test_a_broken_write_leaves_nothing_behind(services: Services) -> None:
    """A department that no column takes: the suggestion, too, is not there."""
    number = register(services, TEXT)[0]
    assert (
        triage(services, rule(services, department="x\0").suggester, paper(services, number).id, QUICK) == 0.5
    )
    assert rows(services, Suggestion) == []
    assert (paper(services, number).state, failures(services)) == ("registered", [("internal", False)])


def test_the_active_bundle_s_suggestion_is_kept_whole(services: Services, triager: Triager) -> None:
    number = register(services, TEXT * 5)[0]
    suggester = Suggester.of(triager)
    triage(services, suggester, paper(services, number).id)
    (row,) = rows(services, Suggestion)
    document: Document = paper(services, number)
    assert row.bundle == triager.bundle.id
    assert row.facts["subject"]["label"] == document.subject
    assert sum(p["probability"] for p in row.facts["subject"]["ranking"]) == pytest.approx(1)
    assert set(row.facts["thresholds"]) == set(suggester.thresholds)
