"""Transactions say what a caller can understand when the database cannot work."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from sqlalchemy import text

from api.db.session import Database
from api.errors import UnavailableError


def test_no_free_connection_is_a_reason_to_come_again(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(empty, pool_size=1)
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)
    with ExitStack() as busy:
        for _ in range(2):
            busy.enter_context(database.transaction()).execute(text("SELECT 1"))
        with pytest.raises(UnavailableError), database.transaction() as session:
            session.execute(text("SELECT 1"))
    with database.transaction() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(UnavailableError), database.transaction() as session:
        session.execute(text("SELECT 1"))
