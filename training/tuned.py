"""Tuned encoders, one a fold and one on everything, kept on disk between runs; and what they say of texts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training import reference
from training.encoder import Source, write_folder
from training.heads import known_labels
from training.tune import Example, Say, TuneConfig, tune
from triage.bundle import hash_file
from triage.classify import Floats, pooled
from triage.encoder import OnnxEncoder
from triage.taxonomy import Taxonomy
from triage.text import Reading
from triage.token_heads import TASKS, TokenHeads, TokenScores

TEXT_HEADS, REFERENCE = "text_heads.npz", "reference"
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TunedEncoder:
    """An encoder as it will run, with its heads over texts (`weight` (K, dim), `bias` (K,)) and over tokens."""

    folder: Path
    encoder: OnnxEncoder
    texts: dict[str, tuple[Floats, Floats]]
    tokens: TokenHeads

    @classmethod
    def load(cls, folder: Path) -> TunedEncoder:
        """Read what `Tuner` keeps."""
        with np.load(folder / TEXT_HEADS, allow_pickle=False) as arrays:
            names = [name.removesuffix(".weight") for name in arrays.files if name.endswith(".weight")]
            texts = {name: (arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in names}
        return cls(folder, OnnxEncoder.load(folder / "encoder"), texts, TokenHeads.load(folder))

    def scores(self, task: str, vectors: Floats) -> Floats:
        """Scores (n, K) of a task over texts from their pooled states (n, dim) of length 1."""
        weight, bias = self.texts[task]
        return np.asarray(vectors @ weight.T + bias, dtype=np.float32)

    def read(self, readings: Sequence[Reading], cache: Path) -> Seen:
        """What this encoder says of every reading; a text is encoded once and kept in `cache`."""
        kept = cache / hash_file(self.folder / "encoder" / "encoder.onnx")[:16]
        kept.mkdir(parents=True, exist_ok=True)
        pairs = [self._read(reading.text, kept) for reading in readings]
        return Seen(np.stack([vector for vector, _ in pairs]), [tokens for _, tokens in pairs])

    def _read(self, text: str, kept: Path) -> tuple[Floats, TokenScores]:
        path = kept / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"
        if not path.exists():
            encoding = self.encoder.encode(text)
            tokens = self.tokens.read(encoding)
            scores = {task: getattr(tokens, task).astype(np.float16) for task in TASKS}
            np.savez(path, allow_pickle=False, vector=pooled(encoding), spans=tokens.spans, **scores)
        with np.load(path, allow_pickle=False) as arrays:
            scores = {task: arrays[task].astype(np.float32) for task in TASKS}
            return arrays["vector"], TokenScores(arrays["spans"], **scores)


@dataclass(frozen=True)
class Seen:
    """Pooled states (n, dim) of texts and the scores of their tokens."""

    vectors: Floats
    tokens: list[TokenScores]


@dataclass(frozen=True)
class Tuner:
    """Tunes `source` on parts of the examples; what was tuned once with the same data is read from `cache`."""

    source: Source
    examples: Sequence[Example]
    taxonomy: Taxonomy
    config: TuneConfig
    seed: int
    cache: Path

    def tuned(self, parts: Mapping[str, Rows], say: Say) -> list[TunedEncoder]:
        """The encoders tuned on the examples of each part's rows; names are for `say`.

        What is missing is tuned side by side, a process with one thread each: that is faster than one after the
        other with all threads (2 cores: by a tenth to a third), and the bytes do not depend on the cores.
        """
        folders = {name: self.cache / self._key(rows) for name, rows in parts.items()}
        missing = sorted((n for n in parts if not folders[n].exists()), key=lambda n: -len(parts[n]))
        if missing:
            say(f"  tuning {', '.join(missing)}")
            workers = min(len(missing), os.cpu_count() or 1)
            with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
                for done in [pool.submit(self.tune, name, parts[name], folders[name]) for name in missing]:
                    done.result()
        return [TunedEncoder.load(folder) for folder in folders.values()]

    def tune(self, name: str, rows: Rows, folder: Path) -> None:
        """Tune on the examples of `rows` and keep the encoder in `folder`, whole or not at all.

        Where this was begun before and stopped, it goes on from there.
        """
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        kept = folder.with_suffix(".progress")
        self._write(
            rows, part, kept,
            lambda step: print(f"  {name}: {step.strip()}", file=sys.stderr, flush=True),  # noqa: T201
        )  # fmt: skip
        part.rename(folder)
        kept.unlink(missing_ok=True)

    def _write(self, rows: Rows, folder: Path, kept: Path, say: Say) -> None:
        texts = {task: len(labels) for task, labels in known_labels(self.taxonomy).items()}
        tokens = {task: len(labels) for task, labels in TASKS.items()}
        chosen = [self.examples[i] for i in rows]
        tuned = tune(self.source, chosen, texts, tokens, self.config, self.seed, say=say, kept=kept)
        write_folder(tuned.source, folder / "encoder")
        reference.write(tuned.source, folder / REFERENCE)
        TokenHeads({task: tuned.heads[task] for task in TASKS}).save(folder)
        arrays: dict[str, Any] = {}
        for task in texts:
            arrays |= dict(zip((f"{task}.weight", f"{task}.bias"), tuned.heads[task], strict=True))
        np.savez(folder / TEXT_HEADS, allow_pickle=False, **arrays)

    def _key(self, rows: Rows) -> str:
        """A name for what goes in: the data, the configuration and the code that tunes."""
        digest = hashlib.sha256(json.dumps([asdict(self.config), self.seed]).encode())
        digest.update(hash_file(Path(__file__).with_name("tune.py")).encode())
        for name in sorted(self.source.tensors):
            digest.update(self.source.tensors[name].tobytes())
        for i in rows:
            example = self.examples[i]
            digest.update(repr([w.ids for w in example.windows]).encode())
            digest.update(repr(sorted(example.text.items())).encode())
            for task in sorted(example.tokens):
                digest.update(example.tokens[task].tobytes())
        return digest.hexdigest()[:16]
