"""A paper's story as it is shown: steps of the record in people's words, with what the machine said and its proof.

A step stands on the page as a title, a few facts, and what somebody wrote. Records (api/supervision/records.py) are
told so to who may read them; from what a clerk or an officer may read, the same steps are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from api.auth import actors
from api.departments import reasons as return_reasons
from api.documents.schemas import TextOut
from api.notices.schemas import NoticeOut, SendingOut
from api.review import catalogue
from api.supervision.record_schemas import ProofOut, StepOut
from api.web.language import N_
from api.web.render import Page
from api.web.said import Fact, Said, labels, rule, said

_TITLES: Final[Mapping[str, str]] = {
    "policy.route": N_("Routed automatically"), "shadow.route": N_("Would have been routed automatically"),
    "person.route": N_("Routed by a person"), "proposed.route": N_("Route proposed"),
    "person.outside": N_("Sent outside"), "proposed.outside": N_("Sending outside proposed"),
    "person.unreadable": N_("Found unreadable"), "proposed.unreadable": N_("Proposed as unreadable"),
    "person.duplicate": N_("Closed as a repetition"), "proposed.duplicate": N_("Proposed as a repetition"),
    "person.merge": N_("Merged into one paper"), "person.split": N_("Split into parts"),
    "person.escalate": N_("Put before a supervisor"), "person.undo": N_("Decision taken back"),
    "refused": N_("Proposed decision refused"), "confirmed": N_("Proposed decision confirmed"),
    "accepted": N_("Accepted by the department"), "returned": N_("Returned by the department"),
    "link": N_("Linked with another paper"), "unlink": N_("Link with another paper taken away"),
    "suggestion": N_("The machine read it and suggested"), "sending": N_("Letter sent"),
    "hold": N_("Legal hold set"), "unhold": N_("Legal hold ended"), "failure": N_("An attempt to read it failed"),
    "verdict": N_("Judged blind, for a sample"), "remark": N_("Remark"),
}  # fmt: skip
_TONES: Final[Mapping[str, str]] = {
    "suggestion": "accent", "failure": "bad", "handover.returned": "warn", "handover.accepted": "good",
    "decision": "good", "hold": "warn",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that happened. `words` are what somebody wrote; `blanked` says that they were erased."""

    kind: str
    id: int
    at: datetime
    who: str
    title: str
    tone: str = ""
    facts: Sequence[Fact] = ()
    words: str | None = None
    blanked: bool = False
    other: str | None = None
    in_force: bool = False
    said: Said | None = None
    proof: ProofOut | None = None
    letter: int | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


def people(page: Page, found: Iterable[str]) -> Callable[[str], str]:
    """Names of actors, for who has signed in."""
    assert page.signed_in is not None  # noqa: S101 - a story is for who has signed in
    known = actors.names(page.services, page.signed_in.principal, found)

    def told(actor: str) -> str:
        if actor in known:
            return known[actor]
        return page.name("actor", actor) if ":" not in actor else page.words.text("Unknown")

    return told


def tell(page: Page, steps: Sequence[StepOut], text: TextOut | None) -> list[Step]:
    """The steps in people's words. Remarks stand with what they are about; `text` is quoted where it was read so."""
    named = people(page, {step.actor for step in steps})
    remarks = {step.facts["about"]: step for step in steps if step.kind == "remark"}
    by_id = {step.id: step for step in steps if step.kind == "decision"}
    about = {f"{step.kind}:{step.id}" for step in steps}
    told = []
    for step in steps:
        if step.kind == "remark" and step.facts["about"] in about:
            continue
        shown = _Telling(page, by_id, text).of(step)
        shown = replace(
            shown, who=step.actor_name if step.actor != "system" and step.actor_name else named(step.actor),
            proof=step.proof, columns={"actor": step.actor, **step.facts},
        )  # fmt: skip
        if (remark := remarks.get(f"{step.kind}:{step.id}")) is not None:
            words = (remark.content or {}).get("words")
            shown = replace(shown, words=words, blanked=words is None)
        told.append(shown)
    return told


def with_letters(steps: Sequence[StepOut], letters: Sequence[NoticeOut]) -> list[StepOut]:
    """Steps, with letters and their sendings among them, in the order of time."""
    more = [StepOut(kind="notice", id=letter.id, at=letter.created_at, actor=letter.actor,
                    facts=letter.model_dump(include={"kind", "language", "script"})) for letter in letters]  # fmt: skip
    more += [_sending(letter, sending) for letter in letters for sending in letter.sendings]
    return sorted([*steps, *more], key=lambda step: step.at)


def _sending(letter: NoticeOut, sending: SendingOut) -> StepOut:
    facts = {"notice_id": letter.id, "way": sending.way, "reference": sending.reference}
    return StepOut(kind="sending", id=letter.id, at=sending.at, actor=sending.actor, facts=facts)


