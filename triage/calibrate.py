"""From probabilities to decisions: candidate sets, abstention, and what is too unlike the training papers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.errors import BundleError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the calibration split fixed; every figure is a probability or a share in 0..1.

    `candidate_error`: stated error rate of the candidate sets; `candidate_probability`: a department is a
    candidate from this probability on (split conformal, least ambiguous sets: Sadinle, Lei, Wasserman 2019,
    arXiv 1609.00451). `automation_error`: stated error among automatically routed papers;
    `route_probability`: the least `confidence` that may be routed unread (fixed-sequence testing
    with exact binomial bounds: Angelopoulos et al., Learn then Test, arXiv 2110.01052).
    `novelty_similarity`: least cosine to a training centroid. `known_share`: least share of known word
    forms. `ocr_confidence`: least mean word confidence of the recogniser. `language_probability`: below it the
    language counts as not told. `also_probability`: a second subject that leads to another department counts
    as a second matter from this probability on.
    """

    candidate_error: float
    candidate_probability: float
    automation_error: float
    route_probability: float
    novelty_similarity: float
    known_share: float
    ocr_confidence: float
    language_probability: float
    also_probability: float
    immediate_probability: float

    @classmethod
    def parse(cls, data: dict[str, Any]) -> Thresholds:
        """From the manifest's table. Raises `BundleError` where a threshold is missing or out of range."""
        try:
            values = {f.name: float(data[f.name]) for f in fields(cls)}
        except KeyError as error:
            raise BundleError(f"The manifest lacks the threshold {error}.") from None
        wrong = [name for name, value in values.items() if not 0 <= value <= 1.01]
        if wrong:
            raise BundleError(f"Thresholds out of 0..1: {', '.join(wrong)}.")
        return cls(**values)


def candidate_set(departments: dict[str, float], first: str, thresholds: Thresholds) -> tuple[str, ...]:
    """The departments that stay possible at the stated error rate, `first` (the route) before the others."""
    kept = [d for d, p in departments.items() if p >= thresholds.candidate_probability and d != first]
    return (first, *sorted(kept, key=lambda d: (-departments[d], d)))


def confidence(departments: dict[str, float], route: str, person: float) -> float:
    """P(the route is right and may go unread), of P(department) by department and P(a person must look)."""
    return departments.get(route, 0.0) * (1 - person)


@dataclass(frozen=True)
class Novelty:
    """How near a paper is to what was trained on: `centroids` has shape (n, dim), rows of length 1."""

    centroids: NDArray[np.float32]

    def similarity(self, vector: NDArray[np.float32]) -> float:
        """The cosine of `vector` (dim,) to the nearest centroid, in -1..1."""
        return float((self.centroids @ vector).max())

    def save(self, path: Path) -> None:
        """Write the centroids."""
        np.save(path, self.centroids.astype(np.float16))

    @classmethod
    def load(cls, path: Path) -> Novelty:
        """Read what `save` wrote."""
        return cls(np.load(path, allow_pickle=False).astype(np.float32))
