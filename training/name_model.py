"""Learn the name model: a linear-chain conditional random field by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from triage.entities.features import Words, feature_codes
from triage.entities.names import ALLOWED, TAGS, NameModel
from triage.entities.place_words import PlaceWords

Example = tuple[Words, NDArray[np.int64]]
"""A text's words and their tags, as numbers into `TAGS`."""
_HIDDEN = 0  # the row of features that are dropped; a padding row learns nothing
_FORBIDDEN = -1e4
_LARGEST = 63  # of seven bits, which are enough and pack into less than eight


@dataclass(frozen=True, slots=True)
class NameConfig:
    """How names are learned; see `config/entities.toml` for what each means."""

    bits: int
    min_count: int
    epochs: int
    batch: int
    stretch: int
    learning_rate: float
    dropout: float
    miss_cost: float
    lower_share: float
    upper_share: float
    states: float


class _Field(nn.Module):  # type: ignore[misc]
    """The field's weights and its negative log-likelihood."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        count = len(TAGS)
        self.weights = nn.EmbeddingBag(2**bits, count, mode="sum", sparse=True, padding_idx=_HIDDEN)
        nn.init.zeros_(self.weights.weight)
        self.transitions = nn.Parameter(torch.zeros(count, count))
        self.bias = nn.Parameter(torch.zeros(count))
        self.register_buffer("forbidden", torch.where(torch.from_numpy(ALLOWED), 0.0, _FORBIDDEN))

    def scores(self, codes: Tensor, dropout: float) -> Tensor:
        """Scores (batch, words, tags) of codes (batch, words, features), some features hidden at random."""
        flat = codes.reshape(-1, codes.shape[-1])
        kept = flat * (torch.rand(flat.shape) >= dropout)
        summed = self.weights(kept) / (1 - dropout)
        return (summed + self.bias).reshape(*codes.shape[:-1], -1)

    def loss(self, scores: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Negative log-likelihood of `tags` (batch, words), summed; `mask` is False beyond a text's end."""
        steps = self.transitions + self.forbidden
        forward = scores[:, 0]
        gold = scores.gather(2, tags[:, :, None]).squeeze(2)
        gold[:, 1:] = gold[:, 1:] + steps[tags[:, :-1], tags[:, 1:]]
        for place in range(1, scores.shape[1]):
            ways = torch.logsumexp(forward[:, :, None] + steps, dim=1) + scores[:, place]
            forward = torch.where(mask[:, place : place + 1], ways, forward)
        return (torch.logsumexp(forward, dim=1) - (gold * mask).sum(dim=1)).sum()


def train_names(examples: Sequence[Example], places: PlaceWords, config: NameConfig, seed: int) -> NameModel:
    """The model learned from `examples`, whose words know `places`; the same on one machine for a seed."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # sums in a fixed order
    coded = [(_codes(words, config.bits), tags) for words, tags in examples if len(tags)]
    known = _frequent([codes for codes, _ in coded], config)
    batches = _batches([(np.where(known[codes], codes, _HIDDEN), tags) for codes, tags in coded], config)
    field = _Field(config.bits)
    sparse = torch.optim.SparseAdam([field.weights.weight], lr=config.learning_rate)
    dense = torch.optim.Adam([field.transitions, field.bias], lr=config.learning_rate * 0.3)
    steps = config.epochs * len(batches)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / (steps + 1))
        for optimiser in (sparse, dense)
    ]
    for _ in range(config.epochs):
        for number in torch.randperm(len(batches)).tolist():
            codes, tags, mask = batches[number]
            scores = field.scores(codes.long(), config.dropout)
            extra = config.miss_cost * (tags != 0)
            scores = torch.cat([scores[..., :1] + extra[..., None], scores[..., 1:]], dim=-1)
            loss = field.loss(scores, tags, mask) / len(tags)
            sparse.zero_grad()
            dense.zero_grad()
            loss.backward()
            sparse.step()
            dense.step()
            for schedule in schedules:
                schedule.step()
    return _quantised(field, places, config.states)


def _codes(words: Words, bits: int) -> NDArray[np.int32]:
    return feature_codes(words, bits).astype(np.int32)


def _frequent(coded: Sequence[NDArray[np.int32]], config: NameConfig) -> NDArray[np.bool_]:
    counts = np.zeros(2**config.bits, dtype=np.int64)
    for codes in coded:
        counts += np.bincount(codes.ravel(), minlength=len(counts))
    return counts >= config.min_count


def _batches(
    coded: Sequence[tuple[NDArray[np.int32], NDArray[np.int64]]], config: NameConfig
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Stretches of like length, padded: codes (batch, words, features), tags and mask (batch, words)."""
    stretches = [
        (codes[start:stop], tags[start:stop])
        for codes, tags in coded
        for start, stop in _stretches(tags, config.stretch)
    ]
    stretches.sort(key=lambda stretch: len(stretch[1]))
    batches = []
    for first in range(0, len(stretches), config.batch):
        part = stretches[first : first + config.batch]
        longest, features = len(part[-1][1]), part[0][0].shape[1]
        codes = torch.zeros(len(part), longest, features, dtype=torch.int32)
        tags = torch.zeros(len(part), longest, dtype=torch.long)
        mask = torch.zeros(len(part), longest, dtype=torch.bool)
        for row, (some_codes, some_tags) in enumerate(part):
            codes[row, : len(some_tags)] = torch.from_numpy(some_codes)
            tags[row, : len(some_tags)] = torch.from_numpy(some_tags)
            mask[row, : len(some_tags)] = True
        batches.append((codes, tags, mask))
    return batches


def _stretches(tags: NDArray[np.int64], length: int) -> list[tuple[int, int]]:
    """Parts of about `length` words that cut no name."""
    parts = []
    start = 0
    while start < len(tags):
        stop = min(start + length, len(tags))
        while stop < len(tags) and TAGS[tags[stop - 1]][0] in "BI":
            stop += 1
        parts.append((start, stop))
        start = stop
    return parts


def _quantised(field: _Field, places: PlaceWords, states: float) -> NameModel:
    """The weights in 7 bits, with one scale for each tag."""
    weights = field.weights.weight.detach().numpy()
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / _LARGEST
    return NameModel(
        weights=np.rint(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=field.bias.detach().numpy().copy(),
        transitions=field.transitions.detach().numpy().copy(),
        places=places,
        states=states,
    )
