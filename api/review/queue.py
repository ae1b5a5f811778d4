"""The queue of papers before people: looking at it, and taking papers from it one at a time.

Who takes a paper holds it for a while (a lease): nobody else can take it or decide on it. A lease is renewed by signs
of life; one that ran out holds nothing, so a paper is never lost with the browser that it was open in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.db.tables.documents import DESKS
from api.deps import Services
from api.documents.sight import beside, hidden, require_sighted
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.review import items, queue_repository, repository
from api.review.queue_repository import Place, Where
from api.review.schemas import (
    ClaimIn,
    ClaimOut,
    CountOut,
    HoldOut,
    ItemOut,
    QueueFilter,
    QueuePage,
    QueueQuery,
)

NONE = "There is no paper of this number, or it is not yours to see."
_EQUAL = ("document_type", "subject", "urgency", "language")
_SUGGESTED = {"department": Document.suggested_department, "unit": Document.suggested_unit}


def page(services: Services, who: Principal, query: QueueQuery) -> QueuePage:
    """Papers that wait, in the order in which they should be taken. Raises InvalidError for a cursor none of ours."""
    who.require(Permission.DECIDE)
    after, now = _after(query.cursor), services.now()
    with services.database.transaction() as session:
        blind = hidden(session, who)
        found = queue_repository.page(session, _where(who, query, now, blind), after, query.limit + 1)
        shown = found[: query.limit]
        asked = query.model_dump(exclude_defaults=True, exclude={"cursor", "limit"})
        append(session, who.id, "queue.listed", documents=[d.id for d in shown], filters=sorted(asked))
        told = items.shown(services, session, who, shown, blind=blind)
    return QueuePage(items=told, next=_cursor(shown[-1]) if len(found) > query.limit else None)


def counts(services: Services, who: Principal) -> list[CountOut]:
    """How many papers wait that the caller may see, by desk and urgency."""
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        rows = queue_repository.counts(session, Where(who.sees))
    return [CountOut(desk=desk, urgency=urgency, papers=papers) for desk, urgency, papers in rows]


def claim(services: Services, who: Principal, wanted: ClaimIn) -> ClaimOut:
    """Hold a paper: the one that the caller holds already, the one of a number, or the next.

    Raises NotFoundError; ConflictError where the paper of the number does not wait, another person holds it, or the
    caller holds another one; ForbiddenError for callers that are no people.
    """
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        lock_claims(session, who)
        return ClaimOut(item=claimed(services, session, who, wanted))


def lock_claims(session: Session, who: Principal) -> None:
    """Let no other claim of the caller's be under way until the commit; before any paper is locked, so that nobody
    waits in a ring. Raises ForbiddenError for callers that are no people.
    """
    if not queue_repository.lock_user(session, user_id(who)):
        raise ForbiddenError("Only people hold papers: there is no user of this session any more.")


def claimed(services: Services, session: Session, who: Principal, wanted: ClaimIn) -> ItemOut | None:
    """The paper that the caller, whose claims are locked, holds from now on; None where none waits.

    Nothing is changed where it raises (as `claim` does).
    """
    me, now, blind = user_id(who), services.now(), hidden(session, who)
    paper = _held(session, me, now)
    if paper is not None and wanted.number not in (None, paper.number):
        raise ConflictError(f"You hold {paper.number}. Decide on it or release it first.")
    paper = paper or _taken(session, who, wanted, now, blind)
    if paper is None:
        return None
    paper.held_by, paper.held_until = me, _until(services, now)
    append(session, who.id, "document.claimed", paper.id, desk=paper.desk)
    (item,) = items.shown(services, session, who, [paper], blind=blind)
    return item


def heartbeat(services: Services, who: Principal, number: str) -> HoldOut:
    """Hold a paper for longer. Raises NotFoundError; ConflictError where the caller does not hold it any more.

    It leaves no event: the beginning and the end of the hold do.
    """
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        paper = _locked(session, who, number)
        if paper.state != "review" or paper.held_by != user_id(who):
            raise ConflictError("You do not hold this paper any more: it was decided on, or another took it.")
        paper.held_until = until = _until(services, services.now())
    return HoldOut(number=number, held_until=until)


def release(services: Services, who: Principal, number: str) -> None:
    """Let go of a paper, undecided; a supervisor may let go for somebody else. Raises NotFoundError, ConflictError."""
    who.require(Permission.DECIDE)
    with services.database.transaction() as session:
        paper = _locked(session, who, number)
        if paper.held_by is None:
            raise ConflictError("Nobody holds this paper.")
        if paper.held_by != user_id(who) and Permission.SUPERVISE not in who.permissions:
            raise ConflictError("Another person holds this paper; only they or a supervisor can release it.")
        append(session, who.id, "document.released", paper.id, held_by=paper.held_by)
        paper.held_by = paper.held_until = None


def user_id(who: Principal) -> int:
    """The id of a caller's user row. Raises ForbiddenError for callers that are no people."""
    kind, _, number = who.id.partition(":")
    if kind != "user":
        raise ForbiddenError("This is for people who are signed in.")
    return int(number)


