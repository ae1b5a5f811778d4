"""What decisions do to papers: rows, events, states; and how that is taken back."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Principal
from api.db.tables import Decision, Document, Link, Suggestion
from api.deps import Services
from api.intake.calendar import Clock, baku_date
from api.related.parts import unlink_parts
from api.review import repository, waiting
from api.review.drafts import Draft, suggested_labels

_KEPT = ("action", "suggestion_id", "department", "unit", "reason", "facts")


def put(services: Services, session: Session, who: Principal, document: Document, draft: Draft) -> Decision:
    """Write a decision; it comes into force at once, unless a second person must confirm it or a supervisor look."""
    kind: Literal["person", "proposed"] = "proposed" if draft.second else "person"
    decision = _written(
        session, who, document, draft.content, kind=kind, **{name: getattr(draft, name) for name in _KEPT}
    )
    _record(session, who, "decision.proposed" if draft.second else "decision.made", document, decision)
    if draft.second:
        back(services, session, document, desk="second")
    elif draft.action == "escalate":
        back(services, session, document, desk="supervisor")
    else:
        enforce(services, session, who, document, decision, draft.content)
    return decision


def confirm(
    services: Services, session: Session, who: Principal, document: Document, proposal: Decision
) -> Decision:
    """Write that a second person confirms a proposal, which comes into force."""
    content = repository.content(session, proposal.id) or {}
    decision = _written(
        session, who, document, content, kind="person", confirms=proposal.id,
        **{name: getattr(proposal, name) for name in _KEPT},
    )  # fmt: skip
    _record(session, who, "decision.made", document, decision)
    enforce(services, session, who, document, decision, content)
    return decision


def take_back(
    services: Services,
    session: Session,
    who: Principal,
    document: Document,
    undone: Decision,
    remark: str | None,
    *,
    refused: bool = False,
) -> Decision:
    """Write that a decision or proposal is taken back; the paper waits again, as it was suggested."""
    decision = _written(
        session, who, document, {"remark": remark} if remark else {}, kind="person", action="undo",
        undoes=undone.id, suggestion_id=undone.suggestion_id, facts={"refused": True} if refused else {},
    )  # fmt: skip
    _record(session, who, "decision.refused" if refused else "decision.undone", document, decision)
    in_force = document.decision_id == undone.id
    if in_force:
        _restore(services, session, document, undone, decision)
        if undone.action == "duplicate":
            link(session, who, document, undone.facts["of"], decision, on=False)
        unlink_parts(services, session, who, document, undone, decision)
    back(services, session, document, desk="clerk")
    if in_force:
        lifecycle.undone(services, session, document, decision)
    return decision


def back(
    services: Services, session: Session, document: Document, *, desk: waiting.Desk, hurried: bool = False
) -> None:
    """Let a paper wait at a desk; what was hurried stays so."""
    hurried = hurried or document.priority < waiting.ORDINARY
    waiting.wait(document, services.now(), desk=desk, hurried=hurried)
    session.flush()
    lifecycle.waits(services, session, document)


def enforce(
    services: Services,
    session: Session,
    who: Principal,
    document: Document,
    decision: Decision,
    content: dict[str, Any],
) -> None:
    """Do with a paper what was decided."""
    now, facts = services.now(), decision.facts
    if "case_number" in content:
        document.case_number = content["case_number"]
    if decision.action == "route":
        relabel(services, document, facts, study=facts.get("study", False))
        waiting.leave(document, "routed", now)
        document.department, document.unit = decision.department, decision.unit
    else:
        waiting.leave(document, "outside" if decision.action == "outside" else "closed", now)
        document.body, document.closed_at = facts.get("body"), now
    document.decision_id = decision.id
    session.flush()
    if decision.action == "duplicate":
        link(session, who, document, facts["of"], decision, on=True)
    lifecycle.decided(services, session, document, decision)


def relabel(services: Services, document: Document, labels: dict[str, Any], *, study: bool) -> None:
    """Write labels into the paper's row; its type decides how much time the law gives."""
    document.document_type, document.subject = labels["document_type"], labels["subject"]
    document.urgency = labels["urgency"]
    clock = Clock.start(
        document.document_type, baku_date(document.received_at), study=study, limits=services.limits,
        calendar=services.calendar,
    )  # fmt: skip
    if clock.answer_by != document.answer_by:
        document.clock_told = None
    document.answer_by, document.forward_by, document.warn_from = (
        clock.answer_by, clock.forward_by, clock.warn_from,
    )  # fmt: skip


def link(
    session: Session, who: Principal, document: Document, other_id: int, decision: Decision, *, on: bool
) -> None:
    """Write that a paper repeats another one, or does not; the later of the two is named first."""
    later, earlier = max(document.id, other_id), min(document.id, other_id)
    row = Link(
        document_id=later, other_id=earlier, kind="duplicate", on=on, actor=who.id, decision_id=decision.id,
        facts={"ground": "decision"},
    )  # fmt: skip
    repository.add(session, row)
    event = "document.linked" if on else "document.unlinked"
    append(session, who.id, event, document.id, other=other_id, kind="duplicate", **recorded(row))


def _restore(
    services: Services, session: Session, document: Document, undone: Decision, decision: Decision
) -> None:
    """Labels, clock and case number as they were before a decision that was in force."""
    shown = decision.suggestion_id
    suggestion: Suggestion | None = repository.suggestion(session, shown) if shown is not None else None
    if suggestion is not None and (undone.action or "route") == "route":
        relabel(services, document, suggested_labels(suggestion), study=False)
    content = repository.content(session, undone.id) or {}
    if "case_number" in content and document.case_number == content["case_number"]:
        document.case_number = content["case_before"]


def _written(
    session: Session, who: Principal, document: Document, content: dict[str, Any], **columns: Any
) -> Decision:
    decision = Decision(document_id=document.id, actor=who.id, actor_name=who.name, **columns)
    repository.add(session, decision)
    if content:
        repository.keep_content(session, decision.id, content)
    return decision


def _record(session: Session, who: Principal, event: str, document: Document, decision: Decision) -> None:
    details = {"done": decision.action, "department": decision.department, "unit": decision.unit}
    append(session, who.id, event, document.id, **details, **recorded(decision))
