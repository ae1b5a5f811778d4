"""The figures of the service in one table: `python -m tests.bench.service`. Ratios hold where milliseconds do not."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import clerks, measuring
from tests.bench.measuring import PAGES, Spread
from tests.smoke import people
from tests.smoke.installation import BARE, ROOT, Installation
from tests.smoke.people import Caller
from training.corpus import load_papers
from triage import registry
from triage.encoder import OnnxEncoder
from triage.pipeline import Triager

Row = tuple[str, str, str]
T = TypeVar("T")
FEW, MANY = 10_000, 1_000_000
WORDS = (100, 300)
PERIODS = (30, 364)
PAUSE = 5.0
"""Seconds that a clerk thinks about a paper, on the average: ten papers a second by fifty clerks."""
err = Console(stderr=True, highlight=False)


def main(  # noqa: PLR0917 - options of a command
    texts: Annotated[int, typer.Option(help="Texts for documents a second.", min=4)] = 200,
    seconds: Annotated[float, typer.Option(help="How long files come in.")] = 30.0,
    rate: Annotated[float, typer.Option(help="Files a second.")] = 20.0,
    requests: Annotated[int, typer.Option(help="Requests of each page.", min=100)] = 300,
    documents: Annotated[int, typer.Option(help="Papers for the pages; 0: none.")] = 100_000,
    staff: Annotated[int, typer.Option(help="Clerks at once; 0: none.")] = 50,
    minutes: Annotated[float, typer.Option(help="How long they work.")] = 1.0,
    large: Annotated[
        bool, typer.Option("--large", help=f"{MANY:,} papers and five times the events.")
    ] = False,
) -> None:
    """Measure the service in a folder of its own, which is removed afterwards."""
    base = Path(tempfile.mkdtemp(prefix="dk-"))
    base.chmod(0o711)
    service = Installation(base / "home", base, PYTHONPATH=BARE)
    began, load, stolen = time.monotonic(), os.getloadavg()[0], measuring.stolen_seconds()
    try:
        admin = _start(service)
        portal, supervisor = people.portal(service.url, admin), _supervisor(service, admin)
        rows = [
            *throughput(service, portal, texts),
            *intake(service, portal, rate, seconds),
            *memory(service),
            *pages(service, supervisor, MANY if large else documents, requests),
            *desk(service, admin, staff, minutes),
        ]
    finally:
        service.clean_up()
        shutil.rmtree(base, ignore_errors=True)
    took = time.monotonic() - began
    share = (measuring.stolen_seconds() - stolen) / took / (os.cpu_count() or 1)
    machine = f"{os.cpu_count()} cores, load {load:.1f} before; {took:.0f} s in all"
    rows.append(("machine", f"{machine}, {share:.0%} taken by other machines", ""))
    table = Table("measure", "value", "goal")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def throughput(service: Installation, portal: Caller, count: int) -> list[Row]:
    """Documents a second through intake, queue, one worker process and the database, against `triage batch`."""
    chosen = _texts(count)
    folder, _ = registry.active(ROOT / "models")
    triager = Triager.load(ROOT / "models", threads=1)
    triager = Triager(replace(triager.bundle, encoder=OnnxEncoder.load(folder / "encoder", threads=1)))
    service.start("worker", "worker", "--concurrency", str(1 + (os.cpu_count() or 1)))
    measuring.service_seconds(service, portal, chosen[:4])  # the worker has loaded its bundle then
    alone, whole = _told("texts", lambda: _in_turn(service, portal, triager, chosen))
    value = f"{alone / whole:.2f}; {count / whole:.1f} against {count / alone:.1f} documents a second"
    return [(f"whole service / `triage batch`, {count} texts", value, "at least 0.7")]


def _in_turn(
    service: Installation, portal: Caller, triager: Triager, texts: list[str]
) -> tuple[float, float]:
    """Seconds of both sides, each half of the texts at a time, so that other work slows both."""
    alone = whole = 0.0
    for half in (texts[::2], texts[1::2]):
        alone += measuring.batch_seconds(triager, half)
        whole += measuring.service_seconds(service, portal, half)
    return alone, whole


def intake(service: Installation, portal: Caller, rate: float, seconds: float) -> list[Row]:
    """How long it takes to acknowledge a file, while the worker is busy."""
    found = _told("intake", lambda: measuring.intake_spread(portal, _texts(1)[0], rate, seconds))
    name = f"intake of 200 KB, {rate:g} a second for {seconds:g} s, worker busy"
    return [(name, str(found), "p99 under 150 ms")]


def memory(service: Installation) -> list[Row]:
    """What server and worker hold, after all this."""
    beside = {"server": service.answering()}
    found = {
        name: measuring.memory({process.pid, *beside.get(name, ())})
        for name, process in service.processes.items()
    }
    service.kill("worker")
    return [
        (f"memory of the {name}", f"{now} MB, at most {most} MB", "") for name, (now, most) in found.items()
    ]


def pages(service: Installation, supervisor: Caller, papers: int, requests: int) -> list[Row]:
    """Status and list pages with few and with many papers."""
    if not papers:
        return []
    service.rows("DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING 1")
    few, _ = _told("few papers", lambda: measuring.page_spreads(service, supervisor, FEW, requests))
    many, took = _told("many papers", lambda: measuring.page_spreads(service, supervisor, papers, requests))
    rows = [("papers and events by SQL", f"{papers:,} and five times as many, in {took:.0f} s", "in minutes")]
    for page, small, big in zip(PAGES, few, many, strict=True):
        rows.append((f"GET {page}", _compared(small, big), "p99 at most 3 × p50 of few, and 100 ms"))
    return [*rows, *figures(supervisor)]


def figures(supervisor: Caller) -> list[Row]:
    """Figures that have to be computed: of a month, and of all papers."""
    rows = []
    for days in PERIODS:
        with err.status("Measuring figures…"):
            found = measuring.figure_seconds(supervisor, days)
        slowest = sorted(found.items(), key=lambda item: -item[1])[:3]
        told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest)
        rows.append((f"figures of {days} days, computed: the slowest", told, "under 1 s"))
    return rows


def _compared(few: Spread, many: Spread) -> str:
    return f"{many.p99 / few.p50:.1f}; {FEW:,}: {few}; many: {many}"


def desk(service: Installation, admin: Caller, count: int, minutes: float) -> list[Row]:
    """Clerks who claim and confirm at once, with as many papers as there are by now; none are lost or doubled."""
    if not count:
        return []
    everybody = clerks.staff(service, admin, count)
    tally = _told("clerks", lambda: clerks.work(everybody, 60 * minutes, PAUSE))
    clerks.check(service, tally)
    claims, decisions = clerks.spreads(tally)
    name = f"{count} clerks for {minutes:g} min, {PAUSE:g} s of thought a paper"
    done = f"{len(tally.decided)} decided, {tally.refused} refused; none claimed twice, none lost"
    return [
        (f"{name}: claim", str(claims), "p99 under 200 ms"),
        (f"{name}: decide, and the next paper", f"{decisions}; {done}", "p99 under 200 ms"),
    ]


def _start(service: Installation) -> Caller:
    service.start("server", "serve", "--workers", "0")
    service.wait_until_ready()
    return people.first_administrator(service.url, service.printed_password())


def _supervisor(service: Installation, admin: Caller) -> Caller:
    return people.person(service.url, admin, "nigar", "Nigar Quliyeva", role="supervisor")


def _texts(count: int) -> list[str]:
    found = sorted({p.text for p in load_papers() if WORDS[0] <= len(p.text.split()) <= WORDS[1]})
    return found[:: max(1, len(found) // count)][:count]


def _told(what: str, work: Callable[[], T]) -> T:
    with err.status(f"Measuring {what}…"):
        return work()


if __name__ == "__main__":
    typer.run(main)
