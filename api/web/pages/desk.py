"""The desk: one paper, what is suggested for it, and the decision on it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.errors import ServiceError
from api.intake.calendar import baku_date
from api.problems import status_of
from api.review import queue, service
from api.review.catalogue import bodies, reasons
from api.review.decision_schemas import DecidedOut, DecisionOut, SecondIn, UndoIn
from api.review.schemas import ClaimIn
from api.web import desk_form
from api.web.desk_view import Desk, in_words, on_desk, with_units
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep
from triage.routing import Router

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Decider = Annotated[Principal, Depends(allowed(Permission.DECIDE))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
_KEYS = "123456789"
_BESIDE = ("remark", "case_number", "study")
_CODE = re.compile(r"[a-z0-9_-]+")
_ABOUT_DEPARTMENTS = "The department "
_ABOUT_FIELDS = re.compile(r"You decide otherwise than was suggested \((.+)\): give a reason\.")


class Looking(BaseModel):
    """How the paper is looked at: its text, pictures of its pages, or both beside each other."""

    view: Literal["text", "pages", "both"] = "text"
    page: Annotated[int, Query(ge=1, le=10_000)] = 1


@router.get("/papers/{number}")
def show_paper(
    number: Number, page: PageDep, services: ServicesDep, who: Reader, looking: Annotated[Looking, Query()]
) -> Response:
    """One paper."""
    pictures = looking.view != "text"
    desk = on_desk(
        page, services, who, number, text=looking.view != "pages", leaf=looking.page if pictures else None
    )
    return _shown(page, services, who, desk, desk_form.preset(desk), looking=looking)


@router.get("/papers/{number}/decision")
@router.get("/papers/{number}/second")
@router.get("/papers/{number}/undo")
@router.get("/papers/{number}/release")
def lead_back(number: Number, page: PageDep, _who: Reader) -> Response:
    """Who loads the page of a refused form anew is led to the paper."""
    return page.go(f"/papers/{quote(number)}")


@router.post("/papers/{number}/decision")
def decide(number: Number, page: PageDep, services: ServicesDep, who: Decider, form: FormDep) -> Response:
    """Decide on the paper, then go to the next one."""
    if _chooses_first(services, form):
        desk = on_desk(page, services, who, number, chosen=True)
        form.values["compared"] = ["1"]
        return _shown(page, services, who, desk, form)
    try:
        if form.get("action") == "confirm":
            made = service.confirm(services, who, number, desk_form.confirmation(form))
        else:
            made = service.decide(services, who, number, desk_form.decision(services, form))
    except ServiceError as error:
        return again(page, services, who, number, form.refused(error), status_of(error))
    return _onward(page, services, who, made)


@router.post("/papers/{number}/second")
def second(number: Number, page: PageDep, services: ServicesDep, who: Decider, form: FormDep) -> Response:
    """Confirm or refuse what another person proposed, then go to the next one."""
    try:
        made = service.second(
            services, who, number, form.read(SecondIn, agree=form.get("agree") == "yes", next=True)
        )
    except ServiceError as error:
        return again(page, services, who, number, form.refused(error), status_of(error))
    return _onward(page, services, who, made)


@router.post("/papers/{number}/undo")
def undo(number: Number, page: PageDep, services: ServicesDep, who: Decider, form: FormDep) -> Response:
    """Take a decision back; the paper lies on the desk again, in place of the one that was taken meanwhile."""
    try:
        service.undo(services, who, number, form.read(UndoIn))
    except ServiceError as error:
        return again(page, services, who, number, form.refused(error), status_of(error))
    with suppress(ServiceError):
        if held := form.get("held"):
            queue.release(services, who, held)
        queue.claim(services, who, ClaimIn(number=number))
    return page.go(f"/papers/{quote(number)}", page.words.text("The decision is taken back."))


@router.post("/papers/{number}/release")
def release(number: Number, page: PageDep, services: ServicesDep, who: Decider) -> Response:
    """Put the paper back into the queue, undecided."""
    with suppress(ServiceError):  # what one does not hold need not be released
        queue.release(services, who, number)
    return page.go("/queue", page.words.text("%(number)s is back in the queue.", number=number))


@router.post("/papers/{number}/heartbeat")
def heartbeat(number: Number, services: ServicesDep, who: Decider) -> Response:
    """A script's sign that the paper is still looked at. Raises ConflictError where it is not held any more."""
    queue.heartbeat(services, who, number)
    return Response(status_code=204)


@router.get("/desk/rule")
def tell_rule(
    page: PageDep, services: ServicesDep, _who: Decider, document_type: str, subject: str, territory: str = ""
) -> JSONResponse:
    """Where the rules send these labels, for a script that fills in the form."""
    route = Router(services.taxonomy).route(document_type, subject, territory or None)
    told = in_words(page, route.rule, route.ground, route.unit or territory or None)
    return JSONResponse({"department": route.department, "unit": route.unit or "", "ground": told})


