"""Disposals in two steps: one person proposes papers whose time is over, another one approves or refuses.

A disposal is for those alone who may see all of its papers; for others it does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_
from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Disposal, DisposalItem, Document
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.retention import carrying, repository, service
from api.retention.certificate import Language, as_json, as_pdf, digest
from api.retention.schedule import Schedule, schedule
from api.retention.schemas import (
    DisposalFull,
    DisposalIn,
    DisposalItemOut,
    DisposalOut,
    DisposalPage,
    Why,
)

_NONE = "There is no disposal of this number, or not all of its papers are yours to see."
_NAMED = 10
"""So many papers are named where a list is refused."""
_SAID: dict[Why, str] = {
    "gone": "its content is gone",
    "open": "work on it is not over",
    "held": "it is under a legal hold",
    "kept": "it is kept for ever",
    "archive": "the archive gets it first",
    "not_due": "its time is not over",
    "proposed": "it is in another disposal",
}


def propose(services: Services, who: Principal, wanted: DisposalIn) -> DisposalFull:
    """Propose papers for disposal: those named, all of them or none; or the longest closed that are due by a rule.

    Raises NotFoundError for papers that are not the caller's to see, ConflictError for those that cannot be disposed
    of (which, and why) and where none is due, InvalidError for a day to come.
    """
    who.require(Permission.DISPOSE)
    plan = schedule(services.settings.retention_schedule)
    with services.database.transaction() as session:
        if wanted.numbers is not None:
            papers = _named(services, session, who, plan, set(wanted.numbers))
        else:
            papers = _expired(services, session, who, plan, wanted)
        disposal = Disposal(proposed_by=who.id, proposed_at=services.now())
        repository.add(session, disposal)
        items = [
            DisposalItem(disposal_id=disposal.id, document_id=paper.id, rule=plan.of(paper.document_type).id)
            for paper in papers
        ]
        repository.add(session, *items)
        append(session, who.id, "disposal.proposed", disposal=disposal.id, documents=[p.id for p in papers])
        return _full(session, disposal)


def page(services: Services, who: Principal, cursor: str | None, limit: int) -> DisposalPage:
    """Disposals, newest first. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.DISPOSE)
    before = cursors.decode(cursor)
    with services.database.transaction() as session:
        found = repository.disposals(session, who.sees, before, limit + 1)
        append(session, who.id, "disposals.listed", disposals=[row.id for row, _ in found[:limit]])
    more = len(found) > limit
    return DisposalPage(
        items=[_shown(row, papers) for row, papers in found[:limit]],
        next=cursors.encode(found[limit - 1][0].id) if more else None,
    )


def get(services: Services, who: Principal, id: int) -> DisposalFull:
    """A disposal with its papers. Raises NotFoundError."""
    who.require(Permission.DISPOSE)
    with services.database.transaction() as session:
        disposal = _found(session, who, id)
        append(session, who.id, "disposal.read", disposal=disposal.id)
        return _full(session, disposal)


def approve(services: Services, who: Principal, id: int) -> DisposalFull:
    """Approve a disposal of another person and carry it out; one that was broken off goes on.

    A large one is carried out by the worker, within some minutes: its state tells. Papers that became held, were
    opened again or are no longer due are left out and named. Raises NotFoundError, ForbiddenError for one's own,
    ConflictError for one that has ended.
    """
    who.require(Permission.DISPOSE)
    with services.database.transaction() as session:
        disposal = _found(session, who, id, lock=True)
        if disposal.proposed_by == who.id:
            raise ForbiddenError("You have proposed this disposal yourself: another person must approve it.")
        if disposal.state in {"carried_out", "refused"}:
            raise ConflictError("This disposal has ended. Look at its state.")
        if disposal.state == "proposed":
            disposal.state, disposal.ended_by, disposal.ended_at = "approved", who.id, services.now()
            append(session, who.id, "disposal.approved", disposal=disposal.id)
        large = len(repository.items(session, id)) > carrying.BY_REQUEST
    if not large:
        carrying.carry_out(services, id)
    with services.database.transaction() as session:
        return _full(session, _found(session, who, id))


