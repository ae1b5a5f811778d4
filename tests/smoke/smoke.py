"""The service on a bad day: papers come in while workers and the database are killed, and nothing is lost.

Starts the service on an empty folder, makes people, sends papers, kills a worker and the database with signal 9,
and then checks everything that was promised; backs up, restores elsewhere, checks again, and finds what was tampered
with. Exit status 0 if all holds, 1 with the reason at the first thing that does not.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from tests.smoke import checks, papers, people
from tests.smoke.checks import Paper
from tests.smoke.installation import BARE, FailedError, Installation, end_group, expect, wait_for
from tests.smoke.people import Caller, People
from tests.smoke.progress import Steps
from tests.smoke.tampering import tamper

TEXTS, IN_BATCH, PDFS = 60, 20, 2
TAKEN_OVER, ALL_DONE = 30.0, 600.0
"""Seconds within which a dead worker's paper must be read by another, and all papers must be done."""


def main() -> int:
    """Live through the day; the exit status."""
    base = Path(tempfile.mkdtemp(prefix="dk-"))
    base.chmod(0o711)
    first, second = (Installation(base / name, base, PYTHONPATH=BARE) for name in ("first", "second"))
    steps, began = Steps(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that all is cleaned up
    try:
        _day(steps, first, second, base / "backup.dump")
    except (FailedError, OSError, subprocess.TimeoutExpired, httpx.HTTPError) as error:
        _tell_failure(error, (first, second))
        return 1
    finally:
        second.clean_up()
        first.clean_up()
    shutil.rmtree(base)
    steps.say(f"All of it holds ({time.monotonic() - began:.0f} s).")
    return 0


def _day(steps: Steps, first: Installation, second: Installation, dump: Path) -> None:
    everybody = _open(steps, first)
    sent = _send_and_kill(steps, first, everybody)
    _check(steps, first, everybody, sent)
    _move(steps, first, second, dump)
    _check_copy(steps, first, second, sent)
    with steps.step("what is tampered with in the copy is named") as notes:
        tamper(second, notes)
    with steps.step("all processes end cleanly when asked"):
        second.stop("server")
        first.stop("worker-2", "worker-3", "server")


def _open(steps: Steps, service: Installation) -> People:
    with steps.step("the service starts on an empty folder") as notes:
        service.start("server", "serve", "--workers", "0")
        service.wait_until_ready()
        printed = service.printed_password()
        notes.append(service.url)
    for name in ("worker-1", "worker-2"):
        service.start(name, "worker")
    with steps.step("the first administrator changes the printed password and enrols"):
        admin = people.first_administrator(service.url, printed)
    with steps.step("a supervisor, two clerks and a key are made"):
        return people.everybody(service.url, admin)


def _send_and_kill(steps: Steps, service: Installation, who: People) -> list[Paper]:
    texts = [text.encode() for text in papers.texts(TEXTS)]
    real = papers.real_pdfs(PDFS)
    files = [(path.name, path.read_bytes()) for path in [*papers.samples(), *real]]
    files += [(f"{number}.txt", text) for number, text in enumerate(texts[:IN_BATCH])]
    with ThreadPoolExecutor(2) as pool:
        with steps.step("a bulk upload is acknowledged") as notes:
            accepted = who.clerk.submit("bulk", files=[("file", file) for file in files])
            sent = _papers(accepted, who.clerk, None, [content for _, content in files])
            notes.append(f"{len(files)} files, {len(real)} of them real PDF files")
            following = pool.submit(_follow, who.clerk, accepted["batch"])
        with steps.step("a worker is killed midway; the other takes over") as notes:
            wait_for("papers are triaged", lambda: checks.triaged(service) >= 5 or None, ALL_DONE)
            notes.extend(_kill_a_worker(service, following))
        with steps.step("the bulk upload is followed to its end") as notes:
            notes.append(f"{len(following.result())} server-sent events")
        service.start("worker-3", "worker")
        with steps.step("automation, off until now, is switched on by the supervisor") as notes:
            expect(not checks.routed(service), "papers were routed although nothing was switched on")
            notes.append(_switch_on(who.supervisor))
        with steps.step("the database is killed while papers come in") as notes:
            coming = pool.submit(lambda: list(_send_texts(who, texts[IN_BATCH:], sent)))
            before = len(sent)
            wait_for("papers are taken", lambda: len(sent) >= before + 8 or None, 60)
            service.kill_database()
            coming.result()
            refused = who.portal.refused + who.gence.refused
            expect(refused, "no request noticed that the database was gone")
            notes.append(
                f"{len(sent) - before} more papers, {refused} requests refused meanwhile and repeated"
            )
    with steps.step("the same bytes again are recognised"):
        again = who.clerk.submit("again", files=[("file", files[0])])
        expect(again["documents"][0]["same_as"] == sent[0].number, f"not recognised: {again}")
        sent += _papers(again, who.clerk, None, [files[0][1]])
    with steps.step("all papers are triaged"):
        wait_for("all is done", lambda: checks.unfinished(service) == 0 or None, ALL_DONE)
    return sent


def _kill_a_worker(service: Installation, following: Future[list[dict[str, Any]]]) -> list[str]:
    """Kill a worker that reads a paper; how long it took until every paper that was being read then was taken up."""
    reading = "SELECT id, run FROM documents WHERE state = 'reading'"
    expect(not following.done(), "the batch was done too soon to kill a worker midway")
    were = wait_for("both workers read", lambda: _two(service.rows(reading)), 60)
    leader, killed = service.kill("worker-1"), time.monotonic()
    left = (
        "SELECT 1 FROM documents WHERE id = %s AND run = %s AND suggestion_id IS NULL AND state = 'reading'"
    )
    wait_for(
        "the dead worker's papers are taken over",
        lambda: not any(service.rows(left, *paper) for paper in were) or None,
        TAKEN_OVER,
    )
    took = f"after {time.monotonic() - killed:.1f} s"
    return [took, "a process that it had started was left, and was ended"] if end_group(leader) else [took]


def _two(rows: list[Any]) -> list[Any] | None:
    return rows if len(rows) > 1 else None


def _switch_on(supervisor: Caller) -> str:
    """Switch everything on; how many switches there are."""
    shown = supervisor.send("GET", "/automation").json()
    switches = [shown["all"], *shown["departments"], *shown["subjects"]]
    for switch in switches:
        path = f"/automation/{switch['scope']}/{switch['value'] or '-'}"
        supervisor.send("PUT", path, json={"on": True, "reason": "A bad day is tried out"})
    return f"{len(switches)} switches"


def _follow(caller: Caller, batch: int) -> list[dict[str, Any]]:
    """The states of a batch as they are told, up to the last."""
    with caller.http.stream("GET", f"/batches/{batch}/events", timeout=ALL_DONE) as answer:
        expect(answer.status_code == 200, f"the events of the batch: {answer.status_code}")
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    told = [json.loads(line.removeprefix("data: ")) for line in lines]
    expect(told and told[-1]["done"], "the events ended before the batch was done")
    return told


def _send_texts(who: People, texts: Sequence[bytes], sent: list[Paper]) -> Iterator[None]:
    """Texts one by one, every third by the clerk of Gəncə; what is acknowledged is noted at once."""
    for number, text in enumerate(texts):
        caller, office = (who.gence, "gence") if number % 3 == 0 else (who.portal, None)
        body = {"text": text.decode(), "channel": "portal", **({"office": office} if office else {})}
        accepted = caller.submit(f"text-{number}", json=body)
        sent += _papers(accepted, caller, office, [text])
        yield


def _papers(accepted: dict[str, Any], sender: Caller, office: str | None, sent: list[bytes]) -> list[Paper]:
    numbers = [document["number"] for document in accepted["documents"]]
    return [Paper(n, sender, office, content) for n, content in zip(numbers, sent, strict=True)]


def _check(steps: Steps, service: Installation, who: People, sent: list[Paper]) -> None:
    with steps.step("every acknowledged paper is there, byte for byte") as notes:
        notes.append(checks.all_there(service, who, sent))
    with steps.step("each was triaged exactly once") as notes:
        notes.append(checks.once_each(service))
    with steps.step("people see what is theirs, and no more") as notes:
        notes.append(checks.rights(service, who, sent))
    with steps.step("every suggestion and decision is made again to the same bytes") as notes:
        notes.append(service.run("replay", "--all").strip().splitlines()[-1])
    with steps.step("the audit chain is whole") as notes:
        notes.append(_verify(service))


def _move(steps: Steps, first: Installation, second: Installation, dump: Path) -> None:
    with steps.step("a backup is made while the service runs") as notes:
        first.run("audit", "checkpoint")
        first.run("backup", str(dump))
        second.home.mkdir(mode=0o711)
        for part in ("store", "keys"):
            shutil.copytree(first.home / part, second.home / part)
        shutil.copy2(first.home / "checkpoints.jsonl", second.home)
        notes.append(f"{dump.stat().st_size / 2**20:.1f} MB")
    with steps.step("it is restored elsewhere, and the service starts there"):
        second.run("restore", str(dump))
        expect(checks.counts(first).keys(), "the first database has no tables")


def _check_copy(steps: Steps, first: Installation, second: Installation, sent: list[Paper]) -> None:
    with steps.step("the copy is served: signed in with the old password, papers as they were"):
        second.start("server", "serve", "--workers", "0")
        second.wait_until_ready()
        was, now = checks.counts(first), checks.counts(second)
        # the first has a link of its backup, the second one of its restoring
        differing = {name: (was[name], now[name]) for name in was if was[name] != now[name]}
        expect(not differing, f"the copy has other numbers of rows: {differing}")
        clerk = Caller(second.url)
        clerk.sign_in("leyla", people.PASSWORDS["leyla"])
        for paper in sent[::10]:
            original = clerk.send("GET", f"/documents/{paper.number}/original").content
            expect(original == paper.content, f"the copy's original of {paper.number} is not what was sent")
    with steps.step("the copy's audit chain is whole") as notes:
        notes.append(_verify(second))


def _verify(service: Installation) -> str:
    told = service.run("audit", "verify").strip().splitlines()
    expect(told[-1] == "The chain is whole.", "\n".join(told))
    return told[0]


def _tell_failure(error: Exception, services: Sequence[Installation]) -> None:
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    out.print(f"\n{error}", markup=False, style="red")
    for log in sorted(
        path for service in services for path in service.logs.glob(f"{service.home.name}-*.log")
    ):
        out.print(f"\n--- the end of {log}", markup=False)
        lines = log.read_text(errors="replace").splitlines()
        told = [line for line in lines if '"level": "info"' not in line]
        out.print("\n".join([*told[-8:], *lines[-2:]]), markup=False)
    out.print(f"\nEverything is left in {services[0].logs}.", markup=False)


if __name__ == "__main__":
    sys.exit(main())
