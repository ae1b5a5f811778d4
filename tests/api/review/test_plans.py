"""The queue costs the same however many papers wait: shown by the plans that PostgreSQL makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from api.db.session import Database
from api.db.tables import Document
from api.review import queue_repository as repository
from api.review.queue_repository import Place, Where
from tests.api.papers import CLERK, GENCE

MANY = 20_000
NOW = datetime(2026, 11, 2, tzinfo=UTC)
FAR = Where(GENCE.sees, ("clerk",), ("gence", "lerik"))
ALL = Where(CLERK.sees, ("clerk",))


@pytest.fixture
def papers(database: Database) -> Database:
    """Twenty thousand papers that wait for clerks, nine of ten assigned to one; three of them of Gəncə."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO blobs (sha256, size) VALUES ('x', 1)"))
        connection.execute(
            text(
                "INSERT INTO users (login, name, role) SELECT 'u' || n, 'u', 'clerk' FROM generate_series(1, 40) n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, office, media_type, size, sha256, state, desk, "
                "priority, look_by, urgency, assigned_to) SELECT format('2026-B-%s', n), now(), 'api', "
                "CASE WHEN n % 6000 = 5000 THEN 'gence' ELSE 'u' || n % 70 END, 'text', 1, 'x', 'review', 'clerk', "
                "n % 3, timestamptz '2026-11-01' + n * interval '1 minute', 'normal', "
                "CASE WHEN n % 10 > 0 AND n > 2000 THEN n % 40 + 1 END FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE documents"))
    engine.dispose()
    return database


def plans(database: Database, ask: Callable[[Session], Any]) -> list[str]:
    """The plans of the statements that `ask` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        sent.append((sql, values))

    with database.transaction() as session:
        event.listen(database.engine, "before_cursor_execute", note)
        ask(session)
        event.remove(database.engine, "before_cursor_execute", note)
        cursor = session.connection().connection.cursor()
        told = []
        for sql, values in sent:
            cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, values)
            told.append("\n".join(row[0] for row in cursor.fetchall()))
        return told


CASES: dict[str, Callable[[Session], Any]] = {
    "first page": lambda s: repository.page(s, ALL, None, 51),
    "a later page": lambda s: repository.page(s, ALL, Place(1, NOW, 9_000), 51),
    "page of all desks": lambda s: repository.page(s, Where(CLERK.sees), None, 51),
    "page of a unit": lambda s: repository.page(s, FAR, None, 51),
    "claim": lambda s: repository.take(s, ALL, 7, NOW),
    "claim of a unit": lambda s: repository.take(s, FAR, 7, NOW),
    "claim of what others left": lambda s: repository.take(
        s,
        Where(CLERK.sees, ("clerk",), ("u3", "u5"), (Document.assigned_to.is_not(None),)),
        41,
        NOW,
    ),
    "what one holds": lambda s: repository.held(s, 7),
}


def test_pages_and_claims_touch_few_rows(papers: Database) -> None:
    for name, ask in CASES.items():
        for told in plans(papers, ask):
            assert "Seq Scan" not in told, (name, told)
            touched = sum(
                int(n) * int(loops) for n, loops in re.findall(r"Scan.*rows=(\d+)\S* loops=(\d+)", told)
            )
            skipped = sum(int(n) for n in re.findall(r"Rows Removed by Filter: (\d+)", told))
            assert touched + skipped < 1_000, (name, told)


def test_counts_go_by_an_index_alone(papers: Database) -> None:
    (told,) = plans(papers, lambda s: repository.counts(s, FAR))
    assert "Seq Scan" not in told, told


def test_a_unit_gets_its_own_few_papers(papers: Database) -> None:
    with papers.transaction() as session:
        assert {d.office for d in repository.page(session, FAR, None, 51)} == {"gence"}
        found = repository.take(session, FAR, 7, NOW)
        assert found is not None
        assert found.office == "gence"
