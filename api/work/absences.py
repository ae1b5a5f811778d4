"""Absences and deputies: one's own, or of the people whose work one manages."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Absence, User
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.work import repository
from api.work.schemas import AbsenceIn, AbsenceOut, AbsencePage, ListQuery, Person
from api.work.service import user_id

LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=2 * 366)
"""How far ahead an absence may begin."""
_NOBODY = "There is no such person, or you do not manage their work."


def page(services: Services, who: Principal, query: ListQuery) -> AbsencePage:
    """Absences that are not over: one's own, and of the people whose work one manages."""
    after = cursors.decode(query.cursor) or 0
    with services.database.transaction() as session:
        today = baku_date(services.now())
        found = repository.absences(session, _reach(who), today, after, query.limit + 1)
        shown = found[: query.limit]
        names = repository.names(session, {a.deputy_id for a, _ in shown if a.deputy_id is not None})
    items = [_shown(absence, name, names) for absence, name in shown]
    return AbsencePage(items=items, next=cursors.encode(items[-1].id) if len(found) > query.limit else None)


def make(services: Services, who: Principal, wanted: AbsenceIn) -> AbsenceOut:
    """Write down an absence. What was given to the person is handed on by the timers.

    Raises NotFoundError; InvalidError on days or a deputy that make no sense; ConflictError where it overlaps with
    another one, or would make a circle of deputies.
    """
    _check_days(wanted, baku_date(services.now()))
    with services.database.transaction() as session:
        repository.lock_absences(session)
        user = _person(session, who, wanted.user)
        deputy = _deputy(session, user, wanted)
        if repository.absences_of(session, user.id, wanted.first, wanted.last):
            raise ConflictError("There is an absence on some of these days already. Cancel it first.")
        if deputy is not None and _circles(session, user.id, deputy.id, wanted.first, wanted.last):
            raise ConflictError(
                "The deputies would stand in for each other in a circle. Take another deputy."
            )
        row = Absence(
            user_id=user.id, deputy_id=deputy.id if deputy else None, first=wanted.first, last=wanted.last,
            made_by=who.id,
        )  # fmt: skip
        repository.add(session, row)
        append(session, who.id, "absence.made", None, absence=row.id, user=user.id, deputy=row.deputy_id)
    return _shown(row, user.name, {deputy.id: deputy.name} if deputy else {})


def cancel(services: Services, who: Principal, absence_id: int) -> AbsenceOut:
    """Cancel an absence; cancelled twice is cancelled once. Raises NotFoundError."""
    with services.database.transaction() as session:
        found = repository.absence(session, absence_id, _reach(who))
        if found is None:
            raise NotFoundError("There is no such absence, or it is not yours to cancel.")
        row, name = found
        if row.cancelled_at is None:
            row.cancelled_at = services.now()
            append(session, who.id, "absence.cancelled", None, absence=row.id, user=row.user_id)
        names = repository.names(session, [row.deputy_id] if row.deputy_id is not None else [])
    return _shown(row, name, names)


def deputies(services: Services, who: Principal, user_id: int | None = None) -> list[Person]:
    """Who could stand in for somebody whose work the caller manages (None: for the caller), by name.

    Raises NotFoundError.
    """
    with services.database.transaction() as session:
        user = _person(session, who, user_id)
        people = repository.everybody(session).values()
    return sorted((Person(id=p.id, name=p.name) for p in people if _fits(p, user)), key=lambda p: p.name)


def _reach(who: Principal) -> ColumnElement[bool]:
    """The condition on `users` for oneself and, for whoever manages work, the people within the units."""
    mine = user_id(who)
    own = User.id == mine if mine is not None else false()
    return or_(own, repository.managed(who.units)) if Permission.MANAGE_WORK in who.permissions else own


def _check_days(wanted: AbsenceIn, today: date) -> None:
    if wanted.last < wanted.first or wanted.last - wanted.first > LONGEST:
        raise InvalidError("The last day is before the first, or more than a year after it.")
    if wanted.last < today or wanted.first - today > FURTHEST:
        raise InvalidError("These days are over, or too far ahead.")


def _person(session: Session, who: Principal, wanted: int | None) -> User:
    """Who is absent: the caller, or somebody whose work the caller manages."""
    mine = user_id(who)
    target = mine if wanted is None else wanted
    own = target == mine
    if target is None or not (own or Permission.MANAGE_WORK in who.permissions):
        raise NotFoundError(_NOBODY)
    user = repository.member(session, target, None if own else who.units)
    if user is None:
        raise NotFoundError(_NOBODY)
    return user


def _deputy(session: Session, user: User, wanted: AbsenceIn) -> User | None:
    """The deputy, who must be able to do all that the absent person does."""
    if wanted.deputy is None:
        return None
    deputy = repository.member(session, wanted.deputy, None)
    if deputy is None or not _fits(deputy, user):
        raise InvalidError(
            "A deputy is somebody else of the same role and department who sees the same units."
        )
    return deputy


def _fits(deputy: User, user: User) -> bool:
    """Whether a person can do all that another one does."""
    alike = (deputy.role, deputy.department) == (user.role, user.department)
    return alike and deputy.id != user.id and _sees_as_much(deputy, user)


def _sees_as_much(deputy: User, user: User) -> bool:
    if deputy.units is None:
        return True
    return user.units is not None and set(user.units) <= set(deputy.units)


def _circles(session: Session, person: int, deputy: int, first: date, last: date) -> bool:
    """Whether on one of these days whoever stands in for the deputy, and so on, would be the person."""
    if deputy == person:
        return True
    return any(
        _circles(session, person, absence.deputy_id, max(first, absence.first), min(last, absence.last))
        for absence in repository.absences_of(session, deputy, first, last)
        if absence.deputy_id is not None
    )


def _shown(row: Absence, name: str, names: dict[int, str]) -> AbsenceOut:
    deputy = Person(id=row.deputy_id, name=names[row.deputy_id]) if row.deputy_id is not None else None
    return AbsenceOut(
        id=row.id, user=Person(id=row.user_id, name=name), deputy=deputy, first=row.first, last=row.last,
        cancelled_at=row.cancelled_at,
    )  # fmt: skip
