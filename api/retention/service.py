"""What keeps papers and for how long: the schedule, legal holds, and the list of papers whose time is over."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime

from sqlalchemy import and_
from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, LegalHold
from api.deps import Services
from api.documents.sight import sighted
from api.errors import ConflictError, GoneError, InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.retention import repository
from api.retention.repository import Expired
from api.retention.schedule import Rule, Schedule, schedule
from api.retention.schemas import (
    DueOut,
    DuePage,
    DueQuery,
    HeldOut,
    HeldPage,
    HoldIn,
    HoldOut,
    HoldsOut,
    RuleOut,
    Why,
)

NO_PAPER = "There is no paper of this number, or it is not yours to see."
GONE = frozenset({"erased", "disposed"})


def held(session: Session, document_id: int) -> bool:
    """Whether a paper is under a legal hold. To be asked with the paper locked: then it stays so."""
    return bool(repository.held(session, [document_id]))


def hold(services: Services, who: Principal, number: str, wanted: HoldIn) -> HoldsOut:
    """Set or end a legal hold. Raises NotFoundError, GoneError, ConflictError where it is so already."""
    who.require(Permission.HOLD)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number, lock=True)
        if document is None:
            raise NotFoundError(NO_PAPER)
        if document.state in GONE:
            raise GoneError("The content of this paper is gone: there is nothing left to hold.")
        if held(session, document.id) == wanted.on:
            raise ConflictError(f"This paper is {'held already' if wanted.on else 'not held'}.")
        row = LegalHold(document_id=document.id, on=wanted.on, actor=who.id, reason=wanted.reason)
        repository.add(session, row)
        append(session, who.id, "hold.set" if wanted.on else "hold.ended", document.id, **recorded(row))
        document.version += 1
        return _holds(session, document)


def holds(services: Services, who: Principal, number: str) -> HoldsOut:
    """Whether a paper is held, and since when. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number)
        if document is None:
            raise NotFoundError(NO_PAPER)
        append(session, who.id, "holds.read", document.id)
        return _holds(session, document)


def held_papers(services: Services, who: Principal, cursor: str | None = None, limit: int = 50) -> HeldPage:
    """Papers under a legal hold, the latest hold first. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.HOLD)
    before = cursors.decode(cursor)
    with services.database.transaction() as session:
        found = repository.held_papers(session, and_(who.sees, sighted(session, who)), before, limit + 1)
        append(session, who.id, "holds.read", documents=[document.id for _, document in found[:limit]])
        items = [
            HeldOut(
                id=row.id, number=document.number, document_type=document.document_type, on=row.on, at=row.at,
                actor=row.actor, reason=row.reason,
            )
            for row, document in found[:limit]
        ]  # fmt: skip
    return HeldPage(items=items, next=cursors.encode(items[-1].id) if len(found) > limit else None)


def rules(services: Services, who: Principal) -> list[RuleOut]:
    """The schedule in force. Raises InvalidError where the office's file is broken."""
    who.require(Permission.DISPOSE)
    found = schedule(services.settings.retention_schedule)
    return [
        RuleOut(
            id=rule.id,
            document_types=sorted(rule.types),
            default=rule is found.default,
            years=rule.years,
            counted_from=None if rule.years is None else "year" if rule.of_year else "closed",
            action=rule.action,
            basis=rule.basis,
            names=dict(rule.names),
        )
        for rule in found.rules
    ]


def due(services: Services, who: Principal, query: DueQuery) -> DuePage:
    """Papers whose time is over on a day, also one to come. Raises InvalidError, NotFoundError for an unknown rule."""
    who.require(Permission.DISPOSE)
    plan = schedule(services.settings.retention_schedule)
    by = query.by or baku_date(services.now())
    after = _after(query.cursor)
    expired = expired_by(services, plan, by, chosen(plan, query.rule))
    with services.database.transaction() as session:
        seen = and_(who.sees, sighted(session, who))
        found = repository.due(session, seen, expired, after, query.limit + 1)
        shown = found[: query.limit]
        append(session, who.id, "retention.listed", documents=[document.id for document in shown], by=str(by))
        items = [_due(plan, document) for document in shown]
    more = len(found) > query.limit
    return DuePage(by=by, items=items, next=_cursor(shown[-1]) if more else None)


def chosen(plan: Schedule, rule: str | None) -> list[Rule]:
    """The rule of an id, or all. Raises NotFoundError."""
    found = [each for each in plan.rules if rule in (None, each.id)]
    if not found:
        raise NotFoundError("The schedule has no rule of this id. Look at the list of rules.")
    return found


def expired_by(services: Services, plan: Schedule, by: date, rules: list[Rule]) -> list[Expired]:
    """What falls due under these rules, type by type. Types that neither schedule nor taxonomy names never do."""
    found = []
    for rule in rules:
        types: set[str | None] = set(rule.types)
        if rule is plan.default:
            types |= {None, *(t for t in services.taxonomy.document_types if plan.of(t) is rule)}
        cutoff = rule.cutoff(by)
        if cutoff is not None:
            found += [Expired(each, cutoff) for each in sorted(types, key=str)]
    return found


def obstacle(
    plan: Schedule, document: Document, today: date, held: set[int], proposed: set[int]
) -> Why | None:
    """Why a locked paper cannot be disposed of; None where it can. `held` and `proposed`: ids of papers that are."""
    rule = plan.of(document.document_type)
    due_on = rule.due_on(document.closed_at) if document.closed_at is not None else None
    reasons: tuple[tuple[Why, bool], ...] = (
        ("gone", document.state in GONE),
        ("open", document.closed_at is None),
        ("held", document.id in held),
        ("kept", rule.action == "keep"),
        ("archive", rule.action == "transfer"),
        ("not_due", due_on is not None and due_on > today),
        ("proposed", document.id in proposed),
    )
    return next((why for why, so in reasons if so), None)


def _holds(session: Session, document: Document) -> HoldsOut:
    changes = [HoldOut.model_validate(row) for row in repository.holds(session, document.id)]
    return HoldsOut(number=document.number, held=bool(changes) and changes[0].on, changes=changes)


def _due(plan: Schedule, document: Document) -> DueOut:
    rule = plan.of(document.document_type)
    return DueOut.model_validate({
        "number": document.number,
        "document_type": document.document_type,
        "closed_at": document.closed_at,
        "due_on": rule.due_on(document.closed_at) if document.closed_at else None,
        "rule": rule.id,
        "action": rule.action,
    })  # fmt: skip


def _cursor(document: Document) -> str:
    place = [document.closed_at.isoformat() if document.closed_at else "", document.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(cursor: str | None) -> tuple[datetime, int] | None:
    """Where a cursor points. Raises InvalidError for one that is none of ours."""
    if cursor is None:
        return None
    try:
        moment, last = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(moment)
        if moment.tzinfo is not None and type(last) is int and 0 < last < 2**63:
            return moment.astimezone(UTC), last
    except (ValueError, TypeError, OverflowError, RecursionError):  # what was not made here
        pass
    raise InvalidError("This cursor is none of ours. Start without one.")
