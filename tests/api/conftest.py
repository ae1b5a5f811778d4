"""A real PostgreSQL for the tests of the service: one cluster a test process, emptied after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.db.session import Database
from api.deps import Services
from api.settings import Settings
from tests.api.cluster import migrated


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A migrated database."""
    with migrated() as (_, url):
        yield url


_EMPTYING = """
DO $$ DECLARE one record; filled boolean; BEGIN
  FOR one IN SELECT oid, oid::regclass AS name, reltuples FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO filled;
    IF one.reltuples >= 0 OR pg_relation_size(one.oid) > 1000000 THEN
      EXECUTE format('TRUNCATE %s CASCADE', one.name);
    ELSIF filled THEN EXECUTE format('DELETE FROM %s', one.name);
    END IF;
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
"""Most tests fill few tables: to truncate them all would take four times as long. Those that were analysed are, so
that no plan goes by the rows of an earlier test."""


@pytest.fixture
def empty(database_url: str) -> Iterator[str]:
    """The URL of a database without a row; the test's rows are removed after it, as the superuser who may."""
    yield database_url
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(_EMPTYING))
    engine.dispose()


@pytest.fixture
def database(empty: str) -> Iterator[Database]:
    """Sessions as the service has them."""
    found = Database(empty, pool_size=10)
    yield found
    found.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    return Settings(home=tmp_path / "home", upload_bytes=2_000_000, request_bytes=8_000_000)


@pytest.fixture
def services(settings: Settings, empty: str) -> Iterator[Services]:
    """The services on an empty database and store."""
    settings.home.mkdir(mode=0o700)
    made = Services.make(settings, empty)
    yield made
    made.database.close()
