"""How a paper comes to wait for a person, and where it stands in the queue."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

from api.db.tables import Document
from api.intake.calendar import BAKU
from api.review import catalogue

Desk = Literal["clerk", "second", "supervisor"]

DANGER, HURRIED, ORDINARY = 0, 1, 2
"""Values of `Document.priority`: whatever is in danger comes first, then what is hurried."""
_ALLOWED = {"immediate": timedelta(0), "high": timedelta(hours=4), "normal": timedelta(days=2)}
"""How long after its receipt a paper may wait until somebody looks at it."""
_UNCERTAIN = timedelta(hours=8)
"""So much earlier comes a paper of which nothing is certain: it takes longer."""
_MORNING = time(9)


def wait(document: Document, now: datetime, *, desk: Desk = "clerk", hurried: bool = False) -> None:
    """Put a paper before people: state, desk, place in the queue. Whoever held it or had it assigned does so no more,
    and no decision is in force. What would go to a clerk goes to a supervisor once the paper goes round in circles
    (`returns` of `two_persons.toml`).

    The place is fixed when the paper comes to wait, so papers that wait longer move up: by priority, then by the
    moment by which somebody should have looked, which is the earlier of the morning of the day by which it must be
    forwarded, and of receipt and what its urgency allows, less up to eight hours for what is uncertain of it.
    """
    circling = (document.returns or 0) >= catalogue.two_persons().returns and desk == "clerk"
    document.state, document.desk = "review", "supervisor" if circling else desk
    document.decision_id = document.department = document.unit = document.body = None
    document.review_since, document.decided_at, document.closed_at = now, None, None
    document.priority = priority(document.urgency, hurried=hurried)
    document.look_by = look_by(document)
    document.held_by = document.held_until = document.assigned_to = document.assigned_at = None
    document.version += 1


def leave(document: Document, state: str, now: datetime | None) -> None:
    """Take a paper out of the queue into another state: decided on at `now`, or None: nothing was decided."""
    document.state, document.desk, document.look_by = state, None, None
    document.held_by = document.held_until = document.assigned_to = document.assigned_at = None
    document.decided_at = now
    document.version += 1


def priority(urgency: str | None, *, hurried: bool) -> int:
    """The class of a paper in the queue."""
    if urgency == "immediate":
        return DANGER
    return HURRIED if hurried or urgency == "high" else ORDINARY


def look_by(document: Document) -> datetime:
    """The moment by which somebody should have looked at a paper."""
    doubt = 1.0 - document.certainty if document.certainty is not None else 1.0
    due = (
        document.received_at
        + _ALLOWED.get(document.urgency or "normal", _ALLOWED["normal"])
        - doubt * _UNCERTAIN
    )
    if document.forward_by is None:
        return due
    return min(due, datetime.combine(document.forward_by, _MORNING, BAKU))
