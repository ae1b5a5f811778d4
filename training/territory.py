"""Learn the weights of the territory model from the corpus, and measure it over author groups."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.corpus import Paper, load_papers, load_statements
from training.places import GAZETTEER_DIR
from training.split import fold_of
from training.text import load_others, train_text_models
from triage.entities.gazetteer import Gazetteer
from triage.entities.territory import Candidate, TerritoryModel, candidates
from triage.taxonomy import Taxonomy
from triage.text.casing import fold
from triage.text.cyrillic import az_from_cyrillic
from triage.text.reading import TextModels
from triage.text.spans import Mapped
from triage.types import Entity

TAXONOMY_FILE = Path(__file__).parent / "config" / "taxonomy.yaml"
DECAY = 4.0
"""Strength of the L2 penalty on the weights."""
FOLDS, SEED = 10, 0

Ranking = list[tuple[str | None, float]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A paper as the models read it, and its marked entities there."""

    paper: Paper
    text: str
    folded: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the model sees of one paper: its candidates, and the place of the right one among them."""

    paper: Paper
    candidates: tuple[Candidate, ...]
    right: int | None


@dataclass(frozen=True, slots=True)
class Trained:
    """The model of all papers, and each paper's ranking by a model that saw none of its author group."""

    model: TerritoryModel
    held_out: list[Ranking]


def write_gazetteer(path: Path) -> Path:
    """Write all files of the gazetteer as one, in the order of their names, to `path`; returns it."""
    parts = [file.read_text(encoding="utf-8").splitlines() for file in sorted(GAZETTEER_DIR.glob("*.tsv"))]
    lines = [parts[0][0], *dict.fromkeys(line for part in parts for line in part[1:])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def see(papers: Sequence[Paper], models: TextModels | None = None) -> list[Seen]:
    """The papers as `models` read them; without models only Azerbaijani Cyrillic is brought to Latin."""
    seen = []
    for paper in papers:
        reading = models.read(paper.text) if models is not None else None
        mapped = reading.mapping if reading is not None else _latin(paper)
        moved = []
        for entity in paper.entities:
            start, end = mapped.to_text(entity.start, entity.end)
            moved.append(replace(entity, start=start, end=end, text=mapped.text[start:end]))
        seen.append(Seen(paper, mapped.text, fold(mapped.text), tuple(moved)))
    return seen


def _latin(paper: Paper) -> Mapped:
    is_cyrillic = paper.language == "az" and paper.script == "cyrillic"
    return az_from_cyrillic(paper.text) if is_cyrillic else Mapped.identity(paper.text)


def choices(
    seen: Sequence[Seen], gazetteer: Gazetteer, groups: dict[str, str], *, marked: bool
) -> list[Choice]:
    """The choice that each paper asks for; with its marked entities, or with the gazetteer alone."""
    found = []
    for item in seen:
        entities = item.entities if marked else ()
        mentions = gazetteer.find(item.text, item.folded, entities)
        options, _ = candidates(item.text, item.folded, mentions, entities, groups)
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


def learn(seen: Sequence[Seen], groups: dict[str, str], gazetteer: Gazetteer) -> TerritoryModel:
    """The model of all papers, each seen with its marks and without them, so that it leans on neither."""
    marked = choices(seen, gazetteer, groups, marked=True)
    return train([*marked, *choices(seen, gazetteer, groups, marked=False)], groups)


def train_territory(
    papers: Sequence[Paper], models: TextModels, gazetteer: Gazetteer, *, marked: bool = False
) -> Trained:
    """Train on all papers; rank each also by a model of the other folds of author groups.

    `marked` says whether the held-out papers are ranked with their marked entities; the pipeline has only
    those that it finds itself, so its figures lie between the two.
    """
    groups = Taxonomy.parse(TAXONOMY_FILE.read_text(encoding="utf-8")).units
    seen = see(papers, models)
    both = {m: choices(seen, gazetteer, groups, marked=m) for m in (True, False)}
    held_out: list[Ranking] = [[] for _ in papers]
    folds = fold_of(papers, FOLDS, SEED)
    for fold_number in range(FOLDS):
        others = [c for data in both.values() for c, f in zip(data, folds, strict=True) if f != fold_number]
        model = train(others, groups)
        for k, f in enumerate(folds):
            if f == fold_number:
                held_out[k] = model.ranking(both[marked][k].candidates)
    return Trained(train([*both[True], *both[False]], groups), held_out)


def main() -> None:
    """Print the accuracy over author groups, with and without the marked entities, by language."""
    papers, gazetteer = load_papers(), Gazetteer.load(GAZETTEER_DIR)
    models = train_text_models(papers, load_statements(), load_others(), SEED)
    for marked in (True, False):
        held_out = train_territory(papers, models, gazetteer, marked=marked).held_out
        right: dict[str, list[bool]] = {}
        for paper, ranking in zip(papers, held_out, strict=True):
            for name in ("all", paper.language):
                right.setdefault(name, []).append(ranking[0][0] == paper.territory)
        shares = ", ".join(f"{name} {sum(r) / len(r):.3f} of {len(r)}" for name, r in right.items())
        sys.stdout.write(f"{'marked entities' if marked else 'gazetteer alone'}: {shares}\n")


if __name__ == "__main__":
    main()
