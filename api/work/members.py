"""The people who work on papers: what they have to do, whether they are there, which languages they read."""

from __future__ import annotations

from api import cursors
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Absence, User
from api.deps import Services
from api.errors import InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.work import repository
from api.work.schemas import ListQuery, MemberChange, MemberOut, MemberPage, Person


def page(services: Services, who: Principal, query: ListQuery) -> MemberPage:
    """Clerks, officers and supervisors within the caller's units, by id. Raises InvalidError for a wrong cursor."""
    who.require(Permission.MANAGE_WORK)
    after = cursors.decode(query.cursor) or 0
    with services.database.transaction() as session:
        found = repository.members(session, who.units, after, query.limit + 1)
        users = found[: query.limit]
        ids = [user.id for user in users]
        loads = repository.loads(session, ids, services.now())
        absences = repository.away(session, baku_date(services.now()), ids)
        names = repository.names(session, {a.deputy_id for a in absences.values() if a.deputy_id is not None})
    items = [_shown(user, loads.get(user.id, 0), absences.get(user.id), names) for user in users]
    return MemberPage(items=items, next=cursors.encode(ids[-1]) if len(found) > query.limit else None)


def change(services: Services, who: Principal, member_id: int, wanted: MemberChange) -> MemberOut:
    """Say which languages somebody reads. Raises NotFoundError, and InvalidError on an unknown language."""
    who.require(Permission.MANAGE_WORK)
    if unknown := set(wanted.reads or ()) - set(services.taxonomy.languages):
        raise InvalidError(
            f"Unknown languages: {', '.join(sorted(unknown))}. The taxonomy names those there are."
        )
    with services.database.transaction() as session:
        user = repository.member(session, member_id, who.units, lock=True)
        if user is None:
            raise NotFoundError("There is no such person, or they do not work in your units.")
        user.reads = None if wanted.reads is None else sorted(set(wanted.reads))
        user.version += 1
        append(session, who.id, "member.changed", None, user=user.id, reads=user.reads)
        loads = repository.loads(session, [user.id], services.now())
        absence = repository.away(session, baku_date(services.now()), [user.id]).get(user.id)
        names = repository.names(session, [absence.deputy_id] if absence and absence.deputy_id else [])
    return _shown(user, loads.get(user.id, 0), absence, names)


def _shown(user: User, load: int, absence: Absence | None, names: dict[int, str]) -> MemberOut:
    deputy = absence.deputy_id if absence else None
    return MemberOut(
        id=user.id, name=user.name, role=user.role, units=user.units, department=user.department,
        reads=user.reads, load=load, absent_until=absence.last if absence else None,
        deputy=Person(id=deputy, name=names[deputy]) if deputy is not None else None,
    )  # fmt: skip
