"""Fitting the linear heads: one multinomial logistic regression over dense features and TF-IDF n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from triage.classify import BITS, Features, Floats, Head, softmax


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """`c` is the inverse of L2 regularisation, `dense_weight` the scale of the dense block against the n-grams
    (scaled to length 1), `min_df` the least number of texts an n-gram must occur in, `statement_weight` the
    weight of a matter statement against a paper.
    """  # noqa: D205

    c: float
    dense_weight: float
    min_df: int
    statement_weight: float


@dataclass(frozen=True)
class Matrix:
    """Features of many texts: `dense` (n, D) and the term frequencies `tf` (n, 2^BITS), in CSR form."""

    dense: Floats
    tf: sparse.csr_matrix

    @classmethod
    def stack(cls, features: Sequence[Features]) -> Matrix:
        """Rows in the order of `features`."""
        indptr = np.cumsum([0, *(len(f.sparse_index) for f in features)])
        data = np.concatenate([f.sparse_value for f in features])
        indices = np.concatenate([f.sparse_index for f in features])
        tf = sparse.csr_matrix((data, indices, indptr), shape=(len(features), 1 << BITS))
        return cls(np.stack([f.dense for f in features]), tf)

    def rows(self, index: NDArray[np.int64]) -> Matrix:
        """The rows named by `index`."""
        return Matrix(self.dense[index], self.tf[index])


def fit_head(
    matrix: Matrix, labels: Sequence[str], known: Sequence[str], weights: Floats, config: HeadConfig
) -> Head:
    """Fit one head on texts with `labels` (n,), one of `known` each; a label without a text is an error."""
    missing = sorted(set(known) - set(labels))
    if missing:
        raise ValueError(f"no training text for {', '.join(missing)}")
    count = matrix.tf.shape[0]
    df = np.asarray((matrix.tf > 0).sum(axis=0)).ravel()
    idf = np.where(df >= config.min_df, np.log((1 + count) / (1 + df)) + 1, 0).astype(np.float16)
    idf = idf.astype(np.float32)  # as it will be stored
    mean, scale = matrix.dense.mean(axis=0), matrix.dense.std(axis=0) + 1e-3
    block = config.dense_weight / np.sqrt(matrix.dense.shape[1])
    columns = np.flatnonzero(idf)
    joined = sparse.hstack(
        [sparse.csr_matrix((matrix.dense - mean) / scale * block), _tfidf(matrix.tf, idf)[:, columns]], "csr"
    )
    model = LogisticRegression(C=config.c, max_iter=400, tol=1e-4)
    model.fit(joined, np.array([known.index(label) for label in labels]), sample_weight=weights)
    coefficients = _symmetric(model.coef_, len(known))
    dense, places = coefficients[:, : len(mean)] * block, coefficients[:, len(mean) :]
    step = np.abs(places).max(axis=1, keepdims=True) / 127
    quantised = np.zeros((1 << BITS, len(known)), dtype=np.int8)
    quantised[columns] = np.round(places / step).astype(np.int8).T
    return Head(
        labels=tuple(known),
        dense=dense.astype(np.float32),
        sparse=quantised,
        sparse_scale=step.ravel().astype(np.float32),
        bias=_symmetric(model.intercept_[:, None], len(known)).ravel().astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        idf=idf,
    )


def _symmetric(values: NDArray[np.float64], labels: int) -> NDArray[np.float64]:
    # scikit-learn keeps one row for two labels: w against -w is the same softmax at half the size each.
    return values if len(values) == labels else np.vstack([-values, values]) / 2


def _tfidf(tf: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    weighted = tf @ sparse.diags(idf)
    norms = np.sqrt(weighted.multiply(weighted).sum(axis=1)).A1
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(norms, 1e-9)) @ weighted)


def scores(head: Head, matrix: Matrix) -> Floats:
    """Scores of every row, shape (n, K): what `Head.scores` gives for one text."""
    places = _tfidf(matrix.tf, head.idf) @ (head.sparse.astype(np.float32) * head.sparse_scale)
    return np.asarray(head.bias + (matrix.dense - head.mean) / head.scale @ head.dense.T + places, dtype=np.float32)


def fit_temperature(score: Floats, label: NDArray[np.int64]) -> float:
    """The temperature that minimises the negative log-likelihood on held-out scores (n, K)."""
    rows = np.arange(len(label))

    def loss(log_temperature: float) -> float:
        probability = softmax(score / np.exp(log_temperature))[rows, label]
        return float(-np.log(np.maximum(probability, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 3.0), method="bounded").x))
