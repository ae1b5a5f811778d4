"""Backup and restore of a whole database, by pg_dump and pg_restore, on any server that a URL names.

The connection goes by the environment (PG* variables), so no password stands in a list of processes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import IO, cast

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.db.binaries import DatabaseUnavailableError, clean_environment, major_version, run
from api.durable import flush_folder
from api.errors import ServiceError

Command = list[str | Path]

_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
}
"""Parameters of libpq and their variables (PostgreSQL documentation, "Environment Variables" of libpq)."""

_TIMEOUT_SINCE = 17
"""The major version whose programs begin a restore with `SET transaction_timeout`, and whose servers know it."""

_OCCUPANTS = """
SELECT format('%s %I.%I', CASE WHEN relkind IN ('v', 'm') THEN 'view' WHEN relkind = 'S' THEN 'sequence'
                          ELSE 'table' END, nspname, relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT format('function %I.%I', nspname, proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
 WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT format('type %I.%I', nspname, typname) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
 WHERE typtype IN ('e', 'd', 'r') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT format('schema %I', nspname) FROM pg_namespace n
 WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = n.oid AND d.deptype = 'e')
UNION ALL
SELECT format('large object %s', oid) FROM pg_largeobject_metadata
ORDER BY 1
"""
"""What somebody made in a database: all but the system's own and what belongs to an extension."""


class DumpError(ServiceError):
    """A backup or a restore was not done; nothing was left half-done.

    The message has the tool's own words, which may quote rows: it is shown to the operator, never logged.
    """

    code = "dump_failed"


def backup(url: str, target: Path, binaries: Path) -> None:
    """Write the database to `target` in pg_dump's custom format, of one moment, while the service runs.

    The file appears (or replaces an older one) only when it is whole, readable and on the disk; mode 0600. Roles
    are the server's, not the database's: they are not in it. Raises DumpError.
    """
    environment = _environment(url)
    target = target.absolute()
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise DumpError(f"The backup cannot be written beside {target}: {error.strerror}.") from error
    fresh = Path(name)
    try:
        command: Command = [binaries / "pg_dump", "--format=custom", "--no-password", f"--file={fresh}"]
        run(command, extra=environment)
        run([binaries / "pg_restore", "--list", fresh])
        os.fsync(descriptor)
        fresh.replace(target)
        flush_folder(target.parent)
    except (DatabaseUnavailableError, OSError) as error:
        raise DumpError(f"No backup was made. {error}") from error
    finally:
        os.close(descriptor)
        fresh.unlink(missing_ok=True)


def restore(url: str, source: Path, binaries: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
    """Fill an EMPTY database from a file of `backup`, wholly or, in one transaction, not at all.

    Everything then belongs to the user of the URL; the roles that the backup grants rights to must exist. Raises
    DumpError: also when anything is in the database, or the file is not a backup.
    """
    environment = _environment(url)
    source = source.absolute()
    try:
        contents = run([binaries / "pg_restore", "--list", source]).splitlines()
    except DatabaseUnavailableError as error:
        raise DumpError(f"{source} is not a backup that can be read. {error}") from error
    entries = sum(1 for line in contents if line and not line.startswith(";"))
    server = _check_target(url)
    say(f"Restoring {entries} objects from {source} ({source.stat().st_size >> 20} MB).")
    try:
        if server < _TIMEOUT_SINCE <= major_version(binaries, "pg_restore"):
            _restore_by_script(source, binaries, environment)
        else:
            command: Command = [
                binaries / "pg_restore",
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
            ]
            run(
                [*command, "--no-password", f"--dbname={environment['PGDATABASE']}", source],
                extra=environment,
            )
    except DatabaseUnavailableError as error:
        raise DumpError(f"Nothing was restored; the database is as empty as before. {error}") from error
    say("Restored.")


def _check_target(url: str) -> int:
    """Give the server's major version. Raises DumpError unless the database is there and empty."""
    try:
        with psycopg.connect(make_conninfo(**_parameters(url))) as connection:
            version: int = connection.info.server_version // 10000
            there = [str(row[0]) for row in connection.execute(_OCCUPANTS)]
    except psycopg.Error as error:
        raise DumpError(f"The database cannot be reached: {error}") from error
    if there:
        some = ", ".join(there[:3])
        raise DumpError(
            f"The database is not empty: it has {len(there)} objects ({some}{', …' if there[3:] else ''}). "
            "Restore into an empty one; nothing was changed."
        )
    return version


def _restore_by_script(source: Path, binaries: Path, environment: dict[str, str]) -> None:
    """Restore into a server older than 17 with newer programs, which begin by setting what it does not know.

    pg_restore writes the script, that one line is left out, psql runs it in one transaction. Should pg_restore fail
    midway, psql is killed before it sees an end and commits. Raises DatabaseUnavailableError.
    """
    script: Command = [binaries / "pg_restore", "--no-owner", "--file=-", source]
    psql: Command = [
        binaries / "psql",
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--single-transaction",
    ]
    psql += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--output=/dev/null"]
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(script, stdout=PIPE, stderr=words, env=clean_environment()) as writer,  # noqa: S603
        subprocess.Popen(psql, stdin=PIPE, stderr=words, env=clean_environment(environment)) as reader,  # noqa: S603
    ):
        with contextlib.suppress(BrokenPipeError):
            _copy_without_timeout(cast(IO[bytes], writer.stdout), cast(IO[bytes], reader.stdin))
            if writer.wait():
                reader.kill()
        for stream in (writer.stdout, reader.stdin):
            with contextlib.suppress(BrokenPipeError):
                cast(IO[bytes], stream).close()
        failed = writer.wait() if reader.wait() == 0 else reader.returncode
        if failed:
            words.seek(0)
            raise DatabaseUnavailableError(words.read().decode(errors="replace").strip()[-2000:])


def _copy_without_timeout(script: IO[bytes], psql: IO[bytes]) -> None:
    for line in script:
        if line.strip() == b"SET transaction_timeout = 0;":
            break
        psql.write(line)
    shutil.copyfileobj(script, psql)
    psql.flush()


def _environment(url: str) -> dict[str, str]:
    """Give libpq's variables for a URL; HOME serves a password file or certificates kept there."""
    parameters = _parameters(url)
    unknown = sorted(set(parameters) - set(_VARIABLES))
    if unknown:
        raise DumpError(
            f"The database URL has parameters that pg_dump cannot be given: {', '.join(unknown)}."
        )
    return {"HOME": str(Path.home()), **{_VARIABLES[name]: value for name, value in parameters.items()}}


def _parameters(url: str) -> dict[str, str]:
    """Give the parts of an SQLAlchemy URL by the names of libpq, as SQLAlchemy itself reads them."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DumpError("The database URL cannot be read.") from None  # it may hold a password: not shown
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise DumpError(f"Backup and restore are for PostgreSQL, not for {parsed.get_backend_name()}.")
    parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        given = parsed.get_dialect()().create_connect_args(parsed)[1]
    except ArgumentError as error:
        raise DumpError(f"The database URL cannot be used: {error}") from None
    parameters = {name: str(value) for name, value in given.items() if value not in {None, ""}}
    if "dbname" not in parameters:
        raise DumpError("The database URL names no database.")
    return parameters
