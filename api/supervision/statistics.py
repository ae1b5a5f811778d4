"""Arithmetic of figures: shares with their intervals, agreement of readers, stability of distributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Literal

from api.automation.interval import clopper_pearson

PLACES = 6
"""Decimal places of shares as they are told."""
Reading = Literal["none", "some", "strong"]


def share(part: int, whole: int) -> float | None:
    """part / whole; None where there is nothing."""
    return round(part / whole, PLACES) if whole else None


def rate(part: int, whole: int) -> dict[str, Any]:
    """The share of `part` in `whole` with its exact 95 % interval (Clopper-Pearson); `rate` None for nothing."""
    low, high = clopper_pearson(part, whole)
    return {"rate": share(part, whole), "low": round(low, PLACES), "high": round(high, PLACES)}


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two readers: (observed - expected agreement) / (1 - expected agreement).

    None without pairs, and where chance alone would agree always, since both gave one and the same label. Source:
    J. Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    if not pairs:
        return None
    total = len(pairs)
    observed = sum(first == second for first, second in pairs) / total
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    expected = sum(count * seconds[label] for label, count in firsts.items()) / total**2
    return None if expected == 1 else round((observed - expected) / (1 - expected), PLACES)


def stability(reference: Mapping[str, int], recent: Mapping[str, int]) -> float | None:
    """The population stability index of counts by bin: the sum of (p - q) ln(p / q) over the bins of either.

    p and q are the shares of recent and reference with half a paper added to each bin, so that an empty one counts
    and divides nothing; None where either has no paper. Source: N. Siddiqi, Credit Risk Scorecards, 2006.
    """
    bins = reference.keys() | recent.keys()
    before, now = sum(reference.values()), sum(recent.values())
    if not before or not now:
        return None
    total = 0.0
    for name in sorted(bins):
        q = (reference.get(name, 0) + 0.5) / (before + 0.5 * len(bins))
        p = (recent.get(name, 0) + 0.5) / (now + 0.5 * len(bins))
        total += (p - q) * log(p / q)
    return round(total, PLACES)


def reading(index: float | None) -> Reading | None:
    """How a stability index is usually read (Siddiqi, 2006): under 0.1 no change, to 0.25 some, above it strong."""
    if index is None:
        return None
    if index < 0.1:
        return "none"
    return "some" if index <= 0.25 else "strong"
