"""Classifiers to compare with: each learns one field from texts and gives log scores for others.

They stand for what one would try first (majority, keywords, TF-IDF, n-grams) and for designs that were weighed
against the chosen one (a frozen encoder, a static one, attention over sentences).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler, normalize
from torch import nn

from triage.classify import Floats
from triage.text.casing import fold

KEYWORDS = Path(__file__).with_name("config") / "keywords.tsv"
_SEED = 20261122
Classes = NDArray[np.int64]


class Classifier(Protocol):
    """What learns from inputs (texts or vectors) and class numbers (n,), then gives log scores (m, K)."""

    def fit(self, inputs: Any, classes: Classes, count: int) -> None: ...  # noqa: D102

    def scores(self, inputs: Any) -> Floats: ...  # noqa: D102

    def size(self) -> int: ...  # noqa: D102


@dataclass
class Majority:
    """Always the shares of the classes in training."""

    share: Floats = field(init=False)

    def fit(self, inputs: Sequence[str], classes: Classes, count: int) -> None:
        """Count the classes."""
        self.share = ((np.bincount(classes, minlength=count) + 0.5) / (len(inputs) + count)).astype(
            np.float32
        )

    def scores(self, inputs: Sequence[str]) -> Floats:
        """The same log shares for every text."""
        return np.tile(np.log(self.share), (len(inputs), 1))

    def size(self) -> int:
        """Bytes of what was learned."""
        return int(self.share.nbytes)


@dataclass
class Keywords:
    """Rules as an office would write them: stems by label; the label with most hits wins, the majority on a tie.

    The stems are in `config/keywords.tsv` (label, then stems in all languages, folded to small letters).
    """

    labels: Sequence[str]
    majority: Majority = field(default_factory=Majority)
    patterns: dict[str, re.Pattern[str]] = field(init=False)

    def __post_init__(self) -> None:
        with KEYWORDS.open(encoding="utf-8", newline="") as lines:
            rows = dict(csv.reader(lines, delimiter="\t"))
        self.patterns = {
            label: re.compile(r"\b(?:" + "|".join(map(re.escape, rows[label].split())) + ")")
            for label in self.labels
            if label in rows
        }

    def fit(self, inputs: Sequence[str], classes: Classes, count: int) -> None:
        """Only the majority is learned."""
        self.majority.fit(inputs, classes, count)

    def scores(self, inputs: Sequence[str]) -> Floats:
        """Hits by label, and the majority's scores where nothing is hit."""
        rows = self.majority.scores(inputs)
        for row, text in zip(rows, inputs, strict=True):
            folded = fold(text)
            for number, label in enumerate(self.labels):
                if label in self.patterns:
                    row[number] += len(self.patterns[label].findall(folded))
        return rows

    def size(self) -> int:
        """Bytes of the stems."""
        return KEYWORDS.stat().st_size


@dataclass
class Linear:
    """Logistic regression over features of texts that `vectoriser` makes, or over vectors as they are."""

    vectoriser: Any = None
    strength: float = 10.0
    model: Pipeline = field(init=False)

    def fit(self, inputs: Any, classes: Classes, count: int) -> None:
        """Learn; every class must occur."""
        head = LogisticRegression(C=self.strength, max_iter=400, class_weight="balanced")
        first = StandardScaler() if self.vectoriser is None else self.vectoriser
        self.model = make_pipeline(first, head).fit(inputs, classes)
        if len(head.classes_) != count:
            raise ValueError("a class has no training text")

    def scores(self, inputs: Any) -> Floats:
        """Log probabilities."""
        return np.asarray(self.model.predict_log_proba(inputs), dtype=np.float32)

    def size(self) -> int:
        """Bytes of the weights, float32."""
        return int(self.model[-1].coef_.size * 4)


def tfidf() -> Linear:
    """TF-IDF of words and pairs of words, and a linear model."""
    return Linear(TfidfVectorizer(lowercase=True, ngram_range=(1, 2), min_df=2, sublinear_tf=True))


