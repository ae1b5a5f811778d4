"""One run, from the repository to a bundle: text models, entities, places, tuned encoder, heads, thresholds."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import publish, reference
from training.calibration import Scored, route_probability
from training.corpus import Paper, load_papers, load_statements
from training.encoder import source_from_config, write_folder
from training.entities import comparable, load_config, train_tagger
from training.evaluate import Judged, cases_of, decide, entity_figures, figures, judge
from training.examples import ExampleMaker
from training.fitting import (
    NO_FOLD,
    FittedHeads,
    HeldOut,
    Texts,
    fit_heads,
    fit_novelty,
    fit_thresholds,
    score_held_out,
)
from training.heads import HeadConfig, known_labels
from training.report import model_card
from training.split import fold_of
from training.territory import Trained, train_territory, write_gazetteer
from training.text import load_others, train_text_models
from training.tune import Say, TuneConfig
from training.tuned import REFERENCE, TunedEncoder, Tuner
from triage.bundle import Bundle, hash_file
from triage.calibrate import Novelty, Thresholds
from triage.classify import Counted
from triage.encoder import OnnxEncoder
from triage.entities.gazetteer import Gazetteer
from triage.entities.pipeline import EntityTagger
from triage.pipeline import Triager
from triage.taxonomy import Taxonomy
from triage.text import Reading, TextModels
from triage.token_heads import TokenScores

_EVERY = 200  # of the statements, one in so many is kept to compare the encoder with its reference


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

    def heads(self) -> dict[str, HeadConfig]:
        """The hyperparameters of the heads."""
        return {name: HeadConfig(**table) for name, table in self.data["heads"].items()}


@dataclass(frozen=True)
class Prepared:
    """What every part of a run reads: the corpus, and all that is shared between folds."""

    config: RunConfig
    taxonomy: Taxonomy
    papers: list[Paper]
    texts: Texts
    models: TextModels
    readings: list[Reading]
    gazetteer: Gazetteer
    cache: Path

    @property
    def read_papers(self) -> list[Reading]:
        """The papers as the models read them."""
        return self.readings[: len(self.papers)]


@dataclass(frozen=True)
class Learned:
    """Everything learned, on all papers and without each fold held out; `papers` are those of these folds, and
    what is told of papers is in their order.

    `part` (papers,) divides them by author group for what is learned from encoders that did not see them (places,
    thresholds): by fold, or one fold in two. `folds` is the fold of each part.
    """

    final: TunedEncoder
    papers: list[Paper]
    held_out: HeldOut
    part: NDArray[np.int64]
    folds: list[int]
    heads: FittedHeads
    territory: Trained
    scored: list[Scored]

    @property
    def fold(self) -> NDArray[np.int64]:
        """The fold of each paper."""
        return self.held_out.fold[self.held_out.rows]


def train(config: RunConfig, cache: Path, models: Path, say: Say, *, activate: bool) -> Path:
    """Make the bundle of a run in `models` and return its folder."""
    run, made = config.data, cache / "made"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    prepared = prepare(config, cache, made, say)
    learned = learn(prepared, say)
    say("entities")
    tagger_of(prepared, range(len(prepared.papers))).save(made / "entities")
    write_parts(prepared, learned, made)
    say("judging every paper by what did not see it")
    judged, routing = judge_held_out(prepared, learned)
    figures = held_out_figures(judged)
    _write_json(made / "metrics.json", figures)
    counts = len(prepared.papers), len(prepared.texts.items) - len(prepared.papers)
    (made / "card.md").write_text(model_card(run, figures, *counts), encoding="utf-8")
    sha256 = publish.write_manifest(
        made, name=run["name"], version=run["version"],
        content={
            "thresholds": {**thresholds(prepared, learned, without=NO_FOLD), "route_probability": routing},
            "training": {
                "seed": run["seed"],
                "papers": counts[0],
                "statements": counts[1],
                "corpus_sha256": publish.hash_texts(i.text for i in prepared.texts.items),
                "config_sha256": hash_file(config.path),
            },
        },
    )  # fmt: skip
    target = models / str(run["name"]) / str(run["version"])
    publish.put_in_place(made, target)
    publish.register(models, name=run["name"], version=run["version"], sha256=sha256, activate=activate)
    return target


def prepare(config: RunConfig, cache: Path, made: Path, say: Say) -> Prepared:
    """Read the corpus, learn the text models and write both and the gazetteer into `made`."""
    taxonomy = _copy_taxonomy(config, made)
    papers, statements = load_papers(), load_statements()
    say("text: language, letters, lexicon")
    train_text_models(papers, statements, load_others(), config.data["seed"]).save(made)
    models = TextModels.load(made)  # as it will run: saving rounds
    texts = Texts((*papers, *statements), len(papers))
    readings = [models.read(item.text) for item in texts.items]
    gazetteer = Gazetteer.load(write_gazetteer(made / "gazetteer.tsv"))
    return Prepared(config, taxonomy, papers, texts, models, readings, gazetteer, cache)


def learn(prepared: Prepared, say: Say) -> Learned:
    """Tune the encoders, then fit what reads them."""
    texts = prepared.texts
    say("encoder: tuning")
    fold = np.array(fold_of(texts.items, prepared.config.data["folds"], prepared.config.data["seed"]))
    numbers = range(prepared.config.data["held_out"])
    parts = {f"without fold {number + 1}": np.flatnonzero(fold != number) for number in numbers}
    *without, final = _tuner(prepared).tuned({**parts, "on everything": np.arange(len(fold))}, say)
    held_out = hold_out(prepared, fold, without)
    say("places")
    papers = [prepared.papers[i] for i in held_out.rows]
    readings = [prepared.readings[i] for i in held_out.rows]
    part, folds = _parts(papers, fold[held_out.rows], prepared.config.data["seed"])
    territory = train_territory(papers, readings, prepared.gazetteer, held_out.tokens, part.tolist())
    say("heads")
    features = [Counted.of(reading) for reading in prepared.readings]
    settings = prepared.config.heads()
    heads = fit_heads(settings, features, texts, prepared.taxonomy, [*without, final], held_out)
    scored = score_held_out(heads.scores, papers, territory.held_out, prepared.taxonomy)
    return Learned(final, papers, held_out, part, folds, heads, territory, scored)


def _parts(
    papers: Sequence[Paper], fold: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], list[int]]:
    """The part of each paper, and the fold of each part: see `Learned`."""
    folds = sorted({int(f) for f in fold})
    if len(folds) > 1:
        return fold, folds
    return np.array(fold_of(papers, 2, seed)), folds * 2


def write_parts(prepared: Prepared, learned: Learned, made: Path) -> None:
    """Write what was learned on everything."""
    run, final = prepared.config.data, learned.final
    shutil.copytree(final.folder / "encoder", made / "encoder")
    final.tokens.save(made)
    learned.heads.final.save(made / "heads.npz")
    learned.territory.model.save(made / "territory.json")
    seen = final.read(prepared.read_papers, prepared.cache / "encodings")
    fit_novelty(seen.vectors, run["novelty_centroids"], run["seed"]).save(made / "novelty.npy")
    compared = [r.text for r in prepared.readings[len(prepared.papers) :: _EVERY]]
    _keep_reference(final, prepared.cache / "reference", compared, made)


def thresholds(prepared: Prepared, learned: Learned, *, without: int) -> dict[str, float]:
    """The thresholds fitted on the held-out scores of papers, but those of one part."""
    at = prepared.taxonomy.urgencies.index("immediate")
    rows = np.flatnonzero(learned.part != without)
    return fit_thresholds(
        prepared.config.data,
        [learned.scored[i] for i in rows],
        learned.heads.scores["urgency"][rows],
        at,
        [learned.papers[i] for i in rows],
        learned.held_out.similarity[rows],
    )


def tagger_of(prepared: Prepared, rows: Iterable[int]) -> EntityTagger:
    """The entity pipeline learned from the papers of these numbers."""
    config = load_config(prepared.config.beside("entities"))
    return train_tagger([comparable(prepared.papers[i], prepared.readings[i]) for i in rows], config)


def judge_held_out(prepared: Prepared, learned: Learned) -> tuple[Judged, float]:
    """Every held-out paper by a whole pipeline, thresholds too, that saw nothing of its author group; and the
    threshold of routing that all of them give."""
    fold_of_paper = learned.held_out.fold[: len(prepared.papers)]
    taggers = {f: tagger_of(prepared, np.flatnonzero(fold_of_paper != f)) for f in set(learned.folds)}
    parts = []
    for number, fold in enumerate(learned.folds):
        papers = [learned.papers[i] for i in np.flatnonzero(learned.part == number)]
        parts.append(judge(Triager(_bundle(prepared, learned, number, taggers[fold])), papers))
    rates = prepared.config.data["calibration"]

    def threshold(of: Sequence[Judged]) -> float:
        cases = [case for part in of for case in cases_of(part)]
        names = ("automation_error", "unread_error", "automation_doubt", "automation_least")
        return round(route_probability(cases, *(rates[name] for name in names)), 6)

    decided = [decide(part, threshold([p for p in parts if p is not part])) for part in parts]
    return Judged.join(decided), threshold(parts)


def held_out_figures(judged: Judged) -> dict[str, Any]:
    """The figures of the report on held-out papers, each as value and 95 % interval; none of what did not occur."""
    rows = figures(judged) | entity_figures(judged)
    return {name: [round(v, 4) for v in row] for name, row in rows.items() if not np.isnan(row[0])}


def _bundle(prepared: Prepared, learned: Learned, part: int, tagger: EntityTagger) -> Bundle:
    """The bundle learned without one part: its encoder, heads and `tagger` saw nothing of the part's whole fold."""
    held_out, run, fold = learned.held_out, prepared.config.data, learned.folds[part]
    tuned = held_out.encoders[fold]
    return Bundle(
        name=run["name"],
        version=f"{run['version']}-without-{part}",
        sha256="",
        taxonomy=prepared.taxonomy,
        thresholds=Thresholds.parse(thresholds(prepared, learned, without=part)),
        text=prepared.models,
        encoder=tuned.encoder,
        heads=learned.heads.by_fold[fold],
        tokens=tuned.tokens,
        novelty=held_out.novelty[fold],
        tagger=tagger,
        gazetteer=prepared.gazetteer,
        territory=learned.territory.by_fold[part],
    )


