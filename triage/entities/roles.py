"""Roles of persons and bodies: who asks, whose act is contested, who was harmed.

A linear model (a support vector machine for each role) reads what stands around all mentions of one name, the
encoder's states say what they tell of each, and all mentions get one role, as `labelling.md` gives a role to the
person and not to the mention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from triage.arrays import open_arrays
from triage.entities.names import TOKENS
from triage.entities.role_features import name_codes
from triage.entities.scene import Scene, names_of
from triage.errors import BundleVersionError
from triage.token_heads import ROLES, TokenScores

FILE_NAME = "roles.npz"


@dataclass(frozen=True, slots=True, eq=False)
class RoleModel:
    """Linear scores: `weights` (2**bits, len(ROLES)) float16, `bias` (len(ROLES),) float32.

    `states` is what the log probabilities that the encoder's states give are multiplied by.
    """

    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    states: float

    @classmethod
    def blank(cls) -> RoleModel:
        """A model that gives no role."""
        none = np.array([role == "none" for role in ROLES], dtype=np.float32)
        return cls(np.zeros((2, len(ROLES)), np.float16), none, 0.0)

    @property
    def bits(self) -> int:
        """The table of features has `2**bits` rows."""
        return int(self.weights.shape[0]).bit_length() - 1

    def roles(self, scene: Scene, of_states: Sequence[NDArray[np.float32]]) -> list[str | None]:
        """The role of each mention, of which `of_states` has the log probabilities (len(ROLES),) by the encoder.

        Mentions of one name share it.
        """
        roles: list[str | None] = [None] * len(scene.mentions)
        groups = names_of(scene)
        for group, codes in zip(groups, name_codes(scene, groups, self.bits), strict=True):
            # Features weigh 1/sqrt(count), as in training, so that names told of at length count no more.
            total = self.weights[codes].sum(axis=0, dtype=np.float32) / np.sqrt(np.float32(len(codes)))
            told = np.mean([of_states[mention] for mention in group], axis=0)
            role = ROLES[int((total + self.bias + self.states * told).argmax())]
            for mention in group:
                roles[mention] = None if role == "none" else role
        return roles

    def save(self, folder: Path) -> None:
        """Write `roles.npz` into `folder`."""
        np.savez_compressed(
            folder / FILE_NAME,
            allow_pickle=False,
            roles=np.array(ROLES),
            weights=self.weights,
            bias=self.bias,
            states=np.float64(self.states),
        )

    @classmethod
    def load(cls, folder: Path) -> RoleModel:
        """Read `roles.npz` from `folder`. Raises `BundleMissingError` and `BundleVersionError`."""
        with open_arrays(folder / FILE_NAME) as arrays:
            if tuple(arrays["roles"]) != ROLES:
                raise BundleVersionError(f"{FILE_NAME} was made for other roles")
            return cls(arrays["weights"], arrays["bias"], float(arrays["states"]))


class RoleTagger:
    """The spaCy component that sets `span._.role` of the persons and bodies in `doc.ents`."""

    def __init__(self, model: RoleModel) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Set the roles."""
        scene, spans = Scene.of(doc)
        scores: TokenScores = doc.user_data[TOKENS]()
        of_states = [scores.mean(scores.roles, span.start_char, span.end_char) for span in spans]
        for span, role in zip(spans, self.model.roles(scene, of_states), strict=True):
            span._.role = role
        return doc

    def to_disk(self, path: Path, exclude: Sequence[str] = ()) -> None:
        """Write the model into the folder `path`, which is made where it is missing."""
        path.mkdir(parents=True, exist_ok=True)
        self.model.save(path)

    def from_disk(self, path: Path, exclude: Sequence[str] = ()) -> RoleTagger:
        """Read the model from the folder `path`. Raises `BundleMissingError` and `BundleVersionError`."""
        self.model = RoleModel.load(path)
        return self
