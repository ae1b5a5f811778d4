"""Linear readings of single token states: names, the roles of persons and bodies, the place of the facts.

The states are those of the encoder's middle layer. They come from the same pass of the encoder as the heads
over whole texts, and were learned together with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.arrays import open_arrays
from triage.encoder import Encoding
from triage.errors import BundleVersionError

Floats = NDArray[np.float32]

NAME_TAGS = ("O", *(f"{place}-{label}" for label in ("PERSON", "ORG", "LOC") for place in "BI"))
"""Outside; first and further tokens of each kind of name."""
ROLES = ("none", "applicant", "complained_of", "victim")
"""`none` stands for no role."""
PLACES = ("elsewhere", "of_the_facts")
"""Whether a place is that of the facts."""
TASKS = {"names": NAME_TAGS, "roles": ROLES, "places": PLACES}
FILE_NAME = "token_heads.npz"


@dataclass(frozen=True, slots=True, eq=False)
class TokenScores:
    """Log probabilities of every token of a text: `names` (n, 7), `roles` (n, 4), `places` (n, 2).

    `spans` (n, 2) are the tokens' offsets, in order and without overlap.
    """

    spans: NDArray[np.int32]
    names: Floats
    roles: Floats
    places: Floats

    @classmethod
    def none(cls) -> TokenScores:
        """Of a text that no encoder has read."""
        empty = {name: np.zeros((0, len(labels)), np.float32) for name, labels in TASKS.items()}
        return cls(np.zeros((0, 2), np.int32), **empty)

    def within(self, start: int, end: int) -> slice:
        """The tokens that touch the text from `start` to `end`."""
        first = int(np.searchsorted(self.spans[:, 1], start, side="right"))
        return slice(first, max(first, int(np.searchsorted(self.spans[:, 0], end, side="left"))))

    def mean(self, scores: Floats, start: int, end: int) -> Floats:
        """The mean of one kind of scores over the text from `start` to `end`; zeros where no token is."""
        part = scores[self.within(start, end)]
        return part.mean(axis=0) if len(part) else np.zeros(scores.shape[1], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class TokenHeads:
    """By task its `weight` (K, dim) and `bias` (K,)."""

    layers: dict[str, tuple[Floats, Floats]]

    def read(self, encoding: Encoding) -> TokenScores:
        """The scores of every token of an encoding."""
        scores = {
            task: _log_softmax(encoding.middle @ weight.T + bias)
            for task, (weight, bias) in self.layers.items()
        }
        return TokenScores(encoding.spans, **scores)

    def save(self, folder: Path) -> None:
        """Write `token_heads.npz` into `folder`."""
        arrays: dict[str, Any] = {}
        for task, (weight, bias) in self.layers.items():
            arrays |= {
                f"{task}.labels": np.array(TASKS[task]),
                f"{task}.weight": weight,
                f"{task}.bias": bias,
            }
        np.savez_compressed(folder / FILE_NAME, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> TokenHeads:
        """Read what `save` wrote. Raises `BundleMissingError` and `BundleVersionError`."""
        with open_arrays(folder / FILE_NAME) as arrays:
            for task, labels in TASKS.items():
                if tuple(arrays[f"{task}.labels"]) != labels:
                    raise BundleVersionError(f"{FILE_NAME} was made for other {task}")
            return cls({task: (arrays[f"{task}.weight"], arrays[f"{task}.bias"]) for task in TASKS})


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float32)
