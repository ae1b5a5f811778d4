"""One's own absences: for everybody who works on papers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.deps import SignedInDep
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep
from api.work import absences
from api.work.repository import MEMBERS
from api.work.schemas import AbsenceIn, ListQuery

router = APIRouter(prefix="/me/absences", include_in_schema=False)


def own(found: SignedInDep) -> Principal:
    """The caller, who manages nobody's work here. Raises NotFoundError for who takes no papers."""
    found.require_done()
    who = found.principal
    if who.role not in MEMBERS:
        raise NotFoundError("You take no papers, so that you have no absences here.")
    return replace(who, permissions=who.permissions - {Permission.MANAGE_WORK})


Person = Annotated[Principal, Depends(own)]


@router.get("")
def show_own(page: PageDep, who: Person) -> Response:
    """One's absences that are not over, and the form for another one."""
    return _shown(page, who, Form())


@router.post("")
def make_own(page: PageDep, who: Person, services: ServicesDep, form: FormDep) -> Response:
    """Write down an absence of one's own."""
    try:
        absences.make(services, who, form.read(AbsenceIn, user=None))
    except ServiceError as error:
        return _shown(page, who, form.refused(error), status_of(error))
    return page.go("/me/absences", page.words.text("Your absence is entered."))


@router.post("/{id}/cancel")
def cancel_own(id: RowId, page: PageDep, who: Person, services: ServicesDep) -> Response:
    """Cancel an absence of one's own."""
    absences.cancel(services, who, id)
    return page.go("/me/absences", page.words.text("Your absence is cancelled."))


def _shown(page: Page, who: Principal, form: Form, status: int = 200) -> Response:
    found = absences.page(page.services, who, ListQuery(limit=100))
    deputies = [(person.name, str(person.id)) for person in absences.deputies(page.services, who)]
    return page.render("work/own.html", status, found=found.items, form=form, deputies=deputies)
