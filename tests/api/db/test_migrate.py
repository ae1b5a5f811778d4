"""The schema that migrations make is the one that the tables tell of, and it refuses what it must."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from api.db import migrate
from api.db.session import Database
from api.db.tables import APPEND_ONLY, BLANKABLE


def test_tables_and_migrations_tell_the_same_story(database_url: str) -> None:
    migrate.check(database_url)


def test_a_second_start_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert migrate.current(connection) == migrate.newest()
    engine.dispose()


@pytest.mark.parametrize("table", [*APPEND_ONLY, *BLANKABLE])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_service_may_not_remove_what_is_kept_for_ever(
    database: Database, table: str, statement: str
) -> None:
    with (
        database.engine.connect() as connection,
        pytest.raises(DBAPIError, match=r"permission denied|never changed"),
    ):
        connection.execute(text(statement.format(table)))


def test_the_service_makes_no_tables(database: Database) -> None:
    with database.engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("CREATE TABLE mine (a int)"))
