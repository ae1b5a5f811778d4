"""The supervisor's overview: what comes, waits and goes, each with its chart, its table, and the papers behind it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import Services, ServicesDep
from api.supervision import figures, sampling
from api.supervision.figure_schemas import PAPERS, FigureOut, FigureQuery, PapersPageQuery
from api.supervision.sample_schemas import SampleOut
from api.web import charts, periods
from api.web.pages.charts import picture, pictured, reader
from api.web.render import Page, PageDep, address

router = APIRouter(prefix="/overview", include_in_schema=False)
Reading = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]
SHOWN = ("flow", "waiting", "automation", "overrides", "queue_time", "clock")
SAMPLES = 8
"""Newest samples that are shown with their errors."""
_FILTERS = {
    "office": "unit", "unit": "unit", "suggested_unit": "unit", "channel": "channel", "language": "language",
    "kind": "kind", "action": "action", "department": "department", "suggested_department": "department",
    "subject": "subject", "suggested_subject": "subject", "suggested_type": "document_type", "field": "field",
    "late": "late", "reason": "reason",
}  # fmt: skip
"""Filters of lists whose values have names, and of which kind these are."""


@router.get("")
def show_overview(page: PageDep, services: ServicesDep, who: Reading) -> Response:
    """The figures of a period."""
    period, form = periods.asked(page.request.query_params, services.now())
    query = FigureQuery(since=period.since, until=period.until)
    found = {name: figures.get(services, who, name, query) for name in SHOWN}
    pictures = {name: picture(page, name, query, told) for name, told in found.items()}
    ages = _by_age(found["waiting"])
    return page.render(
        "overview/overview.html", figures=found, pictures=pictures, period=period, form=form, days=periods.DAYS,
        reader=reader(page), behind=behind, ages=charts.AGES, waits=ages, breaches=charts.breaches(found["clock"]),
        samples=_samples(page, services, who), computed_at=min(told.computed_at for told in found.values()),
    )  # fmt: skip


@router.get("/papers")
def show_papers(
    page: PageDep, services: ServicesDep, who: Reading, query: Annotated[PapersPageQuery, Query()]
) -> Response:
    """The papers behind a figure."""
    found = figures.papers(services, who, query)
    here = {name: value for name, value in page.request.query_params.items() if name != "cursor"}
    back = "/quality" if query.of == "judged" and query.overridden is None else "/overview"
    return page.render(
        "overview/papers.html", found=found, of=query.of, filters=_filters(page, query), back=back,
        first=address("/overview/papers", here) if query.cursor else None,
        following=address("/overview/papers", here, cursor=found.next) if found.next else None,
    )  # fmt: skip


def behind(url: str) -> str:
    """The page of the papers that a figure's address means."""
    return "/overview/papers" + url.removeprefix(PAPERS)


def _by_age(figure: FigureOut) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows of what waits, by department and age."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in figure.rows:
        found.setdefault(row["department"], {})[row["age"]] = row
    return found


def _samples(page: Page, services: Services, who: Principal) -> dict[str, Any]:
    """The newest samples that are judged, for who may see them; the newest has the error that counts."""
    if not page.may(Permission.DRAW_SAMPLES):
        return {"rows": [], "newest": None, "picture": None}
    rows = sample_errors(page, services, who)
    chart = charts.errors(reader(page), rows, "sample")
    shown = pictured(page, "/samples/errors.svg", {"at": rows[0]["id"] if rows else 0}, chart)
    return {"rows": rows, "newest": rows[0] if rows else None, "picture": shown}


def sample_errors(page: Page, services: Services, who: Principal) -> list[dict[str, Any]]:
    """The errors of the newest samples that are complete, newest first."""
    found: list[SampleOut] = sampling.page(services, who, None, SAMPLES).items
    return [
        {
            "id": sample.id,
            "at": sample.at,
            "value": page.words.date(sample.at),
            **total.model_dump(exclude={"value"}),
        }
        for sample in found
        if (total := sample.result.total) is not None
    ]


def _filters(page: Page, query: PapersPageQuery) -> list[tuple[str, str]]:
    """What a list is narrowed down to, in words."""
    text, told = page.words.text, []
    names = {
        "office": text("Received by"), "unit": text("Unit"), "channel": text("Channel"), "language": text("Language"),
        "bundle": text("Model"), "kind": text("Decided"), "action": text("What was done"), "reason": text("Reason"),
        "department": text("Decided on"), "suggested_department": text("Suggested"), "subject": text("Subject"),
        "suggested_subject": text("Suggested subject"), "suggested_type": text("Suggested type"),
        "suggested_unit": text("Suggested unit"), "field": text("Changed field"), "late": text("Time limit passed"),
    }  # fmt: skip
    for name, label in names.items():
        value = getattr(query, name)
        if value is not None:
            told.append((label, _named(page, name, value)))
    if query.since or query.until:
        ends = [page.words.moment(at) if at else "…" for at in (query.since, query.until)]
        told.insert(0, (text("Period"), " – ".join(ends)))
    if query.overridden is not None:
        told.append((text("Suggestion changed"), text("yes") if query.overridden else text("no")))
    if query.wrong is not None:
        told.append((text("Department as suggested"), text("no") if query.wrong else text("yes")))
    if query.certain_from is not None or query.certain_below is not None:
        first, below = query.certain_from or 0, min(query.certain_below or 1, 1)
        told.append((text("Certainty"), f"{page.words.percent(first, 1)} – {page.words.percent(below, 1)}"))
    return told


def _named(page: Page, name: str, value: str) -> str:
    """A value of a filter; what has no name of its own (a model) as it is."""
    return reader(page).label(_FILTERS[name], value) if name in _FILTERS else value
