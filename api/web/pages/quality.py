"""Quality for supervisors: what the certainty is worth, what could go unread at which error, and where it could not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import Services, ServicesDep
from api.supervision import figures
from api.supervision.figure_schemas import NONE, FigureOut, FigureQuery
from api.web import charts, drawing, periods
from api.web.forms import Form
from api.web.pages import switches
from api.web.pages.charts import picture, reader
from api.web.pages.overview import behind
from api.web.periods import Period
from api.web.render import Page, PageDep

router = APIRouter(prefix="/quality", include_in_schema=False)
Reading = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]
Row = dict[str, Any]
FIGURES = ("calibration", "risk_coverage", "confusion", "slices", "drift", "agreement")
ERRORS = (0.5, 20.0, 0.5)
"""Errors that can be accepted, in hundredths: the least, the largest, and the step between them."""
_USUAL_ERROR = 5.0
_FIELDS = ("department", "subject")
SHADES = 5
"""Shades of the cells of a confusion matrix."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page of quality is asked for: a period, labels that were suggested, and the error that is accepted."""

    period: Period
    form: Form
    department: str | None
    subject: str | None
    error: float
    field: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels as the address names them."""
        return {name: value for name in _FIELDS if (value := getattr(self, name)) is not None}

    @property
    def query(self) -> dict[str, str]:
        """The address of this page."""
        return {**self.period.query, **self.labels, "error": f"{self.error:g}", "field": self.field}

    @property
    def figure(self) -> FigureQuery:
        """As figures are asked for."""
        return FigureQuery(since=self.period.since, until=self.period.until, **self.labels)


@router.get("")
def show_quality(page: PageDep, services: ServicesDep, who: Reading) -> Response:
    """All measures of quality, with the switches that they are the evidence for."""
    chosen = _chosen(page, services)
    found = {name: figures.get(services, who, name, chosen.figure) for name in FIGURES}
    pictures = {
        name: picture(page, name, chosen.figure, found[figure])
        for name, (figure, _) in charts.PAINTERS.items()
        if figure in found
    }
    told = reader(page)
    shown = {
        "risk": _risk(page, found["risk_coverage"], chosen.error),
        "matrix": _matrix(found["confusion"], chosen.field),
        "switches": switches.groups(page, services, who, chosen.period, error=f"{chosen.error:g}"),
        "choices": _choices(page),
        "labels": Form.of(**chosen.labels),
    }
    return page.render(
        "quality/quality.html", figures=found, pictures=pictures, chosen=chosen, days=periods.DAYS, reader=told,
        behind=behind, errors=ERRORS, bin_name=partial(_bin, page), **shown,
    )  # fmt: skip


def _chosen(page: Page, services: Services) -> Chosen:
    """What the address asks for; what cannot be is left out."""
    query, known = page.request.query_params, services.taxonomy
    period, form = periods.asked(query, services.now())
    department = query.get("department") if query.get("department") in known.departments else None
    subject = query.get("subject") if query.get("subject") in known.subjects else None
    field = query.get("field") if query.get("field") in _FIELDS else _FIELDS[0]
    return Chosen(period, form, department, subject, _error(query.get("error", "")), str(field))


def _error(text: str) -> float:
    """The error that is accepted, in hundredths; the usual one for what is no number of these."""
    least, largest, _ = ERRORS
    try:
        found = float(text)
    except ValueError:
        return _USUAL_ERROR
    return min(max(found, least), largest) if isfinite(found) else _USUAL_ERROR


def _choices(page: Page) -> dict[str, list[tuple[str, str]]]:
    known = page.services.taxonomy
    return {
        "department": sorted((page.name("department", label), label) for label in known.departments),
        "subject": sorted((page.name("subject", label), label) for label in known.subjects),
    }


def _risk(page: Page, figure: FigureOut, percent: float) -> dict[str, Any]:
    """What would be automated at an error: for sure (by the interval's upper end), and by what was seen alone."""
    axes = charts.risk_axes(page.words, figure)
    rows = _steps(figure)
    sure = next((row for row in rows if row["high"] <= percent / 100), None)
    seen = next((row for row in rows if row["rate"] <= percent / 100), None)
    left, top, right, bottom = drawing.FRAME
    frame = {
        "left": left,
        "top": top,
        "width": drawing.WIDTH - left - right,
        "height": drawing.CURVE - top - bottom,
    }
    marks = {
        "line": drawing.place(0, percent / 100, axes)[1],
        "dot": drawing.place(seen["coverage"], seen["rate"], axes) if seen else None,
    }
    return {
        "rows": rows, "sure": sure, "seen": seen, "total": figure.totals["count"], "end": axes[1].end,
        "frame": frame, "marks": marks, "size": (drawing.WIDTH, drawing.CURVE), "error": percent,
    }  # fmt: skip


def _steps(figure: FigureOut) -> list[Row]:
    """The rows of the risk-coverage curve at which something changes, from all papers on to the surest."""
    found: dict[int, Row] = {}
    for row in figure.rows:
        if row["routed"]:
            found.setdefault(row["routed"], row)
    return list(found.values())


def _matrix(figure: FigureOut, field: str) -> dict[str, Any]:
    """The confusion matrix of a field: labels that occur, and cells by (suggested, decided) with their shade."""
    cells = {(row["suggested"], row["decided"]): row for row in figure.rows if row["field"] == field}
    totals: Counter[str] = Counter()
    for (suggested, decided), row in cells.items():
        totals[suggested] += row["count"]
        totals[decided] += row["count"]
    sums: Counter[str] = Counter()
    for (suggested, _), row in cells.items():
        sums[suggested] += row["count"]
    shades = {key: -(-row["count"] * SHADES // sums[key[0]]) for key, row in cells.items()}
    labels = [label for label, _ in totals.most_common()]
    return {"labels": labels, "cells": cells, "shades": shades, "sums": sums, **figure.totals[field]}


def _bin(page: Page, name: str, value: str) -> str:
    """The name of a bin of drift."""
    told = reader(page)
    if value == NONE or name in ("language", "document_type", "subject"):
        return told.label(name, value)
    if name == "certainty":
        tenth = int(value)
        return f"{page.words.percent(tenth / 10)} – {page.words.percent((tenth + 1) / 10)}"
    if name == "distance":
        return page.words.text("from %(num)s on", num=page.words.number(int(value) / 1000))
    return page.words.text("from %(num)s characters", num=page.words.number(int(value)))
