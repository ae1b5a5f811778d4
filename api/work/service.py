"""Who is given a paper that waits for a clerk: by hand, or by itself where the installation shares work out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Permission, Principal
from api.db.tables import Absence, Document, User
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.notifications.service import notify
from api.work import repository
from api.work.schemas import AssignmentIn, AssignmentOut

_NEVER = datetime.min.replace(tzinfo=UTC)


def assign(services: Services, session: Session, document: Document) -> None:
    """Give a paper that has just come to wait for a clerk to somebody, where work is shared out; nobody is fine.

    Whoever may see it, is there (or stands in for somebody who is not) and reads its language gets it: who has the
    fewest papers, and of those who got one longest ago. Where nobody there reads its language, somebody gets it all
    the same. The paper must be locked.
    """
    if services.settings.assignment != "share" or document.desk != "clerk":
        return
    repository.take_turn(session)
    places = {place for place in (document.office, document.unit) if place is not None}
    clerks = {clerk.id: clerk for clerk in repository.clerks(session, places)}
    absences = repository.away(session, baku_date(services.now()), clerks)
    there = {
        clerk.id: clerk for clerk in (stand_in(clerk, clerks, absences) for clerk in clerks.values()) if clerk
    }
    able = [clerk for clerk in there.values() if _reads(clerk, document.language)] or list(there.values())
    if able:
        loads = repository.loads(session, [clerk.id for clerk in able], services.now())
        chosen = min(able, key=lambda clerk: (loads.get(clerk.id, 0), clerk.given_at or _NEVER, clerk.id))
        give(services, session, SYSTEM, document, chosen)


def give(services: Services, session: Session, who: Principal, document: Document, to: User | None) -> None:
    """Write who should take a paper, and tell them; None: nobody in particular."""
    document.assigned_to, document.assigned_at = (to.id, services.now()) if to else (None, None)
    if to is not None:
        to.given_at = document.assigned_at
        if to.id != user_id(who):
            notify(services, session, [to.id], "paper.assigned", document)
    append(session, who.id, "document.assigned", document.id, user=document.assigned_to)


def stand_in(person: User, people: Mapping[int, User], absences: Mapping[int, Absence]) -> User | None:
    """The person, or who stands in: the deputy, the deputy's deputy, and so on; None: nobody of `people` does."""
    tried: set[int] = set()
    found: User | None = person
    while found is not None and (absence := absences.get(found.id)) is not None:
        tried.add(found.id)
        deputy = absence.deputy_id
        found = people.get(deputy) if deputy is not None and deputy not in tried else None
    return found


def assign_by_hand(services: Services, who: Principal, number: str, wanted: AssignmentIn) -> AssignmentOut:
    """Give a paper in review to somebody, or to nobody in particular. Raises NotFoundError; InvalidError where the
    person may not decide on it; ConflictError where it has changed, is open before somebody, or the person is absent.
    """
    who.require(Permission.MANAGE_WORK)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number)
        if document is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        if document.version != wanted.version or document.state != "review":
            raise ConflictError("The paper has changed meanwhile. Load it again.")
        held = document.held_until is not None and document.held_until > services.now()
        if held and document.held_by != wanted.user:
            raise ConflictError("Somebody is working on this paper just now. Try again when it is free.")
        to = None if wanted.user is None else _able(services, session, document, wanted.user)
        give(services, session, who, document, to)
        document.version += 1
        return AssignmentOut(number=number, assigned_to=document.assigned_to, version=document.version)


def may_take(user: User, document: Document) -> bool:
    """Whether this person's role may decide at the desk where the paper waits, and their units hold it."""
    if document.desk == "supervisor" and user.role != "supervisor":
        return False
    if Permission.DECIDE not in ROLE_PERMISSIONS[user.role] or user.disabled_at is not None:
        return False
    return user.units is None or document.office in user.units or document.unit in user.units


def _able(services: Services, session: Session, document: Document, user_id: int) -> User:
    """The person, who may decide on the paper and is there."""
    user = repository.member(session, user_id, None, lock=True)
    if user is None or not may_take(user, document):
        raise InvalidError(
            "This person may not decide on this paper. Choose somebody else of the list of people."
        )
    if repository.away(session, baku_date(services.now()), [user.id]):
        raise ConflictError("This person is absent today. Take the deputy or somebody else.")
    return user


def _reads(user: User, language: str | None) -> bool:
    return user.reads is None or language is None or language in user.reads


def user_id(who: Principal) -> int | None:
    """The id of the user who calls; None for a key or the service itself."""
    kind, _, number = who.id.partition(":")
    return int(number) if kind == "user" else None
