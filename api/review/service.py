"""Decisions of people on papers. Each is a new row that names the suggestion which was on the screen."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal, Protocol, cast

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Decision, Document
from api.deps import Services
from api.documents.sight import require_sighted
from api.errors import ConflictError, ForbiddenError, NotFoundError, ServiceError
from api.review import catalogue, checks, drafts, effects, queue, repository
from api.review.catalogue import Choice
from api.review.decision_schemas import (
    ConfirmationIn,
    DecidedOut,
    DecisionOut,
    DuplicateIn,
    SecondIn,
    UndoIn,
)
from api.review.drafts import AnyDecision
from api.review.schemas import ChoiceOut, ChoicesOut, ClaimIn, ItemOut
from api.review.waiting import Desk

_FACTS = ("document_type", "subject", "territory", "urgency", "rule", "body")
_TAKEN_BACK_HERE = ("route", "outside", "unreadable", "duplicate")


class WithNext(Protocol):
    """A decision after which the next paper of the same desk may be wanted."""

    next: bool


def choices(who: Principal) -> ChoicesOut:
    """What decisions choose from, beside the taxonomy: reasons, and bodies outside."""
    who.require(Permission.DECIDE)
    return ChoicesOut(
        reasons=[_choice(choice) for choice in catalogue.reasons().values()],
        bodies=[_choice(choice) for choice in catalogue.bodies().values()],
    )


def decide(services: Services, who: Principal, number: str, wanted: AnyDecision) -> DecidedOut:
    """Decide on a paper. Raises NotFoundError; InvalidError for what no decision can be; ForbiddenError at a
    supervisor's desk; ConflictError where it waits no more, another person holds it, what was shown is no longer so,
    the rules or the department changed, or the paper complains of the office that it would go to.
    """
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        _lock_next(session, who, wanted)
        named = wanted.of if isinstance(wanted, DuplicateIn) else None
        document, other = _locked(session, who, number, named)
        desk = _check_open(services, who, document)
        suggestion = checks.seen(session, document, wanted)
        draft = drafts.draft(services, session, document, suggestion, wanted, other)
        made = _told(document, effects.put(services, session, who, document, draft))
        return _and_next(services, session, who, made, desk, wanted)


def confirm(services: Services, who: Principal, number: str, wanted: ConfirmationIn) -> DecidedOut:
    """Route a paper as suggested. Raises as `decide` does."""
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        _lock_next(session, who, wanted)
        document, _ = _locked(session, who, number)
        desk = _check_open(services, who, document)
        suggestion = checks.seen(session, document, wanted)
        route = drafts.confirmed(suggestion, wanted)
        draft = drafts.draft(services, session, document, suggestion, route, None)
        made = _told(document, effects.put(services, session, who, document, draft))
        return _and_next(services, session, who, made, desk, wanted)


def second(services: Services, who: Principal, number: str, answer: SecondIn) -> DecidedOut:
    """Confirm or refuse what another person proposed. Raises NotFoundError; ForbiddenError for who proposed it;
    ConflictError where it is not what waits for a second person, or what it was made of has changed meanwhile.
    """
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        _lock_next(session, who, answer)
        document, proposal, other = _proposal(session, who, number, answer.decision)
        checks.open_to(document, who, services)
        if (
            document.desk != "second"
            or repository.proposals(session, [document.id])[document.id] != proposal.id
        ):
            raise ConflictError("This does not wait for a second person any more. Look at the paper again.")
        if proposal.actor == who.id:
            raise ForbiddenError("A second person must confirm what you proposed. You can take it back.")
        checks.current(document, answer.version)
        if answer.agree:
            _check_still(services, session, document, proposal, other)
            made = effects.confirm(services, session, who, document, proposal)
        else:
            made = effects.take_back(services, session, who, document, proposal, answer.remark, refused=True)
        told = _told(document, made)
        return _and_next(services, session, who, told, "second", answer)


def undo(services: Services, who: Principal, number: str, wanted: UndoIn) -> DecidedOut:
    """Take a decision back: one in force, within the time for it; a proposal or an escalation while it waits.

    Raises NotFoundError; ForbiddenError for who neither decided nor supervises; ConflictError where it is too late, a
    department has taken the paper or sent it back, or something was decided since.
    """
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        document, _ = _locked(session, who, number)
        decision = repository.decision(session, document.id, wanted.decision)
        if decision is None:
            raise NotFoundError("There is no such decision on this paper.")
        if decision.actor != who.id and Permission.SUPERVISE not in who.permissions:
            raise ForbiddenError("Only who decided, or a supervisor, can take this back.")
        if document.state == "review":
            _check_pending(session, services, who, document, decision)
        else:
            _check_in_force(services, session, document, decision)
        checks.current(document, wanted.version)
        made = effects.take_back(services, session, who, document, decision, wanted.remark)
        return _told(document, made)


def decisions(services: Services, who: Principal, number: str) -> list[DecisionOut]:
    """All decisions on a paper, oldest first. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.reads, number)
        if document is None:
            raise NotFoundError(queue.NONE)
        require_sighted(session, who, document)
        rows = repository.decisions(session, document.id)
        repeated = {row.facts["of"] for row, _ in rows if isinstance(row.facts.get("of"), int)}
        known = repository.numbers(session, who.sees, repeated)
        append(session, who.id, "document.decisions_read", document.id)
    return [_shown(row, content or {}, known, document) for row, content in rows]


