"""Figures against values that can be worked out by hand or are printed in textbooks."""

from __future__ import annotations

import numpy as np
import pytest

from training import metrics
from training.calibration import (
    NOBODY,
    Case,
    Scored,
    candidate_probability,
    immediate_probability,
    route_probability,
)


@pytest.mark.parametrize(
    ("errors", "count", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (4, 20, 0.0573, 0.4366)],
)
def test_clopper_pearson(errors: int, count: int, low: float, high: float) -> None:
    assert metrics.clopper_pearson(errors, count) == pytest.approx((low, high), abs=5e-4)


def test_macro_f1_counts_each_label_once() -> None:
    assert metrics.macro_f1(["a", "a", "a", "b"], ["a", "a", "a", "a"]) == pytest.approx((6 / 7 + 0) / 2)


def test_calibration_error_of_a_sure_and_wrong_model_is_one() -> None:
    assert metrics.calibration_error(np.ones(50), np.zeros(50, dtype=bool)) == pytest.approx(1)
    sure = np.repeat([0.2, 0.8], 50)
    right = np.concatenate([np.arange(50) < 10, np.arange(50) < 40])
    assert metrics.calibration_error(sure, right, bins=2) == pytest.approx(0)


def test_automation_takes_the_longest_prefix_under_the_error() -> None:
    confidence = np.linspace(1, 0.1, 10)
    wrong = np.array([0, 0, 0, 0, 1, 0, 0, 0, 0, 1], dtype=bool)
    assert metrics.automation(confidence, wrong, 0.0) == pytest.approx(0.4)
    assert metrics.automation(confidence, wrong, 0.12) == pytest.approx(0.9)


def test_bootstrap_interval_covers_the_mean() -> None:
    values = np.arange(100) / 99
    low, high = metrics.bootstrap(100, lambda i: float(values[i].mean()))
    assert 0.4 < low < 0.5 < high < 0.6


def _scored(confidence: float, *, wrong: bool) -> Scored:
    other = round(1 - confidence, 6)
    return Scored({"a": confidence, "b": other}, "a", "b" if wrong else "a")


def test_candidate_threshold_covers_at_the_stated_rate() -> None:
    rng = np.random.default_rng(3)

    def draw(count: int) -> list[Scored]:
        confidence = rng.uniform(0.5, 1, count)
        return [_scored(float(c), wrong=rng.random() > c) for c in confidence]

    threshold = candidate_probability(draw(2000), 0.05)
    fresh = draw(4000)
    held = np.mean([s.departments[s.gold] >= threshold for s in fresh])
    assert held == pytest.approx(0.95, abs=0.015)


def test_route_threshold_keeps_the_error_and_refuses_without_proof() -> None:
    rng = np.random.default_rng(5)
    cases = [
        Case(float(c), bool(rng.random() < c), needs_person=False, held=False)
        for c in rng.uniform(0.5, 1, 4000)
    ]
    threshold = route_probability(cases, error=0.1, unread=0.05, doubt=0.1, least_share=0.1)
    routed = [case for case in cases if case.confidence >= threshold]
    assert 0.2 < len(routed) / len(cases) < 0.9
    assert np.mean([not case.right for case in routed]) <= 0.1
    assert route_probability(cases[:20], error=0.01, unread=0.05, doubt=0.1, least_share=0.1) == NOBODY


def test_what_needs_a_person_holds_the_route_threshold_up() -> None:
    rng = np.random.default_rng(6)
    person = rng.uniform(0, 1, 4000)
    cases = [Case(float(1 - p), True, needs_person=bool(rng.random() < p), held=False) for p in person]
    threshold = route_probability(cases, error=0.05, unread=0.2, doubt=0.1, least_share=0.1)
    share = sum(c.needs_person for c in cases if c.confidence >= threshold) / sum(
        c.needs_person for c in cases
    )
    assert 0.15 < share <= 0.2
    assert route_probability(cases, error=0.05, unread=0.0001, doubt=0.1, least_share=0.1) == NOBODY


def test_what_another_reason_holds_back_neither_proves_nor_spoils_routing() -> None:
    sure = [Case(0.9, right=True, needs_person=False, held=False)] * 400
    wrong = [Case(0.99, right=False, needs_person=True, held=True)] * 50
    assert route_probability(
        [*sure, *wrong], error=0.01, unread=0.05, doubt=0.1, least_share=0.1
    ) == pytest.approx(0.9)
    assert route_probability(wrong, error=0.01, unread=0.05, doubt=0.1, least_share=0.1) == NOBODY


def test_immediate_threshold_weighs_recall_by_beta() -> None:
    probability = np.linspace(0, 1, 101, dtype=np.float32)
    immediate = np.isin(np.arange(101), [100, 99, 98, 97, 70])
    careful = immediate_probability(probability, immediate, beta=6)
    exact = immediate_probability(probability, immediate, beta=0.5)
    assert careful == pytest.approx(0.70)
    assert exact == pytest.approx(0.97)
