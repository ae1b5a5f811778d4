"""The engine, and the one place where transactions are committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from api.errors import UnavailableError

ROLE = "triage_service"
"""The role that the service works as: it may not change or delete what is append-only (see the migrations)."""


class Database:
    """Sessions on one database, as the service's role where that exists."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = url
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            pool_timeout=15,
            connect_args={"connect_timeout": 5, "application_name": "derkenar"},
            hide_parameters=True,  # no document text in logs
        )
        event.listen(self.engine, "connect", _take_role)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._shared: ContextVar[Session | None] = ContextVar("shared", default=None)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that is committed at the end of the block, before anything is answered; rolled back on an error.
        Within `together` it is the session of that.

        Raises UnavailableError where the database is away, stops, has no room, or all connections are busy: nothing was
        then saved.
        """
        if (shared := self._shared.get()) is not None:
            yield shared
            return
        try:
            with self._sessions() as session, session.begin():
                yield session
        except (OperationalError, PoolTimeoutError) as error:
            raise _unavailable() from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise _unavailable() from error
            raise

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all transactions of the block be one, where a page asks several services: it waits for one commit.

        For services that read: what one of them did before it raised is not rolled back if the error is caught.
        """
        with self.transaction() as session:
            token = self._shared.set(session)
            try:
                yield
            finally:
                self._shared.reset(token)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _unavailable() -> UnavailableError:
    return UnavailableError(
        "The database cannot be reached or cannot write. Nothing was saved: please try again."
    )


def _take_role(connection: Any, _record: Any) -> None:
    """Give up the rights of the owner for those of the service, where the migrations have made its role."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')", (ROLE,)
        )
        if cursor.fetchone():
            cursor.execute(f"SET ROLE {ROLE}")
    connection.commit()
