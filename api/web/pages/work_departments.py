"""Departments opened and closed, for supervisors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api.auth import actors
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.departments import closing, service
from api.departments.schemas import DepartmentOut, StateIn, StateOut
from api.deps import ServicesDep
from api.errors import NotFoundError, ServiceError
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep

router = APIRouter(prefix="/work/departments", include_in_schema=False)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_WORK))]
Department = Annotated[str, Path(max_length=60)]


@router.get("")
def show_departments(page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """All departments: open or closed, and what they have to do."""
    return page.render("work/departments.html", found=service.departments(services, who))


@router.get("/{department}")
def show_department(department: Department, page: PageDep, who: Manager, services: ServicesDep) -> Response:
    """One department, and the form that opens or closes it."""
    found = _one(page, who, department)
    closed = not found.state.open or bool(found.closed_in)
    unit = found.closed_in[0].unit if found.closed_in and found.state.open else None
    return _form(page, who, found, Form.of(open="true" if closed else "false", unit=unit))


@router.post("/{department}")
def change_department(
    department: Department, page: PageDep, who: Manager, services: ServicesDep, form: FormDep
) -> Response:
    """Open or close a department."""
    found = _one(page, who, department)
    try:
        changed = closing.change(services, who, department, form.read(StateIn))
    except ServiceError as error:
        return _form(page, who, found, form.refused(error), status_of(error))
    name = page.name("department", department)
    if changed.state.open:
        return page.go("/work/departments", page.words.text("%(name)s is open again.", name=name))
    back = changed.sent_back + changed.left
    told = page.words.plural(
        "%(name)s is closed. %(num)s paper on the way goes before people again.",
        "%(name)s is closed. %(num)s papers on the way go before people again.",
        back,
        name=name,
    )
    return page.go("/work/departments", told)


def _one(page: Page, who: Principal, department: str) -> DepartmentOut:
    """The department. Raises NotFoundError."""
    found = service.departments(page.services, who)
    one = next((each for each in found if each.department == department), None)
    if one is None:
        raise NotFoundError("There is no such department. Choose one of the list of departments.")
    return one


def _form(page: Page, who: Principal, found: DepartmentOut, form: Form, status: int = 200) -> Response:
    known = page.services.taxonomy
    others = [code for code in known.departments if code != found.department]
    places = [unit for unit in known.units if who.may_receive(unit)]
    states: list[StateOut] = [state for state in (found.state, *found.closed_in) if state.at is not None]
    return page.render(
        "work/department.html", status, found=found, form=form, states=states, own=who.units is not None,
        names=actors.names(page.services, who, {state.actor for state in states if state.actor}),
        successors=sorted((page.name("department", code), code) for code in others),
        units=sorted((page.name("unit", unit), unit) for unit in places),
    )  # fmt: skip
