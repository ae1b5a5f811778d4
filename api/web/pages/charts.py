"""Charts of figures as images: with the same rights and by the same questions as the pages that show them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.errors import NotFoundError
from api.supervision import figures
from api.supervision.figure_schemas import FigureOut, FigureQuery
from api.web.charts import PAINTERS, Reader
from api.web.drawing import Chart, Theme
from api.web.language import words
from api.web.render import Page, PageDep, address

router = APIRouter(include_in_schema=False)
HEADERS: Final = {
    "Cache-Control": "private, max-age=600",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
"""What is drawn says what it looks like in its own attributes; it is kept by the reader's own browser alone."""
_PREFIX = "/overview/charts"
Name = Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$")]


class ChartQuery(FigureQuery):
    """A figure's question, and how it is drawn; `at` is when the page's figure was computed, so that it is no older."""

    theme: Theme = "light"
    language: Literal["az", "en", "ru"] = "en"
    at: datetime | None = None

    def figure(self) -> FigureQuery:
        """The figure's question alone."""
        return FigureQuery.model_validate(self.model_dump(include=set(FigureQuery.model_fields)))


_DARKENED = {"auto": "screen and (prefers-color-scheme: dark)", "dark": "screen", "light": "not all"}
"""The media of the dark image, by the theme that the reader chose."""


@dataclass(frozen=True)
class Picture:
    """A chart as the macro `chart` takes it: where its images are, when the dark one is shown, and its size."""

    light: str
    dark: str
    darkened: str
    size: tuple[int, int]


@router.get(_PREFIX + "/{name}.svg")
def show_chart(
    name: Name,
    page: PageDep,
    services: ServicesDep,
    who: Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))],
    query: Annotated[ChartQuery, Query()],
) -> Response:
    """A chart of a figure."""
    if name not in PAINTERS:
        raise NotFoundError("There is nothing at this address.")
    figure, paint = PAINTERS[name]
    told = figures.get(services, who, figure, query.figure())
    if not told.rows or told.totals.get("count") == 0:
        raise NotFoundError("There is nothing at this address.")
    return image(paint(reader(page, query.language), told), query.theme)


def picture(page: Page, name: str, asked: FigureQuery, figure: FigureOut, **more: Any) -> Picture:
    """Where the chart of a figure is, in both themes."""
    query = {**asked.model_dump(mode="json", exclude_none=True), "at": figure.computed_at.isoformat(), **more}
    return pictured(page, f"{_PREFIX}/{name}.svg", query, PAINTERS[name][1](reader(page), figure))


def pictured(page: Page, path: str, query: dict[str, Any], chart: Chart) -> Picture:
    """The images of a path that takes `theme` and `language`; what is printed is light."""
    light, dark = (address(path, query, theme=theme, language=page.words.code) for theme in ("light", "dark"))
    return Picture(light, dark, _DARKENED[page.theme], chart.size)


def image(chart: Chart, theme: Theme) -> Response:
    """A chart as an answer."""
    return Response(chart.svg(theme), media_type="image/svg+xml", headers=HEADERS)


def reader(page: Page, language: str | None = None) -> Reader:
    """Who a chart is drawn for."""
    shown = replace(page, words=words(language)) if language else page
    return Reader(shown.words, shown.name)
