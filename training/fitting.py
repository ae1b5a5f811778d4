"""Heads and thresholds from what encoders say of papers that they did not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from training import calibration
from training.corpus import Paper, Statement
from training.heads import Design, HeadConfig, Labels, fit, fit_mixture, known_labels
from training.tuned import TunedEncoder
from triage.calibrate import Novelty, Thresholds
from triage.classify import PERSON, Counted, Floats, Head, Heads, softmax
from triage.routing import Router
from triage.taxonomy import Taxonomy
from triage.token_heads import TokenScores

NO_FOLD = -1
Item = Paper | Statement


@dataclass(frozen=True)
class Texts:
    """What the heads learn from: papers first, then statements; `weights` and labels by head."""

    items: tuple[Item, ...]
    papers: int

    def labels(self, name: str) -> list[str]:
        """Labels of a head; what statements do not tell takes part with weight 0."""
        if name == "person":
            return [PERSON[getattr(item, "needs_person", False)] for item in self.items]
        return [getattr(item, name, "other_document") for item in self.items]

    def weights(self, name: str, config: HeadConfig) -> Floats:
        """A text's weight by its kind and by how common its label is among the papers, shape (n,)."""
        labels = self.labels(name)
        counts = Counter(labels[: self.papers])
        common = self.papers / len(counts)
        balance = [(common / max(counts[label], 1)) ** config.balance for label in labels]
        weights = np.array(balance, dtype=np.float32)
        weights[self.papers :] *= config.statement_weight
        return weights


@dataclass(frozen=True)
class HeldOut:
    """What encoders tuned without a paper's author group say of it, for the papers of the folds held out.

    `fold` (texts,) are the folds of all texts, `rows` (papers,) the numbers among them of the papers told of;
    `encoders` and `novelty` are by fold, `states` the tuned heads' scores (papers, K) by head, `tokens` the scores
    of tokens, `similarity` (papers,) the nearness to what the encoder was tuned on.
    """

    fold: NDArray[np.int64]
    rows: NDArray[np.int64]
    encoders: list[TunedEncoder]
    novelty: list[Novelty]
    states: dict[str, Floats]
    tokens: list[TokenScores]
    similarity: Floats


@dataclass(frozen=True)
class FittedHeads:
    """The heads on everything, those without each fold, and the papers' calibrated scores (papers, K) by head,
    each from what saw no text of its fold; `ngrams` are the part of n-grams, form and signals in them."""

    final: Heads
    by_fold: list[Heads]
    scores: dict[str, Floats]
    ngrams: dict[str, Floats]


def fit_heads(
    settings: dict[str, HeadConfig],
    features: Sequence[Counted],
    texts: Texts,
    taxonomy: Taxonomy,
    encoders: Sequence[TunedEncoder],
    held_out: HeldOut,
) -> FittedHeads:
    """Fit the heads; `encoders` are those tuned without each fold, and last the one tuned on everything."""
    fitted: list[dict[str, Head]] = [{} for _ in encoders]
    scores, beside = dict[str, Floats](), dict[str, Floats]()
    for name, labels in known_labels(taxonomy).items():
        config, wanted = settings[name], texts.labels(name)
        weights, design = texts.weights(name, config), Design.of(features, config)
        duals = [
            fit(design, np.flatnonzero(held_out.fold != number), wanted, labels, weights, config.ridge)
            for number in (*range(len(encoders) - 1), NO_FOLD)
        ]
        ngrams = np.zeros_like(held_out.states[name])
        for number, dual in enumerate(duals[:-1]):
            here = held_out.fold[held_out.rows] == number
            ngrams[here] = dual.scores(design, held_out.rows[here])
        truth = np.array([labels.index(wanted[i]) for i in held_out.rows])
        mixture = fit_mixture(held_out.states[name], ngrams, truth)
        scores[name], beside[name] = mixture.scores(held_out.states[name], ngrams), ngrams
        for heads, dual, tuned in zip(fitted, duals, encoders, strict=True):
            heads[name] = dual.head(design, labels, tuned.texts[name], mixture)
    *by_fold, final = (Heads(**heads) for heads in fitted)
    return FittedHeads(final, by_fold, scores, beside)


def fit_novelty(vectors: Floats, centroids: int, seed: int) -> Novelty:
    """K-means centroids of the training vectors, rows of length 1."""
    means = KMeans(centroids, random_state=seed, n_init=1).fit(vectors).cluster_centers_
    return Novelty((means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32))


def score_held_out(
    scores: dict[str, Floats],
    papers: Sequence[Paper],
    places: Sequence[list[tuple[str | None, float]]],
    taxonomy: Taxonomy,
) -> list[calibration.Scored]:
    """Department probabilities of every paper from its held-out scores and places."""
    router = Router(taxonomy)
    types, subjects = (softmax(scores[name]) for name in ("document_type", "subject"))
    return [
        calibration.score_departments(
            router,
            _ranked(taxonomy.document_types, types[i]),
            _ranked(taxonomy.subjects, subjects[i]),
            places[i],
            router.route(p.document_type, p.subject, p.territory).department,
        )
        for i, p in enumerate(papers)
    ]


def _ranked(labels: Labels, probabilities: Floats) -> list[tuple[str, float]]:
    order = np.argsort(-probabilities, kind="stable")
    return [(labels[k], float(probabilities[k])) for k in order]


def fit_thresholds(
    run: dict[str, Any],
    scored: list[calibration.Scored],
    urgency: Floats,
    at: int,
    papers: Sequence[Paper],
    similarities: Floats,
) -> dict[str, float]:
    """All thresholds of the manifest but `route_probability`, which is 0 here: it is fitted on what pipelines with
    the others say. Checked by parsing them. Column `at` of `urgency` is `immediate`."""
    rates, limits = run["calibration"], run["limits"]
    immediate = np.array([p.urgency == "immediate" for p in papers])
    values = {
        "candidate_error": rates["candidate_error"],
        "candidate_probability": calibration.candidate_probability(scored, rates["candidate_error"]),
        "automation_error": rates["automation_error"],
        "route_probability": 0.0,
        "novelty_similarity": calibration.novelty_similarity(similarities, rates["novelty_error"]),
        "immediate_probability": calibration.immediate_probability(
            softmax(urgency)[:, at], immediate, rates["immediate_beta"]
        ),
        **limits,
    }
    Thresholds.parse(values)
    return {name: round(float(value), 6) for name, value in values.items()}