def held_by_other(document: Document, who: Principal, now: datetime) -> bool:
    """Whether somebody else holds a paper, by a lease that has not run out."""
    held = document.held_by is not None and document.held_until is not None and document.held_until > now
    return held and document.held_by != user_id(who)


def _held(session: Session, me: int, now: datetime) -> Document | None:
    """The paper that the caller holds; those whose lease ran out are let go."""
    kept = None
    for paper in queue_repository.held(session, me):
        if kept is None and paper.held_until is not None and paper.held_until > now:
            kept = paper
        else:
            paper.held_by = paper.held_until = None
    return kept


def _taken(
    session: Session, who: Principal, wanted: ClaimIn, now: datetime, blind: frozenset[int]
) -> Document | None:
    if wanted.number is None:
        where = _where(who, wanted, now, blind, desk="clerk")
        return queue_repository.take(session, where, user_id(who), now)
    paper = _locked(session, who, wanted.number)
    require_sighted(session, who, paper)
    if paper.state != "review":
        raise ConflictError("This paper does not wait for a person any more. Look at its state.")
    if held_by_other(paper, who, now):
        name = repository.names(session, [paper.held_by or 0], who).get(paper.held_by or 0, "Another person")
        raise ConflictError(f"{name} holds this paper. Take another one, or try again later.")
    return paper


def _locked(session: Session, who: Principal, number: str) -> Document:
    found = repository.locked(session, who.sees, number)
    if found is None:
        raise NotFoundError(NONE)
    return found


def _until(services: Services, now: datetime) -> datetime:
    return now + timedelta(seconds=services.settings.lease_seconds)


def _where(
    who: Principal, asked: QueueFilter, now: datetime, blind: frozenset[int], desk: str | None = None
) -> Where:
    """The places of the queue that the caller asks for, within what they see: by the office that received a paper.

    The unit that a paper was routed to says nothing here: a paper in review has none (see `waiting.wait`). Those
    that they judge `blind` are left out: their place alone would tell of them.
    """
    wanted = asked.desk or desk
    offices: Sequence[str] | None = None if who.units is None else sorted(who.units)
    if asked.office is not None:
        offices = [asked.office] if offices is None or asked.office in offices else []
    conditions = [beside(blind), *_conditions(who, asked, now)]
    return Where(who.sees, (wanted,) if wanted else DESKS, offices, conditions)


def _conditions(who: Principal, asked: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    names = ("office", *_EQUAL)
    found = [
        getattr(Document, name) == value for name in names if (value := getattr(asked, name)) is not None
    ]
    found += [
        column == value for name, column in _SUGGESTED.items() if (value := getattr(asked, name)) is not None
    ]
    if asked.reason is not None:
        found.append(Document.review_reasons.contains([asked.reason]))
    if asked.assigned is not None:
        me = user_id(who) if asked.assigned == "me" else None
        found.append(Document.assigned_to == me if me is not None else Document.assigned_to.is_(None))
    if asked.overdue:
        found.append(Document.look_by < now)
    if isinstance(asked, ClaimIn) and asked.desk == "second":
        found.append(queue_repository.not_proposed_by(who.id))
    return found


def _cursor(document: Document) -> str:
    assert document.look_by is not None  # noqa: S101 - the table's constraint says so
    place = [document.priority, document.look_by.isoformat(), document.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        priority, look_by, paper = json.loads(
            base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        )
        place = Place(priority, datetime.fromisoformat(look_by), paper)
    except (ValueError, TypeError, RecursionError):
        place = None
    whole = place is not None and type(place.priority) is int and type(place.id) is int
    if place is None or not whole or place.look_by.tzinfo is None:
        raise InvalidError("This cursor is none of ours. Start without one.")
    if not (0 <= place.priority <= 2 and 0 < place.id < 2**63):
        raise InvalidError("This cursor is none of ours. Start without one.")
    return place
