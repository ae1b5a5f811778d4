"""Learn the weights of the territory model from the corpus, and measure it over author groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.corpus import Paper
from triage.entities.gazetteer import Gazetteer
from triage.entities.territory import Candidate, TerritoryModel, candidates
from triage.taxonomy import Taxonomy
from triage.text.casing import fold
from triage.text.cyrillic import az_from_cyrillic
from triage.types import Entity

GAZETTEER_DIR = Path(__file__).parent / "gazetteer"
DECAY = 1.0
"""Strength of the L2 penalty on the weights."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the model sees of one paper: its candidates, and the place of the right one among them."""

    paper: Paper
    candidates: tuple[Candidate, ...]
    right: int | None


def comparable(paper: Paper) -> tuple[str, tuple[Entity, ...]]:
    """The text as the models read it, Azerbaijani in Latin letters, and the marked entities in it."""
    if paper.language != "az" or paper.script != "cyrillic":
        return paper.text, paper.entities
    latin = az_from_cyrillic(paper.text)
    moved = []
    for entity in paper.entities:
        start, end = latin.to_text(entity.start, entity.end)
        moved.append(replace(entity, start=start, end=end, text=latin.text[start:end]))
    return latin.text, tuple(moved)


def choices(
    papers: Sequence[Paper], gazetteer: Gazetteer, groups: dict[str, str], *, marked: bool
) -> list[Choice]:
    """The choice that each paper asks for; with its marked entities, or with the gazetteer alone."""
    found = []
    for paper in papers:
        text, entities = comparable(paper)
        entities = entities if marked else ()
        folded = fold(text)
        options, _ = candidates(folded, gazetteer.find(text, folded, entities), entities, groups)
        units = [unit for unit, _ in options]
        right = units.index(paper.territory) if paper.territory in units else None
        found.append(Choice(paper, tuple(options), right))
    return found


def train(data: Sequence[Choice], groups: dict[str, str], decay: float = DECAY) -> TerritoryModel:
    """The weights of greatest penalised likelihood; choices whose right unit is no candidate are left out."""
    usable = [choice for choice in data if choice.right is not None]
    names = sorted({name for choice in usable for _, values in choice.candidates for name in values})
    column = {name: k for k, name in enumerate(names)}
    rows = sum(len(choice.candidates) for choice in usable)
    matrix = np.zeros((rows, len(names)))
    starts, right, row = [], [], 0
    for choice in usable:
        starts.append(row)
        right.append(row + (choice.right or 0))
        for _, values in choice.candidates:
            for name, value in values.items():
                matrix[row, column[name]] = value
            row += 1
    weights = _fit(matrix, np.array(starts), np.array(right), decay)
    return TerritoryModel({n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}, groups)


def _fit(
    matrix: NDArray[np.float64], starts: NDArray[np.int64], right: NDArray[np.int64], decay: float
) -> NDArray[np.float64]:
    sizes = np.diff(np.append(starts, len(matrix)))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        odds = np.exp(scores)
        shares = odds / np.repeat(np.add.reduceat(odds, starts), sizes)
        value = -np.log(shares[right]).sum() + 0.5 * decay * weights @ weights
        gradient = matrix.T @ shares - matrix[right].sum(axis=0) + decay * weights
        return float(value), gradient

    solution = minimize(loss, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B")
    weights: NDArray[np.float64] = solution.x
    return weights


def learn(papers: Sequence[Paper], taxonomy: Taxonomy, gazetteer: Gazetteer) -> TerritoryModel:
    """The model of all papers, each seen with its marks and without them, so that it leans on neither."""
    data = [
        choice
        for marked in (True, False)
        for choice in choices(papers, gazetteer, taxonomy.units, marked=marked)
    ]
    return train(data, taxonomy.units)
