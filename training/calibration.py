"""Fitting the thresholds of a bundle on scores of papers that the scoring model had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from triage.classify import Floats
from triage.routing import Router

NOBODY = 1.01
"""A threshold that no probability reaches: nothing is routed unread."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Held-out department probabilities of one paper, the route, and the truth."""

    departments: dict[str, float]
    route: str
    gold: str


@dataclass(frozen=True, slots=True)
class Case:
    """One paper that a whole pipeline judged without having seen it.

    `confidence` is P(the route is right and may go unread); `right` whether the route is; `needs_person` the label;
    `held` whether the paper goes to a person for another reason than a low confidence.
    """

    confidence: float
    right: bool
    needs_person: bool
    held: bool


def score_departments(
    router: Router,
    document_type: list[tuple[str, float]],
    subject: list[tuple[str, float]],
    territory: list[tuple[str | None, float]],
    gold: str,
) -> Scored:
    """Apply the rules to distributions (best first) as the pipeline does."""
    route = router.route(document_type[0][0], subject[0][0], territory[0][0])
    departments = router.department_distribution(document_type, subject, territory)
    return Scored(departments, route.department, gold)


def candidate_probability(scored: list[Scored], error: float) -> float:
    """The least probability of a candidate, so that sets miss the truth in at most `error` of papers.

    Split conformal with score 1 - p(truth): the ceil((n + 1)(1 - error))-th smallest score (Vovk 2005).
    """
    misfit = np.sort([1 - s.departments.get(s.gold, 0.0) for s in scored])
    rank = int(np.ceil((len(misfit) + 1) * (1 - error)))
    return float(1 - misfit[rank - 1]) if rank <= len(misfit) else 0.0


def route_probability(
    cases: Sequence[Case], error: float, unread: float, doubt: float, least_share: float
) -> float:
    """The least confidence that may be routed unread, so that with probability 1 - `doubt` at most `error` of the
    decidable papers routed are wrong, and at most `unread` of those that need a person are routed.

    Fixed-sequence testing (Learn then Test) over the papers that nothing else holds back: from the strictest
    threshold, which keeps `least_share` of them, down, as long as the binomial tests reject "the error is above
    its limit" at level `doubt`; `NOBODY` where the first already fails.
    """
    order = sorted((c for c in cases if not c.held), key=lambda c: -c.confidence)
    needing = sum(c.needs_person for c in cases)
    needy = np.cumsum([c.needs_person for c in order])
    kept = np.arange(1, len(order) + 1) - needy
    wrong = np.cumsum([not c.right and not c.needs_person for c in order])
    chosen = NOBODY
    for last in range(max(1, int(len(order) * least_share)) - 1, len(order)):
        if last + 1 < len(order) and order[last + 1].confidence == order[last].confidence:
            continue
        unproved = binom.cdf(wrong[last], kept[last], error) > doubt
        if unproved or (needing and binom.cdf(needy[last], needing, unread) > doubt):
            break
        chosen = order[last].confidence
    return chosen


def novelty_similarity(similarities: NDArray[np.floating], error: float = 0.01) -> float:
    """The similarity that all but `error` of held-out papers exceed."""
    return float(np.quantile(similarities, error))


def immediate_probability(probability: Floats, immediate: NDArray[np.bool_], beta: float) -> float:
    """The threshold on P(immediate) with the greatest F-beta on held-out papers (van Rijsbergen 1979).

    `beta` says how many times recall counts more than precision.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(immediate[order])
    score = (1 + beta**2) * hits / (beta**2 * immediate.sum() + np.arange(1, len(order) + 1))
    return float(probability[order[int(score.argmax())]])
