"""Letters that are made by themselves, where the office wants that.

What happens to a paper leaves an order in the same transaction; the worker's timers make the letters of the orders. So
a letter is neither lost with a process nor made of something that was not committed.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from api.auth.permissions import SYSTEM
from api.db.tables import Decision, Document, NoticeOrder
from api.deps import Services
from api.errors import ConflictError, GoneError, NotFoundError, ServiceError
from api.notices import repository, service
from api.notices.schemas import Kind, NoticeIn

_log = structlog.get_logger(__name__)
_AT_ONCE = 200
_LONGEST_WAIT = timedelta(hours=12)


def due(
    services: Services, session: Session, document: Document, kind: Kind, decision: Decision | None = None
) -> None:
    """Order a letter of this kind, telling of this decision, where letters are made by themselves; else nothing."""
    if services.settings.notices == "automatic":
        row = NoticeOrder(document_id=document.id, decision_id=decision.id if decision else None, kind=kind)
        row.next_at = services.now()
        repository.add(session, row)


def make_ordered(services: Services) -> int:
    """Make the letters that are ordered; how many were made. At most `_AT_ONCE`: the rest comes at the next call.

    An order that has become untrue (the decision was undone, the paper is gone) is dropped; one that fails is tried
    again, ever later. Raises UnavailableError where the database is away.
    """
    with services.database.transaction() as session:
        ids = repository.due_orders(session, services.now(), _AT_ONCE)
    return sum(_made(services, order) for order in ids)


def _made(services: Services, id: int) -> bool:
    with services.database.transaction() as session:
        order = repository.order(session, id)
        if order is None:
            return False
        number = repository.number(session, order.document_id)
    wanted = NoticeIn.model_validate({"kind": order.kind})
    try:
        service.prepare(services, SYSTEM, number, wanted, order.decision_id).keep(id)
    except (ConflictError, GoneError, NotFoundError) as error:
        _log.info("notice_not_made", order=id, document=order.document_id, error=error.code)
        _give_up(services, order, error)
        return False
    except Exception as error:  # one letter that cannot be made must not keep the others from being made
        code = error.code if isinstance(error, ServiceError) else type(error).__name__
        _log.warning("notice_failed", order=id, document=order.document_id, error=code)
        _put_off(services, order)
        return False
    return True


def _give_up(services: Services, order: NoticeOrder, error: ServiceError) -> None:
    """Drop an order that is untrue; a paper that changed in between is looked at again at the next call."""
    if isinstance(error, service.ChangedError):
        return
    with services.database.transaction() as session:
        repository.end_order(session, order.id)


def _put_off(services: Services, order: NoticeOrder) -> None:
    wait = min(timedelta(minutes=2 ** min(order.tries, 10)), _LONGEST_WAIT)
    with services.database.transaction() as session:
        repository.put_off(session, order.id, services.now() + wait)