def _tuner(prepared: Prepared) -> Tuner:
    config, cache = prepared.config, prepared.cache
    _, source = source_from_config(config.beside("encoder"))
    write_folder(source, cache / "untuned")
    windows = OnnxEncoder.load(cache / "untuned")
    maker = ExampleMaker(windows, prepared.gazetteer, prepared.taxonomy)
    examples = [maker.example(i, r) for i, r in zip(prepared.texts.items, prepared.readings, strict=True)]
    tuning = TuneConfig(**config.data["tuning"])
    return Tuner(source, examples, prepared.taxonomy, tuning, config.data["seed"], cache / "tuned")


def hold_out(prepared: Prepared, fold: NDArray[np.int64], encoders: list[TunedEncoder]) -> HeldOut:
    """Let the papers of the first folds be read by the encoders that were tuned without them."""
    run, cache = prepared.config.data, prepared.cache / "encodings"
    of_papers = fold[: len(prepared.papers)]
    rows = np.flatnonzero(of_papers < len(encoders))
    labels = known_labels(prepared.taxonomy)
    states = {name: np.zeros((len(rows), len(known)), np.float32) for name, known in labels.items()}
    tokens, similarity = [TokenScores.none()] * len(rows), np.zeros(len(rows), dtype=np.float32)
    strangeness = list[Novelty]()
    for number, tuned in enumerate(encoders):
        seen = tuned.read(prepared.read_papers, cache)
        novelty = fit_novelty(seen.vectors[of_papers != number], run["novelty_centroids"], run["seed"])
        here = np.flatnonzero(of_papers[rows] == number)
        for name, scores in states.items():
            scores[here] = tuned.scores(name, seen.vectors[rows[here]])
        for i in here:
            tokens[i], similarity[i] = seen.tokens[rows[i]], novelty.similarity(seen.vectors[rows[i]])
        strangeness.append(novelty)
    return HeldOut(fold, rows, encoders, strangeness, states, tokens, similarity)


def _keep_reference(final: TunedEncoder, folder: Path, texts: Sequence[str], made: Path) -> None:
    """Keep the encoder in float32 beside the bundle, and in it what that says of some texts, to compare with."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(final.folder / REFERENCE, folder)
    vectors = reference.vectors(folder, texts).astype(np.float16)
    np.savez_compressed(made / "reference.npz", allow_pickle=False, texts=np.array(texts), vectors=vectors)


def _copy_taxonomy(config: RunConfig, made: Path) -> Taxonomy:
    text = config.beside("taxonomy").read_text(encoding="utf-8")
    (made / "taxonomy.yaml").write_text(text, encoding="utf-8")
    return Taxonomy.parse(text)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
