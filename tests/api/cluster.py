"""A real PostgreSQL with an empty database, for as long as a block lasts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from api.db import migrate
from api.db.embedded import EmbeddedPostgres


@contextmanager
def migrated() -> Iterator[tuple[Path, str]]:
    """A folder of its own, which the user who runs PostgreSQL for root may pass through, and its database's URL."""
    root = Path(tempfile.mkdtemp(prefix="derkenar-"))
    root.chmod(0o711)
    server = EmbeddedPostgres(root)
    try:
        url = server.start()
        migrate.upgrade(url)
        _hurry(url)
        yield root, url
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


def _hurry(url: str) -> None:
    """Let commits not wait for the disk: no test of this database pulls its plug (those of the cluster do)."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER DATABASE triage SET synchronous_commit = off"))
    engine.dispose()
