"""Tuning the encoder end to end: every task of the service learns from the same token states.

The mean of the last layer's token states is read by linear heads for document type, subject, urgency and the
need of a person; single states of the middle layer are read for names, for the roles of persons and bodies and
for the place of the facts.
Token embeddings keep their 4 bits and are not tuned. Batches hold texts of about one length. On processors that
have it, the encoder runs in bfloat16 over copies of weights that are kept in float32.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from training.encoder import Source
from training.progress import Progress
from training.reference import bert
from triage.encoder import Window

IGNORED = -100
"""A label that the loss passes over."""

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # of glibc's malloc.h

_SAMPLE, _SMALL = 512, 16  # texts by whose states inputs are standardised, and how many at a time
_STEP = 16
"""Windows are padded to a multiple of this, so that memory that was freed fits again."""

Ids = NDArray[np.int64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TuneConfig:
    """One tuning run.

    `batch_tokens` and `batch_texts` bound a batch; `smoothing` is the share of label smoothing (Szegedy et al.
    2016), `warmup` the share of steps over which the rate rises before it falls to 0 (linear), `drop` the
    dropout of hidden states, `word_drop` the share of tokens replaced by the unknown piece. `weights` are the
    tasks' weights in the loss; `frozen` lowest layers are left as they are.
    """

    epochs: int
    rate: float
    head_rate: float
    decay: float
    warmup: float
    batch_tokens: int
    batch_texts: int
    smoothing: float
    drop: float
    word_drop: float
    frozen: int
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One text: its windows, its labels by text task and its tokens' labels (n,) by token task.

    A label is a class number, or `IGNORED`; token labels are of the text's own tokens in the order of its
    windows.
    """

    windows: Sequence[Window]
    text: Mapping[str, int]
    tokens: Mapping[str, Ids]

    @property
    def size(self) -> int:
        """Tokens in all windows, special ones included."""
        return sum(len(w.ids) for w in self.windows)

    @property
    def longest(self) -> int:
        """Tokens in the longest window."""
        return max(len(w.ids) for w in self.windows)


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What tuning gives: the source with new weights, and `weight` (K, dim), `bias` (K,) of every head.

    Heads of texts read the mean of the states at length 1, those of tokens the states.
    """

    source: Source
    heads: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


class Dropout(nn.Module):  # type: ignore[misc]
    """Dropout by random bytes: several times as fast on a CPU as the one of torch."""

    def __init__(self, share: float, seed: int) -> None:
        super().__init__()
        self.cut = round(share * 256)
        self.random = np.random.Generator(np.random.SFC64(seed))

    def forward(self, states: Tensor) -> Tensor:
        """Drop and scale up what stays, while training."""
        if not self.training or not self.cut:
            return states
        drawn = torch.frombuffer(bytearray(self.random.bytes(states.numel())), dtype=torch.uint8)
        kept = (drawn >= self.cut).to(states.dtype).mul_(256 / (256 - self.cut))
        return states * kept.reshape(states.shape)


class Reader(nn.Module):  # type: ignore[misc]
    """Linear heads over standardised inputs, so that they learn as fast as the encoder does.

    The states of an encoder share most of their direction; what tells texts apart is small beside it.
    """

    def __init__(self, tasks: Mapping[str, int], dim: int) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({name: nn.Linear(dim, size) for name, size in tasks.items()})
        self.mean, self.scale = torch.zeros(dim), torch.ones(dim)
        for head in self.heads.values():
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def fit(self, inputs: Tensor) -> None:
        """Standardise by the mean and deviation of inputs (n, dim)."""
        self.mean, self.scale = inputs.mean(dim=0), inputs.std(dim=0) + 1e-4

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """Scores (n, K) by task."""
        ready = (inputs - self.mean) / self.scale
        return {name: head(ready) for name, head in self.heads.items()}

    def plain(self, weight: Tensor, bias: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weight and bias of a head over inputs that are not standardised."""
        weight = weight / self.scale
        return _array(weight), _array(bias - weight @ self.mean)


