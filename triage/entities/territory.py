"""The place of the facts: which of the places that a text names is its territory.

A conditional logit model (McFadden 1974, Conditional logit analysis of qualitative choice behavior): every
unit named in the text and "no unit" is a candidate, its score is a weighted sum of the features in
`triage.entities.territory_features`, and the probabilities are the softmax of the scores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.entities.gazetteer import PlaceMention
from triage.entities.territory_features import Told, features, read_mentions
from triage.errors import BundleMissingError, BundleVersionError
from triage.token_heads import TokenScores
from triage.types import Entity

FORMAT = 1
Candidate = tuple[str | None, dict[str, float]]


def candidates(
    text: str,
    folded: str,
    mentions: Sequence[PlaceMention],
    entities: Sequence[Entity],
    groups: Mapping[str, str],
    tokens: TokenScores,
) -> tuple[list[Candidate], list[Told]]:
    """Every candidate with its features, "no unit" first, and the mentions with their signs."""
    told = read_mentions(text, folded, mentions, entities, tokens)
    elsewhere = sum(m.kind == "foreign" for m in mentions)
    units = list(dict.fromkeys(unit for t in told for unit in t.units))
    return [(u, features(u, told, folded, elsewhere, groups)) for u in (None, *units)], told


@dataclass(frozen=True, slots=True)
class TerritoryModel:
    """Weights of named features, and the group (baku, nakhchivan, territorial) of each unit."""

    weights: dict[str, float]
    groups: dict[str, str]

    def rank(
        self,
        reading_text: str,
        folded: str,
        mentions: Sequence[PlaceMention],
        entities: Sequence[Entity],
        tokens: TokenScores,
    ) -> tuple[list[tuple[str | None, float]], tuple[int, int] | None]:
        """Units (None: no unit) with their probabilities, best first, summing to 1, and the evidence.

        The evidence is the span of the mention that speaks most for the best unit; None where there is no
        unit. `mentions` are what `Gazetteer.find` found in `reading_text`, `folded` is its fold; `entities`
        have offsets into it and may be empty; `tokens` are the scores of its tokens.
        """
        if len(reading_text) != len(folded):
            raise ValueError("the folded text must have the length of the text")
        found, told = candidates(reading_text, folded, mentions, entities, self.groups, tokens)
        ranking = self.ranking(found)
        return ranking, self._evidence(ranking[0][0], told)

    def ranking(self, found: Sequence[Candidate]) -> list[tuple[str | None, float]]:
        """The candidates with their probabilities, best first."""
        scores = [self._score(values) for _, values in found]
        top = max(scores)
        odds = [math.exp(score - top) for score in scores]
        total = sum(odds)
        ranked = [(unit, odd / total) for (unit, _), odd in zip(found, odds, strict=True)]
        return sorted(ranked, key=lambda pair: -pair[1])

    def _evidence(self, best: str | None, told: Sequence[Told]) -> tuple[int, int] | None:
        if best is None:
            return None
        mine = [t for t in told if best in t.units]
        winner = max(mine, key=lambda t: sum(self.weights.get(sign, 0.0) for sign in sorted(t.signs)))
        return winner.mention.start, winner.mention.end

    def _score(self, values: Mapping[str, float]) -> float:
        return sum(self.weights.get(name, 0.0) * value for name, value in values.items())

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        data = {"format": FORMAT, "weights": self.weights, "groups": self.groups}
        path.write_text(
            json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, path: Path) -> TerritoryModel:
        """Read a model. Raises `BundleMissingError`, or `BundleVersionError` for another format."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BundleMissingError(f"{path} is missing") from None
        except ValueError as error:
            raise BundleVersionError(f"{path} is not readable: {error}") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BundleVersionError(f"{path} is not of format {FORMAT}")
        return cls(weights=data["weights"], groups=data["groups"])
