"""Linear heads over the encoding, hashed n-grams and the paper's form.

Each head is one multinomial logistic model, so the score of a label is a sum over token states, n-grams and
form features, and what every part of the text added to it can be read off exactly (`Head.contributions`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.encoder import Encoding, unit
from triage.errors import BundleError
from triage.signals import URGENCY_SIGNALS, Signal, urgency_signals
from triage.text import Reading
from triage.text.ngrams import NGrams, char_ngrams, word_ngrams

BITS = 18
CHAR_SIZES = (3, 4, 5, 6)
WORD_SIZES = (1, 2)
STEM = 4
"""Letters of a word that count as its stem: Azerbaijani and Turkish grow at the end of the word."""
FAMILIES = ("char", "word", "stem", "head", "tail")
"""Kinds of n-grams; each is scaled to length 1 and weighted by itself (`Head.family`)."""
ZONE = 300
"""Characters at the start and the end of a paper whose words also count as form (header, signature)."""
PERSON = ("not_needed", "needed")
FORM = ("log_words", "lines", "upper_lines", "digits", "numbered", "short_lines", "pages")

_WRAPPED = re.compile(r"\n(?=[a-zəıöüşçğа-яё])")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Terms:
    """One family's n-grams in a text: distinct places, and 1 + log of how often each occurs.

    `ngrams` keeps where they stand; `term` (n-grams,) is the row of each one's place in `index`.
    """

    index: NDArray[np.int64]
    value: Floats
    ngrams: NGrams
    term: NDArray[np.int32]

    @classmethod
    def of(cls, ngrams: NGrams) -> Terms:
        """Count the n-grams of one family."""
        index, term, counts = np.unique(ngrams.index, return_inverse=True, return_counts=True)
        return cls(index, (1 + np.log(counts)).astype(np.float32), ngrams, term.astype(np.int32))


@dataclass(frozen=True)
class Counted:
    """What the heads see of one paper beside the token states.

    `beside` has shape (form + signals,); `terms` are the n-grams by family, in the order of `FAMILIES`.
    """

    beside: Floats
    terms: tuple[Terms, ...]
    signals: tuple[Signal, ...]

    @classmethod
    def of(cls, reading: Reading, pages: int = 1) -> Counted:
        """Count what stands in one reading."""
        signals = tuple(urgency_signals(reading.folded))
        beside = np.concatenate([form_features(reading.text, pages), _signal_vector(signals)])
        return cls(beside, tuple(Terms.of(ngrams) for ngrams in _families(reading.folded)), signals)


@dataclass(frozen=True)
class Features:
    """What the heads see of one paper: what was counted, its encoding, and the pooled states (dim,) of that."""

    counted: Counted
    encoding: Encoding
    vector: Floats

    @classmethod
    def of(cls, counted: Counted, encoding: Encoding) -> Features:
        """Join the two; the encoding must be of the text that was counted."""
        return cls(counted, encoding, pooled(encoding))

    @property
    def dense(self) -> Floats:
        """Pooled states, form and signals, shape (dim + form + signals,)."""
        return np.concatenate([self.vector, self.counted.beside])


def pooled(encoding: Encoding) -> Floats:
    """Mean of all token states scaled to length 1, shape (dim,); zeros where there is no token."""
    if not len(encoding.states):
        return np.zeros(encoding.states.shape[1], dtype=np.float32)
    return unit(encoding.states.mean(axis=0))


def form_features(text: str, pages: int) -> Floats:
    """Layout in numbers, shape (len(FORM),), each roughly in 0..2.

    Lines that a scan or a PDF broke for want of room count as one.
    """
    lines = [line.strip() for line in _WRAPPED.sub(" ", text).splitlines() if line.strip()]
    count = max(len(lines), 1)
    upper = sum(line.isupper() and len(line) > 4 for line in lines)
    numbered = sum(line[:1].isdigit() and line[1:3].lstrip()[:1] in (".", ")") for line in lines)
    values = (
        np.log1p(len(text.split())) / 4,
        np.log1p(count) / 3,
        np.log1p(upper),
        sum(c.isdigit() for c in text) / max(len(text), 1) * 10,
        np.log1p(numbered),
        sum(len(line) < 40 for line in lines) / count,
        np.log1p(pages - 1),
    )
    return np.array(values, dtype=np.float32)


def _signal_vector(signals: tuple[Signal, ...]) -> Floats:
    kinds = [signal.kind for signal in signals]
    return np.array([np.log1p(kinds.count(kind)) for kind in URGENCY_SIGNALS], dtype=np.float32)


def _families(folded: str) -> list[NGrams]:
    folded = folded.replace("\n", " ")  # where a line ends is the page's doing, not the writer's
    tail = max(0, len(folded) - ZONE)
    last = word_ngrams(folded[tail:], WORD_SIZES, BITS, salt=4)
    return [
        char_ngrams(folded, CHAR_SIZES, BITS),
        word_ngrams(folded, WORD_SIZES, BITS, salt=1),
        word_ngrams(folded, WORD_SIZES, BITS, salt=2, letters=STEM),
        word_ngrams(folded[:ZONE], WORD_SIZES, BITS, salt=3),
        NGrams(last.index, last.start + tail, last.end + tail),
    ]


@dataclass(frozen=True)
class Head:
    """A multinomial logistic model, calibrated.

    Shapes, for K labels, D dense features and 2^BITS n-gram places: `dense` (K, D), `sparse` int8 (2^BITS, K)
    with one `sparse_scale` (K,) a label, `bias` (K,), `mean` and `scale` (D,) of the dense features,
    `idf` (2^BITS,), `family` (len(FAMILIES),). p = softmax(bias + dense z + sparse x), where z is the standardised
    dense vector and x the sum over families of their TF-IDF vectors, each of length `family`.
    """

    labels: tuple[str, ...]
    dense: Floats
    sparse: NDArray[np.int8]
    sparse_scale: Floats
    bias: Floats
    mean: Floats
    scale: Floats
    idf: Floats
    family: Floats

    def scores(self, features: Features) -> Floats:
        """Scores (logits), shape (K,)."""
        ngrams = (
            sum(
                self._weighted(terms, weight) @ self._rows(terms)
                for terms, weight in zip(features.counted.terms, self.family, strict=True)
                if weight
            )
            * self.sparse_scale
        )
        return np.asarray(self.bias + self.dense @ self._standardised(features) + ngrams, dtype=np.float32)

    def probabilities(self, features: Features) -> Floats:
        """Calibrated probabilities, shape (K,), summing to 1."""
        return softmax(self.scores(features))

    def contributions(self, features: Features, label: int, length: int) -> Floats:
        """What each code point of the text added to `label` against the mean of all labels, shape (length,).

        Exact for this model: token states enter by their share of the pooled vector, each n-gram by the
        occurrences of its place, spread evenly over the characters that it covers.
        """
        added = np.zeros(length + 1, dtype=np.float64)
        weights = self.dense[label] - self.dense.mean(axis=0)
        spans, tokens = features.encoding.spans, _token_contributions(features.encoding, weights / self.scale)
        _spread(added, spans[:, 0], spans[:, 1], tokens)
        for terms, weight in zip(features.counted.terms, self.family, strict=True):
            if weight:
                self._add_terms(added, terms, float(weight), label)
        return np.cumsum(added)[:length].astype(np.float32)

    def _add_terms(self, added: NDArray[np.float64], terms: Terms, weight: float, label: int) -> None:
        rows = self._rows(terms) * self.sparse_scale
        gain = (rows[:, label] - rows.mean(axis=1)) * self._weighted(terms, weight)
        each = (gain / np.exp(terms.value - 1))[terms.term]
        _spread(added, terms.ngrams.start, terms.ngrams.end, each)

    def _rows(self, terms: Terms) -> Floats:
        # `take` reads scattered rows of a few bytes three times as fast as an index does.
        return self.sparse.take(terms.index, axis=0).astype(np.float32)

    def _standardised(self, features: Features) -> Floats:
        return np.asarray((features.dense - self.mean) / self.scale, dtype=np.float32)

    def _weighted(self, terms: Terms, weight: float) -> Floats:
        value = terms.value * self.idf[terms.index]
        return np.asarray(value * (weight / max(float(np.linalg.norm(value)), 1e-9)), dtype=np.float32)


def _spread(
    added: NDArray[np.float64],
    starts: NDArray[np.integer],
    ends: NDArray[np.integer],
    values: NDArray[np.floating],
) -> None:
    """Add each value evenly over its span to `added`, which holds differences between neighbours."""
    each = values / np.maximum(ends - starts, 1)
    np.add.at(added, starts, each)
    np.add.at(added, ends, -each)


def _token_contributions(encoding: Encoding, weights: Floats) -> NDArray[np.float64]:
    """What each token added by its share in the mean, shape (tokens,)."""
    states = encoding.states
    if not len(states):
        return np.zeros(0, dtype=np.float64)
    mean = states.mean(axis=0)
    norm = max(float(np.linalg.norm(mean)), 1e-9) * len(states)
    # Centred, so that a token counts by how it differs from the others and not by what all share.
    return np.asarray((states - mean) @ weights[: states.shape[1]] / norm, dtype=np.float64)


def softmax(scores: NDArray[np.floating]) -> Floats:
    """Softmax over the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


