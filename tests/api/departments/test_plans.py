"""Lists and counts of departments, loads, and what rises go by indexes, shown by the plans that PostgreSQL makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from api.db.session import Database
from api.db.tables import Document
from api.departments import repository
from api.work import repository as work
from tests.api.departments.routed import GENCE, OFFICER, SUPERVISOR
from tests.api.documents.test_plans import plan

MANY = 20_000
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def papers(database: Database) -> Database:
    """Twenty thousand papers at departments, nearly all of them accepted; some wait there, and some for clerks."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO users (login, name, role) VALUES ('a', 'A', 'clerk')"))
        connection.execute(
            text("INSERT INTO blobs (sha256, size) SELECT md5(n::text), 1 FROM generate_series(1, 500) n")
        )
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, office, unit, department, media_type, size, "
                "sha256, state, desk, look_by, review_since, decided_at, assigned_to, rose_at) "
                "SELECT format('2026-B-%s', lpad(n::text, 6, '0')), now(), 'api', 'u' || n % 10, "
                "CASE n % 10 WHEN 0 THEN 'gence' ELSE 'u' || n % 10 END, "
                "CASE n % 5 WHEN 0 THEN 'territorial' WHEN 1 THEN 'investigation' ELSE 'd' || n % 5 END, 'text', 1, "
                "md5((n % 500 + 1)::text), s.state, CASE s.state WHEN 'review' THEN 'clerk' END, "
                "CASE s.state WHEN 'review' THEN now() END, now(), now(), "
                "CASE WHEN s.state = 'review' AND n % 3 = 0 THEN 1 END, "
                "CASE WHEN n % 100 > 0 THEN now() + interval '1 day' END "
                "FROM generate_series(1, :many) n, LATERAL (SELECT CASE WHEN n % 100 IN (50, 51) THEN 'routed' "
                "WHEN n % 100 = 52 OR n % 500 = 0 THEN 'review' ELSE 'accepted' END AS state) s"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE documents"))
    engine.dispose()
    return database


ASKED: list[tuple[str, Callable[[Session], object]]] = [
    (
        "ix_documents_waiting",
        lambda s: repository.inbox(s, [OFFICER.sees, Document.state == "routed"], None, 51),
    ),
    (
        "ix_documents_waiting",
        lambda s: repository.inbox(s, [GENCE.sees, Document.state == "routed"], None, 51),
    ),
    ("ix_documents_waiting", lambda s: repository.count(s, OFFICER.sees, Document.state == "routed")),
    ("ix_documents_accepted", lambda s: repository.count(s, OFFICER.sees, Document.state == "accepted")),
    ("ix_documents", lambda s: repository.counts(s, SUPERVISOR.sees, "routed")),
    ("ix_documents_waiting", lambda s: repository.locked(s, repository.on_the_way("investigation", ""), 200)),
    ("ix_documents_assigned_to", lambda s: work.loads(s, [1], NOW)),
    ("ix_documents_look_by", lambda s: work.late(s, NOW, NOW - timedelta(days=9), NOW.date(), 200)),
    ("ix_documents_decided_at", lambda s: work.not_accepted(s, NOW - timedelta(days=9), 200)),
    ("ix_documents_assigned_to", lambda s: work.stranded(s, NOW, [1], 200)),
]


def test_departments_loads_and_what_rises_go_by_indexes(papers: Database) -> None:
    for index, ask in ASKED:
        told = plan(papers, ask)
        assert index in told, told
        assert "Seq Scan on documents" not in told, told


def test_long_lists_of_what_was_accepted_go_by_indexes(papers: Database) -> None:
    for who in (OFFICER, GENCE, SUPERVISOR):
        for after in (None, 10_000):
            conditions = [who.sees, Document.state == "accepted"]
            told = plan(papers, lambda s, c=conditions, a=after: repository.inbox(s, c, a, 51))
            assert "Seq Scan" not in told, told
