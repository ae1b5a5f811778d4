"""Look-ups by traits and links go by indexes, and stay bounded, over many papers."""

from __future__ import annotations

import time
from functools import partial

import pytest
from sqlalchemy import create_engine, text

from api.db.session import Database
from api.deps import Services
from api.related import repository, service
from tests.api.documents.test_plans import plan
from tests.api.papers import CLERK, GENCE

MANY = 10_000
PETITION = 2_500  # papers that share the text of the first


@pytest.fixture
def known(database: Database) -> Database:
    """Ten thousand papers in the queue, a quarter of them one petition, with 18 traits each; and links."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no checks of foreign keys
        for statement in (
            "INSERT INTO blobs (sha256, size) SELECT md5(n::text), 1 FROM generate_series(1, :many) n",
            "INSERT INTO documents (number, received_at, channel, office, media_type, size, sha256, state, desk, "
            "look_by, suggestion_id) SELECT format('2026-B-%s', lpad(n::text, 6, '0')), now(), 'api', "
            "CASE n % 10 WHEN 0 THEN 'gence' ELSE 'u' || n % 10 END, 'text', 1, md5(n::text), 'review', 'clerk', "
            "now() + n * interval '1 second', n FROM generate_series(1, :many) n",
            "INSERT INTO traits SELECT n, 'near', decode(md5(format('%s %s', CASE WHEN n > :petition THEN n ELSE 1 "
            "END, b)), 'hex') FROM generate_series(1, :many) n, generate_series(1, 16) b",
            "INSERT INTO traits SELECT n, k, decode(md5((n % 4000)::text), 'hex') FROM generate_series(1, :many) n, "
            "unnest(array['name', 'phone']) k",
            'INSERT INTO links (document_id, other_id, kind, "on", actor, facts) '
            "SELECT n, n - 1, 'case', true, 'user:1', '{}' FROM generate_series(2, :many) n",
        ):
            names = {"many": MANY, "petition": PETITION}
            connection.execute(text(statement), {k: v for k, v in names.items() if f":{k}" in statement})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("documents", "traits", "links"):
            connection.execute(text(f"ANALYZE {table}"))
    engine.dispose()
    return database


def test_look_ups_go_by_indexes(known: Database) -> None:
    ids = list(range(1, 60))
    for ask in (
        partial(repository.near, source=1, most=1000),
        partial(repository.near, source=MANY, most=1000),
        partial(repository.sharing, source=7, most=200),
        partial(repository.with_kind, ids=ids, kind="fin"),
        partial(repository.common_kinds, one=7, other=4007),
        partial(repository.papers, seen=GENCE.sees, sources=ids),
        partial(repository.numbers, seen=GENCE.sees, ids=ids),
        partial(repository.waiting, seen=CLERK.sees, most=2000),
        partial(repository.waiting, seen=GENCE.sees, most=100),
        partial(repository.shared_bands, sources=ids),
        partial(repository.links, document_id=7),
        partial(repository.link, one=7, other=8, kind="case"),
        partial(repository.linked, ids=ids),
        partial(repository.has_parts, ids=ids),
        partial(repository.content, document_id=7),
        partial(repository.texts, ids=ids),
    ):
        told = plan(known, ask)
        for table in ("documents", "traits", "links"):
            assert f"Seq Scan on {table}" not in told, (ask.func.__name__, told)


def test_a_petition_of_thousands_is_looked_at_to_a_bound(known: Database, services: Services) -> None:
    with known.transaction() as session:
        found = repository.near(session, 1, 1000)
    assert (len(found), set(found.values())) == (1000, {16})
    began = time.perf_counter()
    told = service.groups(services, CLERK)
    service.related(services, CLERK, "2026-B-000001")
    assert (told.looked_at, told.groups[0].size) == (1000, 1000)
    assert time.perf_counter() - began < 5  # some 0.2 s where nothing else runs
