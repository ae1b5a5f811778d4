"""The measurements: each sends real requests to a service that runs in processes of its own."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from tests.bench.filling import fill
from tests.smoke.installation import Installation, wait_for
from tests.smoke.people import Caller
from triage import batch
from triage.pipeline import Triager

SENDERS = 4
BYTES = 200_000
LONGEST = 3600.0
PAGES = (
    "/documents/{number}",
    "/documents",
    "/documents?state=review",
    "/documents?office=gence&limit=100",
    "/documents/{number}/history",
    "/review/queue",
    "/review/queue?office=quba&overdue=true",
    "/review/queue?department=penal_supervision&office=quba",
    "/review/queue?reason=urgent",
    "/review/counts",
    "/search?q=məhkəməsinin qərarı",
    "/search?q=Əliyevin&office=gence",
    "/audit/events?action=document.read",
    "/audit/events",
    "/figures/overrides",
)
"""A paper, lists of papers, what was done with a paper; the queue, searches, the audit log, a figure that is kept."""


class Spread(NamedTuple):
    """Seconds that half of the requests, and 99 of 100, did not exceed."""

    p50: float
    p99: float

    def __str__(self) -> str:
        return f"p50 {self.p50 * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms"


def spread(seconds: Sequence[float]) -> Spread:
    """The middle and the end of a distribution."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Spread(cuts[49], cuts[98])


def batch_seconds(triager: Triager, texts: Sequence[str]) -> float:
    """How long `triage batch` takes for the texts, once the bundle is loaded: two threads in one process."""
    lines = b"".join(
        json.dumps({"id": str(n), "text": text}).encode() + b"\n" for n, text in enumerate(texts)
    )
    began = time.perf_counter()
    for _ in batch.run(triager, io.BytesIO(lines), base=Path(), workers=2):
        pass
    return time.perf_counter() - began


def service_seconds(service: Installation, caller: Caller, texts: Sequence[str]) -> float:
    """How long it takes from the first request until the last suggestion is in the database."""
    wanted = _suggestions(service) + len(texts)
    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        for sent in pool.map(
            lambda text: caller.http.post("/documents", json={"text": text, "again": True}), texts
        ):
            sent.raise_for_status()
    wait_for("all is triaged", lambda: _suggestions(service) >= wanted or None, LONGEST, pause=0.05)
    return time.perf_counter() - began


def intake_spread(caller: Caller, text: str, rate: float, seconds: float) -> Spread:
    """Times to acknowledge files of 200 KB that come `rate` times a second, whether or not the last was answered.

    They count from when the request was due, so that a server that stalls does not look quick.
    """
    body = (text * (BYTES // len(text.encode()) + 1)).encode()
    start = time.perf_counter() + 0.5

    def one(number: int) -> float:
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        content = (f"{time.time_ns()} {number}\n".encode() + body)[:BYTES]
        sent = caller.http.post("/documents", files=[("file", ("paper.txt", content, "text/plain"))])
        sent.raise_for_status()
        return time.perf_counter() - due

    with ThreadPoolExecutor(40) as pool:
        return spread(list(pool.map(one, range(int(rate * seconds)))))


def page_spreads(
    service: Installation, caller: Caller, papers: int, requests: int
) -> tuple[list[Spread], float]:
    """Times of each of `PAGES` with so many papers, and the seconds that it took to write them."""
    took = fill(service, papers)
    found = []
    for page in PAGES:
        for number in range(10):
            _get(caller, page, papers, number)
        found.append(spread([_get(caller, page, papers, number) for number in range(requests)]))
    return found, took


def figure_seconds(caller: Caller, days: int) -> dict[str, float]:
    """How long each figure of the last `days` days takes that nobody has asked for before."""
    seconds = {}
    for name in [figure["name"] for figure in caller.http.get("/figures").raise_for_status().json()]:
        since = datetime.now(UTC) - timedelta(days=days)
        began = time.perf_counter()
        caller.http.get(f"/figures/{name}", params={"since": since.isoformat()}).raise_for_status()
        seconds[name] = time.perf_counter() - began
    return seconds


def memory(pids: Iterable[int]) -> tuple[int, int]:
    """Megabytes that processes hold together now, and that each at most has held."""
    now, most = (sum(values) for values in zip(*map(_memory, pids), strict=True))
    return now, most


def _memory(pid: int) -> tuple[int, int]:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(lines[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def stolen_seconds() -> float:
    """Seconds, of all cores, in which the host of a virtual machine ran something else (`steal` in proc(5))."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


def _get(caller: Caller, page: str, papers: int, number: int) -> float:
    which = number * 7919 % papers + 1
    began = time.perf_counter()
    caller.http.get(page.format(number=f"2001-B-{which:07d}")).raise_for_status()
    return time.perf_counter() - began


def _suggestions(service: Installation) -> int:
    count: int = service.rows("SELECT count(*) FROM suggestions")[0][0]
    return count