def send_back(services: Services, session: Session, document: Document, *, desk: Desk = "clerk") -> None:
    """Let a paper that was routed wait before people again, hurried: the decision in force is no more.

    What departments have sent back too often waits for a supervisor (see `waiting.wait`); the rows of their returns are
    to be added before. `document` must be locked.
    """
    document.returns = max(document.returns, repository.returns(session, document.id))
    effects.back(services, session, document, desk=desk, hurried=True)


def blank(session: Session, document_id: int) -> None:
    """Blank what people wrote about a paper: remarks, and names as they were corrected."""
    repository.blank(session, document_id)


def _locked(
    session: Session, who: Principal, number: str, other: str | None = None
) -> tuple[Document, Document | None]:
    """The paper, and the other one that it is said to repeat, both locked.

    Raises NotFoundError; ConflictError while the caller judges the paper blind.
    """
    if other is None:
        found = repository.locked(session, who.sees, number)
        papers = {number: found} if found is not None else {}
    else:
        papers = {**repository.locked_both(session, who.sees, (number, other))}
    if number not in papers:
        raise NotFoundError(queue.NONE)
    require_sighted(session, who, papers[number])
    return papers[number], papers.get(other) if other is not None else None


def _proposal(
    session: Session, who: Principal, number: str, id: int
) -> tuple[Document, Decision, Document | None]:
    """The paper, locked, the proposal, and the paper that it says is repeated. Raises NotFoundError."""
    found = repository.find(session, who.sees, number)
    proposal = repository.decision(session, found.id, id) if found is not None else None
    if proposal is None or proposal.kind != "proposed":
        raise NotFoundError("There is no such proposal, or its paper is not yours to see.")
    of = proposal.facts.get("of")
    named = repository.numbers(session, who.sees, {of}).get(of) if of is not None else None
    document, other = _locked(session, who, number, named)
    return document, proposal, other


def _check_open(services: Services, who: Principal, document: Document) -> Desk:
    """The desk that the paper waits at. Raises ConflictError, ForbiddenError."""
    checks.open_to(document, who, services)
    if document.desk == "second":
        raise ConflictError(
            "Something was proposed for this paper: a second person must confirm or refuse it first."
        )
    return cast(Desk, document.desk)


