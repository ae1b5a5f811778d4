"""What the pages of one paper have in common: where it stands, its text, and the steps that the reader may know of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, TypeVar

from fastapi import Path

from api.audit.schemas import EventOut
from api.auth.permissions import Permission, Principal
from api.departments import handovers
from api.departments.schemas import HandoverOut
from api.documents import service as documents
from api.documents.schemas import DocumentOut, TextOut
from api.errors import ConflictError, GoneError
from api.notices import service as notices
from api.review import service as review
from api.review.decision_schemas import DecisionOut
from api.supervision.record_schemas import StepOut
from api.web import said, story
from api.web.render import Page

Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
GONE = frozenset({"erased", "disposed"})
_TAKEN_BACK = frozenset({"route", "outside", "unreadable", "duplicate"})
_LOOKS = ("_read", ".read", ".listed", ".card_made", ".claimed")
_ONE_LOOK = timedelta(seconds=30)
_LABELS = ("document_type", "subject", "territory", "urgency", "rule", "body", "overrides")
Given = TypeVar("Given")


@dataclass(frozen=True)
class Paper:
    """A paper: `text` is what was read in it, None where there is none (any more)."""

    out: DocumentOut
    text: TextOut | None

    @property
    def gone(self) -> bool:
        """Whether the content is no more."""
        return self.out.state in GONE


@dataclass(frozen=True)
class Looked:
    """How often somebody looked at a paper, and when first and last."""

    who: str
    times: int
    first: datetime
    last: datetime


def paper(page: Page, who: Principal, number: str) -> Paper:
    """A paper with its text. Raises NotFoundError."""
    out = documents.get(page.services, who, number)
    text = None if out.state in GONE else there(lambda: documents.text(page.services, who, number))
    return Paper(out, text)


def there(look: Callable[[], Given]) -> Given | None:
    """What is looked for; None where it is gone, or not there yet."""
    try:
        return look()
    except (GoneError, ConflictError):
        return None


def steps(page: Page, who: Principal, found: Paper, *, machine: bool) -> list[story.Step]:
    """The steps that somebody may know of who reads no records; `machine`: with what the machine said.

    Raises ConflictError while the reader judges the paper blind.
    """
    services, number = page.services, found.out.number
    rows = review.decisions(services, who, number)
    made = [_decision(row) for row in rows if machine or row.kind != "shadow"]
    made += [_handover(row) for row in handovers.history(services, who, number)]
    if machine and not found.gone and (suggestion := _suggestion(page, who, found)) is not None:
        made.append(suggestion)
    letters = notices.listed(services, who, number)
    return story.tell(page, story.with_letters(made, letters), found.text)


def text_pages(found: Paper, told: Iterable[story.Step]) -> list[tuple[int, list[tuple[str, bool]]]]:
    """The pages of text in pieces, with what spoke for the newest suggestion marked."""
    if found.text is None:
        return []
    newest = next((step.said for step in reversed(list(told)) if step.said is not None), None)
    evidence = newest.facts["evidence"] if newest is not None else []
    spans = {page.page: [] for page in found.text.pages}  # type: dict[int, list[tuple[int, int]]]
    for each in evidence:
        spans.setdefault(each.get("page", 1), []).append((each["start"], each["end"]))
    return [(page.page, said.marked(page.text, spans[page.page])) for page in found.text.pages]


def undoable(page: Page, who: Principal, found: Paper, told: Iterable[story.Step]) -> story.Step | None:
    """The decision that the reader may take back now, as far as the page can tell; the service has the last word."""
    if Permission.DECIDE not in who.permissions:
        return None
    decisions = [step for step in told if step.kind == "decision" and step.columns["kind"] != "shadow"]
    if not decisions:
        return None
    if found.out.state == "review":
        step = decisions[-1]
        fits = step.columns["kind"] == "proposed" or step.columns["action"] == "escalate"
    else:
        step = next((each for each in decisions if each.in_force), decisions[-1])
        window = timedelta(minutes=page.services.settings.undo_minutes)
        fits = step.in_force and found.out.state in ("routed", "outside", "closed")
        fits = fits and (step.columns["action"] or "route") in _TAKEN_BACK
        fits = fits and page.services.now() - step.at <= window
    mine = step.columns.get("actor") == who.id or Permission.SUPERVISE in who.permissions
    return step if fits and mine else None


def looked(page: Page, events: Iterable[EventOut]) -> list[Looked]:
    """Who has looked at a paper, who did so last first, from events of it."""
    times: dict[str, list[datetime]] = {}
    for event in events:
        if event.action.endswith(_LOOKS):
            times.setdefault(event.actor, []).append(event.at)
    named = story.people(page, times)
    return [Looked(named(actor), _visits(at), min(at), max(at)) for actor, at in times.items()]


def _visits(at: list[datetime]) -> int:
    """How often somebody came: what they opened one after another, from one page, is one look."""
    ordered = sorted(at)
    return 1 + sum(later - earlier > _ONE_LOOK for earlier, later in pairwise(ordered))


def _decision(row: DecisionOut) -> StepOut:
    facts = {name: getattr(row, name) for name in _LABELS}
    columns = row.model_dump(
        include={"kind", "action", "department", "unit", "reason", "confirms", "undoes", "actor"}
    )
    content = {"remark": row.remark}
    return StepOut(
        kind="decision", id=row.id, at=row.at, actor=row.actor, actor_name=row.actor_name, in_force=row.in_force,
        facts={**columns, "facts": facts}, content=content,
    )  # fmt: skip


def _handover(row: HandoverOut) -> StepOut:
    facts = row.model_dump(include={"kind", "department", "unit", "reason"})
    facts["remark"] = row.remark
    return StepOut(kind="handover", id=row.id, at=row.at, actor="", actor_name=row.who, facts=facts)


def _suggestion(page: Page, who: Principal, found: Paper) -> StepOut | None:
    told = there(lambda: documents.suggestion(page.services, who, found.out.number))
    if told is None:
        return None
    content: dict[str, Any] = told.content
    if told.departments:
        content = {**content, "departments": told.departments}
    hashes = {name: content[name] for name in ("bundle", "bundle_sha256", "policy", "input_sha256")}
    row = {**hashes, "facts": content, "run": found.text.run if found.text else None, "of": told.of}
    return StepOut(kind="suggestion", id=told.suggestion, at=told.created_at, actor="system", facts=row)
