"""The competence rules for people: what holds, what was proposed, and what a proposal would change."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.errors import InvalidError, ServiceError
from api.intake.calendar import baku_date
from api.policy import service
from api.policy.rulebook import policy_of
from api.policy.rules import differences
from api.policy.schemas import MOST_PAPERS, PolicyFull, RefusalIn, TrialOut
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep

router = APIRouter(prefix="/policy", include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Changer = Annotated[Principal, Depends(allowed(Permission.CHANGE_POLICY))]
Cursor = Annotated[str | None, Query(max_length=60)]
Papers = Annotated[int, Query(ge=1, le=MOST_PAPERS)]
NUMBERS = (50, 200, 500, 1000)
"""On so many papers rules can be tried from a page."""
_LISTED = 25


@router.get("")
def show_rules(page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """The competence rules in force."""
    waiting = 0
    if Permission.CHANGE_POLICY in who.permissions:
        waiting = sum(row.state == "proposed" for row in service.page(services, who).items)
    found = service.in_force(services, who)
    return page.render(
        "policy/rules.html", found=found, waiting=waiting, version=version_name(page, found.version)
    )


@router.get("/departments")
def show_departments(page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """Departments, what comes to them, and units."""
    found = service.in_force(services, who)
    groups = {
        group: sorted((page.name("unit", unit) for unit in members), key=str.casefold)
        for group, members in found.units.items()
    }
    return page.render("policy/departments.html", found=found, groups=groups)


@router.get("/changes")
def show_changes(page: PageDep, services: ServicesDep, who: Changer, cursor: Cursor = None) -> Response:
    """What was proposed."""
    found = service.page(services, who, cursor, _LISTED)
    return page.render("policy/changes.html", found=found, cursor=cursor)


@router.get("/changes/{id}")
def show_change(
    id: RowId, page: PageDep, services: ServicesDep, who: Changer, papers: Papers = service.PAPERS
) -> Response:
    """A proposal, rule by rule and tried on papers."""
    return _proposal(page, who, service.get(services, who, id), Form(), papers)


@router.post("/changes/{id}/approve")
def approve_change(id: RowId, page: PageDep, services: ServicesDep, who: Changer) -> Response:
    """Approve another person's proposal."""
    try:
        done = service.approve(services, who, id)
    except ServiceError as error:
        return _proposal(
            page, who, service.get(services, who, id), Form().refused(error), status=status_of(error)
        )
    assert done.verdict is not None  # noqa: S101 - just given
    assert done.verdict.holds_from is not None  # noqa: S101
    said = page.words.text(
        "Approved. The rules hold from %(at)s.", at=page.words.moment(done.verdict.holds_from)
    )
    return page.go(f"/policy/changes/{id}", said)


@router.post("/changes/{id}/refuse")
def refuse_change(id: RowId, page: PageDep, services: ServicesDep, who: Changer, form: FormDep) -> Response:
    """Refuse a proposal, or take back one's own."""
    try:
        service.refuse(services, who, id, form.read(RefusalIn))
    except ServiceError as error:
        return _proposal(
            page, who, service.get(services, who, id), form.refused(error), status=status_of(error)
        )
    return page.go(f"/policy/changes/{id}", page.words.text("The rules stay as they are."))


def version_name(page: Page, version: str) -> str:
    """A version of the rules in words."""
    policy = policy_of(version)
    if policy is None:
        return page.words.text("Rules of the model, version %(version)s", version=version)
    return page.words.text("Change no. %(number)s", number=policy)


def _proposal(
    page: Page, who: Principal, found: PolicyFull, form: Form, papers: int = service.PAPERS, status: int = 200
) -> Response:
    """The page of a proposal; what cannot be tried any more says so."""
    tried: TrialOut | None = None
    if found.state in {"proposed", "coming"}:
        try:
            tried = service.trial(page.services, who, found.id, papers)
        except InvalidError as error:
            form.said = form.said or str(error)
    before, after = ([rule.row() for rule in rules] for rules in (found.before, found.rules))
    return page.render(
        "policy/change.html", status, found=found, form=form, tried=tried, papers=papers, choices=NUMBERS,
        changes=[d for d in differences(before, after) if d.kind != "same"], own=found.actor == who.id,
        base=version_name(page, found.base), today=baku_date(page.services.now()),
    )  # fmt: skip
