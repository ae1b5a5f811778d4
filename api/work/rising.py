"""What nobody takes rises: every minute, papers that wait too long are put before others and told of, once a wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import SYSTEM
from api.db.tables import Document, User
from api.departments import closing
from api.deps import Services
from api.intake.calendar import BAKU, baku_date
from api.notifications.service import notify
from api.review import waiting
from api.work import repository
from api.work.service import assign, give, may_take, stand_in

AT_ONCE = 200
"""Papers in one transaction: the audit chain is not kept busy for long."""
_ROSE = "paper.rose"


def rise(services: Services) -> int:
    """Let what waits too long rise, in review or at a department; how many papers it were.

    Before that, papers given to people who are not there are handed on, and papers on the way to closed departments
    sent back.
    """
    closing.recall_stranded(services)
    _all(services, _hand_on)
    return _all(services, _rise) + _all(services, _tell)


def _all(services: Services, some: Callable[[Services, Session], int]) -> int:
    """Do it for all papers, some in each transaction; how many they were."""
    total = 0
    while True:
        with services.database.transaction() as session:
            done = some(services, session)
        total += done
        if done < AT_ONCE:
            return total


def _hand_on(services: Services, session: Session) -> int:
    """Give the papers of people who are absent to who stands in for them, or to whoever is chosen anew."""
    now = services.now()
    absences = repository.away(session, baku_date(now))
    papers = repository.stranded(session, now, [*absences, *repository.gone(session)], AT_ONCE)
    if not papers:
        return 0
    repository.take_turn(session)  # before people, as all who choose somebody do
    people = repository.everybody(session)
    for paper in papers:
        former = people.get(paper.assigned_to or 0)
        found = stand_in(former, people, absences) if former is not None else None
        found = found if found is not None and may_take(found, paper) else None
        give(services, session, SYSTEM, paper, found)
        if found is None:
            assign(services, session, paper)
        paper.version += 1
    return len(papers)


def _rise(services: Services, session: Session) -> int:
    """Papers in review past their time come before others, and are for everybody."""
    now = services.now()
    look_by = now - timedelta(hours=services.settings.rise_after_hours)
    papers = repository.late(session, now, look_by, baku_date(now), AT_ONCE)
    for paper in papers:
        paper.rose_at = now
        paper.priority = min(paper.priority, waiting.HURRIED)
        paper.assigned_to = paper.assigned_at = None
        paper.version += 1
        append(session, SYSTEM.id, "document.rose", paper.id, desk=paper.desk, forward_by=_day(paper))
    _tell_supervisors(services, session, papers)
    return len(papers)


def _tell(services: Services, session: Session) -> int:
    """Papers that their departments have not accepted for too long."""
    now = services.now()
    last = services.calendar.add_working_days(baku_date(now), -services.settings.accept_within_days)
    before = datetime.combine(last + timedelta(days=1), time(), BAKU)
    papers = repository.not_accepted(session, before, AT_ONCE)
    for paper in papers:
        paper.rose_at = now
        append(session, SYSTEM.id, "document.not_accepted", paper.id, department=paper.department)
    _tell_supervisors(services, session, papers)
    return len(papers)


def _tell_supervisors(services: Services, session: Session, papers: Iterable[Document]) -> None:
    supervisors = repository.supervisors(session) if papers else []
    for paper in papers:
        ids = [user.id for user in supervisors if _sees(user, paper)]
        notify(services, session, ids, _ROSE, paper)


def _sees(user: User, paper: Document) -> bool:
    return user.units is None or paper.office in user.units or paper.unit in user.units


def _day(paper: Document) -> str | None:
    return None if paper.forward_by is None else str(paper.forward_by)
