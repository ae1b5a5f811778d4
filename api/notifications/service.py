"""Tells people what they should know of; the notices are their own, and nobody else reads them.

A notification names a paper by its number alone, and only while its reader may see the paper and does not judge it
blind (what is urgent, or must be answered soon, tells of its labels). Looking at one's own
notifications is no look at a paper and stands in no chain; a change of the choice of mail does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, true
from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Notification, User
from api.deps import Services
from api.documents.sight import sighted
from api.errors import ForbiddenError, InvalidError, NotFoundError
from api.notifications import kinds, repository
from api.notifications.kinds import Fact
from api.notifications.mail import address_of, next_digest
from api.notifications.schemas import (
    Mail,
    MailChoiceOut,
    MailStateOut,
    NotificationOut,
    NotificationPage,
    UnreadOut,
)

_NONE = "There is no such notification."


def notify(
    services: Services,
    session: Session,
    user_ids: Iterable[int],
    kind: str,
    document: Document | None = None,
    **facts: Fact,
) -> None:
    """Tell these users, in the transaction of `session`, something of `kinds.toml`; each once, none who is disabled.

    `facts` are numbers and labels. Raises ValueError for an unknown kind, or facts that are missing or not labels.
    """
    known = kinds.load().of(kind, kinds.check_facts(facts))
    now = services.now()
    for user in repository.people(session, set(user_ids)):
        session.add(
            Notification(
                user_id=user.id,
                at=now,
                kind=kind,
                document_id=document.id if document is not None else None,
                facts=facts,
                mail_after=_mail_after(services, user, now, at_once=known.at_once),
            )
        )
    session.flush()


def told_since(session: Session, kind: str, since: datetime) -> bool:
    """Whether anybody was told of this kind since a moment."""
    return repository.told_since(session, kind, since)


def page(
    services: Services, who: Principal, cursor: str | None = None, limit: int = 50, *, unread: bool = False
) -> NotificationPage:
    """The caller's own, newest first, in their language. Raises InvalidError for a cursor that is none of ours."""
    user_id, before = _person(who), cursors.decode(cursor)
    with services.database.transaction() as session:
        found = repository.page(session, user_id, before, limit + 1, unread=unread)
        user = repository.user(session, user_id)
        items = _told(services, session, who, user.language if user else "", found[:limit])
    more = len(found) > limit
    return NotificationPage(items=items, next=cursors.encode(found[limit - 1].id) if more else None)


def unread(services: Services, who: Principal) -> UnreadOut:
    """How many of the caller's own are unread."""
    with services.database.transaction() as session:
        return UnreadOut(unread=repository.unread(session, _person(who)))


def read(services: Services, who: Principal, notification_id: int) -> None:
    """One of the caller's own was read. Raises NotFoundError."""
    user_id = _person(who)
    with services.database.transaction() as session:
        if not repository.has(session, user_id, notification_id):
            raise NotFoundError(_NONE)
        repository.mark_read(session, user_id, services.now(), only=notification_id)


def read_all(services: Services, who: Principal, until: int | None = None) -> None:
    """All of the caller's own were read, or those up to an id."""
    with services.database.transaction() as session:
        repository.mark_read(session, _person(who), services.now(), until=until)


def mail_choice(services: Services, who: Principal) -> MailChoiceOut:
    """Whether and where the caller gets mail."""
    with services.database.transaction() as session:
        return _choice(services, _user(session, _person(who)))


def choose_mail(services: Services, who: Principal, wanted: Mail) -> MailChoiceOut:
    """Change whether the caller gets mail; what waits to be mailed follows. Raises InvalidError without an address."""
    user_id = _person(who)
    with services.database.transaction() as session:
        user = _user(session, user_id, lock=True)
        if wanted != "off" and not _reachable(user):
            raise InvalidError(
                "Your account has no e-mail address that mail can be sent to. Ask an administrator to enter one."
            )
        if user.mail != wanted:
            user.mail = wanted
            user.version += 1
            repository.plan_mail(session, user_id, _mail_after(services, user, services.now()))
            append(session, who.id, "user.mail_chosen", user=user_id, mail=wanted)
        return _choice(services, user)


def mail_state(services: Services, who: Principal) -> MailStateOut:
    """How mail stands, for who runs the service."""
    who.require(Permission.READ_SYSTEM)
    with services.database.transaction() as session:
        state = repository.mail_state(session)
    return MailStateOut(on=services.settings.smtp_host is not None, **state._asdict())


def sentences(
    services: Services, session: Session, who: Principal, language: str, rows: Sequence[Notification]
) -> list[tuple[str | None, str]]:
    """What these say to who gets them: the number of the paper, None where it is not theirs to see, and the words."""
    words = kinds.load()
    ids = {row.document_id for row in rows if row.document_id is not None}
    left = {row.document_id for row in rows if row.document_id is not None and words.is_named(row.kind)}
    known = repository.numbers(session, and_(who.sees, sighted(session, who)), ids) if ids else {}
    named = repository.numbers(session, true(), left)
    told = []
    for row in rows:
        number = known.get(row.document_id or 0)
        shown = named.get(row.document_id or 0) if words.is_named(row.kind) else number
        told.append(
            (number, words.sentence(row.kind, language, shown, _in_words(services, language, row.facts)))
        )
    return told


def _told(
    services: Services, session: Session, who: Principal, language: str, rows: Sequence[Notification]
) -> list[NotificationOut]:
    told = zip(rows, sentences(services, session, who, language, rows), strict=True)
    return [
        NotificationOut(
            id=row.id, at=row.at, kind=row.kind, number=number, text=text,
            facts={} if row.document_id is not None and number is None else row.facts, read_at=row.read_at,
        )
        for row, (number, text) in told
    ]  # fmt: skip


def _in_words(services: Services, language: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts with a department, and the unit of it that is meant, by their names."""
    if "department" not in facts:
        return facts
    known, code, unit = services.taxonomy, facts["department"], facts.get("unit")
    name = known.names.get(("departments", code), {}).get(language, code)
    return {**facts, "department": f"{name}, {known.unit_names.get(unit, unit)}" if unit else name}


def _person(who: Principal) -> int:
    """The id of the user. Raises ForbiddenError for a key."""
    kind, _, number = who.id.partition(":")
    if kind != "user":
        raise ForbiddenError("Notifications are for people who are signed in.")
    return int(number)


def _user(session: Session, user_id: int, *, lock: bool = False) -> User:
    user = repository.user(session, user_id, lock=lock)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


def _choice(services: Services, user: User) -> MailChoiceOut:
    return MailChoiceOut.model_validate(
        {"mail": user.mail, "email": user.email, "available": services.settings.smtp_host is not None}
    )


def _mail_after(services: Services, user: User, now: datetime, *, at_once: bool = False) -> datetime | None:
    """When to mail something to a user; None: not."""
    if services.settings.smtp_host is None or user.mail == "off" or not user.email:
        return None
    return now if at_once or user.mail == "at_once" else next_digest(services.calendar, now)


def _reachable(user: User) -> bool:
    try:
        address_of(user.email or "")
    except ValueError:
        return False
    return True
