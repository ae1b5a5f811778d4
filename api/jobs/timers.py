"""What is done every minute, by one worker at a time: warnings of the legal clock, what nobody takes, tidying up."""

from __future__ import annotations

from datetime import date, timedelta

import structlog
from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.auth.permissions import SYSTEM
from api.deps import Services
from api.intake import service as intake
from api.intake.calendar import baku_date
from api.jobs import repository
from api.jobs.queue import defer_triage
from api.notices import orders as notices
from api.notifications import sending as notifications
from api.retention import carrying as disposals
from api.webhooks import delivery as webhooks
from api.work.rising import rise

_log = structlog.get_logger(__name__)
LOCK = int.from_bytes(b"TIMERS..", "big")
_AT_ONCE = 500
"""Papers in one transaction: the audit chain is not kept busy for long."""
_KEYS_KEPT = timedelta(days=7)
_PARTS_KEPT = timedelta(days=1)
_ERASED_LATELY = timedelta(days=1)


def run(services: Services) -> bool:
    """Do everything that is due; False where another worker is at it. Raises UnavailableError without a database."""
    now = services.now()
    with services.database.transaction() as guard:  # holds the lock, nothing else
        if not repository.try_lock(guard, LOCK):
            return False
        while _told(services, baku_date(now)) == _AT_ONCE:
            pass
        rise(services)
        with services.database.transaction() as session:
            queue_forgotten(session)
            repository.delete_finished(session)
            repository.delete_expired(session, now, now - _KEYS_KEPT)
            forgotten = repository.erased_since(session, now - _ERASED_LATELY)
            notifications.forget_old(services, session)
            webhooks.forget_old(services, session)
        for sha256 in forgotten:  # where a process died between an erasure's commit and the deletion
            intake.remove_forgotten(services, sha256)
        notices.make_ordered(services)
        disposals.resume(services)
        services.store.sweep(_PARTS_KEPT)
    return True


def tell_clocks(services: Services, session: Session, today: date) -> int:
    """Record for open papers that the warning days have begun, or that the answer is overdue; each once.

    `today` is the date in Baku. At most `_AT_ONCE` papers; returns how many.
    """
    papers = repository.clocks_to_tell(session, today, _AT_ONCE)
    for paper in papers:
        overdue = paper.answer_by is not None and paper.answer_by < today
        paper.clock_told = "overdue" if overdue else "warned"
        append(session, SYSTEM.id, f"clock.{paper.clock_told}", paper.id, answer_by=str(paper.answer_by))
        lifecycle.clock_told(services, session, paper)
    return len(papers)


def queue_forgotten(session: Session) -> int:
    """Give a job to papers that wait without one, as after a restore without the queue; returns how many."""
    forgotten = repository.forgotten(session, _AT_ONCE)
    if forgotten:
        _log.warning("papers_without_job", count=len(forgotten))
        defer_triage(session, *forgotten)
    return len(forgotten)


def _told(services: Services, today: date) -> int:
    with services.database.transaction() as session:
        return tell_clocks(services, session, today)
