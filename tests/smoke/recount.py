"""Every figure of the supervisor's computed once more, in Python, from the raw rows of the database."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scipy.stats import beta

from tests.smoke.installation import Installation, expect
from tests.smoke.people import Caller

_BAKU = ZoneInfo("Asia/Baku")
_PAPERS = """
SELECT p.id, p.state, p.registered_at, p.review_since, p.decided_at, d.kind, coalesce(d.action, 'route') AS action,
       d.created_at, d.department, d.facts AS decided, s.facts AS suggested, s.bundle, d.reason
FROM documents p LEFT JOIN decisions d ON d.id = p.decision_id LEFT JOIN suggestions s ON s.id = d.suggestion_id
"""


@dataclass(frozen=True)
class _Paper:
    """A paper with the decision in force, as the tables have it; `kind` None: none is."""

    id: int
    state: str
    registered_at: datetime
    review_since: datetime | None
    decided_at: datetime | None
    kind: str | None
    action: str
    created_at: datetime | None
    department: str | None
    decided: dict[str, Any] | None
    suggested: dict[str, Any] | None
    bundle: str | None
    reason: str | None

    @property
    def out(self) -> bool:
        return self.kind is not None and self.action != "escalate"

    @property
    def judged(self) -> bool:
        return self.kind == "person" and self.action == "route" and self.suggested is not None


def check(service: Installation, supervisor: Caller) -> str:
    """Compare; how many numbers were equal. Raises FailedError at the first that is not."""
    papers = [_Paper(*row) for row in service.rows(_PAPERS)]
    compared = 0
    for name, raw in _FIGURES.items():
        told = supervisor.send("GET", f"/figures/{name}").json()
        mine = raw(papers)
        shown = {key: _number(told, key) for key in mine}
        expect(shown == mine, f"figure {name}: told {shown}, the rows say {mine}")
        compared += len(mine)
    return f"{compared} numbers of {len(_FIGURES)} figures"


def _number(told: dict[str, Any], key: str) -> Any:
    """A total by its name, or `column=value/…:count` of the rows that have these values, summed."""
    if ":" not in key:
        found = told["totals"]
        for part in key.split("."):
            found = found[part]
        return found
    which, column = key.rsplit(":", 1)
    wanted = dict(part.split("=", 1) for part in which.split("/"))
    return sum(
        row[column] for row in told["rows"] if all(str(row[name]) == value for name, value in wanted.items())
    )


def _flow(papers: list[_Paper]) -> dict[str, Any]:
    kinds = Counter(paper.kind for paper in papers if paper.out)
    days = Counter(paper.registered_at.astimezone(_BAKU).date().isoformat() for paper in papers)
    return {
        "in": len(papers), "out_policy": kinds["policy"], "out_person": kinds["person"],
        **{f"day={day}:in": count for day, count in days.items()},
    }  # fmt: skip


def _automation(papers: list[_Paper]) -> dict[str, Any]:
    out = [paper for paper in papers if paper.out]
    policy = Counter(paper.department for paper in out if paper.kind == "policy")
    decided = Counter(paper.department for paper in out)
    return {
        "decided": len(out), "policy": policy.total(),
        **{f"department={name or '-'}:decided": count for name, count in decided.items()},
        **{f"department={name or '-'}:policy": policy[name] for name in decided},
    }  # fmt: skip


def _overrides(papers: list[_Paper]) -> dict[str, Any]:
    judged = [paper for paper in papers if paper.judged]
    changed = [paper for paper in judged if (paper.decided or {}).get("overrides")]
    reasons = Counter(paper.reason or "-" for paper in changed)
    fields = Counter(field for paper in changed for field in set((paper.decided or {})["overrides"]))
    return {
        "decisions": len(judged), "overridden": len(changed),
        **{f"by=reason/value={code}:overridden": count for code, count in reasons.items()},
        **{f"by=field/value={field}:overridden": count for field, count in fields.items()},
    }  # fmt: skip


def _confusion(papers: list[_Paper]) -> dict[str, Any]:
    judged = [paper for paper in papers if paper.judged]
    same = sum((paper.suggested or {})["department"] == paper.department for paper in judged)
    subjects = sum(
        (paper.suggested or {})["subject"]["label"] == (paper.decided or {})["subject"] for paper in judged
    )
    return {"department.decisions": len(judged), "department.same": same, "subject.same": subjects}


def _queue_time(papers: list[_Paper]) -> dict[str, Any]:
    minutes = sorted(
        int((paper.decided_at - paper.review_since) / timedelta(minutes=1))
        for paper in papers
        if paper.out and paper.review_since and paper.decided_at
    )
    quantiles = {f"p{q}_minutes": minutes[math.ceil(q / 100 * len(minutes)) - 1] for q in (50, 90, 99)}
    return {"count": len(minutes), **quantiles}


def _waiting(papers: list[_Paper]) -> dict[str, Any]:
    return {"waiting": sum(paper.state == "review" for paper in papers)}


_FIGURES = {
    "flow": _flow, "automation": _automation, "overrides": _overrides, "confusion": _confusion,
    "queue_time": _queue_time, "waiting": _waiting,
}  # fmt: skip


def sample(service: Installation, told: dict[str, Any]) -> str:
    """Compare what a sample says with its raw rows; the error and its interval in words."""
    rows = service.rows(
        "SELECT (v.department, v.unit) IS DISTINCT FROM (d.department, d.unit) FROM sample_items i "
        "JOIN decisions d ON d.id = i.decision_id JOIN sample_verdicts v ON v.item_id = i.id WHERE i.sample_id = %s",
        told["id"],
    )
    errors, judged = sum(row[0] for row in rows), len(rows)
    low = beta.ppf(0.025, errors, judged - errors + 1) if errors else 0.0
    high = beta.ppf(0.975, errors + 1, judged - errors) if errors < judged else 1.0
    total = told["result"]["total"]
    expect(
        (total["errors"], total["judged"]) == (errors, judged), f"the sample says {total}: {errors}/{judged}"
    )
    expect(
        math.isclose(total["low"], low, abs_tol=1e-6) and math.isclose(total["high"], high, abs_tol=1e-6),
        f"the interval of the sample is {total['low']}–{total['high']}, not {low}–{high}",
    )
    return f"{errors} wrong of {judged}: {errors / judged:.1%} ({low:.1%}–{high:.1%})"
