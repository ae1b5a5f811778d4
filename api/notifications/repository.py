"""The rows of notifications, and the people who get them: the only SQL of this feature."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from api.db.tables import Document, Notification, User

TOGETHER = 100
"""The most notifications of one e-mail."""
MAIL_TRIES = 8
"""After so many failed attempts an e-mail is given up."""
_COUNTED = 1000
_AT_ONCE = 1000


class MailCount(NamedTuple):
    """Notifications that wait to be mailed, those of them that failed before, given up, and the oldest wait."""

    waiting: int
    retrying: int
    failed: int
    oldest: datetime | None


def people(session: Session, ids: Collection[int]) -> Sequence[User]:
    """Those of these users who are not disabled, by id."""
    query = select(User).where(User.id.in_(ids), User.disabled_at.is_(None)).order_by(User.id)
    return session.scalars(query).all()


def enabled(
    session: Session, role: str, places: Iterable[str | None] | None, department: str | None = None
) -> list[int]:
    """Ids of enabled users of a role (and department) who have all units, or one of these places (None: any)."""
    query = select(User.id).where(User.role == role, User.disabled_at.is_(None))
    if places is not None:
        query = query.where(_within(places))
    if department is not None:
        query = query.where(User.department == department)
    return list(session.scalars(query.order_by(User.id)))


def user(session: Session, user_id: int, *, lock: bool = False) -> User | None:
    """A user; with `lock`, held until the transaction ends."""
    return session.get(User, user_id, with_for_update={"key_share": True} if lock else None)


def numbers(session: Session, seen: ColumnElement[bool], ids: set[int]) -> dict[int, str]:
    """Numbers by id of the papers for which `seen` holds."""
    if not ids:
        return {}
    return dict(session.execute(select(Document.id, Document.number).where(Document.id.in_(ids), seen)).all())


def page(
    session: Session, user_id: int, before: int | None, limit: int, *, unread: bool
) -> Sequence[Notification]:
    """At most `limit` notifications of a user, newest first, with smaller ids than `before`."""
    query = select(Notification.id).where(Notification.user_id == user_id)
    if unread:
        query = query.where(Notification.read_at.is_(None))
    if before is not None:
        query = query.where(Notification.id < before)
    # The ids first, from the index alone: else those of somebody who was told nothing for long are looked for in all.
    ids = query.order_by(Notification.id.desc()).limit(limit)
    rows = select(Notification).where(Notification.id.in_(ids))
    return session.scalars(rows.order_by(Notification.id.desc())).all()


def unread(session: Session, user_id: int) -> int:
    """How many notifications of a user are unread; counted up to 1000."""
    mine = select(Notification.id).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(mine.limit(_COUNTED).subquery())) or 0


def mark_read(
    session: Session, user_id: int, now: datetime, *, only: int | None = None, until: int | None = None
) -> None:
    """Mark one notification of a user as read, or all, or those up to an id; they are not mailed any more."""
    mine = [Notification.user_id == user_id, Notification.read_at.is_(None)]
    if only is not None:
        mine.append(Notification.id == only)
    if until is not None:
        mine.append(Notification.id <= until)
    session.execute(update(Notification).where(*mine).values(read_at=now))
    # An e-mail that was tried before is left as it is: it goes again under its own Message-ID.
    untried = [Notification.user_id == user_id, *_UNTRIED, Notification.read_at.is_not(None)]
    session.execute(update(Notification).where(*untried).values(mail_after=None))


def told_since(session: Session, kind: str, since: datetime) -> bool:
    """Whether anybody was told of this kind since a moment."""
    query = select(Notification.id).where(Notification.kind == kind, Notification.at >= since)
    return session.scalar(query.limit(1)) is not None


def has(session: Session, user_id: int, notification_id: int) -> bool:
    """Whether the user has this notification."""
    query = select(Notification.id).where(Notification.id == notification_id, Notification.user_id == user_id)
    return session.scalar(query) is not None


def plan_mail(session: Session, user_id: int, after: datetime | None) -> None:
    """Mail what waits for a user at another time; None: not at all."""
    waiting = [Notification.user_id == user_id, Notification.mail_after.is_not(None)]
    if after is not None:
        waiting.append(Notification.mail_attempts == 0)
    session.execute(update(Notification).where(*waiting).values(mail_after=after))


def mail_is_due(session: Session, now: datetime) -> bool:
    """Whether anything is to be mailed."""
    return session.scalar(select(Notification.id).where(Notification.mail_after <= now).limit(1)) is not None


def claim(session: Session, now: datetime, until: datetime) -> Sequence[Notification]:
    """The next notifications that make one e-mail, claimed until then; none: nothing is due.

    What was never tried goes together by user; what was, goes again exactly as it went before, since a claim gives
    all rows of an e-mail the same moment and number of attempts.
    """
    due = select(Notification).where(Notification.mail_after <= now)
    first = session.scalar(_next(due, 1))
    if first is None:
        return []
    together = due.where(
        Notification.user_id == first.user_id, Notification.mail_attempts == first.mail_attempts
    )
    if first.mail_attempts:
        together = together.where(Notification.mail_after == first.mail_after)
    rows = session.scalars(_next(together, TOGETHER)).all()
    for row in rows:
        row.mail_after, row.mail_attempts = until, row.mail_attempts + 1
    return sorted(rows, key=lambda row: row.id)


def settle(
    session: Session, ids: Collection[int], *, mailed_at: datetime | None, again: datetime | None
) -> None:
    """Write how an e-mail of these notifications went: mailed, or to be tried again, or (both None) given up."""
    rows = update(Notification).where(Notification.id.in_(ids), Notification.mailed_at.is_(None))
    session.execute(rows.values(mailed_at=mailed_at, mail_after=again))


def mail_state(session: Session) -> MailCount:
    """How mail stands."""
    tried = Notification.mail_attempts > 0
    waiting = session.execute(
        select(func.count(), func.count().filter(tried), func.min(Notification.at)).where(
            Notification.mail_after.is_not(None)
        )
    ).one()
    given_up = and_(tried, Notification.mailed_at.is_(None), Notification.mail_after.is_(None))
    failed = session.scalar(select(func.count()).select_from(Notification).where(given_up)) or 0
    return MailCount(waiting[0], waiting[1], failed, waiting[2])


def delete_old(session: Session, before: datetime) -> int:
    """Delete some of the oldest notifications, if they are older than that; returns how many."""
    oldest = select(Notification.id).order_by(Notification.id).limit(_AT_ONCE)
    query = delete(Notification).where(Notification.id.in_(oldest), Notification.at < before)
    return len(session.scalars(query.returning(Notification.id)).all())


def _next(query: Select[Notification], limit: int) -> Select[Notification]:
    order = query.order_by(Notification.mail_after, Notification.id).limit(limit)
    return order.with_for_update(skip_locked=True)


def _within(places: Iterable[str | None]) -> ColumnElement[bool]:
    named = sorted({place for place in places if place is not None})
    return or_(User.units.is_(None), User.units.overlap(named) if named else ~true())


_UNTRIED = (Notification.mail_after.is_not(None), Notification.mail_attempts == 0)
