"""Measuring a bundle on labelled papers: the whole pipeline, as a user runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.calibration import Case
from training.corpus import ENTITY_LABELS, ROLES, Paper
from triage.pipeline import Triager
from triage.routing import Router
from triage.taxonomy import Taxonomy
from triage.types import Entity, Suggestion

Rows = NDArray[np.int64]
Groups = dict[str, dict[str, tuple[float, float, float]]]


@dataclass(frozen=True)
class Judged:
    """Papers with what the pipeline said of them; `department` is what the rules give for the gold facts."""

    papers: tuple[Paper, ...]
    suggestions: tuple[Suggestion, ...]
    departments: tuple[str, ...]

    @classmethod
    def join(cls, parts: Sequence[Judged]) -> Judged:
        """Several judgements as one."""
        return cls(
            tuple(p for part in parts for p in part.papers),
            tuple(s for part in parts for s in part.suggestions),
            tuple(d for part in parts for d in part.departments),
        )

    def subset(self, keep: Callable[[Paper], bool]) -> Judged:
        """The papers for which `keep` is true."""
        index = [i for i, paper in enumerate(self.papers) if keep(paper)]
        return Judged(
            tuple(self.papers[i] for i in index),
            tuple(self.suggestions[i] for i in index),
            tuple(self.departments[i] for i in index),
        )


def judge(triager: Triager, papers: Iterable[Paper]) -> Judged:
    """Run the pipeline over papers."""
    kept = tuple(papers)
    suggestions = tuple(triager.suggest_text(p.text, id=p.id) for p in kept)
    return Judged(kept, suggestions, gold_departments(triager.router, kept))


def cases_of(judged: Judged) -> list[Case]:
    """What the threshold of routing is fitted on."""
    return [
        Case(s.confidence, s.route.department == gold, p.needs_person, held=bool(s.review_reasons))
        for p, s, gold in zip(judged.papers, judged.suggestions, judged.departments, strict=True)
    ]


def decide(judged: Judged, threshold: float) -> Judged:
    """The same suggestions as a pipeline with this threshold of routing gives them."""
    suggestions = tuple(
        replace(s, decision="review", review_reasons=("low_confidence", *s.review_reasons))
        if s.confidence < threshold
        else s
        for s in judged.suggestions
    )
    return replace(judged, suggestions=suggestions)


def gold_departments(router: Router, papers: Iterable[Paper]) -> tuple[str, ...]:
    """The department that the competence rules give for each paper's labels."""
    return tuple(router.route(p.document_type, p.subject, p.territory).department for p in papers)


def figures(judged: Judged) -> dict[str, tuple[float, float, float]]:
    """Every figure of the report as (value, low, high), with 95 % bootstrap intervals."""
    right = _right(judged)
    decidable = np.array([not p.needs_person for p in judged.papers])
    result: dict[str, tuple[float, float, float]] = {}
    for name, hits in right.items():
        result[name] = _rate(hits)
    result["department (decidable)"] = _rate(right["department"][decidable])
    result |= _macro(judged) | _calibration(judged, right) | _immediate(judged)
    result |= _automation(judged, right["department"], decidable) | _candidates(judged)
    return result


def entity_figures(judged: Judged) -> dict[str, tuple[float, float, float]]:
    """F1 of exact spans by label and over all, and of roles (span and role right), with intervals."""
    result = {}
    for label in ("all", *ENTITY_LABELS):
        counts = np.array(
            [_overlap(_spans(p.entities, label), _spans(s.entities, label)) for p, s in _pairs(judged)]
        )
        if counts.size and counts[:, 2].sum():
            result[f"entity F1 {label}"] = _f1(counts)
    for role in ("all", *ROLES):
        counts = np.array(
            [_overlap(_roles(p.entities, role), _roles(s.entities, role)) for p, s in _pairs(judged)]
        )
        if counts.size and counts[:, 2].sum():
            result[f"role F1 {role}"] = _f1(counts)
    return result


def by_language(judged: Judged) -> Groups:
    """The main figures by language and script; unmarked Azerbaijani is told from its lack of letters."""
    return _by(judged, _kind)


def by_region(judged: Judged, taxonomy: Taxonomy) -> Groups:
    """The main figures by the part of the country in which the facts lie."""
    return _by(judged, lambda p: taxonomy.units[p.territory] if p.territory else "no place")


def _by(judged: Judged, group_of: Callable[[Paper], str]) -> Groups:
    table = {}
    for group in sorted({group_of(p) for p in judged.papers}):
        part = judged.subset(lambda p, group=group: group_of(p) == group)  # type: ignore[misc]
        right = _right(part)
        table[f"{group} ({len(part.papers)})"] = {
            **{
                name: _rate(right[name])
                for name in ("subject", "document_type", "department", "territory", "language")
            },
            **{k: v for k, v in entity_figures(part).items() if k.endswith(" all")},
        }
    return table


def _kind(paper: Paper) -> str:
    if (paper.language, paper.script) == ("az", "latin"):
        return "az unmarked" if not set(paper.text.lower()) & set("əışçöüğ") else "az latin"
    return f"{paper.language} {paper.script}"


