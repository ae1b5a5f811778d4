"""What splitting and merging have in common: which papers they may be done with, their rows, and their undoing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Decision, Document
from api.deps import Services
from api.errors import ConflictError, ForbiddenError
from api.related import repository
from api.related.linking import link_row
from api.review import waiting

_UNDECIDED = ("registered", "reading", "review", "failed")


def check_open(services: Services, who: Principal, document: Document) -> None:
    """Raises ConflictError or ForbiddenError, saying why, where `who` may not decide on this paper now."""
    name = document.number
    if document.state in {"registered", "reading"}:
        raise ConflictError(f"{name} is still being read. Wait until it lies in the queue.")
    if document.state != "review":
        raise ConflictError(f"{name} was decided on already. Undo that decision first.")
    if held_by_other(services, who, document):
        raise ConflictError(f"{name} is held by another person. Wait until they release it.")
    if document.desk == "second":
        raise ConflictError(f"{name} waits for a second person to confirm a decision.")
    if document.desk == "supervisor" and Permission.SUPERVISE not in who.permissions:
        raise ForbiddenError(f"{name} waits for a supervisor.")


def held_by_other(services: Services, who: Principal, document: Document) -> bool:
    """Whether somebody else has the paper open."""
    if document.held_by is None or document.held_until is None or document.held_until <= services.now():
        return False
    return who.id != f"user:{document.held_by}"


def decision_row(
    session: Session,
    who: Principal,
    document: Document,
    action: Literal["split", "merge"],
    facts: dict[str, Any],
) -> Decision:
    """The decision of a person that a paper is split, or is a part of another one; it names the suggestion shown."""
    return Decision(
        document_id=document.id, suggestion_id=repository.suggestion_id(session, document), kind="person",
        action=action, actor=who.id, actor_name=who.name, facts=facts,
    )  # fmt: skip


def close(services: Services, document: Document, decision: Decision) -> None:
    """A paper needs nothing more, by this decision."""
    waiting.leave(document, "closed", services.now())
    document.closed_at, document.decision_id = services.now(), decision.id
    document.department = document.unit = document.body = None


def tie(
    session: Session, who: Principal, part: Document, whole: Document, decision: Decision, *, on: bool
) -> None:
    """Write that a paper is a part of another one, or no more; recorded with the whole."""
    row = link_row(part, whole, "part", on=on, actor=who.id, decision_id=decision.id, facts={"part": part.id})
    repository.add(session, row)
    action = "document.part_added" if on else "document.part_removed"
    append(session, who.id, action, whole.id, part=part.id, **recorded(row))


def unlink_parts(
    services: Services,
    session: Session,
    who: Principal,
    document: Document,
    decision: Decision,
    undo: Decision,
) -> None:
    """Take back what a decision to split or merge did beside the paper that it stands on; that one is the caller's.

    `document` is the paper of `decision` (the one that was split, or the part that was merged), locked; `undo` the
    decision that takes it back, flushed. Parts of a split are closed; a merged part is one no more, or again a part
    of what it was before. Does nothing for other actions. Raises ConflictError where a part of a split was decided on,
    is held by another person, or has parts itself.
    """
    if decision.action == "split":
        _undo_split(services, session, who, document, decision, undo)
    elif decision.action == "merge":
        _undo_merge(session, who, document, decision, undo)


def _undo_split(
    services: Services, session: Session, who: Principal, whole: Document, decision: Decision, undo: Decision
) -> None:
    parts = repository.lock_ids(session, decision.facts["parts"])
    _check_untouched(services, session, who, parts)
    for part in parts:
        waiting.leave(part, "closed", services.now())
        part.closed_at, part.part_of = services.now(), None
        tie(session, who, part, whole, undo, on=False)
        append(session, who.id, "document.withdrawn", part.id, decision=undo.id)


def _check_untouched(services: Services, session: Session, who: Principal, parts: Sequence[Document]) -> None:
    if any(part.state not in _UNDECIDED or part.decision_id is not None for part in parts):
        raise ConflictError(
            "A part of this paper was decided on already: the split stays. Undo that one first."
        )
    if any(held_by_other(services, who, part) for part in parts):
        raise ConflictError("A part of this paper is held by another person. Wait until they release it.")
    if repository.has_parts(session, [part.id for part in parts]):
        raise ConflictError("Papers were merged into a part of this paper. Undo that first.")


def _undo_merge(session: Session, who: Principal, part: Document, decision: Decision, undo: Decision) -> None:
    (whole,) = repository.lock_ids(session, [decision.facts["of"]])
    part.part_of = decision.facts.get("part_of")
    whole.version += 1
    tie(session, who, part, whole, undo, on=False)
