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
def folder() -> Iterator[Path]:
    """A folder of its own, which the user who runs PostgreSQL for root may pass through (not so pytest's)."""
    root = Path(tempfile.mkdtemp(prefix="derkenar-"))
    root.chmod(0o711)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def migrated() -> Iterator[tuple[Path, str]]:
    """A folder and its database's URL."""
    with folder() as root:
        server = EmbeddedPostgres(root)
        try:
            url = server.start()
            migrate.upgrade(url)
            _hurry(url)
            yield root, url
        finally:
            server.stop()


def _hurry(url: str) -> None:
    """Let commits not wait for the disk: no test of this database pulls its plug (those of the cluster do)."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER DATABASE triage SET synchronous_commit = off"))
    engine.dispose()
