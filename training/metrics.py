"""Figures with their intervals. All rates are shares in 0..1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def bootstrap(
    size: int, statistic: Callable[[NDArray[np.int64]], float], *, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of a statistic of resampled item indices (Efron 1979)."""
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, size, size)) for _ in range(rounds)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def clopper_pearson(errors: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided binomial interval (Clopper and Pearson 1934); (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if errors == 0 else float(beta.ppf(tail, errors, count - errors + 1))
    high = 1.0 if errors == count else float(beta.ppf(1 - tail, errors + 1, count - errors))
    return low, high


def macro_f1(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the labels that occur in `gold`."""
    values = []
    for label in sorted(set(gold)):
        hits = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
        values.append(f1(hits, sum(p == label for p in predicted), sum(g == label for g in gold)))
    return float(np.mean(values)) if values else float("nan")


def f1(hits: int, predicted: int, gold: int) -> float:
    """Harmonic mean of precision and recall; 0 where neither is defined."""
    return 2 * hits / (predicted + gold) if predicted + gold else 0.0


def calibration_error(confidence: Floats, right: Bools, bins: int = 10) -> float:
    """Expected calibration error with bins of equal count (Naeini 2015; Nixon 2019, adaptive bins)."""
    parts = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [len(p) * abs(confidence[p].mean() - right[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(confidence))


def automation(confidence: Floats, wrong: Bools, error: float) -> float:
    """The largest share of papers, taken by confidence, with at most `error` wrong among them."""
    order = np.argsort(-confidence, kind="stable")
    rate = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(rate <= error)
    return float((allowed[-1] + 1) / len(order)) if len(allowed) else 0.0
