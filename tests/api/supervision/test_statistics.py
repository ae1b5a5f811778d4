"""The arithmetic of figures, against values worked out by hand or published."""

from __future__ import annotations

from math import log

import pytest

from api.supervision.statistics import kappa, rate, reading, share, stability


def test_kappa_of_the_textbook_example() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)  # observed 0.7, expected 0.5


def test_kappa_where_there_is_nothing_to_tell() -> None:
    assert (kappa([]), kappa([("a", "a")] * 3)) == (None, None)
    assert kappa([("a", "b"), ("b", "a")]) == -1


def test_stability_of_two_bins_worked_by_hand() -> None:
    before, now = {"a": 50, "b": 50}, {"a": 70, "b": 30}
    p, q = 70.5 / 101, 50.5 / 101
    expected = (p - q) * log(p / q) + ((1 - p) - (1 - q)) * log((1 - p) / (1 - q))
    assert stability(before, now) == pytest.approx(expected, abs=1e-6)
    assert reading(stability(before, now)) == "some"


def test_a_bin_that_is_new_counts_and_divides_nothing() -> None:
    assert reading(stability({"a": 100}, {"a": 50, "b": 50})) == "strong"
    assert stability({"a": 7}, {"a": 7}) == 0
    assert (stability({}, {"a": 7}), reading(None)) == (None, None)


def test_readings_begin_where_the_source_says() -> None:
    assert [reading(index) for index in (0.0999, 0.1, 0.25, 0.2501)] == ["none", "some", "some", "strong"]


def test_shares_of_nothing_are_none() -> None:
    assert (share(0, 0), share(1, 4)) == (None, 0.25)
    assert rate(0, 0) == {"rate": None, "low": 0.0, "high": 1.0}
