"""Designs side by side: each learns type and subject without a fold and is asked about that fold's papers."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training import metrics
from training.baselines import Attention, Classifier, Keywords, Linear, Majority, Static, subwords, tfidf
from training.encoder import source_from_config
from training.fitting import score_held_out
from training.heads import fit_mixture, known_labels
from training.reference import bert
from training.train import Learned, Prepared
from training.tuned import Rows
from triage.classify import Counted, Floats, pooled, softmax
from triage.encoder import OnnxEncoder, Window

FIELDS = ("document_type", "subject")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_SENTENCES, _SHORT = 40, 30  # sentences read of a text; shorter ones (characters) join the one before
_TIMED = 40  # papers by which speed is measured
_FIRST_STAGE = 0.97  # P(department) from which the first stage of a cascade decides

Say = Callable[[str], None]


@dataclass(frozen=True)
class Design:
    """One row: calibrated scores (papers, K) by field of the held-out papers, seconds a paper, bytes."""

    name: str
    scores: dict[str, Floats]
    seconds: float
    size: int


@dataclass(frozen=True)
class Inputs:
    """The texts as one kind of classifier wants them: `all` of them, and `of` a new text."""

    all: Sequence[Any] | Floats
    of: Callable[[str], Any]
    size: int = 0

    def take(self, rows: Rows) -> Any:
        """The inputs of some texts."""
        chosen = [self.all[i] for i in rows]
        return np.stack(chosen) if isinstance(self.all, np.ndarray) else chosen


def designs(prepared: Prepared, learned: Learned, say: Say) -> list[Design]:
    """All that is compared, the shipped design last."""
    labels, texts = known_labels(prepared.taxonomy), [r.text for r in prepared.readings]
    plain = Inputs(texts, lambda text: text)
    rows = [
        _cross(prepared, learned, "majority", plain, lambda _: Majority()),
        _cross(prepared, learned, "keyword rules", plain, lambda name: Keywords(labels[name])),
        _cross(prepared, learned, "TF-IDF, linear", plain, lambda _: tfidf()),
        _cross(prepared, learned, "subword n-grams (fastText-like), linear", plain, lambda _: subwords()),
    ]
    say("  static encoder")
    rows.append(
        _cross(prepared, learned, "static encoder (model2vec-like), linear", static(prepared), _linear)
    )
    say("  frozen encoder")
    frozen = OnnxEncoder.load(prepared.cache / "untuned")
    whole, parts = frozen_inputs(frozen, texts, prepared.cache / "encodings" / "untuned")
    rows.append(_cross(prepared, learned, "frozen encoder, linear", whole, _linear))
    rows.append(
        _cross(prepared, learned, "frozen encoder, attention over sentences", parts, lambda _: Attention())
    )
    say("  n-grams and tuned encoder")
    return [*rows, *_ours(prepared, learned, rows[-2])]


def _linear(_: str) -> Classifier:
    return Linear(strength=0.05)


def _cross(
    prepared: Prepared, learned: Learned, name: str, inputs: Inputs, make: Callable[[str], Classifier]
) -> Design:
    """Fit a classifier without each fold for both fields; statements tell subjects, papers types too."""
    held_out, texts = learned.held_out, prepared.texts
    scores, seconds, size = {}, 0.0, inputs.size
    for task in FIELDS:
        labels = list(known_labels(prepared.taxonomy)[task])
        wanted = np.array([labels.index(label) for label in texts.labels(task)])
        known = np.arange(len(texts.items)) < (texts.papers if task == "document_type" else len(texts.items))
        found = np.zeros((len(held_out.rows), len(labels)), np.float32)
        for number in range(len(held_out.encoders)):
            rows = np.flatnonzero(known & (held_out.fold != number))
            model = make(task)
            model.fit(inputs.take(rows), wanted[rows], len(labels))
            here = learned.fold == number
            found[here] = model.scores(inputs.take(held_out.rows[here]))
        scores[task] = _calibrated(found, wanted[held_out.rows], learned.part)
        seconds += _seconds(model, inputs, [texts.items[i].text for i in held_out.rows[:_TIMED]])
        size += model.size()
    # The inputs are made once for both fields.
    return Design(name, scores, seconds - _making(inputs, texts.items[0].text), size)


def _calibrated(scores: Floats, truth: Rows, fold: NDArray[np.int64]) -> Floats:
    """Temperature scaling, fitted on the other parts."""
    return _joined(scores, np.zeros_like(scores), truth, fold)


def _seconds(model: Classifier, inputs: Inputs, texts: Sequence[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        made = inputs.of(text)
        model.scores(made[None] if isinstance(inputs.all, np.ndarray) else [made])
    return (time.perf_counter() - began) / len(texts)


def _making(inputs: Inputs, text: str) -> float:
    began = time.perf_counter()
    inputs.of(text)
    return time.perf_counter() - began


def _ours(prepared: Prepared, learned: Learned, frozen: Design) -> list[Design]:
    """What the run itself learned: n-grams alone, with the frozen encoder, the tuned states alone, and both."""
    held_out, ngrams = learned.held_out, learned.heads.ngrams
    labels = prepared.texts.labels
    truth = {
        name: np.array(
            [list(known_labels(prepared.taxonomy)[name]).index(labels(name)[i]) for i in held_out.rows]
        )
        for name in FIELDS
    }
    texts = [prepared.readings[i] for i in held_out.rows[:_TIMED]]
    began = time.perf_counter()
    for reading in texts:
        Counted.of(reading)
    counting = (time.perf_counter() - began) / len(texts)
    began = time.perf_counter()
    for reading in texts:
        pooled(learned.final.encoder.encode(reading.text))
    encoding = (time.perf_counter() - began) / len(texts)
    heads = sum(getattr(learned.heads.final, name).sparse.nbytes for name in FIELDS)
    size = _folder_size(learned.final.folder / "encoder")

    def calibrated(kind: dict[str, Floats]) -> dict[str, Floats]:
        return {name: _calibrated(kind[name], truth[name], learned.part) for name in FIELDS}

    joined = {name: _joined(frozen.scores[name], ngrams[name], truth[name], learned.part) for name in FIELDS}
    both = {name: learned.heads.scores[name] for name in FIELDS}
    return [
        Design("n-grams, form and signals, ridge", calibrated(ngrams), counting, heads),
        Design("frozen encoder + n-grams", joined, counting + encoding, size + heads),
        Design("tuned encoder alone", calibrated(held_out.states), encoding, size),
        Design("**tuned encoder + n-grams** (shipped)", both, counting + encoding, size + heads),
    ]


def _joined(first: Floats, second: Floats, truth: Rows, fold: NDArray[np.int64]) -> Floats:
    """Two kinds of scores added with the weights that fit the other parts best."""
    out = np.zeros_like(first)
    for number in np.unique(fold):
        others = fold != number
        mixture = fit_mixture(first[others], second[others], truth[others])
        out[fold == number] = mixture.scores(first[fold == number], second[fold == number])
    return out


def static(prepared: Prepared) -> Inputs:
    """Vectors of all texts by a static encoder, distilled from the one that is tuned."""
    encoder = OnnxEncoder.load(prepared.cache / "untuned")
    ids = [_pieces(encoder, reading.text) for reading in prepared.readings]
    counts = np.bincount(np.concatenate([np.array(i, dtype=np.int64) for i in ids if i]))
    kept = prepared.cache / "encodings" / "static.npz"
    used = np.flatnonzero(counts)
    if not kept.exists() or np.load(kept)["used"].tolist() != used.tolist():
        np.savez(kept, allow_pickle=False, used=used, vectors=_alone(prepared, encoder.windows("")[0], used))
    vectors = np.zeros((len(counts), encoder.dim), np.float32)
    vectors[used] = np.load(kept)["vectors"]
    model = Static.distil(vectors, counts)

    def of(text: str) -> Floats:
        known = [i for i in _pieces(encoder, text) if i < len(counts)]
        return np.asarray(model.vectors([known])[0], dtype=np.float32)

    return Inputs(model.vectors(ids), of, model.table.nbytes)


@torch.no_grad()  # type: ignore[untyped-decorator]
def _alone(prepared: Prepared, frame: Window, pieces: Rows) -> Floats:
    """Mean states (n, dim) of single pieces, each between the prefix and the end that `frame` consists of."""
    _, source = source_from_config(prepared.config.beside("encoder"))
    model = bert(source).eval()
    before, after = frame.ids[: frame.inner.start], frame.ids[frame.inner.stop :]
    ids = torch.tensor([[*before, int(piece), *after] for piece in pieces])
    parts = [model(input_ids=part).last_hidden_state.mean(dim=1) for part in ids.split(512)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def _pieces(encoder: OnnxEncoder, text: str) -> list[int]:
    return [i for window in encoder.windows(text) for i in window.ids[window.inner]]


def frozen_inputs(encoder: OnnxEncoder, texts: Sequence[str], cache: Path) -> tuple[Inputs, Inputs]:
    """Vectors (n, dim) of all texts, and those of their sentences, by an encoder that was not tuned."""
    cache.mkdir(parents=True, exist_ok=True)

    def whole(text: str) -> Floats:
        return encoder.encode(text).vector

    def parts(text: str) -> Floats:
        return np.stack([encoder.encode(sentence).vector for sentence in sentences(text)])

    def kept(text: str) -> tuple[Floats, Floats]:
        path = cache / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.npz"
        if not path.exists():
            np.savez(path, allow_pickle=False, whole=whole(text), parts=parts(text))
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["whole"], arrays["parts"]

    pairs = [kept(text) for text in texts]
    size = _folder_size(cache.parent.parent / "untuned")
    return (
        Inputs(np.stack([vector for vector, _ in pairs]), whole, size),
        Inputs([sentence for _, sentence in pairs], parts, size),
    )


def sentences(text: str) -> list[str]:
    """The first and last sentences of a text, at most `_SENTENCES`; short ones join the one before."""
    found: list[str] = []
    for part in _SENTENCE.split(text.strip()):
        if found and (len(part) < _SHORT or len(found[-1]) < _SHORT):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    half = _SENTENCES // 2
    return found if len(found) <= _SENTENCES else [*found[:half], *found[-half:]]


def cascade(first: Design, full: Design, prepared: Prepared, learned: Learned) -> tuple[Design, float]:
    """`first` where it is sure of the department, `full` elsewhere; and the share of papers that `first` decides."""
    sure = np.array([
        s.departments.get(s.route, 0.0) >= _FIRST_STAGE
        for s in score_held_out(first.scores, learned.papers, learned.territory.held_out, prepared.taxonomy)
    ])  # fmt: skip
    scores = {name: np.where(sure[:, None], first.scores[name], full.scores[name]) for name in FIELDS}
    share = float(sure.mean())
    name = f"{first.name}, then the shipped one for {1 - share:.0%}"
    return Design(
        name, scores, first.seconds + (1 - share) * full.seconds, first.size + full.size
    ), share  # fmt: skip


def row(design: Design, prepared: Prepared, learned: Learned) -> list[str]:
    """The table's row: subject (top 1, macro-F1, calibration error), type, department, automation, speed, size."""
    papers, taxonomy = learned.papers, prepared.taxonomy
    subject = softmax(design.scores["subject"])
    said = [taxonomy.subjects[i] for i in subject.argmax(axis=1)]
    types = [taxonomy.document_types[i] for i in design.scores["document_type"].argmax(axis=1)]
    gold = [p.subject for p in papers]
    right = np.array([a == b for a, b in zip(said, gold, strict=True)])
    scored = score_held_out(design.scores, papers, learned.territory.held_out, taxonomy)
    decidable = np.array([not p.needs_person for p in papers])
    routed = np.array([s.route == s.gold for s in scored])
    sure = np.array([s.departments.get(s.route, 0.0) for s in scored])
    wrong = ~routed[decidable]
    return [
        design.name,
        f"{right.mean():.3f}",
        f"{metrics.macro_f1(gold, said):.3f}",
        f"{np.mean([t == p.document_type for t, p in zip(types, papers, strict=True)]):.3f}",
        f"{1 - wrong.mean():.3f}",
        f"{metrics.automation(sure[decidable], wrong, 0.01):.2f}",
        f"{metrics.automation(sure[decidable], wrong, 0.05):.2f}",
        f"{metrics.calibration_error(subject.max(axis=1), right):.3f}",
        f"{design.seconds * 1000:.1f}",
        f"{design.size / 1e6:.1f}",
    ]


def _folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
