"""What a run says of itself: cross-fitted figures and the model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import calibration, metrics
from training.corpus import Paper
from triage.classify import Floats, Heads, softmax

Ranking = list[tuple[str | None, float]]


def cross_fitted_figures(
    heads: Heads,
    held_out: dict[str, Floats],
    papers: Sequence[Paper],
    scored: Sequence[calibration.Scored],
    places: Sequence[Ranking],
) -> dict[str, float]:
    """Accuracy, macro-F1 and calibration of every part on papers of author groups that it had not seen."""
    result: dict[str, float] = {}
    for name in heads.NAMES:
        head = getattr(heads, name)
        gold = [getattr(p, name) for p in papers]
        probability = softmax(held_out[name] / head.temperature)
        order = np.argsort(-probability, axis=1, kind="stable")
        said = [head.labels[k] for k in order[:, 0]]
        right = np.array([g == s for g, s in zip(gold, said, strict=True)])
        result[f"{name} accuracy"] = float(right.mean())
        result[f"{name} top 3"] = float(
            np.mean([g in [head.labels[k] for k in row[:3]] for g, row in zip(gold, order, strict=True)])
        )
        result[f"{name} macro-F1"] = metrics.macro_f1(gold, said)
        result[f"{name} calibration error"] = metrics.calibration_error(
            probability.max(axis=1).astype(float), right
        )
    result["territory accuracy"] = float(
        np.mean([r[0][0] == p.territory for r, p in zip(places, papers, strict=True)])
    )
    hits = np.array([s.route == s.gold for s in scored])
    decidable = np.array([not s.needs_person for s in scored])
    result["department accuracy"] = float(hits.mean())
    result["department accuracy (decidable)"] = float(hits[decidable].mean())
    return {name: round(value, 4) for name, value in result.items()}


def policy_figures(
    rates: dict[str, Any], scored: Sequence[calibration.Scored], fold: NDArray[np.int64]
) -> dict[str, float]:
    """What the thresholds do on papers that did not fit them: each fold by thresholds of the others."""
    routed, wrong, held, sizes = 0, 0, [], []
    for number in range(int(fold.max()) + 1):
        others = [s for s, f in zip(scored, fold, strict=True) if f != number]
        candidate = calibration.candidate_probability(others, rates["candidate_error"])
        least = calibration.route_probability(others, rates["automation_error"], rates["automation_doubt"])
        for s in (s for s, f in zip(scored, fold, strict=True) if f == number):
            kept = {s.route} | {d for d, p in s.departments.items() if p >= candidate}
            held.append(s.gold in kept)
            sizes.append(len(kept))
            routed += s.confidence >= least
            wrong += s.confidence >= least and (s.route != s.gold or s.needs_person)
    low, high = metrics.clopper_pearson(wrong, routed)
    return {
        "candidates hold the department": round(float(np.mean(held)), 4),
        "candidates, mean size": round(float(np.mean(sizes)), 4),
        "share above the route threshold": round(routed / len(scored), 4),
        "wrong or needing a person among them": round(wrong / routed, 4) if routed else 0.0,
        "the same, 95 % interval, low": round(low, 4),
        "the same, 95 % interval, high": round(high, 4),
    }


def model_card(
    run: dict[str, Any], figures: dict[str, dict[str, float]], papers: int, statements: int
) -> str:
    """The card that lies in the bundle: what it is for, what it was made of, what it does, what it lacks."""
    rows = [f"| {name} | {value:.3f} |" for part in figures.values() for name, value in part.items()]
    return "\n".join([
        f"# {run['name']} {run['version']}",
        "",
        "**For**: suggesting document type, subject, place, urgency and competent department of papers that reach a "
        "prosecution service, in Azerbaijani (marked, unmarked, Cyrillic), Russian, Turkish and English. "
        "**Not for**: deciding without a person where the policy wants one, or any other taxonomy.",
        "",
        f"**Made of**: {papers} written papers and {statements} matter statements (training/corpus, CC BY 4.0, "
        "invented matters); multilingual-e5-small (MIT) as the encoder, not tuned; linear heads over its states, "
        "hashed n-grams and the paper's form; linear taggers for names and roles; a gazetteer (GeoNames, CC BY 4.0, "
        f"and facts of public geography). Seed {run['seed']}.",
        "",
        "**Measured** by cross-fitting over author groups: every paper is judged by heads that saw neither its family "
        "nor its author group. Text models (language, letters, lexicon) are shared between folds, and places are "
        "ranked from the gazetteer's own finds.",
        "",
        "| figure | value |",
        "| --- | --- |",
        *rows,
        "",
        "**Doubts**: the corpus is written, not collected; thresholds hold for papers like it and must be checked on "
        "blind samples of live papers before anything is routed unread.",
        "",
    ])  # fmt: skip
