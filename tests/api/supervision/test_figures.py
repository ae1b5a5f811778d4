"""Every figure equals what is counted from the raw rows, and the papers behind each row are as many as it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from api.automation.interval import clopper_pearson
from api.db.tables import Decision, Document, Suggestion
from api.deps import Services
from api.errors import ForbiddenError, InvalidError, NotFoundError
from api.intake.calendar import baku_date
from api.supervision import figures
from api.supervision.figure_schemas import FigureOut, FigureQuery, PapersPageQuery
from api.supervision.figures import FIGURES
from api.triaging.service import Suggester, triage
from tests.api.papers import send
from tests.api.supervision.desk import AYGUN, LOCAL, SUPERVISOR, decide, send_back, switch_on
from tests.api.triaging.papers import TEXT, paper, rows, rule
from triage import types

CERTAIN = (0.35, 0.7, 0.7996, 0.9, 0.9567, 1.0)
PAPERS = 36


@pytest.fixture
def office(services: Services) -> Services:
    """Thirty-six papers of two offices and languages, some routed by policy, by people, returned, or waiting."""
    first, second, third = services.taxonomy.departments[:3]
    by = rule(services)

    def suggest(document: types.Document) -> types.Suggestion:
        n = int(document.text.rsplit(" ", 1)[1])
        return replace(
            by.suggest(document), confidence=CERTAIN[n % 6], language=("az", "ru")[n % 2],
            familiarity=(0.96, 0.94, None)[n % 3],
            route=types.Route((first, second)[n % 2], "gence" if n % 4 == 0 else None, "r1", "Test"),
            decision="route" if n % 3 == 0 else "review", review_reasons=() if n % 3 == 0 else ("low_confidence",),
        )  # fmt: skip

    switch_on(services, by)
    suggester = Suggester(suggest, {"route_probability": 0.9})
    for n in range(PAPERS):
        text = (TEXT * (1 + n % 5) + f" {n}").encode()
        number = send(services, text, office=("gence", "quba")[n % 5 > 2]).documents[0].number
        if n == PAPERS - 1:
            break  # one has not been read yet
        triage(services, suggester, paper(services, number).id)
        if n == 6:
            send_back(services, number)
        if paper(services, number).state == "review" and n % 7:
            people = (first, second)[n % 2] if n % 5 else third
            changed = ["department"] * (n % 5 == 0) + ["subject"] * (n % 10 == 0)
            subject = services.taxonomy.subjects[1] if n % 10 == 0 else by.subject
            decide(
                services, number, people, subject=subject, unit="gence" if n % 8 == 0 else None, overrides=changed,
                reason="wrong_department" if changed else None,
            )  # fmt: skip
    return services


def figure(services: Services, name: str, **query: Any) -> FigureOut:
    now = services.now()
    asked = {"since": now - timedelta(days=1), "until": now + timedelta(days=1), **query}
    return figures.get(services, SUPERVISOR, name, FigureQuery(**asked))


def behind(services: Services, url: str) -> list[str]:
    """All papers that a `papers` leads to."""
    query: Any = dict(parse_qsl(urlsplit(url).query))
    found: list[str] = []
    cursor = None
    while True:
        page = figures.papers(services, SUPERVISOR, PapersPageQuery(**query, cursor=cursor, limit=10))
        found += page.items
        if (cursor := page.next) is None:
            return found


class Raw:
    """The raw rows, joined in Python: papers, decisions in force, and the suggestions that these were made on."""

    def __init__(self, services: Services) -> None:
        decisions = {row.id: row for row in rows(services, Decision)}
        suggestions = {row.id: row for row in rows(services, Suggestion)}
        self.papers: list[Document] = rows(services, Document)
        self.decided = [(p, decisions[p.decision_id]) for p in self.papers if p.decision_id is not None]
        self.judged = [
            (p, d, suggestions[d.suggestion_id].facts) for p, d in self.decided if d.kind == "person"
        ]


def test_papers_in_and_out_by_day(office: Services) -> None:
    raw, told = Raw(office), figure(office, "flow")
    came = Counter(baku_date(p.registered_at).isoformat() for p in raw.papers)
    assert {row["day"]: row["in"] for row in told.rows if row["in"]} == came
    kinds = Counter(d.kind for _, d in raw.decided)
    assert (told.totals["out_policy"], told.totals["out_person"]) == (kinds["policy"], kinds["person"])
    assert sum(len(behind(office, row["papers_out"])) for row in told.rows) == len(raw.decided)


def test_what_waits_by_department_and_age(office: Services) -> None:
    later = replace(office, now=lambda: office.now() + timedelta(days=4))
    raw, told = Raw(office), figure(later, "waiting")
    waits = [p for p in raw.papers if p.state == "review"]
    assert told.totals == {"waiting": len(waits), "desks": {"clerk": len(waits)}}
    assert {row["age"] for row in told.rows} == {"3_to_7_days"}
    assert sum(row["count"] for row in told.rows) == len(waits)


def test_automation_and_slices(office: Services) -> None:
    raw, told = Raw(office), figure(office, "automation")
    for row in told.rows:
        mine = [d for _, d in raw.decided if d.department == row["department"]]
        policy = sum(d.kind == "policy" for d in mine)
        assert (row["decided"], row["policy"]) == (len(mine), policy)
    assert told.totals["decided"] == len(raw.decided)
    told = figure(office, "slices")
    for row in told.rows:
        mine_ = [(p, d, s) for p, d, s in raw.judged if getattr(p, row["by"]) == row["value"]]
        errors = sum(d.department != s["department"] for _, d, s in mine_)
        assert (row["judged"], row["errors"]) == (len(mine_), errors)
        assert (row["low"], row["high"]) == pytest.approx(clopper_pearson(errors, len(mine_)), abs=1e-6)
    assert {row["value"] for row in told.rows if row["by"] == "office"} == {"gence", "quba"}


def test_overrides_by_bundle_department_reason_and_field(office: Services) -> None:
    raw, told = Raw(office), figure(office, "overrides")
    changed = [(d, s) for _, d, s in raw.judged if d.facts["overrides"]]
    assert (told.totals["decisions"], told.totals["overridden"]) == (len(raw.judged), len(changed))
    found = {(row["by"], row["value"]): row["overridden"] for row in told.rows}
    expected = Counter(("department", s["department"]) for _, s in changed)
    expected += Counter(("field", field) for d, _ in changed for field in d.facts["overrides"])
    expected[("reason", "wrong_department")] = expected[("bundle", "test/1.0.0")] = len(changed)
    assert {key: count for key, count in found.items() if count} == expected


def test_confusion_of_departments_and_subjects(office: Services) -> None:
    raw, told = Raw(office), figure(office, "confusion")
    expected = Counter(("department", s["department"], d.department) for _, d, s in raw.judged)
    expected += Counter(("subject", s["subject"]["label"], d.facts["subject"]) for _, d, s in raw.judged)
    assert {(row["field"], row["suggested"], row["decided"]): row["count"] for row in told.rows} == expected


def test_time_in_queue(office: Services) -> None:
    raw, told = Raw(office), figure(office, "queue_time")
    waited = [(p, p.decided_at - p.review_since) for p, _ in raw.decided if p.review_since and p.decided_at]
    assert told.totals["count"] == len(waited)
    assert told.totals["p50_minutes"] == sorted(wait for _, wait in waited)[0] // timedelta(minutes=1)
    assert sum(row["count"] for row in told.rows if row["by"] == "office") == len(waited)


def test_quantiles_of_waiting_are_those_of_whole_minutes_and_then_hours(office: Services) -> None:
    waits = [p for p in Raw(office).papers if p.state == "review" and p.suggestion_id]
    for n, document in enumerate(waits):
        at = document.review_since + timedelta(minutes=50 * n, seconds=59)  # type: ignore[operator]
        decide(replace(office, now=lambda at=at: at), document.number, "general_crimes")  # type: ignore[misc]
    told = figure(office, "queue_time").totals
    minutes = sorted(
        (p.decided_at - p.review_since) // timedelta(minutes=1)
        for p, _ in Raw(office).decided if p.review_since and p.decided_at
    )  # fmt: skip
    minutes = [m if m < 120 else m // 60 * 60 for m in minutes]
    for q in (50, 90, 99):
        assert told[f"p{q}_minutes"] == minutes[-(-q * len(minutes) // 100) - 1]
    assert told["p99_minutes"] >= 120


def test_breaches_of_the_legal_clock(office: Services) -> None:
    later = replace(office, now=lambda: office.now() + timedelta(days=60))
    undecided = [p for p in Raw(office).papers if p.state in ("registered", "reading", "review", "failed")]
    today = baku_date(later.now())
    told = figure(later, "clock")
    for which in ("forward", "answer"):
        late = Counter(p.office for p in undecided if getattr(p, f"{which}_by") < today)
        rows_ = [row for row in told.rows if (row["clock"], row["where"]) == (which, "waiting")]
        assert {row["office"]: row["count"] for row in rows_} == late
    old = (
        send(office, b"Gec", office="quba", received_at=office.now() - timedelta(days=60)).documents[0].number
    )
    triage(office, rule(office, decision="review").suggester, paper(office, old).id)
    decide(office, old, "general_crimes")
    done = [row for row in figure(office, "clock").rows if row["where"] == "decided"]
    assert {(row["clock"], row["office"], row["count"]) for row in done} == {
        ("forward", "quba", 1), ("answer", "quba", 1)
    }  # fmt: skip


def test_calibration_and_its_error(office: Services) -> None:
    raw, told = Raw(office), figure(office, "calibration")
    ece = 0.0
    for row in told.rows:
        last = row["to"] == 1
        mine = [(d, s) for _, d, s in raw.judged if row["from"] <= s["confidence"] < row["to"] + last]
        right = sum(d.department == s["department"] for d, s in mine)
        mean = sum(s["confidence"] for _, s in mine) / len(mine)
        assert (row["count"], row["right"]) == (len(mine), right)
        assert row["mean"] == pytest.approx(mean, abs=1e-6)
        ece += abs(right / len(mine) - mean) * len(mine) / len(raw.judged)
    assert sum(row["count"] for row in told.rows) == len(raw.judged)
    assert told.totals["ece"] == pytest.approx(ece, abs=1e-6)


def test_risk_and_coverage_in_all_and_for_a_department(office: Services) -> None:
    for label in (None, *office.taxonomy.departments[:2]):
        told = figure(office, "risk_coverage", department=label)
        judged = [(d, s) for _, d, s in Raw(office).judged if label in (None, s["department"])]
        for row in told.rows:
            routed = [(d, s) for d, s in judged if s["confidence"] >= row["threshold"]]
            errors = sum(d.department != s["department"] for d, s in routed)
            assert (row["routed"], row["errors"]) == (len(routed), errors)
            assert row["high"] == pytest.approx(clopper_pearson(errors, len(routed))[1], abs=1e-6)
    assert len(behind(office, told.rows[0]["papers"])) == told.rows[0]["errors"]


def test_drift_between_two_periods(office: Services) -> None:
    now = office.now()
    same = {"reference_since": now - timedelta(days=1), "reference_until": now + timedelta(days=1)}
    told = figure(office, "drift", **same)
    assert {name: found["psi"] for name, found in told.totals["inputs"].items()} == dict.fromkeys(
        ("language", "document_type", "subject", "certainty", "length", "distance"), 0
    )
    languages = Counter(p.language for p in Raw(office).papers if p.suggestion_id)
    assert {row["bin"]: row["recent"] for row in told.rows if row["input"] == "language"} == languages
    distances = {row["bin"]: row["recent"] for row in told.rows if row["input"] == "distance"}
    assert set(distances) == {"00000", "00050", "-"}
    assert sum(distances.values()) == sum(languages.values())
    assert figure(office, "drift").totals["inputs"]["language"] == {"psi": None, "reading": None}


def test_the_list_behind_a_row_has_as_many_papers_as_the_row_says(office: Services) -> None:
    later = replace(office, now=lambda: office.now() + timedelta(days=60))
    for name in set(FIGURES) - {"flow", "drift", "agreement", "risk_coverage"}:
        told = figure(later if name == "clock" else office, name)
        assert told.rows
        for row in told.rows:
            count = row.get("count", row.get("overridden", row.get("decided")))
            assert len(behind(office, row["papers"])) == count, row


def test_each_sees_figures_of_their_papers_alone(office: Services) -> None:
    now = office.now()
    period = FigureQuery(since=now - timedelta(days=1), until=now + timedelta(days=1))
    told = figures.get(office, LOCAL, "flow", period)
    mine = [p for p in Raw(office).papers if "gence" in (p.office, p.unit)]
    assert told.totals["in"] == len(mine) < PAPERS
    with pytest.raises(ForbiddenError):
        figures.get(office, AYGUN, "flow", period)


def test_a_figure_is_at_most_a_minute_old_and_says_so(office: Services) -> None:
    began = office.now()

    def at(seconds: int) -> FigureOut:
        services = replace(office, now=lambda: began + timedelta(seconds=seconds))
        return figures.get(services, SUPERVISOR, "flow", FigureQuery())

    before = at(0)
    send(office, b"Yeni", office="gence")
    assert at(60) == before
    after = at(120)
    assert after.computed_at == began + timedelta(seconds=120)
    assert after.totals["in"] == before.totals["in"] + 1


def test_wrong_questions_are_told(services: Services) -> None:
    with pytest.raises(NotFoundError):
        figures.get(services, SUPERVISOR, "weather", FigureQuery())
    with pytest.raises(InvalidError):
        figure(services, "flow", since=services.now() + timedelta(days=3))
    with pytest.raises(InvalidError):
        figures.papers(services, SUPERVISOR, PapersPageQuery(of="undecided", late="answer"))


def test_an_empty_installation_has_empty_figures(services: Services) -> None:
    for name in FIGURES:
        told = figure(services, name)
        assert not [row for row in told.rows if row.get("count")]
        assert told.about
