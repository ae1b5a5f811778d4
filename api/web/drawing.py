"""Charts as SVG images, drawn by matplotlib: calm, in the colours of the style sheet, readable at the width of a phone.

The same data makes the same bytes. Everything is told directly at the marks, so that no legend and no colour alone
carries a meaning. matplotlib is slow to import and keeps its settings globally: it is loaded when the first chart is
asked for, and one chart is drawn at a time.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, degrees
from typing import Any, Final, Literal

from api.web import statics

Theme = Literal["light", "dark"]
WIDTH: Final = 300
"""Units of a chart's width: about the pixels that it has on a phone."""
FRAME: Final = (42.0, 26.0, 18.0, 36.0)
"""Units left free beside the plane of a chart with axes: left, top, right, bottom."""
CURVE: Final = 240
"""Units of the height of the reliability diagram and the risk-coverage curve."""
_TEXT = 11.5
_ROW = 34
_LINES = 180
_LETTER, _BOLD = 6.6, 7.4
"""Units that a letter takes, on the safe side."""
_LOCK = threading.Lock()
_FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', sans-serif"
)
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "derkenar", "font.family": "DejaVu Sans", "font.size": _TEXT,
    "text.parse_math": False, "axes.unicode_minus": True, "path.simplify": True,
}  # fmt: skip
_THEMES = {"light": ":root {", "dark": ':root[data-theme="dark"] {'}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name and what is told of it; `low` and `high` are an interval, None without one."""

    name: str
    value: float
    told: str
    low: float | None = None
    high: float | None = None
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Line:
    """Values day by day, or None; `name` and `told` stand at the line's end."""

    name: str
    values: Sequence[float]
    told: str
    tone: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its name, its end, and (place, text) of its marks. It begins with 0."""

    name: str
    end: float
    marks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve with its interval; `size` 0..1 is its weight."""

    x: float
    y: float
    low: float
    high: float
    size: float = 0.5


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that can be drawn: how high it is, who paints it in which colours, and its axes."""

    height: int
    paint: Callable[[Any, dict[str, str]], None]
    axes: tuple[Axis, Axis] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height."""
        return WIDTH, self.height

    def svg(self, theme: Theme) -> bytes:
        """Draw it. Others wait meanwhile."""
        ink, made = _inks()[theme], io.BytesIO()
        with _LOCK:
            import matplotlib as mpl  # noqa: PLC0415 - takes a second
            from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
            from matplotlib.figure import Figure  # noqa: PLC0415

            with mpl.rc_context(_SETTINGS):
                figure = Figure(figsize=(WIDTH / 72, self.height / 72))
                FigureCanvasSVG(figure)
                plane = figure.add_axes(_within(self.height) if self.axes else (0, 0, 1, 1))
                if self.axes:
                    _frame(plane, ink, self.axes)
                else:
                    plane.set(xlim=(0, WIDTH), ylim=(self.height, 0))
                    plane.axis("off")
                self.paint(plane, ink)
                nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
                figure.savefig(made, format="svg", transparent=True, metadata=nothing)
        text = made.getvalue().decode()
        return text[text.index("<svg") :].replace("'DejaVu Sans'", _FONT).encode()


def bars(rows: Sequence[Bar], end: float, marks: Sequence[tuple[float, str]] = ()) -> Chart:
    """Bars from 0 to `end`, each beneath its name, or dots with their intervals; `marks` are lines across all."""
    height = _ROW * len(rows) + (18 if marks else 2)

    def paint(plane: Any, ink: dict[str, str]) -> None:
        scale = (WIDTH - 2) / (end or 1)
        for at, told in marks:
            plane.plot([at * scale] * 2, [0, height - 16], color=ink["edge"], lw=1, ls=(0, (2, 2)), zorder=3)
            plane.text(
                at * scale, height - 3, told, color=ink["soft"], ha="center", va="baseline", size=_TEXT - 1
            )
        for number, row in enumerate(rows):
            top = number * _ROW
            plane.text(1, top + 13, short(row.name, row.told), color=ink["ink"], va="baseline")
            plane.text(
                WIDTH - 1, top + 13, row.told, color=ink["ink"], ha="right", va="baseline", weight="bold"
            )
            plane.fill(
                [1, WIDTH - 1, WIDTH - 1, 1], [*[top + 19] * 2, *[top + 27] * 2], color=ink["sunk"], lw=0
            )
            if row.low is not None and row.high is not None:
                _interval(plane, ink, [min(x, end) * scale for x in (row.low, row.value, row.high)], top + 23)
                continue
            width = max(min(row.value, end) * scale, 1.5 if row.value else 0)
            plane.fill(
                [1, 1 + width, 1 + width, 1], [*[top + 19] * 2, *[top + 27] * 2], color=ink[row.tone], lw=0
            )

    return Chart(height, paint)


def _interval(plane: Any, ink: dict[str, str], places: Sequence[float], y: float) -> None:
    """A dot for what was found, within a band for where the truth may be."""
    low, found, high = (1 + place for place in places)
    plane.fill([low, high, high, low], [y - 4, y - 4, y + 4, y + 4], color=ink["accent"], alpha=0.35, lw=0)
    plane.plot([low, low], [y - 4, y + 4], color=ink["accent"], lw=1.5)
    plane.plot([high, high], [y - 4, y + 4], color=ink["accent"], lw=1.5)
    plane.scatter([found], [y], s=60, color=ink["accent"], edgecolor=ink["raised"], lw=1.5, zorder=4)


