"""People at work: what each has to do, who is there, which languages they read; and papers given out by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import cursors
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, Services, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.problems import status_of
from api.review import queue
from api.review.schemas import Number, QueueQuery
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep
from api.work import absences, members, service
from api.work.schemas import AbsenceIn, AssignmentIn, ListQuery, MemberChange, MemberOut, UserId

router = APIRouter(prefix="/work", include_in_schema=False)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WORK))]
Cursor = Annotated[str | None, Query(max_length=120)]
_LANGUAGES = frozenset({"reads"})
_PAGE, _MOST = 50, 1000
_NOBODY = "nobody"


class _Choice(BaseModel):
    """Papers as they were seen, each as its version and number, and who is to take them."""

    paper: list[str] = Field(min_length=1, max_length=_PAGE)
    user: UserId | Literal["nobody"]


class _Seen(BaseModel):
    """A paper as it was seen."""

    version: int = Field(ge=1, lt=2**63)
    number: Number


@router.get("")
def show_people(page: PageDep, who: Manager, services: ServicesDep, cursor: Cursor = None) -> Response:
    """Everybody who works on papers."""
    found = members.page(services, who, ListQuery(cursor=cursor, limit=_PAGE))
    return page.render("work/people.html", found=found, cursor=cursor)


@router.get("/people/{id}")
def show_person(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """One of them."""
    return _person(page, who, _member(services, who, id))


@router.post("/people/{id}")
def change_languages(
    id: RowId, page: PageDep, who: Manager, services: ServicesDep, form: FormDep
) -> Response:
    """Say which languages somebody reads."""
    try:
        given = {} if form.all("reads") else {"reads": None}
        member = members.change(services, who, id, form.read(MemberChange, _LANGUAGES, **given))
    except ServiceError as error:
        return _person(page, who, _member(services, who, id), form.refused(error), status=status_of(error))
    return page.go("/work", page.words.text("The languages of %(name)s are saved.", name=member.name))


@router.post("/people/{id}/absence")
def make_absence(id: RowId, page: PageDep, who: Manager, services: ServicesDep, form: FormDep) -> Response:
    """Write down somebody's absence."""
    try:
        made = absences.make(services, who, form.read(AbsenceIn, user=id))
    except ServiceError as error:
        member = _member(services, who, id)
        return _person(page, who, member, None, form.refused(error), status_of(error))
    return page.go(
        "/work/absences", page.words.text("The absence of %(name)s is entered.", name=made.user.name)
    )


@router.get("/absences")
def show_absences(page: PageDep, who: Manager, services: ServicesDep, cursor: Cursor = None) -> Response:
    """Absences that are not over."""
    found = absences.page(services, who, ListQuery(cursor=cursor, limit=_PAGE))
    return page.render("work/absences.html", found=found, cursor=cursor)


@router.post("/absences/{id}/cancel")
def cancel_absence(id: RowId, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """Cancel an absence."""
    gone = absences.cancel(services, who, id)
    return page.go(
        "/work/absences", page.words.text("The absence of %(name)s is cancelled.", name=gone.user.name)
    )


@router.get("/papers")
def show_papers(
    page: PageDep,
    who: Manager,
    services: ServicesDep,
    cursor: Cursor = None,
    desk: Literal["clerk", "second", "supervisor"] | None = None,
    assigned: Literal["nobody"] | None = None,
    overdue: Literal["yes"] | None = None,
) -> Response:
    """Papers that wait, to be given to somebody."""
    asked = {"desk": desk, "assigned": assigned, "overdue": overdue}
    return _papers(page, who, {**asked, "cursor": cursor}, Form())


@router.post("/papers")
def assign_papers(page: PageDep, who: Manager, services: ServicesDep, form: FormDep) -> Response:
    """Give papers to somebody, or to nobody in particular; those that cannot be given are told one by one."""
    try:
        chosen = form.read(_Choice, frozenset({"paper"}))
        seen = [_seen(each) for each in chosen.paper]
    except ServiceError as error:
        return _papers(page, who, {}, form.refused(error), status_of(error))
    user = None if chosen.user == _NOBODY else chosen.user
    refused: list[tuple[str, str]] = []
    for paper in seen:
        try:
            service.assign_by_hand(
                services, who, paper.number, AssignmentIn(user=user, version=paper.version)
            )
        except ServiceError as error:
            refused.append((paper.number, str(error)))
    done = len(seen) - len(refused)
    told = page.words.plural("%(num)s paper is given out.", "%(num)s papers are given out.", done)
    if refused:
        return _papers(page, who, {}, form, 409, refused=refused, done=told if done else None)
    return page.go("/work/papers", told)


def _seen(sent: str) -> _Seen:
    """A paper as a box of the page names it. Raises FormError."""
    version, _, number = sent.partition(" ")
    return Form.of(version=version, number=number).read(_Seen)


def _member(services: Services, who: Principal, id: int) -> MemberOut:
    """Somebody within the caller's units. Raises NotFoundError."""
    before = cursors.encode(id - 1) if id > 1 else None
    found = members.page(services, who, ListQuery(cursor=before, limit=1)).items
    if not found or found[0].id != id:
        raise NotFoundError("There is no such person, or they do not work in your units.")
    return found[0]


def _everybody(services: Services, who: Principal) -> list[MemberOut]:
    """All whose work the caller manages, up to a thousand."""
    found: list[MemberOut] = []
    cursor = None
    while len(found) < _MOST:
        some = members.page(services, who, ListQuery(cursor=cursor, limit=100))
        found, cursor = found + some.items, some.next
        if cursor is None:
            break
    return found


def _person(
    page: Page, who: Principal, member: MemberOut, form: Form | None = None, absence: Form | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    """The forms for somebody: which languages they read, and an absence."""
    deputies = absences.deputies(page.services, who, member.id)
    tongues = [(page.name("language", code), code) for code in page.services.taxonomy.languages]
    return page.render(
        "work/person.html", status, member=member, form=form or Form.of(reads=member.reads or []),
        absence=absence or Form(), tongues=tongues, deputies=[(p.name, str(p.id)) for p in deputies],
    )  # fmt: skip


def _papers(
    page: Page, who: Principal, asked: dict[str, str | None], form: Form, status: int = 200,
    refused: list[tuple[str, str]] | None = None, done: str | None = None,
) -> Response:  # fmt: skip
    query = {name: value for name, value in asked.items() if value is not None}
    overdue = bool(query.get("overdue"))
    wanted = QueueQuery.model_validate({**query, "limit": _PAGE, "overdue": overdue})
    people = [
        (f"{m.name} ({page.words.number(m.load)})", str(m.id))
        for m in sorted(_everybody(page.services, who), key=lambda m: (m.load, m.name))
        if m.role != "officer" and m.absent_until is None
    ]
    return page.render(
        "work/papers.html", status, found=queue.page(page.services, who, wanted), query=query, form=form,
        people=[*people, (page.words.text("nobody in particular"), _NOBODY)], refused=refused or [], done=done,
    )  # fmt: skip
