"""What falls due, and papers under a legal hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth import actors
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.errors import ServiceError
from api.intake.calendar import baku_date
from api.problems import status_of
from api.retention import disposals, service
from api.retention.schemas import DisposalIn, DueQuery, HoldIn, Number
from api.web.forms import Form, FormDep, FormError
from api.web.language import N_
from api.web.render import Page, PageDep

router = APIRouter(prefix="/retention", include_in_schema=False)
Disposer = Annotated[Principal, Depends(allowed(Permission.DISPOSE))]
Holder = Annotated[Principal, Depends(allowed(Permission.HOLD))]
Cursor = Annotated[str | None, Query(max_length=120)]
_PAGE = 100
_LISTS = frozenset({"numbers"})


class _Wanted(HoldIn):
    """A hold of a paper, by its number."""

    number: Number


@router.get("")
def show_due(
    page: PageDep,
    who: Disposer,
    rule: Annotated[str, Query(max_length=60)] = "",
    by: Annotated[str, Query(max_length=20)] = "",
    cursor: Cursor = None,
) -> Response:
    """Papers whose time is over."""
    return _due(page, who, Form.of(rule=rule, by=by, cursor=cursor or ""))


@router.post("/disposals")
def propose(page: PageDep, who: Disposer, services: ServicesDep, form: FormDep) -> Response:
    """Propose papers for disposal: those that are chosen, or all that are due by a rule."""
    try:
        if not form.get("rule") and not form.all("numbers"):
            form.errors["numbers"] = N_("Choose at least one.")
            raise FormError("Something in the form is missing or wrong.")
        by = {name: form.get(name) for name in ("rule", "by") if form.get("rule")}
        sent = Form.of(**by) if by else Form.of(numbers=form.all("numbers"))
        made = disposals.propose(services, who, sent.read(DisposalIn, _LISTS if not by else frozenset(), **(
            {"numbers": None} if by else {}
        )))  # fmt: skip
    except ServiceError as error:
        chosen = Form.of(numbers=form.all("numbers"), rule=form.get("seen_rule"), by=form.get("seen_by"))
        chosen.errors = form.errors
        return _due(page, who, chosen.refused(error), status_of(error))
    told = page.words.plural(
        "%(num)s paper is proposed for disposal. Another person must approve it.",
        "%(num)s papers are proposed for disposal. Another person must approve it.",
        made.papers,
    )
    return page.go(f"/retention/disposals/{made.id}", told)


@router.get("/holds")
def show_holds(
    page: PageDep,
    who: Holder,
    number: Annotated[str, Query(max_length=60)] = "",
    cursor: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Papers under a legal hold, and the hold of one paper."""
    return _holds(page, who, Form.of(number=number), cursor)


@router.post("/holds")
def change_hold(page: PageDep, who: Holder, services: ServicesDep, form: FormDep) -> Response:
    """Set or end a legal hold."""
    try:
        wanted = form.read(_Wanted)
        found = service.hold(services, who, wanted.number, HoldIn(on=wanted.on, reason=wanted.reason))
    except ServiceError as error:
        return _holds(page, who, form.refused(error), None, status_of(error))
    told = (
        page.words.text("%(number)s is under a legal hold now.", number=found.number)
        if found.held
        else page.words.text("The legal hold of %(number)s is ended.", number=found.number)
    )
    return page.go("/retention/holds", told)


def _due(page: Page, who: Principal, form: Form, status: int = 200) -> Response:
    """The list by the rule and day of a form; of today where the form has no day that can be taken."""
    today = baku_date(page.services.now())
    try:
        query = Form.of(rule=form.get("rule"), by=form.get("by"), cursor=form.get("cursor")).read(
            DueQuery, limit=_PAGE
        )
    except FormError:
        query, status = DueQuery(limit=_PAGE), 422
        form.errors.setdefault("by", N_("Give a day from 2000 to 2099."))
    rules = [rule for rule in service.rules(page.services, who) if rule.years is not None]
    found = service.due(page.services, who, query)
    form.values["by"] = [found.by.isoformat()]
    asked = {name: form.get(name) for name in ("rule", "by") if form.get(name)}
    return page.render(
        "retention/due.html", status, form=form, found=found, today=today, query=asked,
        rules={rule.id: rule for rule in rules}, cursor=query.cursor,
    )  # fmt: skip


def _holds(page: Page, who: Principal, form: Form, cursor: str | None, status: int = 200) -> Response:
    services, one = page.services, None
    held = service.held_papers(services, who, cursor)
    if form.get("number") and not form.errors.get("number"):
        try:
            one = service.holds(services, who, form.get("number"))
        except ServiceError as error:
            form.said, status = form.said or str(error), status_of(error)
    people = {item.actor for item in held.items} | {change.actor for change in (one.changes if one else ())}
    return page.render(
        "retention/holds.html", status, held=held, one=one, form=form, cursor=cursor,
        names=actors.names(services, who, people),
    )  # fmt: skip
