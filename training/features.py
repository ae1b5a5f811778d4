"""Texts as the heads see them; encodings are kept on disk between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from triage.classify import Features, Floats, featurise
from triage.encoder import Encoder, Encoding
from triage.signals import urgency_signals
from triage.text import Reading, TextModels


@dataclass(frozen=True)
class Corpus:
    """Readings and features in one order; `vectors` are the pooled encodings (n, dim)."""

    readings: tuple[Reading, ...]
    features: tuple[Features, ...]
    vectors: Floats


def build(texts: Sequence[str], models: TextModels, encoder: Encoder, cache: Path, key: str) -> Corpus:
    """Read, encode and featurise every text. `key` names the encoder's state in the `cache` folder."""
    readings = tuple(models.read(text) for text in texts)
    features = tuple(_light(r, encoder, cache / key[:16]) for r in readings)
    return Corpus(readings, features, np.stack([f.dense[: encoder.dim] for f in features]))


def _light(reading: Reading, encoder: Encoder, cache: Path) -> Features:
    """Features without the token states, which for a whole corpus would fill the memory."""
    path = cache / f"{hashlib.sha256(reading.text.encode()).hexdigest()[:32]}.npy"
    signals = tuple(urgency_signals(reading.folded))
    empty = _empty(encoder.dim)
    if path.exists():
        features = featurise(reading, empty, signals)
        dense = np.concatenate([np.load(path), features.dense[2 * encoder.dim :]])
        return replace(features, dense=dense)
    features = featurise(reading, encoder.encode(reading.text), signals)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(path, features.dense[: 2 * encoder.dim])
    return replace(features, encoding=empty)


def _empty(dim: int) -> Encoding:
    states, none = np.zeros((0, dim), dtype=np.float32), np.zeros(0, dtype=np.int32)
    return Encoding(states, none.reshape(0, 2), none, states, none, np.zeros(dim, dtype=np.float32))


def hash_texts(texts: Iterable[str]) -> str:
    """One SHA-256 over many texts, for the manifest."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()
