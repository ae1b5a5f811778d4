"""What the database refuses, even to its owner, as long as the triggers are in place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from api.db.tables import APPEND_ONLY, BLANKABLE
from tests.api.audit.conftest import Office

GUARDED = (*APPEND_ONLY, *BLANKABLE)


@pytest.fixture
def owner(empty: str) -> Iterator[Engine]:
    """The owner of the tables."""
    engine = create_engine(empty)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(triaged: Office, owner: Engine) -> Engine:
    """A row at least in each guarded table."""
    triaged.sign()
    with owner.begin() as connection:
        connection.execute(text("INSERT INTO failures (document_id, run, code, message, final) "
                                "SELECT id, 1, 'c', 'm', true FROM documents"))  # fmt: skip
        connection.execute(text("INSERT INTO readings SELECT id, 1, 1, '{\"pages\": []}' FROM documents"))
    return owner


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
        session.execute(text("UPDATE documents SET state = 'review'"))
        session.execute(text("DELETE FROM documents WHERE false"))
        assert session.scalar(text("SELECT current_user")) == "triage_service"
