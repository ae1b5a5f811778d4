"""Text to token states: the `Encoder` protocol and its onnxruntime adapter.

A text is cut into windows that the model can take in one pass, at sentence or line ends where possible, and
each window is run alone: the model's 8-bit activations have one scale a run, so texts run together would
change each other's states. The same text therefore always gives the same states on the same machine,
whatever else is encoded and however many threads run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.errors import BundleMissingError, BundleVersionError

FORMAT = 2
_BLOCK = 32  # weights that share a scale in the embedding table (Q4_0)
_CHARS_PER_TOKEN = 6  # more than any of the four languages needs on average (3 to 5)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\n")
_SENTENCE_END = re.compile(r"[.!?;:…](?=\s)")

States = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the encoder sees in a text; `n` tokens in `w` windows, `d` dimensions.

    `states` (n, d) are token states of the last layer and `middle` (n, d) those of one in the middle, which
    tell more of the single token; `spans` (n, 2) the tokens' offsets in the text, in order and without
    overlap, `windows` (n,) the window of each token. Special tokens and the model's prefix are left out of
    these. `means` (w, d) are the means over all tokens of each window, those included, `sizes` (w,) their
    number, and `vector` (d,) is the text's embedding as the model was trained to give it: the mean over all
    tokens, at unit length. Where a long text was cut, no span lies in what was left out.
    """

    states: States
    middle: States
    spans: NDArray[np.int32]
    windows: NDArray[np.int32]
    means: States
    sizes: NDArray[np.int32]
    vector: States

    def pool(self, start: int, end: int) -> States:
        """The unit-length mean of the states of tokens that touch `text[start:end]`; zeros where none do."""
        touched = (self.spans[:, 0] < end) & (self.spans[:, 1] > start)
        if not touched.any():
            return np.zeros_like(self.vector)
        return unit(self.states[touched].mean(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Token ids of one run, special tokens and prefix included, and the offsets (n, 2) of those within
    `inner`, which are the text's own."""

    ids: tuple[int, ...]
    spans: NDArray[np.int32]
    inner: slice


class Encoder(Protocol):
    """Anything that turns a text into token states. Implementations may be called from several threads."""

    @property
    def dim(self) -> int:
        """The number of dimensions of a state."""
        ...

    def encode(self, text: str) -> Encoding:
        """The states of `text`, which may be any string, the empty one too."""
        ...


def unit(vector: States) -> States:
    """`vector` at length 1; zeros stay zeros."""
    length = np.sqrt(np.sum(vector * vector))
    return vector / length if length > 0 else vector


class OnnxEncoder:
    """The encoder folder of a bundle, run by onnxruntime on the CPU.

    At most `head` windows from the beginning and `tail` from the end of a text are read: a petition opens
    with who and about what, and ends with the request. Time and memory are bounded by that, not by the
    text's length. One instance serves any number of threads (`InferenceSession.run` and `Tokenizer.encode`
    are thread-safe).
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        tokenizer: Tokenizer,
        table: tuple[NDArray[np.uint8], NDArray[np.float16]],
        facts: dict[str, Any],
        limits: tuple[int, int] = (6, 6),
    ) -> None:
        self._session, self._tokenizer = session, tokenizer
        self._codes, self._scales = table
        self._before, self._after = list(facts["before"]), list(facts["after"])
        self._room = facts["max_tokens"] - len(self._before) - len(self._after)
        self._dim: int = facts["dim"]
        self._head, self._tail = limits

    @classmethod
    def load(cls, folder: Path, threads: int = 2, head: int = 6, tail: int = 6) -> Self:
        """Load what `training.encoder` wrote into `folder`.

        Raises `BundleMissingError` where a file is not there and `BundleVersionError` for another format.
        """
        try:
            facts = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            if facts["format"] != FORMAT:
                raise BundleVersionError(f"encoder format {facts['format']}; this version reads {FORMAT}")
            tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
            # Mapped, not read: a text touches a few hundred of the rows.
            codes, scales = (
                np.load(folder / f"embedding_{part}.npy", mmap_mode="r", allow_pickle=False)
                for part in ("codes", "scales")
            )
            graph = (folder / "encoder.onnx").read_bytes()
        except FileNotFoundError as error:
            raise BundleMissingError(f"the encoder lacks {error.filename}") from error
        return cls(_session(graph, threads), tokenizer, (codes, scales), facts, (head, tail))

    @property
    def dim(self) -> int:
        """The number of dimensions of a state."""
        return self._dim

    def encode(self, text: str) -> Encoding:
        """The states of `text`; linear in its length for the part that is read."""
        parts = self.windows(text)
        runs = [self._run(part.ids) for part in parts]
        means = np.stack([last.mean(axis=0) for last, _ in runs])
        sizes = np.array([len(part.ids) for part in parts], dtype=np.int32)
        states, middle = (
            np.concatenate([run[layer][part.inner] for run, part in zip(runs, parts, strict=True)])
            for layer in (0, 1)
        )
        return Encoding(
            states=states,
            middle=middle,
            spans=np.concatenate([part.spans for part in parts]),
            windows=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.spans) for part in parts]),
            means=means,
            sizes=sizes,
            vector=unit((means * (sizes / sizes.sum()).astype(np.float32)[:, None]).sum(axis=0)),
        )

    def windows(self, text: str) -> list[Window]:
        """What is run of `text`, a window a run; one empty window for an empty text."""
        text = _SURROGATE.sub("\ufffd", text)
        parts = [part for start, end in self._segments(text) for part in self._cut(text, start, end)]
        if len(parts) > self._head + self._tail:
            parts = parts[: self._head] + parts[len(parts) - self._tail :]
        return parts

    def _segments(self, text: str) -> list[tuple[int, int]]:
        """The stretches of `text` that are tokenised: all of it, or its head and its tail."""
        head, tail = (n * self._room * _CHARS_PER_TOKEN for n in (self._head, self._tail))
        if len(text) <= head + tail:
            return [(0, len(text))]
        return [(0, head), (len(text) - tail, len(text))]

    def _cut(self, text: str, start: int, end: int) -> list[Window]:
        encoded = self._tokenizer.encode(text[start:end], add_special_tokens=False)
        spans = _without_spaces(text, [(start + a, start + b) for a, b in encoded.offsets])
        before = len(self._before)
        return [
            Window(
                (*self._before, *encoded.ids[a:b], *self._after), spans[a:b], slice(before, before + b - a)
            )
            for a, b in pairwise(_cuts(text, spans, self._room))
        ]

    def _run(self, ids: Sequence[int]) -> tuple[States, States]:
        """States (tokens, d) of the last layer and of the middle one."""
        rows = np.array(ids)
        codes = np.asarray(self._codes[rows])
        nibbles = np.stack([codes & 15, codes >> 4], axis=-1).reshape(len(rows), -1, _BLOCK)
        weights = (nibbles.astype(np.float32) - 8) * self._scales[rows].astype(np.float32)[:, :, None]
        embeddings = weights.reshape(1, -1, self._dim)
        last, middle = self._session.run(["states", "middle"], {"embeddings": embeddings})
        return last[0], middle[0]


def _without_spaces(text: str, offsets: list[tuple[int, int]]) -> NDArray[np.int32]:
    """Spans without the space that a word's first piece carries; a piece of spaces alone becomes empty."""
    starts = [end - len(text[start:end].lstrip()) for start, end in offsets]
    ends = [end for _, end in offsets]
    return np.array([starts, ends], dtype=np.int32).T


def _cuts(text: str, spans: NDArray[np.int32], room: int) -> list[int]:
    """Token indices at which windows of at most `room` tokens begin, and the number of tokens.

    Windows come out about equally long, so that the last one is no stub without context; a cut goes to the
    nearest line end, else the nearest sentence end, within a quarter of a window before or after.
    """
    cuts, total = [0], len(spans)
    while total - cuts[-1] > room:
        left = total - cuts[-1]
        ideal = cuts[-1] + left // -(-left // room)
        last = cuts[-1] + room
        first = max(cuts[-1] + 1, ideal - room // 4)
        cuts.append(_nearest_break(text, spans, ideal, first, min(last, ideal + room // 4)))
    return [*cuts, total]


def _nearest_break(text: str, spans: NDArray[np.int32], ideal: int, first: int, last: int) -> int:
    """The token in `first..last` that begins a line or sentence, nearest to `ideal`; else `ideal`."""
    left, right = int(spans[first, 0]), int(spans[last, 0])
    for pattern in (_LINE_END, _SENTENCE_END):
        ends = np.array([m.end() for m in pattern.finditer(text, left, right)], dtype=np.int32)
        if len(ends):
            tokens = np.clip(np.searchsorted(spans[:, 1], ends, side="right"), first, last)
            return int(tokens[np.abs(tokens - ideal).argmin()])
    return ideal


def _session(graph: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep
    # The arena keeps the largest buffers ever needed and adds to them for every new length.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