def _right(judged: Judged) -> dict[str, NDArray[np.bool_]]:
    pairs = _pairs(judged)
    top3 = [[label for label, _ in s.subject.ranking[:3]] for s in judged.suggestions]
    checks: dict[str, list[bool]] = {
        "subject": [p.subject == s.subject.label for p, s in pairs],
        "subject top 3": [p.subject in top for (p, _), top in zip(pairs, top3, strict=True)],
        "document_type": [p.document_type == s.document_type.label for p, s in pairs],
        "department": [g == s.route.department for g, (_, s) in zip(judged.departments, pairs, strict=True)],
        "territory": [p.territory == s.territory for p, s in pairs],
        "urgency": [p.urgency == s.urgency.label for p, s in pairs],
        "language": [p.language == s.language for p, s in pairs],
        "script": [p.script == s.script for p, s in pairs],
    }
    return {name: np.array(values, dtype=bool) for name, values in checks.items()}


def _pairs(judged: Judged) -> list[tuple[Paper, Suggestion]]:
    return list(zip(judged.papers, judged.suggestions, strict=True))


def _rate(hits: NDArray[np.bool_] | NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(hits):
        return float("nan"), float("nan"), float("nan")
    return float(hits.mean()), *metrics.bootstrap(len(hits), lambda i: float(hits[i].mean()))


def _macro(judged: Judged) -> dict[str, tuple[float, float, float]]:
    result = {}
    for name in ("subject", "document_type", "urgency"):
        gold = np.array([getattr(p, name) for p in judged.papers])
        said = np.array([getattr(s, name).label for s in judged.suggestions])

        def value(i: Rows, gold: NDArray[np.str_] = gold, said: NDArray[np.str_] = said) -> float:
            return metrics.macro_f1(list(gold[i]), list(said[i]))

        result[f"{name} macro-F1"] = (
            value(np.arange(len(gold))),
            *metrics.bootstrap(len(gold), value, rounds=200),
        )
    return result


def _calibration(
    judged: Judged, right: dict[str, NDArray[np.bool_]]
) -> dict[str, tuple[float, float, float]]:
    result = {}
    for name in ("subject", "document_type"):
        confidence = np.array([getattr(s, name).probability for s in judged.suggestions])

        def value(i: Rows, c: NDArray[np.float64] = confidence, r: NDArray[np.bool_] = right[name]) -> float:
            return metrics.calibration_error(c[i], r[i])

        result[f"{name} calibration error"] = (
            value(np.arange(len(confidence))),
            *metrics.bootstrap(len(confidence), value, rounds=200),
        )
    return result


def _immediate(judged: Judged) -> dict[str, tuple[float, float, float]]:
    gold = np.array([p.urgency == "immediate" for p in judged.papers])
    said = np.array([s.urgency.label == "immediate" for s in judged.suggestions])
    return {"immediate recall": _rate(said[gold]), "immediate precision": _rate(gold[said])}


def _automation(
    judged: Judged, right: NDArray[np.bool_], decidable: NDArray[np.bool_]
) -> dict[str, tuple[float, float, float]]:
    result = {}
    confidence = np.array([s.confidence for s in judged.suggestions])
    # A paper that needs a person is an error wherever it is routed unread.
    wrong = ~right | ~decidable
    for error in (0.01, 0.02, 0.05):

        def value(i: Rows, error: float = error) -> float:
            return metrics.automation(confidence[i], wrong[i], error)

        result[f"automation at {error:.0%} error"] = (
            value(np.arange(len(wrong))),
            *metrics.bootstrap(len(wrong), value),
        )
    routed = np.array([s.decision == "route" for s in judged.suggestions])
    result["routed, of the decidable"] = _rate(routed[decidable])
    result["wrong among routed"] = _rate(~right[routed])
    result["routed, of those that need a person"] = _rate(routed[~decidable])
    return result


def _candidates(judged: Judged) -> dict[str, tuple[float, float, float]]:
    held = np.array([g in s.candidates for g, s in zip(judged.departments, judged.suggestions, strict=True)])
    sizes = np.array([len(s.candidates) for s in judged.suggestions], dtype=np.float64)
    return {"candidates hold the department": _rate(held), "candidates, mean size": _rate(sizes)}


def _spans(entities: Sequence[Entity], label: str) -> set[tuple[Any, ...]]:
    return {(e.start, e.end, e.label) for e in entities if label in ("all", e.label)}


def _roles(entities: Sequence[Entity], role: str) -> set[tuple[Any, ...]]:
    return {(e.start, e.end, e.label, e.role) for e in entities if e.role and role in ("all", e.role)}


def _overlap(gold: set[tuple[Any, ...]], said: set[tuple[Any, ...]]) -> tuple[int, int, int]:
    return len(gold & said), len(said), len(gold)


def _f1(counts: NDArray[np.int64]) -> tuple[float, float, float]:
    def value(i: Rows) -> float:
        return metrics.f1(*(int(n) for n in counts[i].sum(axis=0)))

    return value(np.arange(len(counts))), *metrics.bootstrap(len(counts), value, rounds=400)
