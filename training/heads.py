"""Fitting the linear heads: what tuning learned from the token states, beside n-grams, form and signals.

The latter are learned by weighted ridge regression on class indicators. There are far fewer texts than
features, so the problem is solved over the texts' Gram matrix: one Cholesky factorisation gives every label
at once, and cross-fitting takes slices of one matrix. The two kinds of scores are added with weights fitted on
held-out scores, which also makes them calibrated log odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.optimize import minimize

from triage.classify import BITS, FAMILIES, FORM, PERSON, Counted, Floats, Head, softmax
from triage.signals import URGENCY_SIGNALS
from triage.taxonomy import Taxonomy

Rows = NDArray[np.int64]
Labels = Sequence[str]
Matrix64 = NDArray[np.float64]
STEPS = 63
"""Steps of an n-gram weight's 8 bits to each side of 0: half of what fits, since rounding more to 0 packs better."""


def known_labels(taxonomy: Taxonomy) -> dict[str, Labels]:
    """The labels of every head."""
    return {
        "document_type": taxonomy.document_types,
        "subject": taxonomy.subjects,
        "urgency": taxonomy.urgencies,
        "person": PERSON,
    }


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """`ridge` is the strength of the L2 penalty; `dense` weighs the blocks of dense features (form, signals)
    and `families` the n-grams (`FAMILIES`); n-grams of fewer than
    `min_df` texts are left out; a matter statement weighs `statement_weight` against a paper's 1, and a text of
    a label with share s of the papers weighs (1 / (K s))^`balance`: 0 takes labels as they come, 1 all alike.
    """

    ridge: float
    dense: Sequence[float]
    families: Sequence[float]
    min_df: int
    statement_weight: float
    balance: float


@dataclass(frozen=True)
class Design:
    """The texts as one head sees them: weighted dense features and TF-IDF, and their Gram matrix (n, n)."""

    dense: Floats
    tfidf: sparse.csr_matrix
    idf: Floats
    centre: Floats
    scale: Floats
    block: Floats
    family: Floats
    gram: Matrix64

    @classmethod
    def of(cls, features: Sequence[Counted], config: HeadConfig) -> Design:
        """Build from the features of all texts; centres, scales and IDF use no label."""
        raw = np.stack([f.beside for f in features])
        centre, scale = raw.mean(axis=0), raw.std(axis=0) + 1e-3
        sizes = zip((len(FORM), len(URGENCY_SIGNALS)), config.dense, strict=True)
        block = np.concatenate([np.full(n, np.sqrt(w / n), dtype=np.float32) for n, w in sizes])
        dense = ((raw - centre) / scale * block).astype(np.float32)
        family = np.sqrt(np.array(config.families, dtype=np.float32))
        parts = [_term_frequencies(features, k) for k in range(len(FAMILIES))]
        df = np.asarray((sum(parts) > 0).sum(axis=0)).ravel()
        idf = np.where(df >= config.min_df, np.log((1 + len(features)) / (1 + df)) + 1, 0)
        idf = idf.astype(np.float16).astype(np.float32)  # as it will be stored
        tfidf = sparse.csr_matrix(
            sum(w * _unit_rows(tf @ sparse.diags(idf)) for w, tf in zip(family, parts, strict=True))
        )
        gram = np.asarray((tfidf @ tfidf.T).todense(), dtype=np.float64) + dense.astype(np.float64) @ dense.T
        return cls(dense, tfidf, idf, centre, scale, block, family, gram)


def _term_frequencies(features: Sequence[Counted], family: int) -> sparse.csr_matrix:
    terms = [f.terms[family] for f in features]
    indptr = np.cumsum([0, *(len(t.index) for t in terms)])
    data = np.concatenate([t.value for t in terms])
    indices = np.concatenate([t.index for t in terms])
    return sparse.csr_matrix((data, indices, indptr), shape=(len(features), 1 << BITS))


