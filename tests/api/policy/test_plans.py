"""Trials and counts of bundles go by indexes: shown by the plans that PostgreSQL makes over many suggestions."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import create_engine, text, true

from api.bundles import repository as bundles
from api.db.session import Database
from api.policy import repository
from tests.api.documents.test_plans import plan

MANY = 20_000


@pytest.fixture
def suggested(database: Database) -> Database:
    """Twenty thousand papers with suggestions of two bundles."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO blobs (sha256, size) VALUES ('x', 1)"))
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, media_type, size, sha256, state, suggestion_id) "
                "SELECT format('2026-B-%s', n), now(), 'api', 'text', 1, 'x', 'routed', n "
                "FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
        connection.execute(
            text(
                "INSERT INTO suggestions (document_id, run, schema_version, bundle, bundle_sha256, policy, "
                "input_sha256, content_sha256, facts) SELECT n, 1, 1, 'b/' || n % 2, '0', '1', '0', '0', "
                "jsonb_build_object('text', repeat('x', 500)) FROM generate_series(1, :many) n"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("documents", "suggestions"):
            connection.execute(text(f"ANALYZE {table}"))
    engine.dispose()
    return database


def test_only_what_is_tried_is_read(suggested: Database) -> None:
    ask = partial(repository.newest_suggested, seen=true(), veiled=frozenset({MANY, 2}), limit=3)
    with suggested.transaction() as session:
        assert [paper.document_id for paper in ask(session)] == [MANY - 1, MANY - 2, MANY - 3]
    found = plan(suggested, ask)
    for table in ("documents", "suggestions"):  # there are no decisions here: how those are read is all one
        assert f"Seq Scan on {table}" not in found, found


def test_bundles_can_be_counted_by_an_index_alone(suggested: Database) -> None:
    with suggested.transaction() as session:
        assert sorted(use.suggestions for use in bundles.uses(session)) == [MANY // 2, MANY // 2]
        session.execute(
            text("SET LOCAL enable_seqscan = off")
        )  # others' snapshots keep the table from being vacuumed
        asked = "EXPLAIN SELECT bundle, count(*), min(id), max(id) FROM suggestions GROUP BY bundle"
        found = "\n".join(row[0] for row in session.execute(text(asked)))
    assert "Index Only Scan using ix_suggestions_bundle_id" in found, found


def test_papers_to_compare_are_found_by_indexes(suggested: Database) -> None:
    with suggested.transaction() as session:
        near = bundles.newest(session, "b/1", None, 50)
    assert [number for number, _ in near[:2]] == [MANY - 1, MANY - 3]
    assert "Seq Scan" not in plan(suggested, partial(bundles.papers, suggestions=near))
    assert "Seq Scan" not in plan(suggested, partial(bundles.newest, bundle="b/1", before=MANY, limit=50))
