"""`triage-api audit`: verify the chain, sign it, take it out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from api.audit import repository
from api.audit.canonical import canonical
from api.audit.chain import append
from api.audit.checkpoints import FILE_NAME, sign_checkpoint
from api.audit.keys import load_key, public_keys
from api.audit.report import Report
from api.audit.statements import CheckpointFile
from api.audit.telling import tell_broken
from api.audit.verify import verify as check
from api.auth.permissions import SYSTEM
from api.db.binaries import DatabaseUnavailableError
from api.db.serving import serving
from api.db.session import Database
from api.deps import Services
from api.errors import ServiceError
from api.settings import Settings, load
from triage.errors import TriageError

app = typer.Typer(help=__doc__, no_args_is_help=True)
_err = Console(stderr=True, highlight=False)
_STATUS = {"whole": 0, "broken": 1, "unchecked": 2}
_CANNOT = 2


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON on standard output.")] = False,
    keys: Annotated[Path | None, typer.Option(help="Folder of public keys (audit.ed25519*.pub).")] = None,
    file: Annotated[Path | None, typer.Option(help="The checkpoint file, or a copy kept elsewhere.")] = None,
) -> None:
    """Check every link, checkpoint and recorded row. Exit status: 0 whole, 1 broken, 2 could not (all) be checked.

    That the chain is broken is told to administrators and supervisors, too, in the product and by e-mail.
    """
    settings = load()
    with _database(settings) as database:
        known = public_keys(keys or settings.home / "keys")
        with _err.status("Verifying…") as status, database.transaction() as session:
            report = check(
                session, known, CheckpointFile(file or settings.home / FILE_NAME),
                lambda done: status.update(f"Verifying… {done:,} links"),
            )  # fmt: skip
        _record(database, report)
        if report.verdict == "broken":
            _tell(settings, database)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _told(report)))
    raise typer.Exit(_STATUS[report.verdict])


@app.command()
def checkpoint() -> None:
    """Sign the chain as it is now, if it grew since the last checkpoint."""
    settings = load()
    with _database(settings) as database:
        made = sign_checkpoint(
            database, load_key(settings.home / "keys"), CheckpointFile(settings.home / FILE_NAME)
        )
    _err.print(f"Signed at link {made.seq}." if made else "Nothing new to sign.", markup=False)


@app.command()
def export() -> None:
    """Write all links to standard output: JSON Lines with seq, previous, hash (hexadecimal) and body (as hashed)."""
    with _database(load()) as database, database.transaction() as session:
        repository.begin_snapshot(session)
        for chunk in repository.stream_events(session):
            for link in chunk:
                line = {
                    "seq": link.seq,
                    "previous": link.previous.hex(),
                    "hash": link.hash.hex(),
                    "body": link.body,
                }
                sys.stdout.write(canonical(line) + "\n")


def _tell(settings: Settings, database: Database) -> None:
    """Tell people, if they can be told: a copy that cannot be written to is checked all the same."""
    try:
        services = Services.make(settings, database.url)
        try:
            tell_broken(services)
        finally:
            services.database.close()
    except (ServiceError, SQLAlchemyError, OSError, TriageError) as error:
        _err.print(f"Nobody could be notified: {type(error).__name__}", markup=False, style="red")


def _record(database: Database, report: Report) -> None:
    """Leave a link that tells the service when the chain was verified. Who may only read has verified none the less."""
    try:
        with database.transaction() as session:
            append(session, SYSTEM.id, "audit.verified", verdict=report.verdict, events=report.events)
    except (ServiceError, SQLAlchemyError) as error:
        _err.print(f"The service does not learn of this: {error}", markup=False)


def _told(report: Report) -> Iterator[str]:
    """The report for people, a line each."""
    yield f"{report.events} links, {report.checkpoints} checkpoints, rows compared: {sum(report.rows.values())}."
    yield f"Signed up to link {report.signed_up_to or 0}. Hash of the last link: {report.tip or 'none'}"
    yield from (f"Note: {note}" for note in report.notes)
    yield from (f"Not checked: {doubt}" for doubt in report.doubts)
    for problem in report.problems:
        yield f"{'FIRST ' if problem is report.first else ''}{problem.kind}: {problem.message}"
    if report.broken > len(report.problems):
        yield f"… and {report.broken - len(report.problems)} more."
    yield {"whole": "The chain is whole.", "broken": "The chain is BROKEN."}.get(
        report.verdict, "Nothing broken was found, but not everything could be checked."
    )


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """The database as it is: it is not migrated. Whatever keeps us from it is told in a line, with exit status 2."""
    try:
        if settings.database_url is None and not (settings.home / "postgres").is_dir():
            raise DatabaseUnavailableError(f"There is no database in {settings.home}. Set TRIAGE_HOME.")
        with serving(settings) as url:
            database = Database(url, pool_size=1)
            try:
                yield database
            finally:
                database.close()
    except (ServiceError, SQLAlchemyError, OSError) as error:
        _err.print(f"Cannot check: {error}", markup=False, style="red")
        raise typer.Exit(_CANNOT) from None
