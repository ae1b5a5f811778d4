"""Verification: whoever owns the database and changes the past is found, and the link is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from api.audit import integrity
from api.audit.canonical import canonical
from api.audit.chain import append, link_hash
from api.audit.keys import load_key
from api.audit.report import LISTED, Report
from api.audit.statements import CheckpointFile
from api.db.session import Database
from api.db.tables import Event
from tests.api.audit.conftest import Office, Tamper


def first(office: Office) -> tuple[str, int | None]:
    """Kind and link of the first problem."""
    report = office.verify()
    assert report.verdict == "broken"
    assert report.first is not None
    return report.first.kind, report.first.seq


@pytest.fixture
def busy(office: Office) -> Office:
    """Links 1 to 10 signed, and 11 to 13 not yet."""
    office.happen(4)
    office.sign()
    office.happen(5)
    office.sign()
    office.happen(3)
    return office


def test_an_untouched_chain_is_whole(busy: Office) -> None:
    report = busy.verify()
    assert (report.verdict, report.events, report.checkpoints, report.signed_up_to) == ("whole", 13, 2, 10)
    assert (report.problems, report.doubts, report.notes) == ([], [], [])


def test_an_empty_chain_is_whole(office: Office) -> None:
    report = office.verify()
    assert (report.verdict, report.events, report.tip) == ("whole", 0, None)


CHANGES = [
    ("UPDATE events SET body = replace(body, 'user:7', 'user:8') WHERE seq = 6", "content", 6),
    (
        "UPDATE events SET body = replace(body, 'user:7', 'user:8'), actor = 'user:8' WHERE seq = 6",
        "content",
        6,
    ),
    ("UPDATE events SET body = body || ' ' WHERE seq = 6", "content", 6),
    ("UPDATE events SET body = 'nonsense' WHERE seq = 6", "content", 6),
    ("UPDATE events SET body = repeat('[', 100000) WHERE seq = 6", "content", 6),
    ("UPDATE events SET hash = sha256('x') WHERE seq = 6", "content", 6),
    ("UPDATE events SET previous = sha256('x') WHERE seq = 6", "content", 6),
    (
        "UPDATE events SET previous = sha256('x'), hash = sha256(sha256('x') || convert_to(body, 'UTF8')) "
        "WHERE seq = 6",
        "link",
        6,
    ),
    ("UPDATE events SET actor = 'user:8' WHERE seq = 6", "column", 6),
    ("UPDATE events SET action = 'document.seen' WHERE seq = 6", "column", 6),
    ("UPDATE events SET document_id = 5 WHERE seq = 6", "column", 6),
    ("UPDATE events SET at = at + interval '1 microsecond' WHERE seq = 6", "column", 6),
    ("UPDATE events SET at = at - interval '1 year' WHERE seq = 6", "order", 6),
    ("DELETE FROM events WHERE seq = 6", "gap", 7),
    ("DELETE FROM events WHERE seq BETWEEN 5 AND 8", "gap", 9),
    ("DELETE FROM events WHERE seq = 1", "gap", 2),
    ("DELETE FROM events WHERE seq = 10", "gap", 11),
    ("UPDATE events SET seq = 99 WHERE seq = 6", "gap", 7),
    ("DELETE FROM events WHERE seq > 9", "tail", 10),
    ("DELETE FROM events WHERE seq > 2", "tail", 3),
    ("TRUNCATE events CASCADE", "tail", 1),
    ("UPDATE checkpoints SET hash = sha256('x') WHERE seq = 10", "signature", 10),
    ("UPDATE checkpoints SET signature = sha256('x') WHERE seq = 10", "signature", 10),
    ("UPDATE checkpoints SET signed_at = signed_at - interval '1 day' WHERE seq = 5", "signature", 5),
    ("UPDATE checkpoints SET seq = 9 WHERE seq = 10", "signature", 9),
    ("DELETE FROM checkpoints WHERE seq = 5", "row", 5),
]


@pytest.mark.parametrize(("statement", "kind", "seq"), CHANGES)
def test_a_change_is_named_with_its_link(
    busy: Office, tamper: Tamper, statement: str, kind: str, seq: int
) -> None:
    tamper(statement)
    assert first(busy) == (kind, seq)


def test_the_links_after_a_changed_one_are_not_blamed(busy: Office, tamper: Tamper) -> None:
    tamper("UPDATE events SET body = replace(body, 'user:7', 'user:8') WHERE seq = 6")
    assert [(p.kind, p.seq) for p in busy.verify().problems] == [("content", 6), ("column", 6)]


def test_a_deleted_tail_is_found_even_without_the_rows_of_checkpoints(busy: Office, tamper: Tamper) -> None:
    tamper("DELETE FROM checkpoints WHERE seq > 9", "DELETE FROM events WHERE seq > 9")
    assert first(busy) == ("tail", 10)


def test_an_older_backup_is_found_when_the_chain_has_grown_past_it(busy: Office, tamper: Tamper) -> None:
    tamper("DELETE FROM checkpoints WHERE seq > 9", "DELETE FROM events WHERE seq > 7")
    busy.happen(9)
    busy.sign()
    assert "rewritten" in {problem.kind for problem in busy.verify().problems}


def rewrite(
    database: Database, tamper: Tamper, since: int, change: Callable[[dict[str, object]], None]
) -> None:
    """What a careful forger does: change a link, and hash all that follow anew."""
    with database.transaction() as session:
        events = session.scalars(select(Event).where(Event.seq >= since).order_by(Event.seq)).all()
    previous = events[0].previous
    for event in events:
        fields = json.loads(event.body)
        if event.seq == since:
            change(fields)
        body = canonical(fields)
        link = link_hash(previous, body)
        tamper(
            "UPDATE events SET body = :body, actor = :actor, previous = :previous, hash = :hash WHERE seq = :seq",
            body=body, actor=fields["actor"], previous=previous, hash=link, seq=event.seq,
        )  # fmt: skip
        previous = link


@pytest.mark.parametrize(("since", "checkpoint"), [(2, 5), (5, 5), (6, 10)])
def test_a_chain_hashed_anew_contradicts_the_next_checkpoint(
    busy: Office, tamper: Tamper, since: int, checkpoint: int
) -> None:
    rewrite(busy.database, tamper, since, lambda fields: fields.update(actor="user:8"))
    assert first(busy) == ("rewritten", checkpoint)


def test_what_no_checkpoint_covers_yet_is_the_limit_of_what_can_be_known(
    busy: Office, tamper: Tamper
) -> None:
    rewrite(busy.database, tamper, 12, lambda fields: fields.update(actor="user:8"))
    report = busy.verify()
    assert (report.verdict, report.signed_up_to) == ("whole", 10)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE suggestions SET policy = 'other'", "UPDATE suggestions SET facts = facts || '{\"k\": 4}'",
        "UPDATE decisions SET department = 'other'", "UPDATE decisions SET created_at = created_at + interval '1 s'",
        "UPDATE decisions SET unit = 'ganja'", "UPDATE decisions SET facts = '{\"threshold\": 0.90000001}'",
        "UPDATE decisions SET facts = '{\"threshold\": 1e400}'",
        'UPDATE switches SET "on" = false',
    ],
)  # fmt: skip
def test_a_changed_row_is_named_with_the_link_that_records_it(
    triaged: Office, tamper: Tamper, statement: str
) -> None:
    tamper(statement)
    link = {"suggestions": 2, "decisions": 3, "switches": 4}[statement.split()[1]]
    assert first(triaged) == ("changed", link)


@pytest.mark.parametrize(("table", "link"), [("suggestions", 2), ("decisions", 3), ("switches", 4)])
def test_a_deleted_row_is_named_with_the_link_that_records_it(
    triaged: Office, tamper: Tamper, table: str, link: int
) -> None:
    tamper(f"DELETE FROM {table}")  # noqa: S608
    assert first(triaged) == ("deleted", link)


def test_a_row_that_was_slipped_in_is_found(triaged: Office, tamper: Tamper) -> None:
    tamper(
        "INSERT INTO switches (scope, value, \"on\", actor, reason) VALUES ('all', '', true, 'user:1', 'mine')"
    )
    assert first(triaged) == ("unrecorded", None)


def test_changed_content_of_a_suggestion_is_found(triaged: Office, tamper: Tamper) -> None:
    tamper('UPDATE suggestion_contents SET content = \'{"route":"other"}\'')
    assert first(triaged) == ("changed", None)


TRIGGERS = [
    "ALTER TABLE events DISABLE TRIGGER audit_rows",
    "ALTER TABLE decisions DISABLE TRIGGER ALL",
    "ALTER TABLE events ENABLE REPLICA TRIGGER audit_truncate",
    "DROP TRIGGER audit_truncate ON checkpoints",
    "CREATE OR REPLACE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON events FOR EACH ROW WHEN (OLD.seq > 9) "
    "EXECUTE FUNCTION audit_refuse()",
    "CREATE OR REPLACE TRIGGER audit_rows BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE OR REPLACE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON readings FOR EACH ROW "
    "EXECUTE FUNCTION audit_only_blank('run')",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    "GRANT UPDATE ON events TO triage_service",
    "GRANT TRUNCATE ON decisions TO triage_service",
    "GRANT UPDATE (actor) ON events TO triage_service",
]


@pytest.mark.parametrize("statement", TRIGGERS)
def test_protection_that_was_taken_away_is_found(empty: str, statement: str) -> None:
    report, engine = Report(), create_engine(empty)
    with Session(engine) as session:  # never committed
        session.execute(text(statement))
        integrity.check(session, report)
    engine.dispose()
    assert {problem.kind for problem in report.problems} <= {"trigger", "rights"}
    assert report.broken >= 1


def edit(file: CheckpointFile, change: Callable[[list[bytes]], list[bytes]]) -> None:
    file.path.write_bytes(b"".join(change(file.path.read_bytes().splitlines(keepends=True))))


EDITS: list[tuple[Callable[[list[bytes]], list[bytes]], str, int | None]] = [
    (lambda lines: lines[:-1], "file", 10),
    (lambda lines: lines[1:], "file", 5),
    (lambda lines: [b"nonsense\n", *lines[1:]], "file", 5),
    (lambda lines: [lines[0].replace(b'"seq":5', b'"seq":6'), lines[1]], "file", 5),
    (lambda lines: [lines[0].replace(b'"hash":"', b'"hash":"00'), lines[1]], "signature", 5),
    (lambda lines: [lines[0].replace(b'"v":1', b'"v":1,"w":2'), lines[1]], "file", 5),
    (lambda lines: [lines[0].replace(b",", b", "), lines[1]], "file", 5),
    (lambda lines: [lines[1], lines[0]], "file", 5),
    (lambda lines: [lines[0], lines[0], lines[1]], "file", 5),
    (lambda lines: [lines[0], b"x" * 10_000 + b"\n", lines[1]], "file", None),
    (lambda lines: [b"\xff\x00\n", *lines], "file", None),
    (lambda lines: [b"[" * 4000 + b"\n", *lines], "file", None),
    (lambda lines: [lines[0].replace(b'"seq":5', b'"seq":true'), lines[1]], "file", 5),
    (lambda lines: [], "file", 5),
]


@pytest.mark.parametrize(("change", "kind", "seq"), EDITS)
def test_an_edited_or_cut_checkpoint_file_is_found(
    busy: Office, change: Callable[[list[bytes]], list[bytes]], kind: str, seq: int | None
) -> None:
    edit(busy.file, change)
    assert first(busy) == (kind, seq)


def test_a_missing_checkpoint_file_is_a_doubt(busy: Office) -> None:
    busy.file.path.unlink()
    report = busy.verify()
    assert (report.verdict, len(report.doubts)) == ("unchecked", 1)


def test_an_unknown_key_is_a_doubt(busy: Office) -> None:
    for path in busy.folder.glob("audit*"):
        path.unlink()
    load_key(busy.folder)
    report = busy.verify()
    assert (report.verdict, len(report.doubts)) == ("unchecked", 1)


def test_a_line_written_after_the_snapshot_is_not_held_against_it(busy: Office) -> None:
    length = busy.file.size()
    busy.happen()
    busy.sign()

    class Grown(CheckpointFile):
        """The file as it was when verification began."""

        def size(self) -> int:
            return length

    busy.file = Grown(busy.file.path)
    assert busy.verify().verdict == "whole"


def test_many_problems_are_counted_and_the_first_are_told(office: Office, tamper: Tamper) -> None:
    with office.database.transaction() as session:
        for _ in range(3 * LISTED):
            append(session, "user:7", "document.read")
    tamper("UPDATE events SET actor = 'user:8'")
    report = office.verify()
    assert (report.broken, len(report.problems)) == (3 * LISTED + 1, LISTED)
    assert report.as_json()["first"]["seq"] == 1
