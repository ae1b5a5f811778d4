"""Figures for supervisors: computed from the papers that the caller sees, kept for a minute, one computed at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.deps import Services
from api.documents import sight
from api.errors import InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.supervision import counting, measure_rows, quality
from api.supervision.counting import Asked, Found
from api.supervision.figure_schemas import (
    FigureName,
    FigureOut,
    FigureQuery,
    PapersPage,
    PapersPageQuery,
)

FIGURES: dict[str, Callable[[Asked], Found]] = {
    "flow": counting.flow,
    "waiting": counting.waiting,
    "automation": counting.automation,
    "overrides": counting.overrides,
    "confusion": counting.confusion,
    "queue_time": counting.queue_time,
    "clock": counting.clock,
    "calibration": quality.calibration,
    "risk_coverage": quality.risk_coverage,
    "slices": quality.slices,
    "drift": quality.drift,
    "agreement": quality.agreement,
}
"""All figures by name; their docstrings are what people are told that they count."""
FRESH = timedelta(minutes=1)
_PERIOD, _REFERENCE = timedelta(days=30), timedelta(days=90)
_FORGOTTEN = timedelta(hours=1)


def names(who: Principal) -> list[FigureName]:
    """The figures that there are."""
    who.require(Permission.READ_FIGURES)
    return [FigureName(name=name, about=_about(name)) for name in FIGURES]


def get(services: Services, who: Principal, name: str, query: FigureQuery) -> FigureOut:
    """A figure of the papers that the caller sees, computed at most a minute ago.

    Raises NotFoundError for a name that is none, InvalidError for a period that ends before it begins.
    """
    who.require(Permission.READ_FIGURES)
    if name not in FIGURES:
        raise NotFoundError("There is no such figure. Choose one of the list of figures.")
    now, key = services.now(), _key(who, name, query)
    with services.database.transaction() as session:
        kept = measure_rows.kept(session, key, now - FRESH)
        if kept is None:
            measure_rows.compute_alone(session)
            now = services.now()  # others may have computed it while this waited
            kept = measure_rows.kept(session, key, now - FRESH)
        if kept is not None:
            return FigureOut.model_validate(kept.value)
        made = _compute(session, who, name, query, now)
        measure_rows.keep(session, key, now, made.model_dump(mode="json"), now - _FORGOTTEN)
        return made


def papers(services: Services, who: Principal, query: PapersPageQuery) -> PapersPage:
    """The papers behind a figure, as they are now. That they were listed is recorded. Raises InvalidError."""
    who.require(Permission.READ_FIGURES)
    who.require(Permission.READ)
    if query.late and query.of == "undecided" and query.today is None:
        raise InvalidError("Say by `today` which day the clock is compared with.")
    with services.database.transaction() as session:
        kept = sight.hidden(session, who)
        found = measure_rows.papers(session, who, query, query.cursor, query.limit + 1, kept)
        shown = found[: query.limit]
        append(
            session, who.id, "documents.listed", documents=[id_ for id_, _ in shown],
            filters=sorted(query.model_fields_set - {"cursor", "limit"}),
        )  # fmt: skip
    return PapersPage(
        items=[number for _, number in shown], next=shown[-1][0] if len(found) > query.limit else None
    )


def _compute(session: Session, who: Principal, name: str, query: FigureQuery, now: datetime) -> FigureOut:
    until = query.until or now
    since = query.since or until - _PERIOD
    reference_until = query.reference_until or since
    reference = (query.reference_since or reference_until - _REFERENCE, reference_until)
    if since >= until or reference[0] >= reference[1]:
        raise InvalidError("The period ends before it begins. Let `since` be before `until`.")
    asked = Asked(
        session, who, since, until, now, baku_date(now), reference, query.department, query.subject
    )  # fmt: skip
    found = FIGURES[name](asked)
    return FigureOut(
        name=name, about=_about(name), computed_at=now, since=since, until=until, department=query.department,
        subject=query.subject, totals=found.totals, rows=found.rows, papers=found.papers.url,
    )  # fmt: skip


def _about(name: str) -> str:
    return inspect.getdoc(FIGURES[name]) or ""


def _key(who: Principal, name: str, query: FigureQuery) -> str:
    """What a figure depends on: its name, what was asked for, and which papers the caller sees."""
    units: Any = "all" if who.units is None else ",".join(sorted(who.units))
    return f"{name} {query.model_dump_json(exclude_none=True)} units={units}"
