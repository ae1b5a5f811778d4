"""Putting jobs into the queue, in the transaction of those who need them done. Light: the web process imports it."""

from __future__ import annotations

from typing import Final

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.types import JSONDict
from sqlalchemy.orm import Session

from api.errors import UnavailableError

TRIAGE: Final = "triage"
"""The name of the task, and of its queue."""

# Never opened: a job is always put in on a connection of the caller's.
_queue = App(connector=SyncPsycopgConnector())


def defer_triage(session: Session, *document_ids: int) -> None:
    """Have papers triaged, if and only if the session's transaction is committed.

    Raises UnavailableError where the database is lost meanwhile.
    """
    connection = session.connection().connection.driver_connection
    job = _queue.configure_task(TRIAGE, queue=TRIAGE, connection=connection)
    papers: list[JSONDict] = [{"document_id": document_id} for document_id in document_ids]
    try:
        job.batch_defer(*papers)
    except ConnectorException as error:
        if isinstance(error.__cause__, psycopg.OperationalError):
            raise UnavailableError("The database was lost. Nothing was saved: please try again.") from error
        raise
