"""Learn the weights of the territory model from the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.corpus import Paper
from training.entities import comparable
from training.places import GAZETTEER_DIR
from triage.entities.gazetteer import Gazetteer
from triage.entities.territory import Candidate, TerritoryModel, candidates
from triage.taxonomy import Taxonomy
from triage.text import Reading
from triage.token_heads import TokenScores
from triage.types import Entity

TAXONOMY_FILE = Path(__file__).parent / "config" / "taxonomy.yaml"
DECAY = 4.0
"""Strength of the L2 penalty on the weights."""

Ranking = list[tuple[str | None, float]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A paper as the models read it, its marked entities there, and what an encoder says of its tokens."""

    paper: Paper
    text: str
    folded: str
    entities: tuple[Entity, ...]
    tokens: TokenScores


@dataclass(frozen=True, slots=True)
class Choice:
    """What the model sees of one paper: its candidates, and the place of the right one among them."""

    paper: Paper
    candidates: tuple[Candidate, ...]
    right: int | None


@dataclass(frozen=True, slots=True)
class Trained:
    """The model of all papers, those without each fold, and each paper's ranking by the one without its own."""

    model: TerritoryModel
    by_fold: list[TerritoryModel]
    held_out: list[Ranking]


def write_gazetteer(path: Path) -> Path:
    """Write all files of the gazetteer as one, in the order of their names, to `path`; returns it."""
    parts = [file.read_text(encoding="utf-8").splitlines() for file in sorted(GAZETTEER_DIR.glob("*.tsv"))]
    lines = [parts[0][0], *dict.fromkeys(line for part in parts for line in part[1:])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def see(papers: Sequence[Paper], readings: Sequence[Reading], tokens: Sequence[TokenScores]) -> list[Seen]:
    """The papers as they were read, and as an encoder reads them."""
    seen = []
    for paper, reading, scores in zip(papers, readings, tokens, strict=True):
        entities = comparable(paper, reading).entities
        seen.append(Seen(paper, reading.text, reading.folded, entities, scores))
    return seen


def choices(
    seen: Sequence[Seen], gazetteer: Gazetteer, groups: dict[str, str], *, marked: bool
) -> list[Choice]:
    """The choice that each paper asks for; with its marked entities, or with the gazetteer alone."""
    found = []
    for item in seen:
        entities = item.entities if marked else ()
        mentions = gazetteer.find(item.text, item.folded, entities)
        options, _ = candidates(item.text, item.folded, mentions, entities, groups, item.tokens)
        units = [unit for unit, _ in options]
        territory = item.paper.territory
        found.append(
            Choice(item.paper, tuple(options), units.index(territory) if territory in units else None)
        )
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


def train_territory(
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    gazetteer: Gazetteer,
    tokens: Sequence[TokenScores],
    fold: Sequence[int],
) -> Trained:
    """Train on all papers, each seen with its marks and without them, so that the model leans on neither.

    `tokens` are by encoders that did not see the paper. Each paper is also ranked, without its marks, by a model
    of the other folds; the pipeline has the entities that it finds itself beside.
    """
    groups = Taxonomy.parse(TAXONOMY_FILE.read_text(encoding="utf-8")).units
    seen = see(papers, readings, tokens)
    both = [choices(seen, gazetteer, groups, marked=m) for m in (True, False)]
    by_fold = [
        train([c for data in both for c, f in zip(data, fold, strict=True) if f != number], groups)
        for number in range(max(fold) + 1)
    ]
    held_out = [by_fold[f].ranking(c.candidates) for f, c in zip(fold, both[1], strict=True)]
    return Trained(train([*both[0], *both[1]], groups), by_fold, held_out)
