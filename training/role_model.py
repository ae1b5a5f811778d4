"""Learn the role model: multinomial logistic regression over the features of each name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from triage.entities.roles import ROLES, RoleModel, Scene, name_codes, names_of


@dataclass(frozen=True, slots=True)
class RoleConfig:
    """How roles are learned: `2**bits` rows of features, `c` the inverse strength of
    regularisation; `none_cost` is taken off the score of having no role, which most names have."""

    bits: int
    c: float
    none_cost: float


def train_roles(scenes: Sequence[tuple[Scene, Sequence[str]]], config: RoleConfig) -> RoleModel:
    """The model learned from scenes and the role of each of their mentions, one of `ROLES`.

    A name's role is the one that most of its mentions have.
    """
    rows: list[np.ndarray] = []
    labels: list[int] = []
    for scene, roles in scenes:
        groups = names_of(scene)
        rows += name_codes(scene, groups, config.bits)
        labels += [ROLES.index(Counter(roles[m] for m in group).most_common(1)[0][0]) for group in groups]
    model = LogisticRegression(C=config.c, max_iter=100, tol=1e-3)
    model.fit(_matrix(rows, config.bits), labels)
    weights = np.zeros((2**config.bits, len(ROLES)), dtype=np.float16)
    bias = np.full(len(ROLES), -np.inf, dtype=np.float32)
    weights[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    bias[ROLES.index("none")] -= config.none_cost
    return RoleModel(weights, bias)


def _matrix(rows: Sequence[np.ndarray], bits: int) -> csr_matrix:
    """One row a name; its features weigh 1/sqrt(their number)."""
    counts = np.array([len(row) for row in rows])
    values = np.repeat(1 / np.sqrt(counts), counts)
    return csr_matrix(
        (values, np.concatenate(rows), np.concatenate([[0], np.cumsum(counts)])), shape=(len(rows), 2**bits)
    )
