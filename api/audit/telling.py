"""Who must hear that the audit chain is broken: administrators, and supervisors, who read it."""

from __future__ import annotations

from datetime import timedelta

from api.deps import Services
from api.notifications import recipients
from api.notifications import service as notifications

_ONCE_IN = timedelta(days=1)
"""A check that runs every hour says it once a day."""


def tell_broken(services: Services) -> bool:
    """Notify them that a check found a fault; whether they were told now, and not within the last day."""
    with services.database.transaction() as session:
        if notifications.told_since(session, "audit.broken", services.now() - _ONCE_IN):
            return False
        told = {*recipients.administrators_of(session), *recipients.supervisors_everywhere(session)}
        notifications.notify(services, session, told, "audit.broken")
    return True
