"""HTTP for one's own notifications."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status

from api.auth.deps import SignedInDep, allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.notifications import service
from api.notifications.schemas import (
    MailChoiceIn,
    MailChoiceOut,
    MailStateOut,
    NotificationPage,
    ReadAllIn,
    UnreadOut,
)
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1", tags=["notifications"], responses=PROBLEM_ANSWERS)
Cursor = Annotated[str | None, Query(max_length=60, description="`next` of the page before.")]


def person(signed_in: SignedInDep) -> Principal:
    """Whoever is signed in, with nothing left to do before. Raises ForbiddenError."""
    signed_in.require_done()
    return signed_in.principal


Person = Annotated[Principal, Depends(person)]


@router.get("/notifications")
def list_notifications(
    services: ServicesDep,
    who: Person,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    unread: bool = False,
) -> NotificationPage:
    """Your own notifications, newest first."""
    return service.page(services, who, cursor, limit, unread=unread)


@router.get("/notifications/unread")
def count_unread(services: ServicesDep, who: Person) -> UnreadOut:
    """How many of them you have not read."""
    return service.unread(services, who)


@router.get("/notifications/mail-state")
def read_mail_state(
    services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.READ_SYSTEM))]
) -> MailStateOut:
    """Whether e-mail goes out: what waits, is tried again, and was given up."""
    return service.mail_state(services, who)


@router.post("/notifications/read-all", status_code=status.HTTP_204_NO_CONTENT)
def read_all(wanted: ReadAllIn, services: ServicesDep, who: Person) -> None:
    """You have read them all, or those up to an id."""
    service.read_all(services, who, wanted.until)


@router.post("/notifications/{id}/read", status_code=status.HTTP_204_NO_CONTENT)
def read_one(id: RowId, services: ServicesDep, who: Person) -> None:
    """You have read this one."""
    service.read(services, who, id)


@router.get("/me/notifications")
def read_mail_choice(services: ServicesDep, who: Person) -> MailChoiceOut:
    """Whether and where you get notifications by e-mail."""
    return service.mail_choice(services, who)


@router.patch("/me/notifications")
def choose_mail(wanted: MailChoiceIn, services: ServicesDep, who: Person) -> MailChoiceOut:
    """Get notifications by e-mail at once, in a digest at nine on working days, or not."""
    return service.choose_mail(services, who, wanted.mail)