@dataclass(frozen=True)
class _Telling:
    """How steps are told: `decisions` are by id, `text` is what was read in the paper."""

    page: Page
    decisions: Mapping[int, StepOut]
    text: TextOut | None

    def of(self, step: StepOut) -> Step:
        """A step in people's words; who did it is not said yet."""
        title = self.page.words.told(_TITLES.get(step.kind, step.kind))
        shown = Step(step.kind, step.id, step.at, "", title, _TONES.get(step.kind, ""))
        tellers = {
            "suggestion": self._suggestion, "decision": self._decision, "handover": self._handover,
            "link": self._link, "notice": self._letter, "sending": self._sending, "hold": self._hold,
            "failure": self._failure, "verdict": self._verdict, "remark": self._remark,
        }  # fmt: skip
        return tellers[step.kind](step, shown)

    def _suggestion(self, step: StepOut, shown: Step) -> Step:
        return replace(shown, said=said(self.page, step.facts, self.text))

    def _decision(self, step: StepOut, shown: Step) -> Step:
        """A decision of the policy or of a person: what, by which rule, why otherwise than suggested."""
        row, text = step.facts, self.page.words.text
        action = row["action"] or "route"
        title = _TITLES.get(f"{row['kind']}.{action}", _TITLES["person.route"])
        if row["confirms"] or row["facts"].get("refused"):
            title = _TITLES["confirmed" if row["confirms"] else "refused"]
        for name in ("confirms", "undoes"):
            if (other := self.decisions.get(row[name] or 0)) is not None:
                shown = replace(shown, facts=[(text("Decision of"), self._who_and_when(other))])
        tone = "" if row["kind"] in ("shadow", "proposed") else "warn" if action == "undo" else "good"
        return replace(
            shown, title=self.page.words.told(title), tone=tone, facts=[*self._decided(row, action), *shown.facts],
            words=(step.content or {}).get("remark"), in_force=bool(step.in_force),
        )  # fmt: skip

    def _decided(self, row: Mapping[str, Any], action: str) -> list[Fact]:
        """What was decided, by which rule, and why."""
        page, text, facts = self.page, self.page.words.text, row["facts"]
        route = {**facts, "department": row["department"], "unit": row["unit"]}
        told = labels(page, route) if action == "route" else []
        if facts.get("body"):
            told.append((text("To the body"), self._chosen(catalogue.bodies(), facts["body"])))
        if facts.get("rule"):
            told.append((text("Rule"), rule(page, facts["rule"])))
        if "confidence" in facts:
            told.append((text("Certainty"), page.words.percent(facts["confidence"], 1)))
        if facts.get("page_ranges"):
            told.append((text("Pages"), ", ".join(f"{first}–{last}" for first, last in facts["page_ranges"])))
        if facts.get("overrides"):
            told.append((text("Otherwise than suggested"), page.names("field", facts["overrides"])))
        if row["reason"]:
            told.append((text("Why"), self._chosen(catalogue.reasons(), row["reason"])))
        return told

    def _handover(self, step: StepOut, shown: Step) -> Step:
        row, text = step.facts, self.page.words.text
        told = labels(self.page, {"department": row["department"], "unit": row["unit"]})
        if row["reason"]:
            told.append((text("Why"), self._chosen(return_reasons.load(), row["reason"])))
        tone = _TONES[f"handover.{row['kind']}"]
        return replace(
            shown,
            title=self.page.words.told(_TITLES[row["kind"]]),
            tone=tone,
            facts=told,
            words=row.get("remark"),
        )

    def _link(self, step: StepOut, shown: Step) -> Step:
        row, text = step.facts, self.page.words.text
        told = [(text("Connection"), self.page.name("link", row["kind"]))]
        if agree := row.get("facts", {}).get("agree"):
            told.append((text("What agrees"), self.page.names("trait", agree)))
        title = self.page.words.told(_TITLES["link" if row["on"] else "unlink"])
        return replace(shown, title=title, facts=told, other=row.get("with"))

    def _letter(self, step: StepOut, shown: Step) -> Step:
        row, text = step.facts, self.page.words.text
        told = [
            (text("Language"), self.page.name("language", row["language"])),
            (text("Script"), self.page.name("script", row["script"])),
        ]
        return replace(shown, title=self.page.name("notice", row["kind"]), facts=told, letter=step.id)

    def _sending(self, step: StepOut, shown: Step) -> Step:
        row, text = step.facts, self.page.words.text
        told = [
            (text("How"), self.page.name("way", row["way"])),
            (text("Reference"), row["reference"] or "—"),
        ]
        return replace(shown, facts=told)

    def _hold(self, step: StepOut, shown: Step) -> Step:
        on = step.facts["on"]
        title = self.page.words.told(_TITLES["hold" if on else "unhold"])
        return replace(shown, title=title, tone="warn" if on else "", words=step.facts["reason"])

    def _failure(self, step: StepOut, shown: Step) -> Step:
        why = self.page.name("failure", step.facts["code"])
        return replace(shown, facts=[(self.page.words.text("Why"), why)])

    def _verdict(self, step: StepOut, shown: Step) -> Step:
        return replace(shown, facts=labels(self.page, {**step.facts["facts"], **step.facts}))

    def _remark(self, step: StepOut, shown: Step) -> Step:
        return replace(shown, words=(step.content or {}).get("words"), blanked=step.content is None)

    def _chosen(self, choices: Mapping[str, Any], code: str) -> str:
        """The name of a reason or body; of one that the office took away, the code."""
        return str(choices[code].names[self.page.words.code]) if code in choices else code

    def _who_and_when(self, step: StepOut) -> str:
        who = step.actor_name if step.actor != "system" else self.page.name("actor", "system")
        return f"{who or '—'}, {self.page.words.moment(step.at)}"
