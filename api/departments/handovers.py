"""What departments do with papers: they accept them, or send them back with a reason.

A return says that the decision which brought the paper there was wrong, and in what: handovers are what routing is
corrected by. A paper that was returned again and again stops going round: it goes to a supervisor.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Handover, Remark
from api.departments import reasons, repository
from api.departments.schemas import AcceptanceIn, HandoverOut, ReturnIn
from api.deps import Services
from api.documents.sight import require_sighted
from api.errors import ConflictError, InvalidError, NotFoundError
from api.review import service as review
from api.review import waiting

_NONE = "There is no paper of this number, or it is not yours to see."
_CHANGED = "The paper has changed meanwhile. Load it again."


def accept(services: Services, who: Principal, number: str, wanted: AcceptanceIn) -> HandoverOut:
    """Take a paper that was routed to the caller's department; its time of retention begins.

    Raises NotFoundError, and ConflictError where it was accepted already or has changed.
    """
    who.require(Permission.HAND_OVER)
    with services.database.transaction() as session:
        document = _locked(session, who, number, wanted.version)
        if document.state != "routed":
            raise ConflictError("This paper was accepted already.")
        row = _add(session, who, document, "accepted", None)
        waiting.leave(document, "accepted", document.decided_at)
        document.closed_at = services.now()
        append(session, who.id, "document.accepted", document.id, decision=row.decision_id, **recorded(row))
        lifecycle.accepted(services, session, document, row)
        return _shown(row, None)


def give_back(services: Services, who: Principal, number: str, wanted: ReturnIn) -> HandoverOut:
    """Send a paper back to review: one that was routed to the caller's department, or accepted a short while ago.

    Raises NotFoundError; InvalidError on an unknown reason, or where the reason must be explained; ConflictError
    where the paper has changed, or was accepted too long ago.
    """
    who.require(Permission.HAND_OVER)
    reason = reasons.load().get(wanted.reason)
    if reason is None:
        raise InvalidError("Unknown reason. Choose one of the list of reasons for a return.")
    if reason.remark and not wanted.remark:
        raise InvalidError("Say in the remark why the paper is returned: this reason alone does not.")
    with services.database.transaction() as session:
        document = _locked(session, who, number, wanted.version)
        _check_not_settled(services, session, document)
        row = _add(session, who, document, "returned", reason.code)
        if wanted.remark:
            session.add(_remark(who, row, wanted.remark))
        document.returns += 1
        append(
            session, who.id, "document.returned", document.id, decision=row.decision_id, reason=reason.code,
            wrong=reason.wrong, returns=document.returns, **recorded(row),
        )  # fmt: skip
        review.send_back(services, session, document)  # to a supervisor, where it goes round in circles
        lifecycle.returned(services, session, document, row)
        return _shown(row, wanted.remark)


def history(services: Services, who: Principal, number: str) -> list[HandoverOut]:
    """Everything that departments did with a paper, oldest first. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.reads, number)
        if document is None:
            raise NotFoundError(_NONE)
        require_sighted(session, who, document)
        rows = repository.handovers(session, document.id)
        words = repository.remarks(session, document.id, [_about(row) for row in rows])
        append(session, who.id, "document.handovers_read", document.id)
        return [_shown(row, words.get(_about(row))) for row in rows]


def _locked(session: Session, who: Principal, number: str, version: int) -> Document:
    document = repository.find(session, who.sees, number, lock=True)
    if document is None:
        raise NotFoundError(_NONE)
    if document.version != version or document.state not in ("routed", "accepted"):
        raise ConflictError(_CHANGED)
    return document


def _check_not_settled(services: Services, session: Session, document: Document) -> None:
    """Raises ConflictError where the paper was accepted so long ago that it stays."""
    if document.state != "accepted" or document.decision_id is None:
        return
    accepted = repository.acceptance(session, document.decision_id)
    window = timedelta(minutes=services.settings.undo_minutes)
    if accepted is not None and services.now() - accepted.at > window:
        minutes = f"{services.settings.undo_minutes:g}"
        raise ConflictError(f"The paper was accepted more than {minutes} minutes ago: it stays here.")


def _add(session: Session, who: Principal, document: Document, kind: str, reason: str | None) -> Handover:
    """A handover of the decision in force. Raises ConflictError where there is none."""
    if document.decision_id is None or document.department is None:
        raise ConflictError(_CHANGED)
    row = Handover(
        document_id=document.id,
        decision_id=document.decision_id,
        actor=who.id,
        actor_name=who.name,
        department=document.department,
        unit=document.unit,
        kind=kind,
        reason=reason,
    )
    repository.add(session, row)
    return row


def _about(row: Handover) -> str:
    return f"handover:{row.id}"


def _remark(who: Principal, row: Handover, words: str) -> Remark:
    return Remark(document_id=row.document_id, actor=who.id, about=_about(row), words=words)


def _shown(row: Handover, remark: str | None) -> HandoverOut:
    return HandoverOut.model_validate({
        "id": row.id, "at": row.at, "kind": row.kind, "who": row.actor_name, "department": row.department,
        "unit": row.unit, "decision": row.decision_id, "reason": row.reason, "remark": remark,
    })  # fmt: skip
