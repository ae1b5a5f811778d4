"""What a count of agreements says about the share: the exact interval of Clopper and Pearson (1934)."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_STEPS = 60  # halvings of 0..1: beyond the precision of a float
_TINY = 1e-300


def clopper_pearson(agreed: int, judged: int, level: float = 0.95) -> tuple[float, float]:
    """The interval that holds the true share at least at `level`, from `agreed` of `judged`; (0, 1) for none judged.

    Its ends are quantiles of the beta distribution: (1 - level) / 2 of Beta(k, n - k + 1) and
    (1 + level) / 2 of Beta(k + 1, n - k).
    """
    tail = (1 - level) / 2
    low = _beta_quantile(tail, agreed, judged - agreed + 1) if agreed > 0 else 0.0
    high = _beta_quantile(1 - tail, agreed + 1, judged - agreed) if agreed < judged else 1.0
    return low, high


def _beta_quantile(p: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta_cdf(middle, a, b) < p else (low, middle)
    return (low + high) / 2


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for 0 < x < 1 (DLMF 8.17.22 and 8.17.4)."""
    if x > (a + 1) / (a + b + 2):  # where the fraction would converge slowly
        return 1 - _beta_cdf(1 - x, b, a)
    front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b))
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b), from its front by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value, m = d, 0
    while True:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for step in (even, odd):
            d = 1 / _nonzero(1 + step * d)
            c = _nonzero(1 + step / c)
            value *= c * d
        if abs(value - before) <= 1e-14 * abs(value) or m > 10_000:
            return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
