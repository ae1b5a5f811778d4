"""Which departments are open, and why they may send papers back.

A department is closed where its newest row says so, everywhere or in a unit. Like switches of automation, a closing
takes effect at once: transactions that decide hold the departments (`open_for`), one that closes a department waits
for them and lets none in. So nothing is routed to a department after the answer that it is closed.

Locks are taken in one order, so that nobody waits in a ring: papers by id, departments, switches of automation, the
turn of who is given papers, people, the chain; who holds the departments before papers passes over those that are
locked.
"""

from __future__ import annotations

from sqlalchemy import and_
from sqlalchemy.orm import Session

from api.auth.permissions import Permission, Principal
from api.db.tables import DepartmentState
from api.departments import reasons, repository
from api.departments.repository import EVERYWHERE
from api.departments.schemas import Counts, DepartmentOut, ReasonOut, StateOut
from api.deps import Services
from api.documents.sight import sighted


def open_for(session: Session, department: str, unit: str | None) -> tuple[bool, str | None]:
    """Whether papers may be routed to this department in this unit; stays so until the commit.

    For a closed one also the department that is proposed instead: the first along its successors that is open.
    """
    repository.hold(session)
    closed = _closed_by(session, department, unit)
    if closed is None:
        return True, None
    tried = {department}
    while closed is not None and closed.successor is not None and closed.successor not in tried:
        successor = closed.successor
        tried.add(successor)
        closed = _closed_by(session, successor, unit)
        if closed is None:
            return False, successor
    return False, None


def departments(services: Services, who: Principal) -> list[DepartmentOut]:
    """All departments of the taxonomy, with their states and how many papers they have that the caller may see."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        rows = repository.states(session)
        seen = and_(who.sees, sighted(session, who))
        waiting = repository.counts(session, seen, "routed")
        accepted = repository.counts(session, seen, "accepted")
    return [
        DepartmentOut(
            department=department,
            names=services.taxonomy.names.get(("departments", department), {}),
            state=shown(rows.get((department, EVERYWHERE))),
            closed_in=[
                shown(row) for (of, unit), row in rows.items() if of == department and unit and not row.open
            ],
            counts=Counts(waiting=waiting.get(department, 0), accepted=accepted.get(department, 0)),
        )
        for department in services.taxonomy.departments
    ]


def return_reasons(who: Principal) -> list[ReasonOut]:
    """Why a department may send a paper back."""
    who.require(Permission.READ)
    return [
        ReasonOut(code=reason.code, names=dict(reason.names), wrong=reason.wrong, remark=reason.remark)
        for reason in reasons.load().values()
    ]


def shown(row: DepartmentState | None) -> StateOut:
    """A state as it is told; None: a department that was never closed."""
    if row is None:
        return StateOut(unit=None, open=True)
    return StateOut(
        unit=row.unit or None, open=row.open, successor=row.successor, at=row.at, actor=row.actor,
        reason=row.reason,
    )  # fmt: skip


def _closed_by(session: Session, department: str, unit: str | None) -> DepartmentState | None:
    """The row by which a department is closed in a unit, or everywhere; None: it is open."""
    pairs = [(department, place) for place in (unit, EVERYWHERE) if place is not None]
    rows = repository.states(session, pairs)
    return next((rows[pair] for pair in pairs if pair in rows and not rows[pair].open), None)
