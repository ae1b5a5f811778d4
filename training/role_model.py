"""Learn the role model: linear support vector machines, one for each role, over the features of each name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from triage.entities.role_features import name_codes
from triage.entities.roles import RoleModel
from triage.entities.scene import Scene, names_of
from triage.token_heads import ROLES

Example = tuple[Scene, Sequence[str]]
"""A scene and the role of each of its mentions, one of `ROLES`."""


@dataclass(frozen=True, slots=True)
class RoleConfig:
    """How roles are learned: `2**bits` rows of features, those of fewer than `min_count` names left out;
    `c` the inverse strength of regularisation; `none_cost` is taken off the score of having no role,
    which most names have; `states` is what the encoder's log probabilities are multiplied by."""

    bits: int
    min_count: int
    c: float
    none_cost: float
    states: float


def train_roles(examples: Sequence[Example], config: RoleConfig, seed: int) -> RoleModel:
    """The model learned from `examples`. A name's role is the one that most of its mentions have."""
    rows: list[np.ndarray] = []
    labels: list[int] = []
    for scene, roles in examples:
        groups = names_of(scene)
        rows += name_codes(scene, groups, config.bits)
        labels += [ROLES.index(Counter(roles[m] for m in group).most_common(1)[0][0]) for group in groups]
    known = np.bincount(np.concatenate(rows), minlength=2**config.bits) >= config.min_count
    model = LinearSVC(C=config.c, max_iter=1000, tol=1e-3, random_state=seed)
    model.fit(_matrix(rows, known), labels)
    weights = np.zeros((2**config.bits, len(ROLES)), dtype=np.float16)
    bias = np.full(len(ROLES), -np.inf, dtype=np.float32)
    weights[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    bias[ROLES.index("none")] -= config.none_cost
    return RoleModel(weights, bias, config.states)


def _matrix(rows: Sequence[np.ndarray], known: np.ndarray) -> csr_matrix:
    """One row a name; its features weigh 1/sqrt(their number), those not `known` nothing."""
    counts = np.array([len(row) for row in rows])
    codes = np.concatenate(rows)
    values = np.repeat(1 / np.sqrt(counts), counts) * known[codes]
    shape = (len(rows), len(known))
    matrix = csr_matrix((values, codes, np.concatenate([[0], np.cumsum(counts)])), shape=shape)
    matrix.eliminate_zeros()
    return matrix