def _check_still(
    services: Services, session: Session, document: Document, proposal: Decision, other: Document | None
) -> None:
    """Raises ConflictError where a proposal cannot come into force as it was made."""
    newest = repository.shown_suggestions(session, [document]).get(document.id)
    if proposal.suggestion_id != newest:
        raise ConflictError(
            "A newer suggestion was made since this was proposed. Refuse it, so that it is decided anew."
        )
    if proposal.action == "route" and proposal.department is not None:
        if proposal.facts["policy"] != services.taxonomy.version:
            raise ConflictError(
                "The rules changed since this was proposed. Refuse it, so that it is decided anew."
            )
        checks.open_department(session, proposal.department, proposal.unit)
    if proposal.action == "duplicate":
        if other is None:
            raise ConflictError(
                "You may not see the paper that this one repeats: another person must confirm it."
            )
        if other.state in ("erased", "disposed") or repository.is_duplicate(session, other):
            raise ConflictError(
                "The other paper is no longer one to repeat. Refuse it, so that it is decided anew."
            )


def _check_pending(
    session: Session, services: Services, who: Principal, document: Document, decision: Decision
) -> None:
    """Raises ConflictError unless the paper waits because of this proposal or escalation."""
    last = repository.last_of_people(session, document.id)
    waits = last is not None and last.id == decision.id
    if not waits or not (decision.kind == "proposed" or decision.action == "escalate"):
        raise ConflictError("This decision is not in force any more. Look at the paper again.")
    if queue.held_by_other(document, who, services.now()):
        raise ConflictError("Another person holds this paper now and will decide on it.")


def _check_in_force(services: Services, session: Session, document: Document, decision: Decision) -> None:
    """Raises ConflictError unless this decision is in force and can still be taken back."""
    if document.decision_id != decision.id or document.state in ("erased", "disposed"):
        raise ConflictError("This decision is not in force any more. Look at the paper again.")
    if (decision.action or "route") not in _TAKEN_BACK_HERE:
        raise ConflictError("A merging or splitting is not taken back by itself: part the papers again.")
    if document.state == "accepted" or repository.handed_over(session, decision.id):
        raise ConflictError("The department has taken this paper. Ask it to send the paper back.")
    window = timedelta(minutes=services.settings.undo_minutes)
    if document.decided_at is None or services.now() - document.decided_at > window:
        minutes = f"{services.settings.undo_minutes:g}"
        raise ConflictError(
            f"A decision can be taken back for {minutes} minutes. Ask the department to send it back."
        )


def _told(document: Document, decision: Decision) -> DecidedOut:
    return DecidedOut(
        number=document.number, decision=decision.id, kind=cast(Literal["person", "proposed"], decision.kind),
        action=decision.action or "route", state=cast(Any, document.state), version=document.version,
    )  # fmt: skip


def _lock_next(session: Session, who: Principal, wanted: WithNext) -> None:
    """Before a paper is locked, where the next one is wanted (see `queue.lock_claims`)."""
    if wanted.next:
        queue.lock_claims(session, who)


def _and_next(
    services: Services, session: Session, who: Principal, made: DecidedOut, desk: Desk, wanted: WithNext
) -> DecidedOut:
    """With the next paper, where it is wanted: in one transaction, so that both are answered after one commit."""
    item: ItemOut | None = None
    if wanted.next:
        with suppress(ServiceError):  # what was decided stands without one
            item = queue.claimed(services, session, who, ClaimIn(desk=desk))
    return made.model_copy(update={"next": item})


def _shown(row: Decision, content: dict[str, Any], known: dict[int, str], document: Document) -> DecisionOut:
    columns = ("id", "kind", "actor", "actor_name", "department", "unit", "reason", "confirms", "undoes")
    return DecisionOut(
        **{name: getattr(row, name) for name in columns},
        **{name: row.facts.get(name) for name in _FACTS},
        at=row.created_at,
        action=row.action or "route",
        in_force=row.id == document.decision_id,
        suggestion=row.suggestion_id,
        overrides=row.facts.get("overrides", []),
        remark=content.get("remark"),
        entities=content.get("entities"),
        of=known.get(row.facts.get("of", 0)),
    )


def _choice(choice: Choice) -> ChoiceOut:
    return ChoiceOut(code=choice.code, names=dict(choice.names), words=choice.words)
