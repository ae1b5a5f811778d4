"""`triage-api demo`: an installation of its own with invented papers and made history, to look around in."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from api.demo import home
from api.demo.home import Made
from api.deps import Services
from api.errors import ConflictError, ServiceError

app = typer.Typer(help=__doc__, invoke_without_command=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
_NUMBERS = "{year}-D-{serial:06d}"
_ELSEWHERE = ("DATABASE_URL", "TRIAGE_STORE_URL")
"""Settings by which data would lie outside the demo's own folder."""


@app.callback()
def demo(context: typer.Context) -> None:
    """Start a demo, filled with papers and history when it is started first. Data: TRIAGE_HOME, ~/.derkenar-demo."""
    if context.invoked_subcommand is not None:
        return
    from api.cli import running  # noqa: PLC0415 - which mounts this
    from api.operation.serve import serve  # noqa: PLC0415

    try:
        begun = _prepare(_home())
    except ServiceError as error:
        raise _refused(error) from None
    with running() as services:
        made = begun if begun is not None and begun.logins else _filled(services)
        _tell(services, made)
        serve(services, workers=1, servers=1)


@app.command()
def code(login: str) -> None:
    """Print the code that a made supervisor or the administrator needs to sign in now."""
    try:
        number, seconds = home.code(_home(), login, datetime.now(UTC))
    except ServiceError as error:
        raise _refused(error) from None
    typer.echo(number)
    err.print(f"For {seconds} seconds more.", markup=False)


def _home() -> Path:
    return Path(os.environ.get("TRIAGE_HOME") or home.default())


def _refused(error: ServiceError) -> typer.Exit:
    err.print(f"{error}", markup=False, style="red")
    return typer.Exit(1)


def _prepare(folder: Path) -> Made | None:
    """Claim the folder, put the demo's bundle into it, and name both in the environment, which workers inherit, too.

    What is known of the demo; None: it is new. Raises ConflictError for a folder or settings that are none of a demo's.
    """
    for name in _ELSEWHERE:
        if os.environ.get(name):
            raise ConflictError(f"A demo keeps its data in a folder of its own. Unset {name}.")
    made = home.read(folder)
    if made is not None and not made.logins:
        _clear(folder)
        made = None
    if made is None:
        home.claim(folder, datetime.now(UTC))
    os.environ["TRIAGE_HOME"] = str(folder)
    os.environ["TRIAGE_NUMBER_FORMAT"] = _NUMBERS
    _put_bundle(folder)
    return made


def _clear(folder: Path) -> None:
    """Remove what was broken off while it was filled; a database that still runs there is stopped first."""
    from api.db.embedded import EmbeddedPostgres  # noqa: PLC0415

    err.print(f"The demo in {folder} was broken off while it was filled: it begins anew.", markup=False)
    if (folder / "postgres").exists():
        with EmbeddedPostgres(folder):
            pass
    for left in sorted(folder.iterdir(), key=lambda path: path.name == home.MARK):  # the mark last
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _put_bundle(folder: Path) -> None:
    from api.demo.bundle import demonstrate  # noqa: PLC0415 - loads large libraries
    from api.settings import Settings  # noqa: PLC0415

    models = folder / "models"
    if not (models / "registry.toml").exists():
        demonstrate(Settings().models, models)
    os.environ["TRIAGE_MODELS"] = str(models)


def _filled(services: Services) -> Made:
    """The demo, filled."""
    from api.demo.filling import fill  # noqa: PLC0415
    from api.demo.papers import samples  # noqa: PLC0415
    from api.triaging.service import Suggester  # noqa: PLC0415
    from triage.pipeline import Triager  # noqa: PLC0415

    with err.status("Loading the bundle …") as status:
        suggester = Suggester.of(Triager.load(services.settings.models))
        return fill(services, suggester, samples(), status.update)


def _tell(services: Services, made: Made) -> None:
    """Who can sign in, and how."""
    table = Table("user", "name", "role", box=None, pad_edge=False)
    for each in made.logins:
        role = each.role if each.department is None else f"{each.role} of {each.department}"
        table.add_row(each.login, each.name, f"{role} *" if each.totp else role)
    err.print(f"\nA demo, made on {made.begun:%d.%m.%Y}: nothing in it is real.", markup=False)
    err.print(table)
    err.print(f"Password of all: {made.password}", markup=False)
    err.print("* and a code, which `triage-api demo code USER` prints when it is asked for", markup=False)
    err.print(
        f"Papers and history in {services.settings.home}; delete this folder to begin anew.\n", markup=False
    )
