"""One run, from the repository to a bundle: text models, encoder, entities, territory, heads, thresholds."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from training import calibration, publish
from training.corpus import Paper, Statement, load_papers, load_statements
from training.encoder import write_from_config
from training.entities import comparable, load_config, train_tagger
from training.features import Corpus, build, hash_texts
from training.heads import Design, HeadConfig, fit, fit_temperature
from training.report import cross_fitted_figures, model_card, policy_figures
from training.split import fold_of
from training.territory import train_territory, write_gazetteer
from training.text import load_others, train_text_models
from triage.bundle import hash_file
from triage.calibrate import Novelty, Thresholds
from triage.classify import Floats, Head, Heads, softmax
from triage.encoder import OnnxEncoder
from triage.entities.gazetteer import Gazetteer
from triage.routing import Router
from triage.taxonomy import Taxonomy
from triage.text import TextModels

Item = Paper | Statement
Say = Callable[[str], None]


@dataclass(frozen=True)
class RunConfig:
    """One run's file: names, seed, folds and hyperparameters."""

    path: Path
    data: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> RunConfig:
        """Read a run from TOML."""
        return cls(path, tomllib.loads(path.read_text(encoding="utf-8")))

    def beside(self, key: str) -> Path:
        """The path of another file that the run names."""
        return self.path.parent / str(self.data[key])

    def head(self, name: str) -> HeadConfig:
        """The hyperparameters of one head."""
        table: dict[str, Any] = self.data["heads"][name]
        return HeadConfig(**table)


@dataclass(frozen=True)
class Texts:
    """What the heads learn from: papers first, then statements; `weights` and labels by head."""

    items: tuple[Item, ...]
    papers: int

    def labels(self, name: str) -> list[str]:
        """Labels of a head; statements have no document type and take part with weight 0."""
        return [getattr(item, name, "other_document") for item in self.items]

    def weights(self, name: str, config: HeadConfig) -> Floats:
        """A text's weight by its kind and by how common its label is among the papers, shape (n,)."""
        labels = self.labels(name)
        counts = Counter(labels[: self.papers])
        common = self.papers / len(counts)
        balance = [(common / max(counts[label], 1)) ** config.balance for label in labels]
        weights = np.array(balance, dtype=np.float32)
        weights[self.papers :] *= config.statement_weight
        return weights


def train(config: RunConfig, cache: Path, models: Path, say: Say, *, activate: bool) -> Path:
    """Make the bundle of a run in `models` and return its folder."""
    run, made = config.data, cache / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    taxonomy = _copy_taxonomy(config, made)
    papers, statements = load_papers(), load_statements()
    texts = Texts((*papers, *statements), len(papers))

    say("text: language, letters, lexicon")
    train_text_models(papers, statements, load_others(), run["seed"]).save(made)
    text_models = TextModels.load(made)  # as it will run: saving rounds
    say("encoder")
    write_from_config(config.beside("encoder"), made / "encoder")
    encoder = OnnxEncoder.load(made / "encoder")
    say("entities")
    tagger = train_tagger(
        [comparable(p, text_models) for p in papers], load_config(config.beside("entities"))
    )
    tagger.save(made / "entities")
    say("places")
    gazetteer = Gazetteer.load(write_gazetteer(made / "gazetteer.tsv"))
    territory = train_territory(papers, text_models, gazetteer)
    territory.model.save(made / "territory.json")
    say("encoding the corpus")
    key = hash_file(made / "encoder" / "encoder.onnx")
    corpus = build([i.text for i in texts.items], text_models, encoder, cache / "encodings", key)
    say("heads and thresholds")
    fold = np.array(fold_of(texts.items, run["folds"], run["seed"]))
    heads, held_out = fit_heads(config, corpus, texts, taxonomy, fold)
    heads.save(made / "heads.npz")
    novelty = fit_novelty(corpus.vectors, run["novelty_centroids"], run["seed"])
    novelty.save(made / "novelty.npy")
    scored = score_held_out(heads, held_out, papers, territory.held_out, taxonomy)
    similarities = held_out_similarity(corpus.vectors, fold, run)[: len(papers)]
    thresholds = fit_thresholds(run, scored, held_out["urgency"], heads.urgency, papers, similarities)
    figures = {
        "cross-fitted": cross_fitted_figures(heads, held_out, papers, scored, territory.held_out),
        "policy": policy_figures(run["calibration"], scored, fold[: len(papers)]),
    }
    _write_json(made / "metrics.json", figures)
    (made / "card.md").write_text(model_card(run, figures, len(papers), len(statements)), encoding="utf-8")
    sha256 = publish.write_manifest(
        made, name=run["name"], version=run["version"],
        content={
            "thresholds": thresholds,
            "training": {
                "seed": run["seed"],
                "papers": len(papers),
                "statements": len(statements),
                "corpus_sha256": hash_texts(i.text for i in texts.items),
                "config_sha256": hash_file(config.path),
            },
        },
    )  # fmt: skip
    target = models / str(run["name"]) / str(run["version"])
    publish.put_in_place(made, target)
    publish.register(models, name=run["name"], version=run["version"], sha256=sha256, activate=activate)
    return target