def subwords() -> Linear:
    """Bags of character n-grams inside words, as fastText has them (Bojanowski et al. 2017), and a linear model."""
    return Linear(
        HashingVectorizer(analyzer="char_wb", ngram_range=(3, 6), n_features=2**18, alternate_sign=False),
        strength=30.0,
    )


@dataclass
class Attention:
    """Attention over the states of sentences: one query a class, learned with the linear head on it.

    Inputs are arrays (sentences, dim), one a text (Yang et al. 2016, the upper level of it).
    """

    epochs: int = 30
    net: nn.Module = field(init=False)
    mean: Floats = field(init=False)
    scale: Floats = field(init=False)

    def fit(self, inputs: Sequence[Floats], classes: Classes, count: int) -> None:
        """Learn by Adam with dropout; the inputs are standardised."""
        torch.manual_seed(_SEED)
        joined = np.concatenate(list(inputs))
        self.mean, self.scale = joined.mean(axis=0), joined.std(axis=0) + 1e-4
        self.net = _AttentionNet(joined.shape[1], count)
        adam = torch.optim.AdamW(self.net.parameters(), lr=2e-3, weight_decay=0.05)
        rng, target = np.random.default_rng(_SEED), torch.from_numpy(classes)
        for _ in range(self.epochs):
            order = rng.permutation(len(inputs))
            for start in range(0, len(order), 64):
                rows = order[start : start + 64]
                score = self.net(*self._padded([inputs[i] for i in rows]))
                loss = nn.functional.cross_entropy(score, target[rows], label_smoothing=0.05)
                adam.zero_grad()
                loss.backward()
                adam.step()
        self.net.eval()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def scores(self, inputs: Sequence[Floats]) -> Floats:
        """Log probabilities."""
        parts = [self.net(*self._padded(inputs[i : i + 64])) for i in range(0, len(inputs), 64)]
        return np.asarray(torch.log_softmax(torch.cat(parts), dim=1).numpy(), dtype=np.float32)

    def size(self) -> int:
        """Bytes of the weights."""
        return sum(p.numel() * 4 for p in self.net.parameters())

    def _padded(self, inputs: Sequence[Floats]) -> tuple[torch.Tensor, torch.Tensor]:
        longest = max(len(x) for x in inputs)
        states = np.zeros((len(inputs), longest, len(self.mean)), dtype=np.float32)
        mask = np.zeros((len(inputs), longest), dtype=bool)
        for row, x in enumerate(inputs):
            states[row, : len(x)], mask[row, : len(x)] = (x - self.mean) / self.scale, True
        return torch.from_numpy(states), torch.from_numpy(mask)


class _AttentionNet(nn.Module):  # type: ignore[misc]
    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, classes, bias=False)
        self.head = nn.Linear(dim, classes)
        self.drop = nn.Dropout(0.3)
        nn.init.zeros_(self.query.weight)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states = self.drop(states)
        weight = self.query(states).masked_fill(~mask[..., None], -torch.inf).softmax(dim=1)
        return (weight * self.head(states)).sum(dim=1)


@dataclass
class Static:
    """A static encoder distilled from the full one, after model2vec: a vector a piece of the vocabulary.

    Every piece was read alone by the encoder; the vectors lose their common directions (principal components)
    and weigh by rarity (SIF: Arora et al. 2017). A text is the mean over its pieces. `table` is (pieces, dim).
    """

    table: Floats

    @classmethod
    def distil(cls, vectors: Floats, counts: NDArray[np.int64], dim: int = 256) -> Static:
        """From the encoder's vectors (pieces, d) of the single pieces and how often each occurs in the corpus."""
        centred = vectors - vectors.mean(axis=0)
        _, _, axes = np.linalg.svd(centred[counts > 0], full_matrices=False)
        share = counts / max(1, counts.sum())
        weight = 1e-3 / (1e-3 + share)
        return cls(((centred @ axes[:dim].T) * weight[:, None]).astype(np.float32))

    def vectors(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The mean vectors, at length 1, of texts as piece numbers."""
        means = [self.table[list(i)].mean(axis=0) if i else np.zeros(self.table.shape[1]) for i in ids]
        return np.asarray(normalize(np.stack(means)), dtype=np.float32)
