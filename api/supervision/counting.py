"""Figures of work: what comes and goes, what waits, what people changed. Each function says exactly what it counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import case, extract, func, literal
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Document, Measure
from api.intake.calendar import BAKU
from api.supervision import measure_rows
from api.supervision.figure_schemas import NONE, PapersQuery
from api.supervision.statistics import rate, share

Row = dict[str, Any]
_DAY = timedelta(days=1)
_AGES = (
    ("under_1_day", 0, 1), ("1_to_3_days", 1, 3), ("3_to_7_days", 3, 7), ("7_to_15_days", 7, 15),
    ("over_15_days", 15, None),
)  # fmt: skip
"""Ages of waiting papers in days of 24 hours, the first included."""
QUANTILES = (50, 90, 99)
"""In hundredths."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure is computed for: whose papers, which period, and the moment of computing."""

    session: Session
    who: Principal
    since: datetime
    until: datetime
    now: datetime
    today: date
    reference: tuple[datetime, datetime]
    department: str | None = None
    subject: str | None = None

    def papers(self, of: Any, *, period: bool = True) -> PapersQuery:
        """The papers of a figure, before it looks closer."""
        since, until = (self.since, self.until) if period else (None, None)
        return PapersQuery(
            of=of,
            since=since,
            until=until,
            suggested_department=self.department,
            suggested_subject=self.subject,
        )

    def counts(self, asked: PapersQuery, *by: Any, more: tuple[Any, ...] = ()) -> Any:
        """Rows of the values of `by`, the count of papers, and `more` aggregates."""
        return measure_rows.counts(self.session, self.who, asked, by, *more)


@dataclass(frozen=True, slots=True)
class Found:
    """A figure's rows and totals, and the papers behind it."""

    totals: Row
    rows: list[Row]
    papers: PapersQuery


def flow(asked: Asked) -> Found:
    """Papers in and out by day (in Baku). In: registered on the day. Out: the decision in force was made on the day.

    Escalations do not count as out, nor do decisions that were taken back or returned by a department.
    """
    came, went = asked.papers("registered"), asked.papers("decided")
    days: dict[date, Row] = defaultdict(lambda: {"in": 0, "out_policy": 0, "out_person": 0})
    for day, count in asked.counts(came, Measure.registered_on):
        days[day]["in"] = count
    for day, kind, count in asked.counts(went, Measure.decided_on, Measure.kind):
        days[day][f"out_{kind}"] = count
    rows = []
    for day in sorted(days):
        begin = datetime.combine(day, time(), BAKU)
        period = {"since": max(begin, asked.since), "until": min(begin + _DAY, asked.until)}
        rows.append({
            "day": day.isoformat(), **days[day], "papers": came.but(**period).url, "papers_out": went.but(**period).url,
        })  # fmt: skip
    totals = {name: sum(row[name] for row in rows) for name in ("in", "out_policy", "out_person")}
    return Found(totals, rows, came)


def waiting(asked: Asked) -> Found:
    """Papers in review now, by suggested department (`-`: none) and by age since they came to wait.

    An age is in days of 24 hours from `review_since` to the moment of computing. The period does not count.
    """
    papers = asked.papers("waiting", period=False)
    age = extract("epoch", literal(asked.now) - Document.review_since) / _DAY.total_seconds()
    name = case(*((age < last, name) for name, _, last in _AGES if last is not None), else_=_AGES[-1][0])
    rows = []
    for department, bin_, count in asked.counts(papers, Document.suggested_department, name):
        _, first, last = next(found for found in _AGES if found[0] == bin_)
        begin = {} if last is None else {"since": asked.now - last * _DAY + timedelta(microseconds=1)}
        end = {} if first == 0 else {"until": asked.now - first * _DAY + timedelta(microseconds=1)}
        rows.append({
            "department": department or NONE, "age": bin_, "count": count,
            "papers": papers.but(suggested_department=department, **begin, **end).url,
        })  # fmt: skip
    desks = {desk: count for desk, count in asked.counts(papers, Document.desk)}  # noqa: C416 - rows, not pairs
    rows.sort(key=lambda row: (row["department"], [age for age, _, _ in _AGES].index(row["age"])))
    return Found({"waiting": sum(desks.values()), "desks": desks}, rows, papers)


def automation(asked: Asked) -> Found:
    """Of the decisions in force made in the period, how many the policy made by itself; by department decided on.

    The department is `-` for papers that were closed or sent outside.
    """
    papers = asked.papers("decided")
    found: dict[str | None, dict[str, int]] = defaultdict(lambda: {"policy": 0, "person": 0})
    for department, kind, count in asked.counts(papers, Measure.department, Measure.kind):
        found[department][kind] += count
    rows = [
        {
            "department": department or NONE,
            **_automated(kinds),
            "papers": papers.but(department=department).url,
        }
        for department, kinds in sorted(found.items(), key=lambda item: item[0] or "")
    ]
    total = {kind: sum(kinds[kind] for kinds in found.values()) for kind in ("policy", "person")}
    return Found(_automated(total), rows, papers)


def _automated(kinds: dict[str, int]) -> Row:
    decided = kinds["policy"] + kinds["person"]
    return {"decided": decided, "policy": kinds["policy"], "share": share(kinds["policy"], decided)}


