"""Blind samples: drawn, watched and read by supervisors; judged, paper by paper, by whoever may judge."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, Services, ServicesDep
from api.documents import service as documents
from api.errors import ConflictError, GoneError, NotFoundError, ServiceError
from api.problems import status_of
from api.supervision import sampling
from api.supervision.sample_schemas import NextOut, SampleIn, SampleOut, VerdictIn
from api.web import charts, periods
from api.web.drawing import Theme
from api.web.forms import Form, FormDep, FormError
from api.web.pages.charts import image, pictured, reader
from api.web.pages.overview import sample_errors
from api.web.render import Page, PageDep, address

router = APIRouter(prefix="/samples", include_in_schema=False)
Drawer = Annotated[Principal, Depends(allowed(Permission.DRAW_SAMPLES))]
Judge = Annotated[Principal, Depends(allowed(Permission.JUDGE_SAMPLES))]
Cursor = Annotated[int | None, Query(ge=1, lt=2**63)]
_PAGE = 20
_USUAL_SIZE = "100"
_MOST_ITEMS = 200
"""Items of a sample on one page."""


class _Item(BaseModel):
    """The item that was on the page."""

    item: int


class ImageQuery(BaseModel):
    """How a chart is drawn; `at` changes when there is another."""

    theme: Theme = "light"
    language: str = "en"
    at: int = 0


@router.get("")
def show_samples(page: PageDep, services: ServicesDep, who: Drawer, cursor: Cursor = None) -> Response:
    """The samples, newest first."""
    found = sampling.page(services, who, cursor, _PAGE)
    following = address("/samples", cursor=found.next) if found.next else None
    return page.render(
        "samples/samples.html", samples=found.items, following=following, first="/samples" if cursor else None,
        reader=reader(page),
    )  # fmt: skip


@router.get("/new")
def show_new(page: PageDep, services: ServicesDep, _who: Drawer) -> Response:
    """The form that draws a sample."""
    period = periods.lately(30, services.now())
    form = Form.of(
        size=_USUAL_SIZE, first=period.first.isoformat(), last=period.last.isoformat(), readers="1"
    )
    return _new(page, form)


@router.post("/new")
def draw(page: PageDep, services: ServicesDep, who: Drawer, form: FormDep) -> Response:
    """Draw a sample."""
    try:
        period = periods.days_of(form, ("first", "last"))
        now = services.now()
        since, until = (period.since, period.until) if period else (now, now)
        readers = 2 if form.get("readers") == "2" else 1
        wanted = form.read(SampleIn, since=since, until=until, readers=readers)
        if period is None:
            raise FormError("Something in the form is missing or wrong.")
        sample = sampling.draw(services, who, wanted)
    except ServiceError as error:
        return _new(page, form.refused(error), status_of(error))
    said = page.words.plural("%(num)s decision is drawn.", "%(num)s decisions are drawn.", sample.size)
    return page.go(f"/samples/{sample.id}", said)


@router.get("/errors.svg")
def show_errors(
    page: PageDep, services: ServicesDep, who: Drawer, query: Annotated[ImageQuery, Query()]
) -> Response:
    """The errors of the newest samples, as an image."""
    rows = sample_errors(page, services, who)
    if not rows:
        raise NotFoundError("There is nothing at this address.")
    return image(charts.errors(reader(page), rows, "sample"), query.theme)


@router.get("/next")
def show_next(page: PageDep, services: ServicesDep, who: Judge) -> Response:
    """The paper that the reader has open to judge blind, or what is to be done to get one."""
    found = sampling.open_item(services, who)
    return _judging(page, services, who, found, Form())


@router.post("/next")
def open_next(page: PageDep, services: ServicesDep, who: Judge) -> Response:
    """Open the next paper to judge."""
    found = sampling.next_item(services, who)
    return page.go("/samples/next", None if found.item else page.words.text("There is nothing to judge now."))


@router.post("/verdict")
def judge(page: PageDep, services: ServicesDep, who: Judge, form: FormDep) -> Response:
    """Give a verdict on the open paper, and open the next."""
    found = sampling.open_item(services, who)
    try:
        item = form.read(_Item).item
        wanted = form.read(VerdictIn)
        sampling.judge(services, who, item, wanted)
    except (
        ConflictError,
        NotFoundError,
    ) as error:  # judged meanwhile, or on another page: on with what is open now
        return page.go("/samples/next", page.words.told(str(error)))
    except ServiceError as error:
        return _judging(page, services, who, found, form.refused(error), status_of(error))
    following = sampling.next_item(services, who)
    text = page.words.text
    said = text("Your verdict is kept. Here is the next paper.") if following.item else text(
        "Your verdict is kept. There is nothing more to judge now."
    )  # fmt: skip
    return page.go("/samples/next", said)


@router.get("/{id}")
def show_sample(id: RowId, page: PageDep, services: ServicesDep, who: Drawer) -> Response:
    """One sample: how far it is, and what it says once all of it is judged."""
    sample = sampling.get(services, who, id)
    items = sample.items or []
    return page.render(
        "samples/sample.html", sample=sample, items=items[:_MOST_ITEMS], more=max(len(items) - _MOST_ITEMS, 0),
        reader=reader(page), pictures=_pictures(page, sample), facts=sample.drawn_from,
    )  # fmt: skip


@router.get("/{id}/{by}.svg")
def show_errors_by(
    id: RowId,
    by: str,
    page: PageDep,
    services: ServicesDep,
    who: Drawer,
    query: Annotated[ImageQuery, Query()],
) -> Response:
    """The errors of a sample by department or subject, as an image."""
    rows = _rows(sampling.get(services, who, id)).get(by)
    if not rows:
        raise NotFoundError("There is nothing at this address.")
    return image(charts.errors(reader(page), rows, by), query.theme)


def _rows(sample: SampleOut) -> dict[str, list[dict[str, Any]]]:
    told = {"department": sample.result.departments, "subject": sample.result.subjects}
    return {by: [row.model_dump() | {"value": row.value or "-"} for row in rows] for by, rows in told.items()}


def _pictures(page: Page, sample: SampleOut) -> dict[str, Any]:
    query = {"at": sample.result.judged}
    return {
        by: pictured(page, f"/samples/{sample.id}/{by}.svg", query, charts.errors(reader(page), rows, by))
        for by, rows in _rows(sample).items()
        if rows
    }


def _new(page: Page, form: Form, status: int = 200) -> Response:
    known = page.services.taxonomy
    departments = sorted((page.name("department", label), label) for label in known.departments)
    subjects = sorted((page.name("subject", label), label) for label in known.subjects)
    return page.render("samples/new.html", status, form=form, departments=departments, subjects=subjects)


def _judging(
    page: Page, services: Services, who: Principal, found: NextOut, form: Form, status: int = 200
) -> Response:
    """The open paper beside the form; nothing of what the service said of it is asked for here."""
    text = None
    if found.number is not None:
        try:
            text = documents.text(services, who, found.number)
        except (ConflictError, GoneError) as error:
            form.said = str(error)
    known = page.services.taxonomy
    choices = {
        "document_type": [(page.name("document_type", label), label) for label in known.document_types],
        "subject": [(page.name("subject", label), label) for label in known.subjects],
        "territory": sorted((page.name("unit", label), label) for label in known.units),
        "department": [(page.name("department", label), label) for label in known.departments],
        "urgency": [(page.name("urgency", label), label) for label in known.urgencies],
    }
    with_units = {rule.department for rule in known.rules if rule.unit_from_territory}
    return page.render(
        "samples/next.html", status, found=found, text=text, form=form, choices=choices,
        with_units=[page.name("department", label) for label in sorted(with_units)],
    )  # fmt: skip
