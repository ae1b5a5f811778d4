"""Beside the desk: papers that may belong together, a paper's history, and papers that are split and merged."""

from __future__ import annotations

import itertools
import re
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.departments import handovers
from api.departments import reasons as return_reasons
from api.deps import ServicesDep
from api.documents import service as documents
from api.errors import ServiceError
from api.notices import service as notices
from api.problems import status_of
from api.related import linking, merging, splitting
from api.related import service as related
from api.related.schemas import LinkIn, MergeIn, SplitIn
from api.review import catalogue, opening, service
from api.review.opening import OpenedOut
from api.web.desk_view import PICTURED
from api.web.forms import Form, FormDep, FormError
from api.web.language import N_
from api.web.pages.desk import Decider, Number, Reader
from api.web.render import Page, PageDep, address
from triage.documents import plain

router = APIRouter(include_in_schema=False)
Linker = Annotated[Principal, Depends(allowed(Permission.LINK))]
_WRONG = "Something in the form is missing or wrong."


class Shown(BaseModel):
    """What was on the desk when this was opened: what a decision must name."""

    suggestion: int | None = None
    version: int | None = None


class _Pages(BaseModel):
    version: int
    pages: int = Field(ge=1, le=10_000)


class _Version(BaseModel):
    version: int


@dataclass(frozen=True)
class Moment:
    """Something that happened to a paper: `kind` is decision, handover or notice."""

    at: datetime
    kind: str
    row: Any


@router.get("/papers/{number}/related")
def show_related(
    number: Number, page: PageDep, services: ServicesDep, who: Reader, shown: Annotated[Shown, Depends()]
) -> Response:
    """Papers that may belong with this one, and what people said of them."""
    return _related(page, services, who, number, shown, Form())


@router.post("/papers/{number}/links")
def change_link(number: Number, page: PageDep, services: ServicesDep, who: Linker, form: FormDep) -> Response:
    """Say that two papers belong together, or that they do not."""
    told = Form({name: values for name, values in form.values.items() if name != "on"})
    shown = Shown(suggestion=_number(form.get("suggestion")))
    try:
        made = linking.change(services, who, number, told.read(LinkIn, on=form.get("on") == "yes"))
    except ServiceError as error:
        shown.version = _number(form.get("version"))
        return _related(page, services, who, number, shown, told.refused(error), status_of(error))
    if _by_script(page):
        return JSONResponse({"version": made.version})
    path = address(
        f"/papers/{quote(number)}/related", {"suggestion": shown.suggestion, "version": made.version}
    )
    return page.go(path, page.words.text("It is noted."))


