"""`triage-api`: start the service, its workers, and look after its data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.audit.cli import app as audit
from api.db import migrate
from api.db.binaries import find_binaries
from api.db.serving import serving
from api.demo.cli import app as demo
from api.deps import Services
from api.errors import ServiceError
from api.operation import logs
from api.operation.children import SERVERS, share_metrics
from api.settings import Settings, load
from triage.errors import TriageError

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(audit, name="audit")
app.add_typer(demo, name="demo")
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database, brought to the newest schema; an embedded one runs for as long as the block."""
    with serving(settings, lambda line: err.print(line, markup=False)) as url:
        migrate.upgrade(url)
        yield url


@contextmanager
def running() -> Iterator[Services]:
    """Settings, logs, database and services; what goes wrong is told in a line, with exit status 1."""
    settings = load()
    logs.configure(settings.log_level)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with database(settings) as url:
            services = Services.make(settings, url)
            try:
                yield services
            finally:
                services.database.close()
    except (ServiceError, TriageError, OSError) as error:
        err.print(f"{error}", markup=False, style="red")
        raise typer.Exit(1) from None


@app.command()
def serve(
    workers: Annotated[
        int, typer.Option(help="Papers triaged at a time in this process' worker; 0: none.")
    ] = 1,
    servers: Annotated[int, typer.Option(help="Processes that answer requests.", min=1)] = SERVERS,
) -> None:
    """Start the database if it is embedded, the web service, and a worker beside it."""
    with running() as services:
        share_metrics(services.settings.home)
        from api.operation.serve import serve as run  # noqa: PLC0415 - a command loads what it needs

        run(services, workers, servers)


@app.command(hidden=True)
def answer(listening: Annotated[int, typer.Option("--socket", help="The number of an open socket.")]) -> None:
    """Answer requests beside the process that opened the socket: what `serve` starts."""
    from api.operation.serve import answer as run  # noqa: PLC0415

    with running() as services:
        run(services, listening)


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(help="Papers triaged at a time.", min=1)] = 1,
) -> None:
    """Triage papers until stopped; any number of these may run, on any machine that reaches database and store."""
    from api.jobs.worker import run_worker  # noqa: PLC0415

    with running() as services:
        run_worker(services, concurrency)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the dump goes (format of pg_dump -Fc).")],
) -> None:
    """Write the whole database into a file. Originals lie in the store: copy that folder too, after this."""
    from api.audit.chain import append  # noqa: PLC0415
    from api.auth.permissions import SYSTEM  # noqa: PLC0415
    from api.db.dump import backup as dump  # noqa: PLC0415

    with running() as services:
        dump(services.database.url, file, find_binaries())
        with services.database.transaction() as session:
            append(session, SYSTEM.id, "backup.made", bytes=file.stat().st_size)
    err.print(f"Saved in {file}.", markup=False)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `backup` wrote.")]) -> None:
    """Read a backup into an empty database, then bring it to the newest schema."""
    from api.operation.restoring import restore_into  # noqa: PLC0415

    restore_into(load(), file, err)


@app.command()
def replay(
    numbers: Annotated[list[str] | None, typer.Argument(help="Registration numbers of papers.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every paper that has a suggestion.")] = False,
) -> None:
    """Make suggestions again and compare. Exit status: 0 all as recorded, 1 something not, 2 not all could be made."""
    from api.triaging.cli import tell_replays  # noqa: PLC0415

    if every == bool(numbers):
        raise typer.BadParameter("Name papers by their numbers, or give --all.")
    with running() as services:
        status = tell_replays(services, numbers or (), out)
    raise typer.Exit(status)


@app.command("compare-bundles")
def compare_bundles(
    candidate: Annotated[str, typer.Argument(help="NAME/VERSION of a bundle that the registry names.")],
    papers: Annotated[int, typer.Option(help="So many of the newest papers.", min=1, max=10_000)] = 500,
) -> None:
    """Run a bundle over papers that the active one suggested for, and keep how they compare; nothing else changes."""
    from api.bundles.cli import tell_comparison  # noqa: PLC0415

    with running() as services:
        tell_comparison(services, candidate, papers, out)


@app.command("export-decisions")
def export_decisions(file: Annotated[Path, typer.Argument(help="Where the JSON Lines go.")]) -> None:
    """Write what people decided, judged blind and returned, with the text of the papers, for training."""
    from api.auth.permissions import SYSTEM  # noqa: PLC0415
    from api.supervision.export import export  # noqa: PLC0415

    with running() as services:
        count = export(services, SYSTEM, file)
    err.print(f"{count} papers in {file}.", markup=False)


@app.command()
def endpoints() -> None:
    """Print the table of every endpoint and who may call it."""
    from api.operation.rights import table  # noqa: PLC0415

    sys.stdout.write(table())


@app.command()
def openapi() -> None:
    """Print the OpenAPI description."""
    from api.operation.description import describe  # noqa: PLC0415

    sys.stdout.write(describe())