def refuse(services: Services, who: Principal, id: int) -> DisposalFull:
    """Refuse a disposal, or take back one's own: nothing happens to its papers. Raises NotFoundError, ConflictError."""
    who.require(Permission.DISPOSE)
    with services.database.transaction() as session:
        disposal = _found(session, who, id, lock=True)
        if disposal.state != "proposed":
            raise ConflictError("Only a disposal that waits for approval can be refused. Look at its state.")
        disposal.state, disposal.ended_by, disposal.ended_at = "refused", who.id, services.now()
        append(session, who.id, "disposal.refused", disposal=disposal.id)
        return _full(session, disposal)


def certificate(
    services: Services, who: Principal, id: int, form: str = "json", language: Language = "az"
) -> bytes:
    """The certificate as canonical JSON, or PDF. Raises NotFoundError, ConflictError where there is none."""
    who.require(Permission.DISPOSE)
    with services.database.transaction() as session:
        disposal = _found(session, who, id)
        if disposal.certificate is None:
            raise ConflictError("This disposal was not carried out: it has no certificate.")
        append(session, who.id, "disposal.certificate_read", disposal=disposal.id, form=form)
        found = disposal.certificate
    return as_json(found) if form == "json" else as_pdf(found, language)


def _named(
    services: Services, session: Session, who: Principal, plan: Schedule, numbers: set[str]
) -> Sequence[Document]:
    """The papers of these numbers, locked, all of them fit. Raises NotFoundError, ConflictError."""
    papers = repository.locked(session, and_(Document.number.in_(numbers), who.sees))
    if missing := numbers - {paper.number for paper in papers}:
        raise NotFoundError(f"Not papers, or not yours to see: {_few(missing)}. Nothing was proposed.")
    obstacles = _obstacles(services, session, plan, papers)
    if obstacles:
        told = _few({f"{number} ({_SAID[why]})" for number, why in obstacles.items()})
        raise ConflictError(f"These papers cannot be disposed of: {told}. Nothing was proposed.")
    return papers


def _expired(
    services: Services, session: Session, who: Principal, plan: Schedule, wanted: DisposalIn
) -> Sequence[Document]:
    """The papers that are due by a rule, locked; those that others took in between are passed over."""
    if wanted.by is None or wanted.by > baku_date(services.now()):
        raise InvalidError("Papers can be disposed of when their time is over: give a day that has come.")
    expired = service.expired_by(services, plan, wanted.by, service.chosen(plan, wanted.rule))
    found = [paper.id for paper in repository.due(session, who.sees, expired, None, wanted.limit)]
    papers = repository.locked(session, and_(Document.id.in_(found), who.sees))
    obstacles = _obstacles(services, session, plan, papers)
    fit = [paper for paper in papers if paper.number not in obstacles]
    if not fit:
        raise ConflictError("No paper can be disposed of by this rule now. Look at what falls due.")
    return fit


def _obstacles(
    services: Services, session: Session, plan: Schedule, papers: Sequence[Document]
) -> dict[str, Why]:
    """By number, why papers cannot be disposed of."""
    ids = [paper.id for paper in papers]
    held, proposed = repository.held(session, ids), repository.proposed(session, ids)
    today = baku_date(services.now())
    found = {paper.number: service.obstacle(plan, paper, today, held, proposed) for paper in papers}
    return {number: why for number, why in found.items() if why is not None}


def _few(names: set[str]) -> str:
    first = sorted(names)[:_NAMED]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _found(session: Session, who: Principal, id: int, *, lock: bool = False) -> Disposal:
    disposal = repository.disposal(session, who.sees, id, lock=lock)
    if disposal is None:
        raise NotFoundError(_NONE)
    return disposal


def _shown(disposal: Disposal, papers: int) -> DisposalOut:
    told = ("id", "state", "proposed_at", "proposed_by", "ended_at", "ended_by")
    return DisposalOut.model_validate({
        **{name: getattr(disposal, name) for name in told},
        "papers": papers,
        "certificate": digest(disposal.certificate) if disposal.certificate is not None else None,
    })  # fmt: skip


def _full(session: Session, disposal: Disposal) -> DisposalFull:
    items = repository.items(session, disposal.id)
    numbers = repository.numbers(session, [item.document_id for item in items])
    return DisposalFull.model_validate({
        **_shown(disposal, len(items)).model_dump(),
        "items": [DisposalItemOut(number=numbers[item.document_id], rule=item.rule) for item in items],
        "left_out": (disposal.certificate or {}).get("left_out", {}),
    })  # fmt: skip