def overrides(asked: Asked) -> Found:
    """Of the papers that people routed with a suggestion before them, on how many they changed something of it.

    Counted are decisions in force of kind person and action route, made in the period, with a suggested department.
    Overridden is one whose `overrides` are not empty. Rows are `by` bundle and by department (suggested): decisions,
    overridden ones and their rate with its exact 95 % interval; by reason (code) and by field: overridden ones with
    this reason or this field among the changed, and their share of all counted.
    """
    papers = asked.papers("judged")
    by: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    columns = (Measure.bundle, Measure.suggested_department, Measure.reason, Measure.overrides)
    total = [0, 0]
    for bundle, department, reason, fields, count in asked.counts(papers, *columns):
        over = count if fields else 0
        for key in (("bundle", bundle), ("department", department)):
            by[key][0] += count
            by[key][1] += over
        total[0] += count
        total[1] += over
        if over:
            by["reason", reason][1] += over
            for field in set(fields):
                by["field", field][1] += over
    rows = [
        _overridden(name, value, found, total[0], papers)
        for (name, value), found in sorted(by.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
    return Found({"decisions": total[0], "overridden": total[1], **rate(total[1], total[0])}, rows, papers)


def _overridden(name: str, value: str | None, found: list[int], total: int, papers: PapersQuery) -> Row:
    among = found[0] if name in ("bundle", "department") else total
    column = "suggested_department" if name == "department" else name
    query = papers.but(**{column: value}, overridden=True)
    return {
        "by": name, "value": value or NONE, "decisions": among, "overridden": found[1], **rate(found[1], among),
        "papers": query.url,
    }  # fmt: skip


def confusion(asked: Asked) -> Found:
    """What was suggested against what people decided, for department and for subject.

    Of decisions in force of kind person and action route, made in the period, with a suggested department.
    """
    papers = asked.papers("judged")
    rows = []
    totals: Row = {}
    for field in ("department", "subject"):
        suggested, decided = getattr(Measure, f"suggested_{field}"), getattr(Measure, field)
        found = sorted(asked.counts(papers, suggested, decided), key=lambda row: (row[0] or "", row[1] or ""))
        for said, held, count in found:
            rows.append({
                "field": field, "suggested": said or NONE, "decided": held or NONE, "count": count,
                "papers": papers.but(**{f"suggested_{field}": said, field: held}).url,
            })  # fmt: skip
        totals[field] = {
            "decisions": sum(row[2] for row in found), "same": sum(row[2] for row in found if row[0] == row[1])
        }  # fmt: skip
    return Found(totals, rows, papers)


def queue_time(asked: Asked) -> Found:
    """How long papers waited for a person, from `review_since` to `decided_at`.

    In minutes: whole ones below two hours, from there on those of whole hours (rounded down). Of papers whose decision
    in force was made in the period and that had waited; by office that received them, by unit that they were sent to,
    and in all; erased ones do not count. A quantile is the least number of minutes within which that share of the
    papers was decided on.
    """
    papers = asked.papers("queued")
    total: Counter[int] = Counter()
    by: dict[tuple[str, str | None], Counter[int]] = defaultdict(Counter)
    # One pass gives how often each number of minutes occurs; to sort a million of them would take seconds.
    for office, unit, waited, count in asked.counts(papers, Measure.office, Measure.unit, Measure.waited):
        for counter in (total, by["office", office], by["unit", unit]):
            counter[waited] += count
    rows = [
        {"by": name, "value": value or NONE, **_quantiles(found), "papers": papers.but(**{name: value}).url}
        for (name, value), found in sorted(by.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
    return Found(_quantiles(total), rows, papers)


def _quantiles(waited: Counter[int]) -> Row:
    """The count of papers, and the quantiles of their minutes."""
    row: Row = {"count": waited.total(), **{f"p{q}_minutes": None for q in QUANTILES}}
    reached = 0
    for minutes in sorted(waited):
        reached += waited[minutes]
        for q in QUANTILES:
            if row[f"p{q}_minutes"] is None and reached * 100 >= q * row["count"]:
                row[f"p{q}_minutes"] = minutes
    return row


def clock(asked: Asked) -> Found:
    """Breaches of the legal clock, by office: `forward` (sent on too late) and `answer` (answered too late).

    `waiting`: papers on which nothing is decided now and whose day was before today (in Baku). `decided`: papers whose
    decision in force was made in the period, on a later day (in Baku) than that. What departments
    answer, and when, is not known here.
    """
    waits = asked.papers("undecided", period=False).model_copy(update={"today": asked.today})
    rows = []
    totals: Row = {"forward": 0, "answer": 0}
    for where, papers, day in (
        ("waiting", waits, literal(asked.today)),
        ("decided", asked.papers("decided"), Measure.decided_on),
    ):
        late = (func.count().filter(Measure.forward_by < day), func.count().filter(Measure.answer_by < day))
        found = sorted(asked.counts(papers, Measure.office, more=late), key=lambda row: row[0] or "")
        for office, _, *counts in found:
            for which, count in zip(totals, counts, strict=True):
                totals[which] += count
                query = papers.model_copy(update={"late": which}).but(office=office)
                if count:
                    rows.append({
                        "clock": which, "where": where, "office": office or NONE, "count": count, "papers": query.url,
                    })  # fmt: skip
    return Found(totals, rows, waits.model_copy(update={"late": "forward"}))
