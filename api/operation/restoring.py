"""Reading a backup into an empty database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console
from sqlalchemy import create_engine, text

from api.audit.chain import append
from api.audit.triggers import role_sql
from api.auth.permissions import SYSTEM
from api.db import migrate
from api.db.binaries import find_binaries
from api.db.dump import restore
from api.db.serving import serving
from api.db.session import Database
from api.errors import ServiceError
from api.settings import Settings


def restore_into(settings: Settings, file: Path, out: Console) -> None:
    """Restore, migrate, and leave a link in the chain.

    On an error: one line, exit status 1, and a database as empty as before.
    """

    def say(line: str) -> None:
        out.print(line, markup=False)

    try:
        if settings.database_url is None:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with serving(settings, say) as url:
            _restore(url, file, say)
    except ServiceError as error:
        out.print(f"{error}", markup=False, style="red")
        raise typer.Exit(1) from None


def _restore(url: str, file: Path, say: Callable[[str], None]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:  # roles are the server's, and in no backup
        for statement in role_sql():
            connection.execute(text(statement))
    engine.dispose()
    restore(url, file, find_binaries(), say=say)
    migrate.upgrade(url)
    database = Database(url, pool_size=1)
    with database.transaction() as session:
        append(session, SYSTEM.id, "backup.restored", bytes=file.stat().st_size)
    database.close()