def in_names(page: Page, sentence: str) -> str:
    """A sentence of the service about departments or fields, with their names in place of their codes."""
    told = sentence
    if sentence.startswith(_ABOUT_DEPARTMENTS):
        told = told.replace(" in ", ", ", 1)
        known = page.services.taxonomy
        names = {code: page.name("department", code) for code in known.departments}
        names |= {code: page.name("unit", code) for code in known.units}
        told = _CODE.sub(lambda fit: names.get(fit[0], fit[0]), told)
    if fit := _ABOUT_FIELDS.fullmatch(sentence):
        fields = page.names("field", fit[1].split(", "))
        told = sentence.replace(fit[1], fields)
    return told


def again(
    page: Page, services: ServicesDep, who: Principal, number: str, form: Form, status: int
) -> Response:
    """The desk as it is now, with what was typed and what was said of it."""
    desk = on_desk(page, services, who, number, chosen=bool(form.get("compared")))
    typed = form.values
    if form.get("action") == "confirm":  # the labels are those of the suggestion, as it is now
        typed = {name: values for name, values in typed.items() if name in _BESIDE}
    said = in_names(page, form.said) if form.said else None
    kept = Form({**desk_form.preset(desk).values, **typed}, form.errors, said)
    return _shown(page, services, who, desk, kept, status)


def _chooses_first(services: ServicesDep, form: Form) -> bool:
    """Whether the suggestion is to be shown now, beside what the clerk has chosen without it."""
    late = services.settings.show_suggestion == "after_choice"
    return late and form.get("action") in ("", "route") and not form.get("compared")


def _onward(page: Page, services: ServicesDep, who: Principal, made: DecidedOut) -> Response:
    """To the paper that was taken next, or to the queue; what was done can be undone there.

    A script gets the page of the next paper at once, with its path in the header `X-Page`.
    """
    said = {"text": _done(page, made), "number": made.number}
    if made.action != "undo":
        said |= {"undo": str(made.decision), "version": str(made.version)}
    path = f"/papers/{quote(made.next.number)}" if made.next is not None else "/queue"
    if made.next is None or page.request.headers.get("x-requested-with") != "script":
        onward = page.go(path, said.pop("text"), **said)
        return _told_to_script(page, onward, path)
    desk = on_desk(page, services, who, made.next.number)
    answer = _shown(page, services, who, desk, desk_form.preset(desk), said=said)
    answer.headers["X-Page"] = path
    return answer


def _told_to_script(page: Page, onward: Response, path: str) -> Response:
    """A redirect, or for a script, which could not see where that leads, an empty answer that says where to go."""
    if page.request.headers.get("x-requested-with") == "script":
        onward.status_code = 204
        onward.headers["X-Page"] = path
        del onward.headers["location"]
    return onward


def _done(page: Page, made: DecidedOut) -> str:
    words, number = page.words, made.number
    if made.kind == "proposed":
        return words.text("%(number)s waits for a second person to confirm it.", number=number)
    if made.action == "undo":
        return words.text("What was proposed for %(number)s is refused; it waits anew.", number=number)
    if made.action == "escalate":
        return words.text("%(number)s is before a supervisor.", number=number)
    return words.text("%(number)s is done: %(what)s.", number=number, what=page.name("state", made.state))


def _shown(
    page: Page, services: ServicesDep, who: Principal, desk: Desk, form: Form, status: int = 200, **more: Any
) -> Response:
    """The page of the desk; `more` are `looking`, and `said` where it does not travel in a cookie."""
    now = services.now()
    shown = {"looking": Looking(), **more, **_choices(page)}
    return page.render(
        "desk/desk.html", status, desk=desk, paper=desk.paper, form=form, today=baku_date(now),
        held=desk.paper.number, keys=_KEYS, quote=quote, proposal=_proposal(services, who, desk),
        listed=desk_form.listed(desk.entities), late=services.settings.show_suggestion == "after_choice", **shown,
    )  # fmt: skip


def _proposal(services: ServicesDep, who: Principal, desk: Desk) -> DecisionOut | None:
    """What waits for a second person."""
    item = desk.paper.item
    if item is None or item.proposal is None or desk.paper.blind:
        return None
    made = service.decisions(services, who, desk.paper.number)
    return next((one for one in made if one.id == item.proposal), None)


def _choices(page: Page) -> dict[str, Any]:
    """What the form offers, as (text, value), by name."""
    known = page.services.taxonomy

    def named(kind: str, codes: Any) -> list[tuple[str, str]]:
        return sorted((page.name(kind, code), code) for code in codes)

    code = page.words.code
    return {
        "types": named("document_type", known.document_types), "subjects": named("subject", known.subjects),
        "departments": named("department", known.departments), "units": named("unit", known.units),
        "urgencies": [(page.name("urgency", urgency), urgency) for urgency in known.urgencies],
        "reasons": [(choice.names[code], choice.code, choice.words) for choice in reasons().values()],
        "bodies": sorted((choice.names[code], choice.code) for choice in bodies().values()),
        "with_units": with_units(page.services),
    }  # fmt: skip
