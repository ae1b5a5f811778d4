"""The exact interval, against values that R's `binom.test` and tables give."""

from __future__ import annotations

import pytest

from api.automation.interval import clopper_pearson


@pytest.mark.parametrize(
    ("agreed", "judged", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.3084971),
        (10, 10, 0.6915029, 1.0),
        (1, 1, 0.025, 1.0),
        (5, 10, 0.1870860, 0.8129140),
        (7, 20, 0.1539092, 0.5921885),
    ],
)
def test_it_is_that_of_the_tables(agreed: int, judged: int, low: float, high: float) -> None:
    assert clopper_pearson(agreed, judged) == pytest.approx((low, high), abs=1e-6)


def test_none_in_n_has_the_closed_form() -> None:
    assert clopper_pearson(0, 400)[1] == pytest.approx(1 - 0.025 ** (1 / 400), abs=1e-9)


@pytest.mark.parametrize(("agreed", "judged"), [(396, 400), (99_000, 100_000), (500_000, 1_000_000)])
def test_large_counts_are_bounded_as_the_binomial_tails_say(agreed: int, judged: int) -> None:
    low, high = clopper_pearson(agreed, judged)
    spread = (agreed / judged * (1 - agreed / judged) / judged) ** 0.5
    assert low < agreed / judged < high
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.2)
