"""What was routed to departments: the lists that their officers work from."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.departments import repository
from api.departments.schemas import Counts, InboxItem, InboxPage, InboxQuery
from api.deps import Services
from api.documents.sight import sighted

_MOST_COUNTED = 10_000


def page(services: Services, who: Principal, query: InboxQuery) -> InboxPage:
    """Papers that departments have, oldest first: an officer's own department's, within the units of the caller.

    Raises InvalidError for a cursor that is none of ours.
    """
    who.require(Permission.READ)
    after = cursors.decode(query.cursor)
    with services.database.transaction() as session:
        within = _within(session, who, query)
        found = repository.inbox(session, [*within, Document.state == query.state], after, query.limit + 1)
        shown = found[: query.limit]
        counts = None
        if after is None:
            waiting, accepted = (
                repository.count(session, *within, Document.state == state, most=_MOST_COUNTED)
                for state in ("routed", "accepted")
            )
            counts = Counts(waiting=waiting, accepted=accepted)
        append(session, who.id, "inbox.listed", documents=[paper.id for paper in shown], state=query.state)
    return InboxPage(
        items=[_item(paper) for paper in shown],
        next=cursors.encode(shown[-1].id) if len(found) > query.limit else None,
        counts=counts,
    )


def _within(session: Session, who: Principal, query: InboxQuery) -> list[ColumnElement[bool]]:
    """The conditions for what the caller may see and asks for."""
    conditions = [who.sees, sighted(session, who)]
    if query.department is not None:
        conditions.append(Document.department == query.department)
    if query.unit is not None:
        conditions.append(Document.unit == query.unit)
    return conditions


def _item(paper: Document) -> InboxItem:
    columns = {name: getattr(paper, name) for name in InboxItem.model_fields if hasattr(paper, name)}
    return InboxItem.model_validate(
        {**columns, "routed_at": paper.decided_at, "accepted_at": paper.closed_at}
    )
