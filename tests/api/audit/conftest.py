"""A chain with checkpoints, somebody who owns the database, and the auditor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.audit.chain import append
from api.audit.checkpoints import sign_checkpoint
from api.audit.keys import SigningKey, load_key, public_keys
from api.audit.report import Report
from api.audit.rows import recorded
from api.audit.statements import CheckpointFile
from api.audit.verify import verify
from api.db.session import Database
from api.db.tables import Blob, Decision, Document, Suggestion, SuggestionContent, Switch

Tamper = Callable[..., None]
CONTENT = '{"route":"complaints"}'
CONTENT_SHA256 = hashlib.sha256(CONTENT.encode()).hexdigest()


@dataclass
class Office:
    """An installation's chain, key and checkpoint file."""

    database: Database
    folder: Path
    key: SigningKey
    file: CheckpointFile

    def happen(self, count: int = 1, document_id: int | None = None) -> None:
        """So many events, in one transaction."""
        with self.database.transaction() as session:
            for number in range(count):
                append(session, "user:7", "document.read", document_id, number=number)

    def sign(self) -> int:
        """Sign the tip; gives its number."""
        made = sign_checkpoint(self.database, self.key, self.file)
        assert made is not None
        return made.seq

    def verify(self) -> Report:
        """What verification finds."""
        with self.database.transaction() as session:
            return verify(session, public_keys(self.folder), self.file)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """An installation in which nothing has happened yet."""
    return Office(database, tmp_path, load_key(tmp_path), CheckpointFile(tmp_path / "checkpoints.jsonl"))


@pytest.fixture
def tamper(empty: str) -> Iterator[Tamper]:
    """Does as it likes with the tables: the superuser, with the triggers put out of action."""
    engine = create_engine(empty)

    def change(*statements: str, **values: object) -> None:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement), values)

    yield change
    engine.dispose()


def paper(number: str = "2026-B-000001", **columns: object) -> Document:
    """A registered paper; its original's row must be there."""
    defaults: dict[str, object] = {
        "received_at": datetime(2026, 3, 1, tzinfo=UTC), "channel": "post", "media_type": "text", "size": 1,
        "sha256": "ab" * 32,
    }  # fmt: skip
    return Document(number=number, **{**defaults, **columns})


@pytest.fixture
def triaged(office: Office) -> Office:
    """A paper with a suggestion, a decision, and a switch, each recorded."""
    with office.database.transaction() as session:
        session.add(Blob(sha256="ab" * 32, size=1))
        document = paper()
        session.add(document)
        session.flush()
        facts = {
            "scores": {"complaints": 0.75, "tiny": 1.25e-7, "one": 1.0},
            "candidates": ["complaints"],
            "k": 3,
        }
        suggestion = Suggestion(
            document_id=document.id, run=1, schema_version=1, bundle="b", bundle_sha256="cd" * 32, policy="p",
            input_sha256="ef" * 32, content_sha256=CONTENT_SHA256, facts=facts,
        )  # fmt: skip
        switch = Switch(scope="all", value="", on=True, actor="user:1", reason="trial")
        session.add_all([suggestion, switch])
        session.flush()
        decision = Decision(
            document_id=document.id, suggestion_id=suggestion.id, kind="policy", actor="system",
            actor_name="system", department="complaints", facts={"threshold": 0.9},
        )  # fmt: skip
        session.add_all([SuggestionContent(suggestion_id=suggestion.id, content=CONTENT), decision])
        session.flush()
        for action, row in (
            ("document.suggested", suggestion), ("document.routed", decision), ("automation.changed", switch),
        ):  # fmt: skip
            append(session, "system", action, document.id if row is not switch else None, **recorded(row))
    return office
