"""What follows when something happens to a paper: the features that must hear of it, in the same transaction.

Features tell it here and know nothing of each other; who else should hear of something is added here alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import Decision, Document, Handover
from api.deps import Services
from api.notices import orders as notices
from api.notifications import recipients
from api.notifications.service import notify
from api.related import service as related
from api.review import service as review
from api.search import service as search
from api.webhooks.service import emit, wanted
from api.work import service as work

_NOTICES = {"route": "forwarded", "outside": "forwarded", "unreadable": "returned"}
"""The letter to the sender that follows an action."""


def registered(services: Services, session: Session, documents: Iterable[Document]) -> None:
    """Papers came in; those with the bytes of earlier ones wait for a person at once.

    Who sent a paper that is split gets no letter for each part: it came once, under the number of the whole.
    """
    told = wanted(session, "paper.registered")
    for document in documents:
        if told:
            emit(services, session, "paper.registered", document, channel=document.channel)
        if document.part_of is None:
            notices.due(services, session, document, "registered")
        if document.state == "review":
            waits(services, session, document)


def read(
    services: Services, session: Session, document: Document, pages: dict[str, Any], content: dict[str, Any]
) -> None:
    """A paper was read: `pages` as a reading keeps them, `content` the suggestion in the form of the contract."""
    search.index(session, document, pages, content)
    related.note(services, session, document, pages, content)


def failed(services: Services, session: Session, document: Document) -> None:
    """A paper could not be processed, and is not tried again by itself."""
    search.index(session, document, {}, {})
    notify(services, session, recipients.administrators_of(session), "dead_letter", document)


def waits(services: Services, session: Session, document: Document) -> None:
    """A paper has come to wait for a person; one of which nothing was read is found by its number and sender."""
    if document.suggestion_id is None:
        search.index(session, document, {}, {})
    if document.desk == "supervisor":
        notify(services, session, recipients.supervisors_of(session, document), "paper.escalated", document)
        return
    if document.desk == "second":
        seconds = recipients.clerks_of(session, document.office)
        notify(services, session, seconds, "decision.second_wanted", document)
        return
    if document.priority == 0:
        clerks = recipients.clerks_of(session, document.office)
        notify(services, session, clerks, "paper.danger", document)
    work.assign(services, session, document)


def decided(services: Services, session: Session, document: Document, decision: Decision) -> None:
    """A decision came into force."""
    action = decision.action or "route"
    emit(
        services, session, "decision.made", document, action=action, decision=decision.id, by=decision.kind,
        subject=document.subject,
    )  # fmt: skip
    if kind := _NOTICES.get(action):
        notices.due(services, session, document, "returned" if kind == "returned" else "forwarded", decision)
    if decision.department is not None:
        officers = recipients.officers_of(session, decision.department, decision.unit)
        notify(services, session, officers, "department.received", document)


def undone(services: Services, session: Session, document: Document, decision: Decision) -> None:
    """`decision` took back one that was in force: the department that it had sent the paper to hears of it."""
    emit(services, session, "decision.undone", document, decision=decision.undoes)
    undone = session.get_one(Decision, decision.undoes)
    if undone.department is not None:
        officers = recipients.officers_of(session, undone.department, undone.unit)
        notify(services, session, officers, "decision.undone", document)


def accepted(services: Services, session: Session, document: Document, handover: Handover) -> None:
    """A department took a paper."""
    emit(services, session, "paper.accepted", document, decision=handover.decision_id)


def returned(services: Services, session: Session, document: Document, handover: Handover) -> None:
    """A department sent a paper back: supervisors hear of it, and who had sent it there."""
    emit(services, session, "paper.returned", document, decision=handover.decision_id, reason=handover.reason)
    decision = session.get_one(Decision, handover.decision_id)
    kind, _, number = decision.actor.partition(":")
    told = set(recipients.supervisors_of(session, document))
    told |= {int(number)} if kind == "user" else set()
    notify(services, session, told, "paper.returned", document)


def clock_told(services: Services, session: Session, document: Document) -> None:
    """The time for the answer runs out, or is over: who should take the paper hears of it, else supervisors."""
    mine = document.held_by or document.assigned_to
    told = [mine] if mine is not None else recipients.supervisors_of(session, document)
    notify(services, session, told, f"clock.{document.clock_told}", document)


def erased(services: Services, session: Session, document: Document) -> None:
    """The content of a paper is being removed for good: what was derived from it goes, too."""
    search.forget(session, document.id)
    related.forget(session, document.id)
    review.blank(session, document.id)
