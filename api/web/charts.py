"""Which chart a figure has, and what is told in it: rows of a figure made into bars, lines and curves.

Every chart shows only what the table beside it has, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from babel import dates

from api.review import catalogue
from api.supervision.figure_schemas import NONE, FigureOut
from api.web import drawing
from api.web.drawing import Axis, Bar, Chart, Line, Point
from api.web.language import Words
from api.web.names_figures import CODES

Row = dict[str, Any]
AGES: Final = tuple(CODES["age"])
MOST: Final = 6
"""Bars in a chart at the most: the table has all."""
_STABLE, _STRONG = 0.1, 0.25
_ENDS = (0.02, 0.04, 0.08, 0.12, 0.2, 0.24, 0.32, 0.4, 0.6, 0.8)
_UNSURE = 20
"""Papers of which an interval is worth to be drawn in a curve."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a chart is drawn for: their words, and the names of codes in these."""

    words: Words
    name: Callable[[str, str | None], str]

    def label(self, kind: str, value: str) -> str:
        """The name of a value of a figure, which has a dash for none."""
        if value == NONE:
            return self.words.text("none")
        if kind == "reason":
            found = catalogue.reasons().get(value)
            return found.names[self.words.code] if found else value
        return value if kind in ("bundle", "sample") else self.name(kind, value)

    def moment(self, text: str) -> datetime:
        """A moment as figures tell it."""
        return datetime.fromisoformat(text)

    def last_day(self, text: str) -> str:
        """The last day of a period that ends at a moment, which is no part of it."""
        return self.words.date(self.moment(text) - timedelta(microseconds=1))

    def worst(self, drift: FigureOut) -> str | None:
        """The strongest reading of any input; None where nothing could be compared."""
        found = {told["reading"] for told in drift.totals["inputs"].values()}
        return next((reading for reading in ("strong", "some", "none") if reading in found), None)

    def numbers(self, kind: str, codes: Sequence[str]) -> list[Row]:
        """Columns of numbers for a table, one for each code."""
        return [{"text": self.name(kind, code), "number": True} for code in codes]

    def calendar_day(self, text: str) -> date:
        """A day as figures tell it."""
        return date.fromisoformat(text)

    def share(self, value: float | None) -> str:
        """A share, or a dash where there is none."""
        return "—" if value is None else self.words.percent(value, 1)

    def interval(self, row: Row) -> str:
        """The interval of a rate: 2.1–7.9%."""
        return f"{self.count(round(row['low'] * 100, 1))}–{self.words.percent(row['high'], 1)}"

    def count(self, value: float) -> str:
        """A number."""
        return self.words.number(value)

    def day(self, day: date) -> str:
        """A day without its year."""
        return dates.format_skeleton("MMMd", day, locale=self.words.locale)

    def rate(self, row: Row) -> str:
        """A rate with its interval: 4.2% (2.1–7.9)."""
        if row["rate"] is None:
            return "—"
        low, high = self.count(round(row["low"] * 100, 1)), self.count(round(row["high"] * 100, 1))
        return f"{self.words.percent(row['rate'], 1)} ({low}–{high})"

    def minutes(self, value: int | None) -> str:
        """A length of time, in its largest unit."""
        if value is None:
            return "—"
        if value < 120:
            return self.words.text("%(num)s min", num=self.count(value))
        if value < 48 * 60:
            return self.words.text("%(num)s h", num=self.count(value // 60))
        return self.words.text("%(num)s days", num=self.count(round(value / 1440, 1)))


Painter = Callable[[Reader, FigureOut], Chart]


def flow(reader: Reader, figure: FigureOut) -> Chart:
    """Papers in and out by day."""
    rows = figure.rows
    came, went = [row["in"] for row in rows], [row["out_policy"] + row["out_person"] for row in rows]
    days = [date.fromisoformat(row["day"]) for row in rows]
    shown = [days[0], days[(len(days) - 1) // 2], days[-1]] if len(days) > 2 else days
    text = reader.words.text
    drawn = (
        Line(text("In"), came, reader.count(sum(came)), "accent"),
        Line(text("Out"), went, reader.count(sum(went)), "warn", dashed=True),
    )
    return drawing.lines([reader.day(day) for day in shown], drawn, _counts(reader, came + went))


def waiting(reader: Reader, figure: FigureOut) -> Chart:
    """What waits, by age."""
    ages: Counter[str] = Counter()
    for row in figure.rows:
        ages[row["age"]] += row["count"]
    tones = {"7_to_15_days": "warn", "over_15_days": "bad"}
    rows = [
        Bar(reader.name("age", age), ages[age], reader.count(ages[age]), tone=tones.get(age, "accent")) for age in AGES
    ]  # fmt: skip
    return drawing.bars(rows, max(ages.values(), default=0))


def automation(reader: Reader, figure: FigureOut) -> Chart:
    """The share that the policy decided, by department, of those with most decisions."""
    rows = [
        Bar(reader.label("department", row["department"]), row["share"], reader.words.percent(row["share"]))
        for row in most(figure.rows, "decided")
    ]
    return drawing.bars(rows, 1)


def overrides(reader: Reader, figure: FigureOut) -> Chart:
    """What people change, by field."""
    return _rates(reader, "field", [row for row in figure.rows if row["by"] == "field"], "overridden")


def queue_time(reader: Reader, figure: FigureOut) -> Chart:
    """Within which time half, nine tenths and nearly all were decided on."""
    rows = [
        Bar(reader.words.text("%(share)s of papers", share=reader.words.percent(q / 100)), found or 0,
            reader.minutes(found))
        for q in (50, 90, 99)
        for found in [figure.totals[f"p{q}_minutes"]]
    ]  # fmt: skip
    return drawing.bars(rows, max(row.value for row in rows))


def clock(reader: Reader, figure: FigureOut) -> Chart:
    """Breaches of the legal clock."""
    found = breaches(figure)
    rows = [
        Bar(f"{reader.name('late', which)}: {reader.name('lateness', where)}", count, reader.count(count), tone="bad")
        for (which, where), count in found.items()
    ]  # fmt: skip
    return drawing.bars(rows, max(found.values()))


def breaches(figure: FigureOut) -> dict[tuple[str, str], int]:
    """Breaches by clock and by where the paper stands."""
    found = {(which, where): 0 for which in ("forward", "answer") for where in ("waiting", "decided")}
    for row in figure.rows:
        found[row["clock"], row["where"]] += row["count"]
    return found


def calibration(reader: Reader, figure: FigureOut) -> Chart:
    """The reliability diagram."""
    total = max((row["count"] for row in figure.rows), default=1)
    points = [
        Point(row["mean"], row["rate"], row["low"], row["high"], row["count"] / total) for row in figure.rows
    ]
    text, marks = reader.words.text, shares(reader.words, 1, 0.25)
    axes = Axis(text("Certainty that was told"), 1, marks), Axis(text("Share that was right"), 1, marks)
    return drawing.reliability(points, axes, text("as it should be"))


def risk(reader: Reader, figure: FigureOut) -> Chart:
    """The risk-coverage curve."""
    points = [Point(row["coverage"], row["rate"], row["low"], row["high"]) for row in drawable(figure)]
    return drawing.curve(points, risk_axes(reader.words, figure))


def risk_axes(words: Words, figure: FigureOut) -> tuple[Axis, Axis]:
    """The axes of the risk-coverage curve: coverage up to all, and error as far as it is worth looking at."""
    rows = drawable(figure)
    top = max((row["rate"] for row in rows), default=0)
    end = next((end for end in _ENDS if end >= 1.5 * top), 1.0)
    return (
        Axis(words.text("Routed unread"), 1, shares(words, 1, 0.25)),
        Axis(words.text("Routed wrongly, of these"), end, shares(words, end, end / 4)),
    )


def drawable(figure: FigureOut) -> list[Row]:
    """The thresholds at which enough would be routed for a rate to mean something, the least coverage first."""
    found = [row for row in figure.rows if row["routed"] >= _UNSURE] or [
        row for row in figure.rows if row["routed"]
    ]
    return found[::-1]


def slices_language(reader: Reader, figure: FigureOut) -> Chart:
    """Errors by language."""
    return _slice(reader, figure, "language")


def slices_office(reader: Reader, figure: FigureOut) -> Chart:
    """Errors by office that received the papers."""
    return _slice(reader, figure, "office")


def slices_channel(reader: Reader, figure: FigureOut) -> Chart:
    """Errors by channel."""
    return _slice(reader, figure, "channel")


def drift(reader: Reader, figure: FigureOut) -> Chart:
    """The stability index of each input, with the usual limits."""
    tones = {"none": "accent", "some": "warn", "strong": "bad"}
    inputs = figure.totals["inputs"]
    rows = [
        Bar(reader.name("input", name), psi, reader.count(round(psi, 3)), tone=tones[found["reading"]])
        for name, found in inputs.items()
        if (psi := found["psi"]) is not None
    ]  # fmt: skip
    marks = [(limit, reader.count(limit)) for limit in (_STABLE, _STRONG)]
    return drawing.bars(rows, max([0.35, *(row.value for row in rows)]), marks)


def agreement(reader: Reader, figure: FigureOut) -> Chart:
    """How far two people agree, by field."""
    return _rates(reader, "field", [{**row, "value": row["field"]} for row in figure.rows], "pairs", end=1)


def errors(reader: Reader, rows: Sequence[Row], kind: str) -> Chart:
    """Errors of blind samples: rows of names, rates and intervals."""
    return _rates(reader, kind, rows, "judged")


PAINTERS: Final[dict[str, tuple[str, Painter]]] = {
    "flow": ("flow", flow), "waiting": ("waiting", waiting), "automation": ("automation", automation),
    "overrides": ("overrides", overrides), "queue_time": ("queue_time", queue_time), "clock": ("clock", clock),
    "calibration": ("calibration", calibration), "risk": ("risk_coverage", risk),
    "language": ("slices", slices_language), "office": ("slices", slices_office),
    "channel": ("slices", slices_channel), "drift": ("drift", drift), "agreement": ("agreement", agreement),
}  # fmt: skip
"""Charts by name: the figure that each is drawn of, and who draws it."""


def most(rows: Sequence[Row], column: str) -> list[Row]:
    """The rows with most, so many as a chart has room for."""
    return sorted(rows, key=lambda row: -row[column])[:MOST]


def shares(words: Words, end: float, step: float) -> list[tuple[float, str]]:
    """Marks of an axis of shares."""
    digits = 0 if step * 100 == round(step * 100) else 2 if step < 0.01 else 1
    return [(n * step, words.percent(n * step, digits)) for n in range(round(end / step) + 1)]


def _slice(reader: Reader, figure: FigureOut, by: str) -> Chart:
    kind = "unit" if by == "office" else by
    return _rates(reader, kind, [row for row in figure.rows if row["by"] == by and row["judged"]], "judged")


def _rates(reader: Reader, kind: str, rows: Sequence[Row], weight: str, end: float | None = None) -> Chart:
    shown = [row for row in most(rows, weight) if row["rate"] is not None]
    made = [
        Bar(reader.label(kind, row["value"]), row["rate"], reader.rate(row), row["low"], row["high"]) for row in shown
    ]  # fmt: skip
    return drawing.bars(made, end or max((row["high"] for row in shown), default=1))


def _counts(reader: Reader, values: Sequence[int]) -> Axis:
    """An axis of counts that ends at a round number above them all."""
    top = max((*values, 4))
    step = next(s * 10**e for e in range(12) for s in (1, 2, 5) if s * 10**e * 4 >= top)
    return Axis("", 4 * step, [(n * step, reader.count(n * step)) for n in range(5)])