def _unit_rows(matrix: sparse.spmatrix) -> sparse.csr_matrix:
    norms = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(norms, 1e-9)) @ matrix, dtype=np.float32)


@dataclass(frozen=True)
class Dual:
    """A fitted head in dual form: `alpha` (rows, K) over the training `rows`, and the labels' shares (K,)."""

    rows: Rows
    alpha: Matrix64
    share: Matrix64

    def scores(self, design: Design, rows: Rows) -> Floats:
        """Scores (len(rows), K) of texts of the design."""
        return np.asarray(design.gram[np.ix_(rows, self.rows)] @ self.alpha + self.share, dtype=np.float32)

    def head(
        self, design: Design, labels: Sequence[str], states: tuple[Floats, Floats], mixture: Mixture
    ) -> Head:
        """One weight a feature, n-gram weights in 8 bits; `states` are the tuned weights and bias."""
        weight, bias = states
        dim = weight.shape[1]
        dense = (design.dense[self.rows].T @ self.alpha).T * design.block
        places = sparse.csr_matrix(design.tfidf[self.rows]).T @ self.alpha
        step = np.maximum(np.abs(places).max(axis=0) / STEPS, 1e-12)
        return Head(
            labels=tuple(labels),
            dense=np.hstack([mixture.states * weight, mixture.ngrams * dense]).astype(np.float32),
            sparse=np.round(places / step).astype(np.int8),
            sparse_scale=(mixture.ngrams * step).astype(np.float32),
            bias=(mixture.states * bias + mixture.ngrams * self.share).astype(np.float32),
            mean=np.concatenate([np.zeros(dim), design.centre]).astype(np.float32),
            scale=np.concatenate([np.ones(dim), design.scale]).astype(np.float32),
            idf=design.idf,
            family=design.family,
        )


def fit(
    design: Design, rows: Rows, labels: Sequence[str], known: Sequence[str], weights: Floats, ridge: float
) -> Dual:
    """Fit on `rows` of the design; `labels` and `weights` are of all texts.

    Minimises sum_i w_i |y_i - f(x_i)|^2 + ridge |f|^2 over indicators y less their weighted shares
    (Hoerl and Kennard 1970; dual form: Saunders et al. 1998). Raises `ValueError` for a label without a text.
    """
    rows = rows[weights[rows] > 0]
    missing = sorted(set(known) - {labels[i] for i in rows})
    if missing:
        raise ValueError(f"no training text for {', '.join(missing)}")
    weight = weights[rows].astype(np.float64)
    target = np.eye(len(known))[[known.index(labels[i]) for i in rows]]
    share = weight @ target / weight.sum()
    system = design.gram[np.ix_(rows, rows)] + np.diag(ridge / weight)
    alpha = linalg.solve(system, target - share, assume_a="pos", overwrite_a=True)
    return Dual(rows, alpha, share)


@dataclass(frozen=True, slots=True)
class Mixture:
    """What the tuned scores of the states and those of n-grams, form and signals are multiplied by."""

    states: float
    ngrams: float

    def scores(self, states: Floats, ngrams: Floats) -> Floats:
        """Calibrated log odds (n, K) of two kinds of scores (n, K)."""
        return np.asarray(self.states * states + self.ngrams * ngrams, dtype=np.float32)


def fit_mixture(states: Floats, ngrams: Floats, label: Rows) -> Mixture:
    """The weights that minimise the negative log-likelihood of labels (n,) on held-out scores (n, K).

    With one kind of scores this is temperature scaling (Guo et al. 2017, arXiv 1706.04599).
    """
    rows = np.arange(len(label))

    def loss(logs: NDArray[np.float64]) -> float:
        weights = np.exp(logs)
        probability = softmax(weights[0] * states + weights[1] * ngrams)[rows, label]
        return float(-np.log(np.maximum(probability, 1e-12)).mean())

    found = np.exp(minimize(loss, np.zeros(2), method="Nelder-Mead").x)
    return Mixture(float(found[0]), float(found[1]))