_PARTS = ("dense", "sparse", "sparse_scale", "bias", "mean", "scale", "family")


@dataclass(frozen=True)
class Heads:
    """The heads of a bundle; `person` tells whether a person must look first, its labels are `PERSON`."""

    document_type: Head
    subject: Head
    urgency: Head
    person: Head

    NAMES = ("document_type", "subject", "urgency", "person")

    def save(self, path: Path) -> None:
        """Write all arrays to one compressed .npz."""
        arrays: dict[str, Any] = {}
        for name in self.NAMES:
            head: Head = getattr(self, name)
            arrays |= {
                f"{name}.labels": np.array(head.labels),
                f"{name}.idf": head.idf.astype(np.float16),
            }
            for part in _PARTS:
                arrays[f"{name}.{part}"] = getattr(head, part)
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read what `save` wrote. Raises `BundleError` where an array is missing."""
        with np.load(path, allow_pickle=False) as arrays:
            try:
                heads = {name: _load_head(arrays, name) for name in cls.NAMES}
            except KeyError as error:
                raise BundleError(f"{path.name} lacks {error}.") from None
        return cls(**heads)


def _load_head(arrays: np.lib.npyio.NpzFile, name: str) -> Head:
    return Head(
        labels=tuple(str(label) for label in arrays[f"{name}.labels"]),
        idf=arrays[f"{name}.idf"].astype(np.float32),
        **{part: arrays[f"{name}.{part}"] for part in _PARTS},
    )
