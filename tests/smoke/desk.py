"""Clerks and department officers at work over HTTP: they know what the papers are, and answer as people would."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.smoke.installation import FailedError, expect
from tests.smoke.people import Caller
from training.corpus import CORPUS_DIR, Paper, load_papers
from triage import registry
from triage.routing import Router
from triage.taxonomy import Taxonomy

LONGEST = 2500
"""Characters: longer texts would measure the machine, not the service."""
REASONS = {
    "department": "wrong_department", "subject": "wrong_subject", "document_type": "wrong_type",
    "territory": "wrong_place", "urgency": "wrong_urgency",
}  # fmt: skip
_OUTSIDE, _RETURNED, _CONFLICT, _GONE = 23, 9, 409, 404


@dataclass(frozen=True)
class Truth:
    """What is true of a paper."""

    text: str
    document_type: str
    subject: str
    territory: str | None
    urgency: str
    department: str
    unit: str | None


def truths(models: Any, count: int) -> list[Truth]:
    """So many papers from all over the corpus, with the department that the rules give for their labels."""
    folder, _ = registry.active(models)
    rules = Router(Taxonomy.parse((folder / "taxonomy.yaml").read_text(encoding="utf-8")))
    known = {paper.text: paper for paper in load_papers(CORPUS_DIR) if len(paper.text) <= LONGEST}
    papers = [known[text] for text in sorted(known)]
    return [_truth(rules, paper) for paper in papers[:: max(1, len(papers) // count)][:count]]


def _truth(rules: Router, paper: Paper) -> Truth:
    route = rules.route(paper.document_type, paper.subject, paper.territory)
    return Truth(
        paper.text, paper.document_type, paper.subject, paper.territory, paper.urgency, route.department, route.unit
    )  # fmt: skip


class _AtWork:
    """Somebody who goes on working until told to stop."""

    def __init__(self, caller: Caller, number: int) -> None:
        self.caller, self.number = caller, number
        self.did: Counter[str] = Counter()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Go home when there is nothing at hand."""
        self._stop.set()

    def work(self, known: dict[str, Truth]) -> None:
        """Do what there is to do until `stop`. Raises FailedError where an answer is not as it must be."""
        while not self._stop.is_set():
            if not self.do_one(known):
                self._stop.wait(0.3)

    def do_one(self, known: dict[str, Truth]) -> bool:
        """One thing; whether there was any."""
        raise NotImplementedError


class Clerk(_AtWork):
    """Takes the next paper, confirms what is right, corrects what is wrong, sends some outside; seconds others."""

    def do_one(self, known: dict[str, Truth]) -> bool:
        """The next paper of the queue, or a proposal of somebody else."""
        return self._take("clerk", known) or self._take("second", known)

    def resolve(self, known: dict[str, Truth]) -> bool:
        """As a supervisor: the next paper that was put before one."""
        return self._take("supervisor", known)

    def _take(self, desk: str, known: dict[str, Truth]) -> bool:
        item = self.caller.send("POST", "/review/claim", json={"desk": desk}).json()["item"]
        if item is None:
            return False
        number = item["number"]
        expect(item["held_by_me"], f"{number} was given to somebody who does not hold it")
        self.caller.send("POST", "/review/heartbeat", json={"number": number})
        if item["proposal"] is not None:
            body = {"decision": item["proposal"], "agree": True, "version": item["version"]}
            return self._sent(number, "second", body, "seconded")
        return self._decide(item, known[number])

    def _decide(self, item: dict[str, Any], truth: Truth) -> bool:
        seen = {"suggestion": item["suggestion"], "version": item["version"]}
        if self.did.total() % _OUTSIDE == _OUTSIDE - 1 and item["desk"] == "clerk":
            body = {**seen, "action": "outside", "body": self._body(), "remark": "Not ours."}
            return self._sent(item["number"], "decisions", body, "outside")
        suggested = self._suggested(item)
        wanted = {name: getattr(truth, name) for name in ("document_type", "subject", "territory", "urgency",
                                                          "department", "unit")}  # fmt: skip
        wrong = [name for name in REASONS if suggested.get(name) != wanted[name]]
        if not wrong and suggested.get("unit") == wanted["unit"]:
            return self._sent(item["number"], "confirmation", seen, "confirmed")
        reason = REASONS[wrong[0]] if wrong else "wrong_place"
        return self._sent(
            item["number"], "decisions", {**seen, "action": "route", **wanted, "reason": reason}, "corrected"
        )

    def _suggested(self, item: dict[str, Any]) -> dict[str, Any]:
        if item["suggestion"] is None:
            return {}
        content = self.caller.send("GET", f"/documents/{item['number']}/suggestion").json()["content"]
        labels = {name: content[name]["label"] for name in ("document_type", "subject")}
        return {**{name: content[name] for name in ("territory", "urgency", "department", "unit")}, **labels}

    def _body(self) -> str:
        bodies = self.caller.send("GET", "/review/choices").json()["bodies"]
        code: str = bodies[self.did.total() % len(bodies)]["code"]
        return code

    def _sent(self, number: str, what: str, body: dict[str, Any], did: str) -> bool:
        answer = self.caller.http.post(f"/documents/{number}/{what}", json=body)
        if answer.status_code == _CONFLICT:  # it goes to a supervisor, rather than round in circles
            self.did["refused"] += 1
            told = answer.json()["detail"]
            body = {"suggestion": body.get("suggestion"), "version": body["version"], "action": "escalate"}
            answer = self.caller.http.post(
                f"/documents/{number}/decisions", json={**body, "remark": told[:500]}
            )
            did = "escalated"
        if answer.is_error:
            raise FailedError(f"{what} of {number}: {answer.status_code}: {answer.text[:500]}")
        self.did["proposed" if answer.json()["kind"] == "proposed" else did] += 1
        return True


class Officer(_AtWork):
    """Accepts what came to the department; sends some back, once."""

    def do_one(self, known: dict[str, Truth]) -> bool:
        """What waits in the inbox."""
        items = self.caller.send("GET", "/departments/inbox").json()["items"]
        for item in items:
            self._hand_over(item, known[item["number"]])
        return bool(items)

    def _hand_over(self, item: dict[str, Any], truth: Truth) -> None:
        path, body = f"/documents/{item['number']}", {"version": item["version"]}
        serial = int(item["number"].rsplit("-", 1)[1])
        misrouted = (item["department"], item["unit"]) != (truth.department, truth.unit)
        if item["returns"] == 0 and (misrouted or serial % _RETURNED == 0):
            words = {"reason": "misrouted_territory", "remark": "Look at it again."}
            answer = self.caller.http.post(f"{path}/return", json={**body, **words})
            did = "returned"
        else:
            answer = self.caller.http.post(f"{path}/acceptance", json=body)
            did = "accepted"
        if answer.status_code in (_CONFLICT, _GONE):  # a clerk took it back meanwhile
            self.did["too late"] += 1
            return
        expect(
            answer.status_code == 201, f"{did} {item['number']}: {answer.status_code}: {answer.text[:300]}"
        )
        self.did[did] += 1
