"""Lists and look-ups go by indexes: shown by the plans that PostgreSQL makes over many papers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import ColumnElement, create_engine, event, text

from api.auth.permissions import Principal
from api.db.session import Database
from api.documents import repository
from tests.api.papers import CLERK, GENCE

MANY = 20_000


@pytest.fixture
def papers(database: Database) -> Database:
    """Twenty thousand papers of ten units, all but a few of them routed."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO blobs (sha256, size) SELECT md5(n::text), 1 FROM generate_series(1, 500) n")
        )
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, office, unit, department, media_type, size, "
                "sha256, state, desk, look_by) SELECT format('2026-B-%s', lpad(n::text, 6, '0')), now(), 'api', "
                "CASE n % 10 WHEN 0 THEN 'gence' ELSE 'u' || n % 10 END, 'u' || n % 7, 'd' || n % 5, 'text', 1, "
                "md5((n % 500 + 1)::text), CASE WHEN n % 1000 = 0 THEN 'review' ELSE 'routed' END, "
                "CASE WHEN n % 1000 = 0 THEN 'clerk' END, CASE WHEN n % 1000 = 0 THEN now() END "
                "FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE documents"))
    engine.dispose()
    return database


def plan(database: Database, ask: Any) -> str:
    """The plan of the statement that `ask` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        sent.append((sql, values))

    with database.transaction() as session:
        event.listen(database.engine, "before_cursor_execute", note)
        ask(session)
        event.remove(database.engine, "before_cursor_execute", note)
        sql, values = sent[-1]
        cursor = session.connection().connection.cursor()
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, values)
        return "\n".join(row[0] for row in cursor.fetchall())


OFFICER = Principal("user:5", "", "officer", CLERK.permissions, department="d3")


CASES: list[tuple[ColumnElement[bool], dict[str, str], int | None]] = [
    (CLERK.sees, {}, None),
    (CLERK.sees, {}, 10_000),
    (CLERK.sees, {"state": "review"}, None),
    (CLERK.sees, {"office": "gence"}, 10_000),
    (CLERK.sees, {"department": "d3"}, None),
    (CLERK.sees, {"unit": "u3"}, None),
    (GENCE.sees, {}, None),
    (OFFICER.sees, {}, None),
]


def test_pages_of_lists_and_papers_by_number_go_by_indexes(papers: Database) -> None:
    for seen, filters, before in CASES:
        told = plan(papers, partial(repository.page, seen=seen, filters=filters, before=before, limit=51))
        assert "Seq Scan" not in told, told
        assert "Index" in told
    told = plan(papers, partial(repository.find, seen=GENCE.sees, number="2026-B-010000"))
    assert "uq_documents_number" in told