def lines(days: Sequence[str], drawn: Sequence[Line], y: Axis) -> Chart:
    """Lines over days, each with its name at its end; `days` are texts for the first, middle and last of them."""
    count = max((len(line.values) for line in drawn), default=1)
    places = [0, (count - 1) / 2, count - 1] if count > 2 else range(count)
    x = Axis("", max(count - 1, 1), list(zip(places, days, strict=False)))

    def paint(plane: Any, ink: dict[str, str]) -> None:
        for line in drawn:
            style = (0, (4, 2)) if line.dashed else "solid"
            mark = "o" if count < 2 else ""
            plane.plot(
                range(count),
                line.values,
                color=ink[line.tone],
                lw=2,
                ls=style,
                marker=mark,
                zorder=3,
                clip_on=False,
            )
        first = drawn[0]
        plane.fill_between(range(count), first.values, color=ink[f"{first.tone}-wash"], lw=0, zorder=1)
        for number, line in enumerate(drawn):
            ends = {"x": 0, "ha": "left"} if number == 0 else {"x": 1, "ha": "right"}
            said = f"{line.name} {line.told}"
            plane.text(y=1.06, s=said, color=ink[line.tone], weight="bold", transform=plane.transAxes, **ends)

    return Chart(_LINES, paint, (x, y))


def reliability(points: Sequence[Point], axes: tuple[Axis, Axis], ideal: str) -> Chart:
    """Certainty against the share that was right: on the dashed line both are the same."""

    def paint(plane: Any, ink: dict[str, str]) -> None:
        plane.plot([0, 1], [0, 1], color=ink["edge"], lw=1, ls=(0, (4, 3)), zorder=2)
        plane.text(
            0.05, 0.1, ideal, color=ink["soft"], rotation=_slope(axes), rotation_mode="anchor", size=_TEXT - 1
        )
        for point in points:
            plane.plot(
                [point.x] * 2, [point.low, point.high], color=ink["accent"], lw=1.5, alpha=0.6, zorder=3
            )
            size = 16 + 100 * point.size
            plane.scatter(
                [point.x],
                [point.y],
                s=size,
                color=ink["accent"],
                edgecolor=ink["raised"],
                lw=1,
                zorder=4,
                clip_on=False,
            )

    return Chart(CURVE, paint, axes)


def curve(points: Sequence[Point], axes: tuple[Axis, Axis]) -> Chart:
    """A share against the error that goes with it, with the error's interval as a band."""

    def paint(plane: Any, ink: dict[str, str]) -> None:
        xs = [point.x for point in points]
        low, high = [point.low for point in points], [point.high for point in points]
        plane.fill_between(xs, low, high, color=ink["accent-wash"], lw=0, zorder=1)
        plane.plot(xs, [point.y for point in points], color=ink["accent"], lw=2, zorder=3)

    return Chart(CURVE, paint, axes)


def place(x: float, y: float, axes: tuple[Axis, Axis], height: float = CURVE) -> tuple[float, float]:
    """Where in a chart with axes a point lies, in its units from the left and from the top."""
    left, top, right, bottom = FRAME
    return (
        left + min(x / axes[0].end, 1) * (WIDTH - left - right),
        height - bottom - min(y / axes[1].end, 1) * (height - top - bottom),
    )


def short(name: str, told: str) -> str:
    """A name that fits above a bar, beside what is told of it."""
    room = int((WIDTH - 8 - _BOLD * len(told)) / _LETTER)
    return name if len(name) <= room else name[: room - 1].rstrip() + "…"


def _slope(axes: tuple[Axis, Axis]) -> float:
    (x0, y0), (x1, y1) = place(0, 0, axes), place(1, 1, axes)
    return degrees(atan2(y0 - y1, x1 - x0))


@cache
def _inks() -> dict[str, dict[str, str]]:
    """The colours of both themes, as the style sheet has them."""
    sheet = (statics.FOLDER / "tokens.css").read_text(encoding="utf-8")
    blocks = {theme: sheet.partition(head)[2].partition("}")[0] for theme, head in _THEMES.items()}
    return {theme: dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for theme, block in blocks.items()}


def _within(height: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = FRAME
    return left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height


def _frame(plane: Any, ink: dict[str, str], axes: tuple[Axis, Axis]) -> None:
    x, y = axes
    plane.set(xlim=(0, x.end), ylim=(0, y.end))
    plane.set_xticks([at for at, _ in x.marks], [told for _, told in x.marks])
    plane.set_yticks([at for at, _ in y.marks], [told for _, told in y.marks])
    plane.tick_params(length=0, pad=5, labelcolor=ink["soft"], labelsize=_TEXT - 0.5)
    if x.marks and not x.name:  # days: the first and the last stay within the picture
        labels = plane.get_xticklabels()
        labels[0].set_ha("left")
        labels[-1].set_ha("right")
    plane.set_xlabel(x.name, color=ink["soft"], labelpad=3)
    if y.name:
        plane.text(0, 1.05, y.name, color=ink["soft"], transform=plane.transAxes)
    plane.grid(axis="y", color=ink["line"], lw=1)
    plane.set_axisbelow(True)
    for name, spine in plane.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(ink["edge"])
