"""Figures of quality: is the certainty right, what would be automated at which error, where is it worse, what drifts.

Only papers that people have decided on count as known. Where automation is on, those that it was surest of are not
among them: what it does by itself is measured by blind samples.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from sqlalchemy import case, func, literal
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Measure, SampleVerdict
from api.supervision import measure_rows, sample_rows
from api.supervision.counting import Asked, Found, Row
from api.supervision.figure_schemas import NONE, PapersQuery
from api.supervision.statistics import PLACES, kappa, rate, reading, share, stability

_MILLION = 1_000_000
BINS = 10
"""Bins of certainty, of equal width; the last holds 1, too."""
THRESHOLDS = tuple(sorted({*range(0, 900, 50), *range(900, 990, 10), *range(990, 1001)}))
"""Thousandths of certainty at which risk and coverage are told."""
_LENGTHS = (500, 1000, 2000, 4000, 8000, 16000)
"""Characters at which bins of length begin, after the first."""
_DISTANCES = (50, 75, 100, 125, 150, 200, 300)
"""Thousandths at which bins of distance begin, after the first."""


def calibration(asked: Asked) -> Found:
    """Whether papers of certainty p are right in a share p of cases: the reliability diagram and its error.

    Of decisions in force of kind person and action route, made in the period, with a suggested department: right is
    one whose department is the suggested one. Rows are ten bins of certainty (the probability of the suggested
    department): count, mean certainty, right ones and their rate with its exact 95 % interval. `ece` is the expected
    calibration error: the mean of |rate - mean certainty| over the bins, weighted by their counts (Naeini et al.,
    Obtaining well calibrated probabilities using Bayesian binning, 2015).
    """
    papers = asked.papers("judged")
    bin_ = func.least(measure_rows.millionths() // (_MILLION // BINS), BINS - 1)
    right = func.count().filter(Measure.department == Measure.suggested_department)
    found = asked.counts(papers, bin_, more=(right, func.sum(measure_rows.millionths())))
    rows, gaps, total, agreed = [], 0.0, 0, 0
    for number, count, correct, certainty in sorted(row for row in found if row[0] is not None):
        mean = int(certainty) / _MILLION / count
        gaps += abs(correct / count - mean) * count
        total, agreed = total + count, agreed + correct
        first = int(number) / BINS
        below = 2 if number == BINS - 1 else (int(number) + 1) / BINS
        rows.append({
            "from": first, "to": (int(number) + 1) / BINS, "count": count, "mean": round(mean, PLACES),
            "right": correct, **rate(correct, count), "papers": papers.but(certain_from=first, certain_below=below).url,
        })  # fmt: skip
    ece = round(gaps / total, PLACES) if total else None
    return Found({"count": total, "right": agreed, "ece": ece, **rate(agreed, total)}, rows, papers)


def risk_coverage(asked: Asked) -> Found:
    """For thresholds of certainty: which share of papers would be routed unread, and how many of them wrongly.

    Of decisions in force of kind person and action route, made in the period, with a suggested department. Routed are
    those with a certainty of at least the threshold, whatever other rules of the policy say; an error is one whose
    department is not the suggested one. The error's interval is the exact one of 95 %, for one threshold chosen
    beforehand.
    """
    papers = asked.papers("judged")
    bucket = measure_rows.millionths() // 1000
    wrong = func.count().filter(Measure.department != Measure.suggested_department)
    found = {row[0]: row[1:] for row in asked.counts(papers, bucket, more=(wrong,)) if row[0] is not None}
    total, errors = sum(count for count, _ in found.values()), sum(wrong for _, wrong in found.values())
    rows = []
    for threshold in THRESHOLDS:
        routed = sum(count for at, (count, _) in found.items() if at >= threshold)
        missed = sum(wrong for at, (_, wrong) in found.items() if at >= threshold)
        rows.append({
            "threshold": threshold / 1000, "routed": routed, "coverage": share(routed, total), "errors": missed,
            **rate(missed, routed), "papers": papers.but(certain_from=threshold / 1000, wrong=True).url,
        })  # fmt: skip
    return Found({"count": total, "errors": errors, **rate(errors, total)}, rows, papers)


def slices(asked: Asked) -> Found:
    """How it goes by language, by office that received the paper, and by channel.

    Of papers whose decision in force was made in the period (no escalations): all, those that the policy decided on,
    and of those that people routed with a suggestion before them (`judged`) the ones sent to another department than
    suggested (`errors`) with their rate and its exact 95 % interval.
    """
    papers = asked.papers("decided")
    judged = (
        (Measure.kind == "person") & (Measure.action == "route") & Measure.suggested_department.is_not(None)
    )
    more = (
        func.count().filter(Measure.kind == "policy"),
        func.count().filter(judged),
        func.count().filter(judged & (Measure.department != Measure.suggested_department)),
    )
    columns = (Measure.language, Measure.office, Measure.channel)
    by: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    total = [0, 0, 0, 0]
    for *values, count, policy, known, wrong in asked.counts(papers, *columns, more=more):
        found = (count, policy, known, wrong)
        for sums in (
            total,
            *(by[key] for key in zip(("language", "office", "channel"), values, strict=True)),
        ):
            sums[:] = [before + now for before, now in zip(sums, found, strict=True)]
    rows = [
        {"by": name, "value": value or NONE, **_slice(found), "papers": papers.but(**{name: value}).url}
        for (name, value), found in sorted(by.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
    return Found(_slice(total), rows, papers)


def _slice(found: list[int]) -> Row:
    decided, policy, judged, errors = found
    return {
        "decided": decided, "policy": policy, "automated": share(policy, decided), "judged": judged,
        "errors": errors, **rate(errors, judged),
    }  # fmt: skip


def drift(asked: Asked) -> Found:
    """Whether what comes in has changed: papers registered in the period against those of the reference period.

    Of papers with a suggestion, by what it says: language, document type, subject, certainty (ten bins of equal width),
    length (characters read, in seven bins), and the distance (1 - cosine, in thousandths, eight bins) of the paper's
    embedding from the nearest of those that the model learned from. `psi` is the population stability index (Siddiqi,
    Credit Risk Scorecards, 2006), usually read so: under 0.1 no change, 0.1 to 0.25 some, above 0.25 a strong one.
    Small numbers of papers alone make it large: about (bins - 1) * (1 / reference + 1 / recent) by chance (Yurdakul,
    2018).
    """
    recent = asked.papers("registered")
    since, until = asked.reference
    reference = recent.model_copy(update={"since": since, "until": until})
    bins = {
        "language": Measure.language, "document_type": Measure.suggested_type, "subject": Measure.suggested_subject,
        "certainty": func.least(measure_rows.millionths() // (_MILLION // BINS), BINS - 1),
        "length": _bin(Measure.length, _LENGTHS), "distance": _bin((1 - Measure.familiarity) * 1000, _DISTANCES),
    }  # fmt: skip
    rows: list[Row] = []
    totals: Row = {"reference_since": since.isoformat(), "reference_until": until.isoformat(), "inputs": {}}
    before, now = _by_bin(asked, reference, bins), _by_bin(asked, recent, bins)
    for name in bins:
        index = stability(before[name], now[name])
        totals["inputs"][name] = {"psi": index, "reading": reading(index)}
        rows += [
            {"input": name, "bin": value, "reference": before[name][value], "recent": now[name][value]}
            for value in sorted(before[name] | now[name])
        ]
    return Found(totals, rows, recent)


def _bin(value: Any, steps: tuple[int, ...]) -> Any:
    """`00000` to the last of the steps: the least value of the bin."""
    below = [(value < end, literal(f"{begin:05}")) for begin, end in pairwise((0, *steps))]
    return case(*below, (value.is_not(None), literal(f"{steps[-1]:05}")))


def _by_bin(asked: Asked, papers: PapersQuery, bins: dict[str, Any]) -> dict[str, Counter[str]]:
    """Papers with a suggestion, by input and bin: one pass over them for all inputs."""
    found: dict[str, Counter[str]] = {name: Counter() for name in bins}
    columns = (Measure.suggestion_id.is_not(None), *bins.values())
    for there, *values, count in asked.counts(papers, *columns):
        if there:
            for name, value in zip(bins, values, strict=True):
                found[name][NONE if value is None else str(value)] += count
    return found


def agreement(asked: Asked) -> Found:
    """How far two people who judged the same paper of a blind sample agree, by field; the second verdict in the period.

    The first two verdicts of each item with two readers. `department` is department and unit together. `kappa` is
    Cohen's, of first and second verdict (Cohen, 1960); none where both always gave one label.
    """
    found = _pairs(asked.session, asked.who, asked)
    rows = []
    for field in ("department", "document_type", "subject", "urgency"):
        labels = [(_label(first, field), _label(second, field)) for first, second in found]
        same = sum(first == second for first, second in labels)
        rows.append({
            "field": field, "pairs": len(labels), "agreed": same, **rate(same, len(labels)), "kappa": kappa(labels),
        })  # fmt: skip
    return Found({"pairs": len(found)}, rows, asked.papers("decided"))


def _pairs(session: Session, who: Principal, asked: Asked) -> list[list[SampleVerdict]]:
    return sample_rows.pairs(session, who.sees, asked.since, asked.until)


def _label(verdict: SampleVerdict, field: str) -> str:
    if field == "department":
        return f"{verdict.department}/{verdict.unit or NONE}"
    return str(verdict.facts[field])
