"""Departments opened and closed. Papers on the way to one that closes go before people again: nobody is guessed for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import SYSTEM, Permission, Principal
from api.db.tables import DepartmentState
from api.departments import repository, service
from api.departments.repository import EVERYWHERE
from api.departments.schemas import StateChanged, StateIn
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.notifications import recipients
from api.notifications.service import notify
from api.review import service as review

AT_ONCE = 100
"""Papers in one transaction: nobody waits long for what it has locked."""
MOST = 3 * AT_ONCE
"""Papers in one request; the timers send back the rest."""


def change(services: Services, who: Principal, department: str, wanted: StateIn) -> StateChanged:
    """Open or close a department. When this returns, no decision is committed any more that routes to a closed one.

    What was routed to it and not accepted goes back to review, hurried; the event names the successor. Raises
    NotFoundError for an unknown department; InvalidError on a unit or successor that makes no sense; ForbiddenError
    for units that are not the caller's; ConflictError where the successor is closed itself.
    """
    who.require(Permission.MANAGE_WORK)
    unit = _checked(services, who, department, wanted)
    with services.database.transaction() as session:
        repository.hold_alone(session)
        if wanted.successor is not None and not service.open_for(session, wanted.successor, wanted.unit)[0]:
            raise ConflictError("The successor is closed itself. Name another, or none.")
        row = DepartmentState(
            department=department, unit=unit, open=wanted.open, successor=wanted.successor,
            actor=who.id, reason=wanted.reason,
        )  # fmt: skip
        repository.add(session, row)
        details = {
            "department": department,
            "unit": wanted.unit,
            "open": row.open,
            "successor": row.successor,
        }
        append(session, who.id, "department.changed", None, **details, **recorded(row))
        if not row.open:
            concerned = recipients.people_of_department(session, department, wanted.unit)
            notify(services, session, concerned, "department.closed", department=department, unit=wanted.unit)
    sent_back = 0 if wanted.open else _recall(services, who, department, unit, MOST)
    with services.database.transaction() as session:
        left = 0 if wanted.open else repository.count(session, *repository.on_the_way(department, unit))
    return StateChanged(state=service.shown(row), sent_back=sent_back, left=left)


def recall_stranded(services: Services) -> int:
    """Send back papers that are on the way to closed departments, what a closing left or was cut off from; how many.

    Of each department at most a thousand: the timers have other things to do, and come back every minute.
    """
    with services.database.transaction() as session:
        closed = [pair for pair, row in repository.states(session).items() if not row.open]
    return sum(_recall(services, SYSTEM, department, unit, 10 * AT_ONCE) for department, unit in closed)


def _checked(services: Services, who: Principal, department: str, wanted: StateIn) -> str:
    """The unit as rows have it, where all that is wanted makes sense."""
    known = services.taxonomy.departments
    if department not in known:
        raise NotFoundError("There is no such department. Choose one of the list of departments.")
    if wanted.unit is not None and wanted.unit not in services.taxonomy.units:
        raise InvalidError("Unknown unit. The taxonomy names those there are.")
    if wanted.successor is not None and (
        wanted.open or wanted.successor not in known or wanted.successor == department
    ):
        raise InvalidError("A successor is another department of the taxonomy, for one that is closed.")
    if who.units is not None and wanted.unit not in who.units:
        raise ForbiddenError("You can only open or close departments in your own units.")
    return wanted.unit or EVERYWHERE


def _recall(services: Services, who: Principal, department: str, unit: str, most: int) -> int:
    """Send back what is on the way, at most about so many papers, some in each transaction; how many it were."""
    done = 0
    while done < most:
        with services.database.transaction() as session:
            batch = _recall_some(services, session, who, department, unit)
        done += batch
        if batch < AT_ONCE:
            break
    return done


def _recall_some(services: Services, session: Session, who: Principal, department: str, unit: str) -> int:
    """One transaction of it; none where the department was opened again meanwhile."""
    repository.hold(session)
    row = repository.states(session, [(department, unit)])[department, unit]
    if row.open:
        return 0
    papers = repository.locked(session, repository.on_the_way(department, unit), AT_ONCE)
    successors = {
        place: service.open_for(session, department, place)[1] for place in {paper.unit for paper in papers}
    }
    for paper in papers:
        append(
            session, who.id, "document.recalled", paper.id, decision=paper.decision_id,
            department=department, unit=paper.unit, successor=successors[paper.unit],
        )  # fmt: skip
        review.send_back(services, session, paper)
    return len(papers)
