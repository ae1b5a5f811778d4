"""Fifty clerks at once: each takes the next paper, looks at it, confirms it, and has the next one with the answer."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.bench.measuring import Spread, spread
from tests.smoke import people
from tests.smoke.installation import Installation, expect
from tests.smoke.people import Caller

_CONFLICT = 409


@dataclass
class Tally:
    """What the clerks did, and how long each answer took (seconds)."""

    claims: list[float] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    decided: dict[str, int] = field(default_factory=dict)
    refused: int = 0


def staff(service: Installation, admin: Caller, count: int) -> list[Caller]:
    """So many clerks of all offices, signed in."""
    return [
        people.person(service.url, admin, f"bench-{number}", f"Clerk {number}", role="clerk")
        for number in range(count)
    ]


def work(clerks: list[Caller], seconds: float, pause: float) -> Tally:
    """Let all work at once for so long; each thinks about `pause` seconds on the average between two decisions."""
    tally, lock, end = Tally(), threading.Lock(), time.monotonic() + seconds
    with ThreadPoolExecutor(len(clerks)) as pool:
        list(pool.map(lambda clerk: _shift(clerk, tally, lock, end, pause), clerks))
    return tally


def _shift(clerk: Caller, tally: Tally, lock: threading.Lock, end: float, pause: float) -> None:
    chance = random.Random(id(clerk))  # noqa: S311 - when somebody is done thinking
    item: dict[str, Any] | None = None
    time.sleep(chance.uniform(0, 2 * pause))  # nobody comes to work at the same instant
    while time.monotonic() < end:
        if item is None:
            item = _claim(clerk, tally, lock)
        time.sleep(chance.uniform(0, 2 * pause))
        item = _confirm(clerk, item, tally, lock)


def _claim(clerk: Caller, tally: Tally, lock: threading.Lock) -> dict[str, Any]:
    began = time.perf_counter()
    item: dict[str, Any] = clerk.send("POST", "/review/claim", json={}).json()["item"]
    with lock:
        tally.claims.append(time.perf_counter() - began)
        tally.taken[item["number"]] += 1
    return item


def _confirm(
    clerk: Caller, item: dict[str, Any], tally: Tally, lock: threading.Lock
) -> dict[str, Any] | None:
    """Confirm a paper, or put it before a supervisor where that is refused; the paper that comes next."""
    path, seen = (
        f"/documents/{item['number']}",
        {"suggestion": item["suggestion"], "version": item["version"]},
    )
    began = time.perf_counter()
    answer = clerk.http.post(f"{path}/confirmation", json={**seen, "next": True})
    took = time.perf_counter() - began
    if answer.status_code == _CONFLICT:
        clerk.send("POST", f"{path}/decisions", json={**seen, "action": "escalate", "remark": "Refused."})
        with lock:
            tally.refused += 1
        return None
    expect(answer.status_code == 200, f"{path}: {answer.status_code}: {answer.text[:300]}")
    told = answer.json()
    with lock:
        tally.decisions.append(took)
        tally.decided[item["number"]] = told["decision"]
        if told["next"]:
            tally.taken[told["next"]["number"]] += 1
    following: dict[str, Any] | None = told["next"]
    return following


def check(service: Installation, tally: Tally) -> None:
    """Nobody had a paper that another had, and every decision that was acknowledged is there."""
    twice = [number for number, count in tally.taken.items() if count > 1]
    expect(not twice, f"claimed twice: {twice[:5]}")
    rows = service.rows("SELECT p.number, p.decision_id FROM documents p WHERE p.decision_id IS NOT NULL")
    kept = dict(rows)
    lost = [number for number, decision in tally.decided.items() if kept.get(number) != decision]
    expect(not lost, f"decisions that were lost: {lost[:5]}")


def spreads(tally: Tally) -> tuple[Spread, Spread]:
    """Of claims alone, and of decisions with the claim of the next paper."""
    return spread(tally.claims), spread(tally.decisions)