class Network(nn.Module):  # type: ignore[misc]
    """The encoder with its heads. `texts` and `tokens` map tasks to their numbers of classes."""

    def __init__(
        self,
        source: Source,
        texts: Mapping[str, int],
        tokens: Mapping[str, int],
        config: TuneConfig,
        seed: int,
    ) -> None:
        super().__init__()
        self.bert = bert(
            source,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",  # twice as fast backwards in bfloat16
        ).to(_precision())
        for number, layer in enumerate(self.bert.encoder.layer):
            layer.attention.output.dropout = Dropout(config.drop, seed + 2 * number)
            layer.output.dropout = Dropout(config.drop, seed + 2 * number + 1)
        for part in (self.bert.embeddings, *self.bert.encoder.layer[: config.frozen]):
            part.requires_grad_(False)
        self.middle = source.shape.middle
        self.texts, self.tokens = (Reader(tasks, source.shape.hidden) for tasks in (texts, tokens))

    def states(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The pooled states of the last layer (texts, dim) and those of the middle one (tokens, dim)."""
        out = self.bert(input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=True)
        last, middle = (
            out.hidden_states[layer].flatten(0, 1)[batch.inner].float() for layer in (-1, self.middle)
        )
        total = torch.zeros(batch.texts, last.shape[-1]).index_add_(0, batch.owner, last)
        return F.normalize(total, dim=-1), middle

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Scores by task: (texts, K) of whole texts, (tokens, K) of tokens."""
        pooled, states = self.states(batch)
        return {**self.texts(pooled), **self.tokens(states)}


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Padded windows (w, n), where the texts' own tokens lie in them, and which text each belongs to."""

    ids: Tensor
    mask: Tensor
    inner: Tensor
    owner: Tensor
    texts: int

    @classmethod
    def of(cls, examples: Sequence[Example], unknown: int, drop: float, rng: np.random.Generator) -> Batch:
        """Pad and join; a share `drop` of the tokens becomes `unknown`."""
        windows = [(number, window) for number, e in enumerate(examples) for window in e.windows]
        width = -(-max(len(window.ids) for _, window in windows) // _STEP) * _STEP
        ids = np.zeros((len(windows), width), dtype=np.int64)
        mask = np.zeros((len(windows), width), dtype=np.int64)
        inner: list[Ids] = []
        owner: list[Ids] = []
        for row, (number, window) in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
            mask[row, : len(window.ids)] = 1
            inner.append(row * width + np.arange(window.inner.start, window.inner.stop))
            owner.append(np.full(len(inner[-1]), number))
        own = np.concatenate(inner)
        ids.reshape(-1)[own[rng.random(len(own)) < drop]] = unknown
        parts = [torch.from_numpy(array) for array in (ids, mask, own, np.concatenate(owner))]
        return cls(parts[0], parts[1], parts[2], parts[3], len(examples))


def tune(  # noqa: PLR0913 - what a run is made of
    source: Source,
    examples: Sequence[Example],
    texts: Mapping[str, int],
    tokens: Mapping[str, int],
    config: TuneConfig,
    seed: int,
    *,
    say: Say,
    kept: Path,
) -> Tuned:
    """Tune `source` on the examples; `texts` and `tokens` give every task's number of classes.

    A run that was stopped goes on where the file `kept` says that it stood; the caller removes it when all is kept.
    """
    _keep_memory()
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network(source, texts, tokens, config, seed)
    unknown = int(source.tokenizer.token_to_id("<unk>") or 0)
    _standardise(network, [examples[i] for i in rng.permutation(len(examples))[:_SAMPLE]], rng)
    network.train()
    schedule = [list(batches(examples, config, seed + epoch)) for epoch in range(config.epochs)]
    ends = np.cumsum([len(epoch) for epoch in schedule]).tolist()
    optimiser = Optimiser(network, config, ends[-1])
    progress = Progress(
        kept, optimiser, [rng, *(m.random for m in network.modules() if isinstance(m, Dropout))]
    )
    losses = progress.resume()
    for chosen in [batch for epoch in schedule for batch in epoch][len(losses) :]:
        batch = Batch.of([examples[i] for i in chosen], unknown, config.word_drop, rng)
        loss = _loss(network(batch), [examples[i] for i in chosen], config)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        progress.keep(losses)
        if len(losses) in ends:
            number = ends.index(len(losses))
            mean = np.mean(losses[-len(schedule[number]) :])
            say(f"  epoch {number + 1} of {config.epochs}: loss {mean:.3f}")
    return _tuned(network, optimiser, source)


@torch.no_grad()  # type: ignore[untyped-decorator]
def _standardise(network: Network, examples: Sequence[Example], rng: np.random.Generator) -> None:
    network.eval()
    parts = [
        network.states(Batch.of(examples[start : start + _SMALL], 0, 0.0, rng))
        for start in range(0, len(examples), _SMALL)
    ]
    network.texts.fit(torch.cat([pooled for pooled, _ in parts]))
    network.tokens.fit(torch.cat([states for _, states in parts]))


def batches(examples: Sequence[Example], config: TuneConfig, seed: int) -> Iterator[list[int]]:
    """Numbers of the examples by batch: shuffled, then joined with others of about their length."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible shuffle, not a secret
    order = sorted(range(len(examples)), key=lambda i: examples[i].longest * rng.uniform(0.9, 1.1))
    found: list[list[int]] = []
    batch: list[int] = []
    for i in order:
        full = sum(examples[j].size for j in batch) + examples[i].size > config.batch_tokens
        if batch and (full or len(batch) == config.batch_texts):
            found.append(batch)
            batch = []
        batch.append(i)
    found += [batch] if batch else []
    rng.shuffle(found)
    return iter(found)


def _loss(scores: Mapping[str, Tensor], examples: Sequence[Example], config: TuneConfig) -> Tensor:
    total = torch.zeros(())
    for name, score in scores.items():
        if len(score) != len(examples):
            parts = [e.tokens.get(name) for e in examples]
            unknown = (np.full(_own(e), IGNORED) for e in examples)
            filled = [u if p is None else p for p, u in zip(parts, unknown, strict=True)]
            label, smoothing = torch.from_numpy(np.concatenate(filled)), 0.0
        else:
            label, smoothing = torch.tensor([e.text.get(name, IGNORED) for e in examples]), config.smoothing
        total = total + _cross_entropy(score, label, config.weights[name], smoothing)
    return total


def _own(example: Example) -> int:
    return sum(len(w.spans) for w in example.windows)


def _cross_entropy(score: Tensor, label: Tensor, weight: float, smoothing: float) -> Tensor:
    if not weight or not bool((label != IGNORED).any()):
        return torch.zeros(())
    return weight * F.cross_entropy(score.float(), label, ignore_index=IGNORED, label_smoothing=smoothing)


class Optimiser:
    """AdamW (Loshchilov and Hutter 2019) over float32 copies of the network's weights."""

    def __init__(self, network: Network, config: TuneConfig, steps: int) -> None:
        encoder = [p for p in network.bert.parameters() if p.requires_grad]
        heads = [*network.texts.parameters(), *network.tokens.parameters()]
        self.weights = [*encoder, *heads]
        self.copies = [nn.Parameter(p.detach().float().clone()) for p in self.weights]
        groups = [
            {"params": self.copies[: len(encoder)], "lr": config.rate},
            {"params": self.copies[len(encoder) :], "lr": config.head_rate},
        ]
        self.adam = torch.optim.AdamW(groups, weight_decay=config.decay)
        first = max(1, round(config.warmup * steps))

        def share(step: int) -> float:
            return min((step + 1) / first, max(0.0, (steps - step) / max(1, steps - first)))

        self.rate = torch.optim.lr_scheduler.LambdaLR(self.adam, share)

    def step(self) -> None:
        """One step along the gradients, which are cleared. Raises `RuntimeError` where one is not finite."""
        for weight, copy in zip(self.weights, self.copies, strict=True):
            copy.grad = None if weight.grad is None else weight.grad.float()
            weight.grad = None
        nn.utils.clip_grad_norm_(self.copies, 1.0, error_if_nonfinite=True)
        self.adam.step()
        self.rate.step()
        with torch.no_grad():
            for weight, copy in zip(self.weights, self.copies, strict=True):
                weight.copy_(copy)


def _precision() -> torch.dtype:
    supported = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if supported else torch.float32


def _keep_memory() -> None:
    """Tell glibc to keep freed memory: giving it back after each operation costs half of the time."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _tuned(network: Network, optimiser: Optimiser, source: Source) -> Tuned:
    exact = {id(w): copy for w, copy in zip(optimiser.weights, optimiser.copies, strict=True)}
    moved = {name: exact[id(p)] for name, p in network.bert.named_parameters() if id(p) in exact}
    tensors = {**source.tensors, **{name: _array(tensor) for name, tensor in moved.items()}}
    heads = {
        name: reader.plain(exact[id(head.weight)].detach(), exact[id(head.bias)].detach())
        for reader in (network.texts, network.tokens)
        for name, head in reader.heads.items()
    }
    return Tuned(replace(source, tensors=tensors), heads)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().numpy(), dtype=np.float32)
