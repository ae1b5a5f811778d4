"""Where a tuning run stands, kept in a file, so that one that was stopped goes on and ends with the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

EVERY = 50
"""Batches between two savings: a minute or two of work."""


class Progress:
    """The state of an optimiser and of all random generators, and the losses of the batches done so far.

    `optimiser` has `weights`, `copies`, `adam` and `rate` (see `training.tune.Optimiser`).
    """

    def __init__(self, path: Path, optimiser: Any, generators: list[np.random.Generator]) -> None:
        self._path, self._optimiser, self._generators = path, optimiser, generators

    def resume(self) -> list[float]:
        """Set everything to where the file says that the run stood; the losses until then, none without a file.

        Raises RuntimeError where the file is none of ours, or damaged.
        """
        if not self._path.exists():
            return []
        try:
            kept = torch.load(self._path, weights_only=True)
            with torch.no_grad():
                for own, copy, weight in zip(
                    self._optimiser.copies, kept["copies"], self._optimiser.weights, strict=True
                ):
                    own.copy_(copy)
                    weight.copy_(copy)
            self._optimiser.adam.load_state_dict(kept["adam"])
            self._optimiser.rate.load_state_dict(kept["rate"])
            for generator, state in zip(self._generators, json.loads(kept["generators"]), strict=True):
                generator.bit_generator.state = _arrays(state)
        except Exception as error:
            raise RuntimeError(f"{self._path} cannot be gone on from: delete it to begin anew.") from error
        losses: list[float] = kept["losses"]
        return losses

    def keep(self, losses: list[float]) -> None:
        """Write the file, whole or not at all, after every so many batches."""
        if len(losses) % EVERY:
            return
        states = [generator.bit_generator.state for generator in self._generators]
        kept = {
            "copies": [copy.detach() for copy in self._optimiser.copies],
            "adam": self._optimiser.adam.state_dict(),
            "rate": self._optimiser.rate.state_dict(),
            "generators": json.dumps(states, default=lambda array: {"array": array.tolist()}),
            "losses": losses,
        }
        new = self._path.with_suffix(".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(kept, new)
        new.replace(self._path)


def _arrays(state: Any) -> Any:
    """A generator's state, with its arrays."""
    if not isinstance(state, dict):
        return state
    if state.keys() == {"array"}:
        return np.array(state["array"], dtype=np.uint64)
    return {name: _arrays(value) for name, value in state.items()}
