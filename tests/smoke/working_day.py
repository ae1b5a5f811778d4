"""A working day: papers arrive, clerks and departments work side by side, a supervisor looks closely at the end.

Three hundred papers of the corpus come in; the people of the day know their labels. A bundle that routes is tried
(`trial.py`), so that the policy has something to do. At the end every figure is recomputed from the raw rows, every
suggestion is made again, and the chain is verified. Exit status 0 if all holds, 1 with the reason otherwise.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console

from tests.smoke import people, recount
from tests.smoke.desk import Clerk, Officer, Truth, truths
from tests.smoke.installation import BARE, ROOT, FailedError, Installation, expect, wait_for
from tests.smoke.people import Caller
from tests.smoke.progress import Steps
from tests.smoke.trial import routing_bundle

PAPERS, CLERKS, SAMPLE, AT_ONCE = 300, 4, 25, 50
ROUTES_FROM = 0.6
"""From this probability on the trial bundle routes by itself."""
DONE = 900.0
SWITCHED_OFF = "baku"


def main() -> int:
    """Live through the day; the exit status."""
    base = Path(tempfile.mkdtemp(prefix="dk-"))
    base.chmod(0o711)
    models = routing_bundle(ROOT / "models", base / "models", ROUTES_FROM)
    service = Installation(base / "home", base, PYTHONPATH=BARE, TRIAGE_MODELS=str(models))
    steps, began = Steps(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that all is cleaned up
    try:
        _Day(steps, service, models).live()
    except (FailedError, OSError, httpx.HTTPError) as error:
        out = Console(stderr=True, highlight=False, soft_wrap=True)
        out.print(f"\n{error}\nEverything is left in {base}.", markup=False, style="red")
        return 1
    finally:
        service.clean_up()
    shutil.rmtree(base)
    steps.say(f"All of it holds ({time.monotonic() - began:.0f} s).")
    return 0


class _Day:
    """The office on this day: who works there, and what is true of the papers."""

    def __init__(self, steps: Steps, service: Installation, models: Path) -> None:
        self.steps, self.service, self.models = steps, service, models
        self.known: dict[str, Truth] = {}

    def live(self) -> None:
        """From the morning to the evening."""
        self._open()
        self._arrive()
        self._work()
        self._resolve()
        self._sample()
        self._erase()
        self._close()

    def _open(self) -> None:
        with self.steps.step("people come to work, and automation is switched on") as notes:
            self.service.start("server", "serve", "--workers", "0")
            self.service.wait_until_ready()
            self.service.start("worker", "worker", "--concurrency", "3")
            admin = people.first_administrator(self.service.url, self.service.printed_password())
            self.portal = people.portal(self.service.url, admin)
            self.supervisor = self._person(admin, "nigar", role="supervisor")
            self.clerks = [Clerk(self._person(admin, f"clerk-{n}", role="clerk"), n) for n in range(CLERKS)]
            shown = self.supervisor.send("GET", "/automation").json()
            for switch in (shown["all"], *shown["departments"], *shown["subjects"]):
                self._switch(switch["scope"], switch["value"], on=True)
            departments = [switch["value"] for switch in shown["departments"]]
            self.officers = [
                Officer(self._person(admin, f"officer-{n}", role="officer", department=department), n)
                for n, department in enumerate(departments)
            ]
            notes.append(f"{CLERKS} clerks, {len(departments)} departments")

    def _person(self, admin: Caller, login: str, **rights: str) -> Caller:
        return people.person(self.service.url, admin, login, login.title(), **rights)

    def _switch(self, scope: str, value: str, *, on: bool) -> None:
        body = {"on": on, "reason": "A working day is tried out"}
        self.supervisor.send("PUT", f"/automation/{scope}/{value or '-'}", json=body)

    def _arrive(self) -> None:
        with self.steps.step(f"{PAPERS} papers arrive"):
            chosen = truths(self.models, PAPERS)
            for first in range(0, len(chosen), AT_ONCE):
                part = chosen[first : first + AT_ONCE]
                files = [("file", (f"{n}.txt", truth.text.encode())) for n, truth in enumerate(part)]
                accepted = self.portal.submit(f"morning-{first}", files=files)["documents"]
                self.known |= {paper["number"]: truth for paper, truth in zip(accepted, part, strict=True)}

    def _work(self) -> None:
        busy = (*self.clerks, *self.officers)
        with (
            ThreadPoolExecutor(len(busy)) as pool,
            self.steps.step("clerks work the queue; departments accept and return") as notes,
        ):
            working = [pool.submit(one.work, self.known) for one in busy]
            try:
                self._switch_one_off(notes)
                wait_for("everything is decided", lambda: self._quiet(working) or None, DONE, pause=1.0)
            finally:
                for one in busy:
                    one.stop()
            for future in working:
                future.result()
            for kind in (self.clerks, self.officers):
                did = sum((one.did for one in kind), Counter())
                notes.append(", ".join(f"{count} {what}" for what, count in sorted(did.items())))
            notes.append(self._by_policy())

    def _switch_one_off(self, notes: list[str]) -> None:
        """Midway, take a department's automation off by hand: from then on the policy sends nothing there."""
        half = PAPERS // 2
        wait_for("half is triaged", lambda: self._count("suggestions") >= half or None, DONE, pause=0.5)
        self._switch("department", SWITCHED_OFF, on=False)
        (self.off_after,) = self.service.rows("SELECT coalesce(max(id), 0) FROM decisions")[0]
        notes.append(f"{SWITCHED_OFF} switched off midway")

    def _by_policy(self) -> str:
        (routed,) = self.service.rows("SELECT count(*) FROM decisions WHERE kind = 'policy'")[0]
        (after,) = self.service.rows(
            "SELECT count(*) FROM decisions WHERE kind = 'policy' AND department = %s AND id > %s",
            SWITCHED_OFF, self.off_after,
        )[0]  # fmt: skip
        expect(
            after == 0, f"{after} papers were routed to {SWITCHED_OFF} after its automation was switched off"
        )
        return f"{routed} routed by the policy"

    def _quiet(self, working: list[Future[None]]) -> bool:
        """Whether nothing waits any more, but for supervisors. Raises what somebody at work has raised."""
        self.service.check_alive()
        for future in working:
            if future.done():
                future.result()
        open_ = (
            "SELECT count(*) FROM documents WHERE state IN ('registered', 'reading', 'failed', 'routed') "
            "OR state = 'review' AND desk <> 'supervisor'"
        )
        (left,) = self.service.rows(open_)[0]
        return self._count("suggestions") > 0 and left == 0

    def _count(self, table: str) -> int:
        (count,) = self.service.rows(f"SELECT count(*) FROM {table}")[0]  # noqa: S608 - our own name
        return int(count)

    def _resolve(self) -> None:
        with self.steps.step("the supervisor decides what was put before one") as notes:
            chief = Clerk(self.supervisor, CLERKS)
            while chief.resolve(self.known) or any(clerk.do_one(self.known) for clerk in self.clerks):
                pass
            for officer in self.officers:
                while officer.do_one(self.known):
                    pass
            notes.append(
                ", ".join(f"{count} {what}" for what, count in sorted(chief.did.items())) or "nothing"
            )

    def _sample(self) -> None:
        with self.steps.step("a blind sample is drawn, judged and read with its interval") as notes:
            now = datetime.now(UTC)
            period = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
            drawn = self.supervisor.send("POST", "/samples", 201, json={"size": SAMPLE, **period}).json()
            for turn in range(drawn["size"]):
                self._judge(self.clerks[turn % CLERKS].caller)
            told = self.supervisor.send("GET", f"/samples/{drawn['id']}").json()
            expect(told["result"]["complete"], f"not all was judged: {told['result']}")
            notes.append(recount.sample(self.service, told))

    def _judge(self, clerk: Caller) -> None:
        item = clerk.send("POST", "/samples/next").json()
        number = item["number"]
        clerk.send("GET", f"/documents/{number}/text")
        clerk.send("GET", f"/documents/{number}/suggestion", expected=409)  # it would lead the reader
        truth = self.known[number]
        names = ("document_type", "subject", "territory", "department", "unit", "urgency")
        verdict = {name: getattr(truth, name) for name in names}
        clerk.send("POST", f"/samples/items/{item['item']}/verdict", 201, json=verdict)

    def _erase(self) -> None:
        with self.steps.step("a person's data are erased") as notes:
            number = next(iter(self.known))
            ground = {"ground": "A court has ordered it"}
            self.supervisor.send("POST", f"/documents/{number}/erasure", json=ground)
            self.supervisor.send("GET", f"/documents/{number}/text", expected=410)
            words = self.known[number].text.split()[:3]
            found = self.supervisor.send("GET", "/search", params={"q": " ".join(words)}).json()["items"]
            expect(number not in {item["number"] for item in found}, f"{number} is still found by its words")
            notes.append(number)

    def _close(self) -> None:
        with self.steps.step("every figure equals what the raw rows say") as notes:
            notes.append(recount.check(self.service, self.supervisor))
        with self.steps.step("every suggestion and decision is made again to the same bytes") as notes:
            notes.append(self.service.run("replay", "--all").strip().splitlines()[-1])
        with self.steps.step("the audit chain is whole") as notes:
            told = self.service.run("audit", "verify").strip().splitlines()
            expect(told[-1] == "The chain is whole.", "\n".join(told))
            notes.append(told[0])


if __name__ == "__main__":
    sys.exit(main())
