"""Signing the tip: when, once, by one at a time, and through crashes."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.audit import checkpoints
from api.audit.checkpoints import FILE_NAME, Interval, sign_checkpoint, signing
from api.audit.keys import NAME, AuditKeyError, key_id, load_key, public_keys, read_public_key
from api.audit.statements import CheckpointFile, Statement
from api.db.session import Database
from api.db.tables import Checkpoint
from api.errors import UnavailableError
from tests.api.audit.conftest import Office, Tamper

MINUTE = timedelta(minutes=1)
DUE = [
    (0, None, False), (0, 100 * MINUTE, False), (-1, 100 * MINUTE, False),
    (1, None, True), (1, 9 * MINUTE, False), (1, 10 * MINUTE, True), (99, MINUTE, False), (100, MINUTE, True),
    (1, -MINUTE, True),
]  # fmt: skip


@pytest.mark.parametrize(("unsigned", "age", "due"), DUE)
def test_it_is_time_after_so_many_links_or_so_many_minutes(
    unsigned: int, age: timedelta | None, due: bool
) -> None:
    assert Interval(100, 10 * MINUTE).is_due(unsigned, age) is due


def lines(office: Office) -> list[Statement]:
    return [Statement.parse(line) for _, line in office.file.lines()]


def rows(database: Database) -> list[Statement]:
    with database.transaction() as session:
        return [Statement.of(row) for row in session.scalars(select(Checkpoint).order_by(Checkpoint.seq))]


def test_a_checkpoint_is_a_row_and_a_line_that_the_public_key_checks(office: Office) -> None:
    office.happen(3)
    assert office.sign() == 4
    assert rows(office.database) == lines(office)
    [made] = lines(office)
    assert made.is_genuine(public_keys(office.folder)) is True
    assert made.is_genuine({}) is None


def test_nothing_new_is_not_signed_again(office: Office) -> None:
    assert sign_checkpoint(office.database, office.key, office.file) is None
    office.happen()
    office.sign()
    assert sign_checkpoint(office.database, office.key, office.file) is None
    assert len(lines(office)) == 1


def test_signers_take_turns(office: Office) -> None:
    def work(_: int) -> None:
        office.happen(3)
        sign_checkpoint(office.database, office.key, office.file)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(12)))
    assert rows(office.database) == lines(office)
    assert office.verify().verdict == "whole"


def test_a_crash_between_line_and_row_is_mended_and_no_tampering(office: Office, tamper: Tamper) -> None:
    office.happen()
    seq = office.sign()
    tamper("DELETE FROM checkpoints")  # the state that a crash leaves
    report = office.verify()
    assert (report.verdict, len(report.notes)) == ("whole", 1)
    assert sign_checkpoint(office.database, office.key, office.file) is None
    assert [row.seq for row in rows(office.database)] == [seq]
    assert office.verify().notes == []


def test_a_line_that_a_crash_cut_short_is_no_tampering_and_goes(office: Office) -> None:
    office.happen()
    office.sign()
    whole = office.file.path.read_bytes()
    office.file.path.write_bytes(whole + whole[:50])
    assert office.verify().verdict == "whole"
    office.happen()
    office.sign()
    assert len(lines(office)) == 2
    assert office.verify().verdict == "whole"


def test_a_file_that_cannot_be_written_signs_nothing(office: Office) -> None:
    office.happen()
    file = CheckpointFile(office.folder / "missing" / FILE_NAME)
    with pytest.raises(FileNotFoundError):
        sign_checkpoint(office.database, office.key, file)
    assert rows(office.database) == []


def test_signing_runs_beside_the_service_and_signs_the_rest_at_its_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "BEAT", 0.01)
    signed = threading.Event()
    append = CheckpointFile.append

    def tell(file: CheckpointFile, statement: Statement) -> None:
        append(file, statement)
        signed.set()

    monkeypatch.setattr(CheckpointFile, "append", tell)
    home = office.folder / "home"
    with signing(office.database, home, Interval(2, MINUTE)):
        office.happen(3)
        assert signed.wait(30)
        office.happen()
    file = CheckpointFile(home / FILE_NAME)
    assert Statement.parse([line for _, line in file.lines()][-1]).seq == 5


def test_signing_goes_on_after_trouble(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checkpoints, "BEAT", 0.01)
    again, calls = threading.Event(), []

    def trouble(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise UnavailableError("away")
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        again.set()

    monkeypatch.setattr(checkpoints, "_sign_if_due", trouble)
    with signing(office.database, office.folder, Interval(2, MINUTE)):
        assert again.wait(30)
    assert "UnavailableError" in caplog.text


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(load_key, [tmp_path / "keys"] * 8))
    assert len({key.id for key in made}) == 1
    private, public = tmp_path / "keys" / NAME, tmp_path / "keys" / f"{NAME}.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert key_id(read_public_key(public)) == made[0].id
    assert sorted(path.name for path in private.parent.iterdir()) == [NAME, f"{NAME}.pub"]


def test_the_public_key_of_a_former_key_is_kept(office: Office) -> None:
    office.happen()
    office.sign()
    (office.folder / NAME).unlink()
    former, office.key = office.key.id, load_key(office.folder)
    office.happen()
    office.sign()
    assert list(public_keys(office.folder)) == [former, office.key.id]
    assert office.verify().verdict == "whole"


DAMAGED = [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_key_is_said_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(AuditKeyError, match=NAME):
        load_key(tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_damaged_public_key_is_said(office: Office) -> None:
    (office.folder / f"{NAME}.pub").write_text("nonsense")
    with pytest.raises(AuditKeyError, match="pub"):
        public_keys(office.folder)