def fit_heads(
    config: RunConfig, corpus: Corpus, texts: Texts, taxonomy: Taxonomy, fold: NDArray[np.int64]
) -> tuple[Heads, dict[str, Floats]]:
    """The three heads on everything, with temperatures fitted on cross-fitted scores of the papers.

    Also gives those scores by head, shape (papers, K): each paper's from a head that saw no text of its fold.
    """
    known = {
        "document_type": taxonomy.document_types,
        "subject": taxonomy.subjects,
        "urgency": taxonomy.urgencies,
    }
    fitted: dict[str, Head] = {}
    held_out: dict[str, Floats] = {}
    for name, labels in known.items():
        settings = config.head(name)
        design = Design.of(corpus.features, settings)
        held_out[name] = cross_fit(design, texts, name, labels, settings, fold)
        every, wanted = np.arange(len(texts.items)), texts.labels(name)
        dual = fit(design, every, wanted, labels, texts.weights(name, settings), settings.ridge)
        truth = np.array([labels.index(label) for label in wanted[: texts.papers]])
        temperature = fit_temperature(held_out[name], truth)
        fitted[name] = replace(dual.head(design, labels), temperature=temperature)
    return Heads(**fitted), held_out


def cross_fit(
    design: Design,
    texts: Texts,
    name: str,
    labels: Sequence[str],
    config: HeadConfig,
    fold: NDArray[np.int64],
) -> Floats:
    """Scores (papers, K) of every paper by a head fitted without its fold."""
    result = np.zeros((texts.papers, len(labels)), dtype=np.float32)
    wanted, weights = texts.labels(name), texts.weights(name, config)
    for number in range(int(fold.max()) + 1):
        dual = fit(design, np.flatnonzero(fold != number), wanted, labels, weights, config.ridge)
        rows = np.flatnonzero(fold[: texts.papers] == number)
        result[rows] = dual.scores(design, rows)
    return result


def fit_novelty(vectors: Floats, centroids: int, seed: int) -> Novelty:
    """K-means centroids of the training vectors, rows of length 1."""
    means = KMeans(centroids, random_state=seed, n_init=1).fit(vectors).cluster_centers_
    return Novelty((means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32))


def held_out_similarity(vectors: Floats, fold: NDArray[np.int64], run: dict[str, Any]) -> Floats:
    """Each text's similarity to the centroids of the other folds, shape (n,)."""
    result = np.zeros(len(vectors), dtype=np.float32)
    for number in range(int(fold.max()) + 1):
        novelty = fit_novelty(vectors[fold != number], run["novelty_centroids"], run["seed"])
        rows = np.flatnonzero(fold == number)
        result[rows] = [novelty.similarity(vector) for vector in vectors[rows]]
    return result


def score_held_out(
    heads: Heads,
    held_out: dict[str, Floats],
    papers: Sequence[Paper],
    places: Sequence[list[tuple[str | None, float]]],
    taxonomy: Taxonomy,
) -> list[calibration.Scored]:
    """Department probabilities of every paper from cross-fitted heads and places."""
    router = Router(taxonomy)
    types = softmax(held_out["document_type"] / heads.document_type.temperature)
    subjects = softmax(held_out["subject"] / heads.subject.temperature)
    return [
        calibration.score_departments(
            router, _ranked(heads.document_type.labels, types[i]), _ranked(heads.subject.labels, subjects[i]),
            places[i], router.route(p.document_type, p.subject, p.territory).department, p.needs_person,
        )
        for i, p in enumerate(papers)
    ]  # fmt: skip


def _ranked(labels: Sequence[str], probabilities: Floats) -> list[tuple[str, float]]:
    order = np.argsort(-probabilities, kind="stable")
    return [(labels[k], float(probabilities[k])) for k in order]


def fit_thresholds(
    run: dict[str, Any],
    scored: list[calibration.Scored],
    urgency: Floats,
    head: Head,
    papers: Sequence[Paper],
    similarities: Floats,
) -> dict[str, float]:
    """All thresholds of the manifest; checked by parsing them."""
    rates, limits = run["calibration"], run["limits"]
    at = head.labels.index("immediate")
    probability = softmax(urgency / head.temperature)[:, at]
    immediate = np.array([p.urgency == "immediate" for p in papers])
    values = {
        "candidate_error": rates["candidate_error"],
        "candidate_probability": calibration.candidate_probability(scored, rates["candidate_error"]),
        "automation_error": rates["automation_error"],
        "route_probability": calibration.route_probability(
            scored, rates["automation_error"], rates["automation_doubt"]
        ),
        "novelty_similarity": calibration.novelty_similarity(similarities, rates["novelty_error"]),
        "immediate_probability": calibration.immediate_probability(
            probability, immediate, rates["immediate_beta"]
        ),
        **limits,
    }
    Thresholds.parse(values)
    return {name: round(float(value), 6) for name, value in values.items()}


def _copy_taxonomy(config: RunConfig, made: Path) -> Taxonomy:
    text = config.beside("taxonomy").read_text(encoding="utf-8")
    (made / "taxonomy.yaml").write_text(text, encoding="utf-8")
    return Taxonomy.parse(text)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
