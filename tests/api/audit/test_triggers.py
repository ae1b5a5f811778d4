"""What the database refuses, even to its owner, as long as the triggers are in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import RECORDED, recorded
from api.db.tables import (
    APPEND_ONLY,
    BLANKABLE,
    BundleComparison,
    Decision,
    DecisionContent,
    DepartmentState,
    Disposal,
    DisposalItem,
    Document,
    Failure,
    Handover,
    Layout,
    LegalHold,
    Link,
    Notice,
    NoticeSending,
    Policy,
    PolicyVerdict,
    Reading,
    Remark,
    Sample,
    SampleItem,
    SampleVerdict,
    Table,
)
from tests.api.audit.conftest import Office, paper

GUARDED = (*APPEND_ONLY, *BLANKABLE)
Row = TypeVar("Row", bound=Table)


@pytest.fixture
def owner(empty: str) -> Iterator[Engine]:
    """The owner of the tables."""
    engine = create_engine(empty)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(triaged: Office, owner: Engine) -> Engine:
    """A row at least in each guarded table."""
    with triaged.database.transaction() as session:
        first, decision = session.scalars(select(Document)).one(), session.scalars(select(Decision)).one()
        add = partial(_add, session)
        other = add(paper("2026-B-000002"))
        sample = add(Sample(actor="user:1", size=1, population=1, seed=1, facts={}))
        mine = {"document_id": first.id, "actor": "user:1"}
        item = add(SampleItem(sample_id=sample.id, document_id=first.id, decision_id=decision.id, readers=1))
        judged = {"actor": "user:2", "actor_name": "two", "department": "complaints", "facts": {}}
        add(SampleVerdict(item_id=item.id, **judged))
        add(
            Handover(
                **mine, decision_id=decision.id, actor_name="one", department="complaints", kind="accepted"
            )
        )
        add(DepartmentState(department="complaints", unit="", open=True, actor="user:1", reason="r"))
        add(Link(document_id=other.id, other_id=first.id, kind="near", on=True, actor="user:1", facts={}))
        add(LegalHold(**mine, on=True, reason="r"))
        add(DecisionContent(decision_id=decision.id, content={"remark": "words"}))
        add(Remark(**mine, about="handover:1", words="words"))
        files = {"docx_sha256": "ab" * 32, "pdf_sha256": "ab" * 32}
        notice = add(Notice(**mine, kind="registered", language="az", script="latin", template="1", **files))
        add(NoticeSending(notice_id=notice.id, actor="user:1", way="post"))
        disposal = add(Disposal(proposed_by="user:1"))
        add(DisposalItem(disposal_id=disposal.id, document_id=other.id, rule="r"))
        somebody = {"actor": "user:1", "actor_name": "one"}
        policy = add(Policy(**somebody, reason="r", since=date(2026, 3, 1), base="1", rules={}))
        add(PolicyVerdict(**somebody, policy_id=policy.id, verdict="refused"))
        hashes = {"active_sha256": "ab" * 32, "candidate_sha256": "cd" * 32}
        add(BundleComparison(actor="user:1", active="a/1", candidate="a/2", papers=1, facts={}, **hashes))
        add(Failure(document_id=first.id, run=1, code="c", message="m", final=True))
        add(Reading(document_id=first.id, run=1, schema_version=1, pages={"pages": []}))
        add(Layout(document_id=first.id, run=1, page=1, schema_version=1, words=b"words"))
    triaged.sign()
    return owner


def _add(session: Session, row: Row) -> Row:
    """Write a row, and its event where it must have one."""
    session.add(row)
    session.flush()
    if row.__tablename__ in RECORDED:
        append(session, "user:1", "row.written", None, **recorded(row))
    return row


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_row_is_deleted(filled: Engine, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="refused"), filled.begin() as connection:
        connection.execute(text(statement.format(table)))


@pytest.mark.parametrize(
    ("table", "column"),
    [("events", "actor"), ("checkpoints", "key_id"), ("suggestions", "policy"), ("decisions", "department"),
     ("failures", "code"), ("switches", "reason"), ("readings", "schema_version")],
)  # fmt: skip
def test_no_row_is_changed(filled: Engine, table: str, column: str) -> None:
    with pytest.raises(DBAPIError, match="refused"), filled.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {column}"))  # noqa: S608


@pytest.mark.parametrize(
    "change",
    ["suggestion_contents SET content = 'other'", "readings SET pages = '{}'", "readings SET pages = NULL, run = 2",
     "suggestion_contents SET suggestion_id = suggestion_id, content = ''"],
)  # fmt: skip
def test_content_is_not_replaced(filled: Engine, change: str) -> None:
    with pytest.raises(DBAPIError, match="only to nothing"), filled.begin() as connection:
        connection.execute(text(f"UPDATE {change}"))


@pytest.mark.parametrize(("table", "column"), BLANKABLE.items())
def test_content_is_blanked_by_the_service(filled: Engine, triaged: Office, table: str, column: str) -> None:
    with triaged.database.transaction() as session:
        session.execute(text(f"UPDATE {table} SET {column} = NULL"))  # noqa: S608
    with filled.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} IS NULL")) == 1  # noqa: S608
    assert triaged.verify().verdict == "whole"


def test_the_service_may_do_its_work_on_other_tables(filled: Engine, triaged: Office) -> None:
    with triaged.database.transaction() as session:
        session.execute(text("UPDATE documents SET channel = 'portal'"))
        session.execute(text("DELETE FROM documents WHERE false"))
        assert session.scalar(text("SELECT current_user")) == "triage_service"
