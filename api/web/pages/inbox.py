"""A department's papers: what waits to be accepted, what was accepted, and one paper with what brought it there."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.departments import handovers, inbox, service
from api.departments.schemas import AcceptanceIn, InboxPage, InboxQuery, ReturnIn
from api.deps import ServicesDep
from api.errors import ServiceError
from api.intake.calendar import Clock, baku_date
from api.problems import status_of
from api.related import linking
from api.web.forms import Form, FormDep
from api.web.navigation import local
from api.web.pages import papers
from api.web.pages.papers import Number
from api.web.render import Page, PageDep

router = APIRouter(prefix="/inbox", include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Officer = Annotated[Principal, Depends(allowed(Permission.HAND_OVER))]
_PAGE = 50
_ASKED = ("state", "department", "unit", "cursor")


@router.get("")
def show_inbox(page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """The papers of a department: an officer's own, or those that are chosen."""
    form = Form.of(**dict(page.request.query_params))
    query = {name: form.get(name) for name in _ASKED if form.get(name)}
    status, found = 200, InboxPage(items=[], next=None, counts=None)
    try:
        found = inbox.page(services, who, Form.of(**query).read(InboxQuery, limit=_PAGE))
    except ServiceError as error:
        form.refused(error)
        status = status_of(error)
    counts = found.counts
    if counts is None and not form.said and not form.errors:  # told with the first page alone
        first = {name: value for name, value in query.items() if name in ("department", "unit")}
        counts = inbox.page(services, who, InboxQuery(limit=1, **first)).counts
    return page.render(
        "inbox/list.html", status, form=form, query=query, found=found, counts=counts,
        due={item.number: _due(services, item.answer_by) for item in found.items}, places=_places(page, who),
        officer=Permission.HAND_OVER in who.permissions, state=query.get("state", "routed"),
    )  # fmt: skip


@router.get("/{number}")
def show_paper(number: Number, page: PageDep, who: Reader) -> Response:
    """A paper of a department: its text, who sent it here and why, letters and returns."""
    return _paper(page, who, number, Form())


@router.post("/{number}/accept")
def accept(number: Number, page: PageDep, services: ServicesDep, who: Officer, form: FormDep) -> Response:
    """Take a paper for the department."""
    back = local(form.get("next") or f"/inbox/{number}")
    handovers.accept(services, who, number, form.read(AcceptanceIn))
    return page.go(back, page.words.text("%(number)s is accepted.", number=number))


@router.post("/{number}/return")
def give_back(number: Number, page: PageDep, services: ServicesDep, who: Officer, form: FormDep) -> Response:
    """Send a paper back, with the reason."""
    try:
        handovers.give_back(services, who, number, form.read(ReturnIn))
    except ServiceError as error:
        return _paper(page, who, number, form.refused(error), status_of(error))
    said = page.words.text("%(number)s is sent back. A clerk decides on it again.", number=number)
    return page.go("/inbox", said)


def _paper(page: Page, who: Principal, number: str, form: Form, status: int = 200) -> Response:
    found = papers.paper(page, who, number)
    told = papers.steps(page, who, found, machine=False)
    decision = next((step for step in told if step.in_force), None)
    reasons = [(reason.names[page.words.code], reason.code) for reason in service.return_reasons(who)]
    officer = Permission.HAND_OVER in who.permissions
    tied = linking.links(page.services, who, number).links
    merged = [link.other for link in tied if link.kind == "part" and link.on and link.part == link.other]
    return page.render(
        "inbox/paper.html", status, paper=found, steps=told, decision=decision, form=form, reasons=reasons,
        text=papers.text_pages(found, told), officer=officer, merged=merged, whole=False, undo=None,
    )  # fmt: skip


def _due(services: Any, answer_by: date | None) -> str:
    """How the legal clock stands: a code of `clock`."""
    return Clock(answer_by, None, None).status(baku_date(services.now()))


def _places(page: Page, who: Principal) -> dict[str, list[tuple[str, str]]]:
    """Departments and units to choose from: an officer has one department, and who has units sees those alone."""
    known = page.services.taxonomy
    departments = [] if who.role == "officer" else known.departments
    return {
        "department": sorted((page.name("department", code), code) for code in departments),
        "unit": sorted((page.name("unit", code), code) for code in known.units if who.may_receive(code)),
    }
