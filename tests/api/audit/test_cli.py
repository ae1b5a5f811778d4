"""`triage-api audit` on a database that is there, broken, or away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from api.audit.chain import link_hash
from api.audit.cli import app
from api.db.session import Database
from api.db.tables import Notification, User
from api.settings import load
from tests.api.audit.conftest import Office, Tamper


@pytest.fixture
def home(office: Office, empty: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation with three links, signed by the command."""
    monkeypatch.setenv("TRIAGE_HOME", str(office.folder))
    monkeypatch.setenv("DATABASE_URL", empty)
    load.cache_clear()
    office.happen(2)
    assert call("checkpoint").exit_code == 0
    return office.folder


@pytest.fixture(autouse=True)
def _settings_of_this_test_only() -> object:
    yield
    load.cache_clear()


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_a_whole_chain_is_status_0(home: Path) -> None:
    result = call("verify")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "The chain is whole.")


def test_a_broken_chain_is_status_1_and_the_first_link_is_named(home: Path, tamper: Tamper) -> None:
    tamper("UPDATE events SET actor = 'user:8' WHERE seq = 2")
    result = call("verify")
    assert result.exit_code == 1
    assert "FIRST column: Link 2" in result.stdout


def test_people_hear_of_a_broken_chain_and_of_a_whole_one_they_do_not(
    home: Path, tamper: Tamper, office: Office
) -> None:
    with office.database.transaction() as session:
        session.add(User(login="admin", name="Admin", role="administrator"))
    assert call("verify").exit_code == 0
    tamper("UPDATE events SET actor = 'user:8' WHERE seq = 2")
    assert [call("verify").exit_code for _ in range(2)] == [1, 1]
    with office.database.transaction() as session:
        assert list(session.scalars(select(Notification.kind))) == ["audit.broken"]


def test_machines_get_json(home: Path, tamper: Tamper) -> None:
    tamper("UPDATE events SET actor = 'user:8' WHERE seq = 2")
    result = call("verify", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"], report["first"]["seq"]) == (1, "broken", 2)


def test_the_chain_itself_tells_when_it_was_verified(home: Path, database: Database) -> None:
    assert call("verify").exit_code == 0
    links = [json.loads(json.loads(line)["body"]) for line in call("export").stdout.splitlines()]
    assert links[-1]["action"] == "audit.verified"
    assert links[-1]["details"] == {"verdict": "whole", "events": 3}
    assert call("verify").exit_code == 0, "that link belongs to the chain as every other"


def test_what_cannot_be_checked_is_status_2(home: Path) -> None:
    assert call("verify", "--file", str(home / "other.jsonl")).exit_code == 2
    assert call("verify", "--keys", str(home / "other")).exit_code == 2


def test_a_database_that_is_away_is_status_2(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://nobody@/none?host={home}")
    load.cache_clear()
    result = call("verify")
    assert result.exit_code == 2
    assert "Cannot check" in result.stderr


def test_a_folder_without_a_database_is_not_given_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_HOME", str(tmp_path / "new"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    load.cache_clear()
    assert call("verify").exit_code == 2
    assert not (tmp_path / "new").exists()


def test_signing_twice_says_that_nothing_is_new(home: Path) -> None:
    assert "Nothing new" in call("checkpoint").stderr


def test_the_export_can_be_hashed_again(home: Path, database: Database) -> None:
    links = [json.loads(line) for line in call("export").stdout.splitlines()]
    assert [link["seq"] for link in links] == [1, 2, 3]
    for link in links:
        assert link_hash(bytes.fromhex(link["previous"]), link["body"]).hex() == link["hash"]