@router.get("/papers/{number}/history")
def show_history(number: Number, page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """What was decided on a paper, what departments did with it, and what was written to its sender."""
    moments = [Moment(row.at, "decision", row) for row in service.decisions(services, who, number)]
    moments += [Moment(row.at, "handover", row) for row in handovers.history(services, who, number)]
    moments += [Moment(row.created_at, "notice", row) for row in notices.listed(services, who, number)]
    moments.sort(key=lambda moment: moment.at, reverse=True)
    part = "desk/_history.html" if _by_script(page) else "desk/history.html"
    return page.render(part, number=number, moments=moments, **_reasons(page))


@router.get("/papers/{number}/split")
def show_split(number: Number, page: PageDep, services: ServicesDep, who: Decider) -> Response:
    """The pages of a paper, to be parted."""
    return _split(page, services, who, number, Form())


@router.post("/papers/{number}/split")
def split(number: Number, page: PageDep, services: ServicesDep, who: Decider, form: FormDep) -> Response:
    """Part a paper into papers of their own."""
    try:
        told = form.read(_Pages)
        parts = _parts(form, told.pages)
        made = splitting.split(services, who, number, _checked(form, parts, told.version))
    except ServiceError as error:
        return _split(page, services, who, number, form.refused(error), status_of(error))
    told_parts = page.words.text(
        "%(number)s is split into: %(parts)s.", number=number, parts=", ".join(made.parts)
    )
    return page.go("/queue", told_parts)


@router.get("/papers/{number}/merge")
def show_merge(number: Number, page: PageDep, services: ServicesDep, who: Decider) -> Response:
    """Choose papers that become parts of this one."""
    return _merge(page, services, who, number, Form())


@router.post("/papers/{number}/merge")
def merge(number: Number, page: PageDep, services: ServicesDep, who: Decider, form: FormDep) -> Response:
    """Make papers parts of this one."""
    typed = [one for one in re.split(r"[\s,;]+", form.get("numbers")) if one]
    wanted = list(dict.fromkeys([*form.all("with"), *typed]))
    try:
        version = form.read(_Version).version
        made = merging.merge(services, who, number, _wanted(form, wanted, version))
    except ServiceError as error:
        return _merge(page, services, who, number, form.refused(error), status_of(error))
    said = page.words.text("Parts of %(number)s now: %(parts)s.", number=number, parts=", ".join(made.parts))
    return page.go(f"/papers/{quote(number)}", said)


def _wanted(form: Form, numbers: list[str], version: int) -> MergeIn:
    """Raises FormError."""
    try:
        return MergeIn.model_validate({"with": numbers, "version": version})
    except ValidationError:
        form.errors["numbers"] = N_("Name between 1 and 50 papers by their numbers.")
        raise FormError(_WRONG) from None


def _checked(form: Form, parts: list[tuple[int, int]], version: int) -> SplitIn:
    """Raises FormError."""
    try:
        return SplitIn(parts=parts, version=version)
    except ValidationError:
        form.errors["cut"] = N_("Choose at least one page with which a new paper begins, and at most 199.")
        raise FormError(_WRONG) from None


def _parts(form: Form, pages: int) -> list[tuple[int, int]]:
    """Ranges of pages, by the pages that begin a new paper."""
    begins = sorted(
        {1, *(int(one) for one in form.all("cut") if one.isdecimal() and 1 < int(one[:6]) <= pages)}
    )
    return [(first, last - 1) for first, last in itertools.pairwise([*begins, pages + 1])]


def _related(
    page: Page,
    services: ServicesDep,
    who: Principal,
    number: str,
    shown: Shown,
    form: Form,
    status: int = 200,
) -> Response:
    found = related.related(services, who, number)
    links = linking.links(services, who, number)
    part = "desk/_related.html" if _by_script(page) else "desk/related.html"
    return page.render(
        part, status, number=number, found=found.proposals, links=links, shown=shown, form=form, quote=quote
    )


def _split(
    page: Page, services: ServicesDep, who: Principal, number: str, form: Form, status: int = 200
) -> Response:
    paper = opening.opened(services, who, number)
    pages: list[tuple[int, str]] = []
    unread = None
    try:
        pages = _pages(services, who, paper)
    except ServiceError as error:
        unread = str(error)
    pictured = paper.media_type in PICTURED
    return page.render(
        "desk/split.html", status, paper=paper, pages=pages, unread=unread, pictured=pictured, form=form,
        cuts=set(form.all("cut")), quote=quote,
    )  # fmt: skip


def _pages(services: ServicesDep, who: Principal, paper: OpenedOut) -> list[tuple[int, str]]:
    """Numbers of pages, and what stands on each. Those of a text stand in the original alone: see `related.cutting`."""
    if paper.media_type != "text":
        return [(one.page, one.text) for one in documents.text(services, who, paper.number).pages]
    with closing(documents.original(services, who, paper.number).stream) as stream:
        data = stream.read()
    texts = data.decode(plain.detect(data) or "utf-8", "replace").split("\f")
    if len(texts) > 1 and not texts[-1].strip():
        texts.pop()
    return list(enumerate(texts, 1))


def _merge(
    page: Page, services: ServicesDep, who: Principal, number: str, form: Form, status: int = 200
) -> Response:
    paper = opening.opened(services, who, number)
    found = related.related(services, who, number).proposals
    waiting = [one for one in found if one.state == "review"]
    chosen = set(form.all("with"))
    return page.render(
        "desk/merge.html", status, paper=paper, found=waiting, form=form, chosen=chosen, quote=quote
    )


def _reasons(page: Page) -> dict[str, Any]:
    """Names of reasons and bodies in the reader's language."""
    code = page.words.code
    return {
        "reasons": {choice.code: choice.names[code] for choice in catalogue.reasons().values()},
        "returns": {reason.code: reason.names[code] for reason in return_reasons.load().values()},
        "bodies": {choice.code: choice.names[code] for choice in catalogue.bodies().values()},
    }


def _by_script(page: Page) -> bool:
    return page.request.headers.get("x-requested-with") == "script"


def _number(told: str) -> int | None:
    return int(told) if told.isdecimal() and len(told) < 19 else None
