"""`make evaluate`: the page docs/evaluation.md with its pictures, from papers that the judges had not seen."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from training import charts, compare
from training.corpus import Paper, read_papers
from training.evaluate import Judged, by_language, by_region, entity_figures, figures, judge
from training.heads import Design, fit, known_labels
from training.train import Learned, Prepared, RunConfig, judge_held_out, learn, prepare
from triage.classify import Counted, pooled
from triage.encoder import OnnxEncoder
from triage.pipeline import Triager
from triage.types import Suggestion

PAGE, PICTURES = "evaluation.md", "evaluation"
_SHARES, _DRAWS = (0.25, 0.5, 0.75, 1.0), 3
Say = Callable[[str], None]
Row = Sequence[str]

BARS: dict[str, str] = {
    "department (decidable)": "0.95",
    "subject": "0.93",
    "subject top 3": "0.98",
    "subject macro-F1": "0.91",
    "document_type": "0.92",
    "territory": "0.95",
    "immediate recall": "0.95",
    "immediate precision": "0.80",
    "language": "0.99",
    "script": "0.99",
    "wrong among routed": "≤ 0.01",
    "routed, of the decidable": "0.75",
    "routed, of those that need a person": "≤ 0.05",
    "candidates hold the department": "0.95",
    "candidates, mean size": "≤ 1.5",
    "subject calibration error": "≤ 0.04",
    "entity F1 all": "0.90",
    "role F1 all": "0.80",
}
"""What the project asks of itself."""


@dataclass(frozen=True)
class Outside:
    """Where data lie that the project does not hold; None, or absent: the page says that it was not measured."""

    sample: Path | None = None
    sib200: Path | None = None


def write(config: RunConfig, cache: Path, models: Path, docs: Path, outside: Outside, say: Say) -> Path:
    """Measure and write the page; what was tuned before is read from `cache`. Returns the page."""
    made = cache / "evaluated"
    made.mkdir(parents=True, exist_ok=True)
    prepared = prepare(config, cache, made, say)
    learned = learn(prepared, say)
    say("judging held-out papers by whole pipelines")
    judged, threshold = judge_held_out(prepared, learned)
    say("comparing designs")
    compared = compare.designs(prepared, learned, say)
    say("learning curve")
    sizes, curve = learning_curve(prepared, learned)
    folder = docs / PICTURES
    _draw(folder, judged, threshold)
    charts.learning_curve(folder / "learning-curve.svg", sizes, curve)
    run = config.data
    parts = [
        _head(run["name"], run["version"], prepared, learned),
        _main(judged, _sample(outside.sample, models, say)),
        _pictures(),
        _groups("By language and script", by_language(judged)),
        _groups("By region", by_region(judged, prepared.taxonomy)),
        _errors(judged),
        _designs(compared, prepared, learned),
        _curve(sizes, curve),
        _sib200(outside.sib200, cache / "untuned", learned),
    ]
    page = docs / PAGE
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return page


def learning_curve(prepared: Prepared, learned: Learned) -> tuple[charts.Counts, charts.Floats]:
    """Mean numbers of papers (shares,) and subject accuracy (shares, draws) of the n-gram head on held-out papers.

    Families are left out at random. The encoder is not tuned again for every size: that would take hours.
    """
    run, texts, held_out = prepared.config, prepared.texts, learned.held_out
    config, labels = run.heads()["subject"], known_labels(prepared.taxonomy)["subject"]
    wanted, weights = texts.labels("subject"), texts.weights("subject", config)
    design = Design.of([Counted.of(reading) for reading in prepared.readings], config)
    families = np.unique([item.family for item in texts.items], return_inverse=True)[1]
    sizes, accuracy = np.zeros((len(_SHARES), _DRAWS)), np.zeros((len(_SHARES), _DRAWS))
    for draw in range(_DRAWS):
        kept = np.random.default_rng(draw).random(families.max() + 1)[families]
        for at, share in enumerate(_SHARES):
            hits = 0
            for number in range(len(held_out.encoders)):
                rows = np.flatnonzero((held_out.fold != number) & (kept < share))
                here = held_out.rows[learned.fold == number]
                scores = fit(design, rows, wanted, labels, weights, config.ridge).scores(design, here)
                hits += sum(labels[k] == wanted[i] for k, i in zip(scores.argmax(axis=1), here, strict=True))
                sizes[at, draw] += (rows < texts.papers).sum() / len(held_out.encoders)
            accuracy[at, draw] = hits / len(held_out.rows)
    return sizes.mean(axis=1).astype(np.int64), accuracy


def sib200(encoder: OnnxEncoder, folder: Path, language: str) -> float:
    """Accuracy on the Azerbaijani test part of a linear head learned on the training part in `language`."""
    parts = {}
    for name in (f"{language}.train", "azj_Latn.test"):
        with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        parts[name] = (
            np.stack([pooled(encoder.encode(r["text"])) for r in rows]),
            [r["category"] for r in rows],
        )
    head = LogisticRegression(C=100, max_iter=2000).fit(*parts[f"{language}.train"])
    return float(head.score(*parts["azj_Latn.test"]))


def _draw(folder: Path, judged: Judged, threshold: float) -> None:
    pairs = list(zip(judged.papers, judged.suggestions, judged.departments, strict=True))
    decidable = [(p, s, d) for p, s, d in pairs if not p.needs_person]
    confidence = np.array([s.confidence for _, s, _ in decidable])
    wrong = np.array([s.route.department != d for _, s, d in decidable])
    charts.risk_coverage(folder / "risk-coverage.svg", confidence, wrong, threshold)
    kinds = {
        name: (
            np.array([getattr(s, name).probability for _, s, _ in pairs]),
            np.array([getattr(s, name).label == getattr(p, name) for p, s, _ in pairs]),
        )
        for name in ("subject", "document_type")
    }
    charts.reliability(folder / "reliability.svg", kinds)
    for name in ("subject", "document_type"):
        gold = [getattr(p, name) for p in judged.papers]
        said = [getattr(s, name).label for s in judged.suggestions]
        labels = sorted({*gold, *said})
        charts.confusion(folder / f"confusion-{name.replace('_', '-')}.svg", labels, gold, said)


def _sample(path: Path | None, models: Path, say: Say) -> dict[str, tuple[float, float, float]]:
    if path is None or not path.exists():
        return {}
    say("judging the kept-back papers by the active bundle")
    judged = judge(Triager.load(models), read_papers(path))
    return figures(judged) | entity_figures(judged)


def _head(name: str, version: str, prepared: Prepared, learned: Learned) -> str:
    statements = len(prepared.texts.items) - prepared.texts.papers
    return "\n".join([
        f"# Evaluation of {name}/{version}",
        "",
        "Written by `make evaluate`; do not edit. Papers are invented (see `training/corpus/README.md`).",
        "",
        f"The corpus has {prepared.texts.papers} papers and {statements} statements. Author groups are dealt into "
        f"{prepared.config.data['folds']} folds, of which {prepared.config.data['held_out']} held out in turn: "
        f"{len(learned.papers)} papers, each judged by a whole pipeline (encoder, heads, taggers, places, thresholds) "
        "that saw nothing of its author group. The weights that join the heads and the text models are shared. "
        "Held-out papers are harder than an office's everyday: a third were written to be difficult. Intervals are "
        "95 % bootstrap intervals unless they are called exact.",
    ])  # fmt: skip


def _main(judged: Judged, sample: dict[str, tuple[float, float, float]]) -> str:
    rows = figures(judged) | entity_figures(judged)
    table = [
        [name, BARS.get(name, ""), _figure(row), _figure(sample[name]) if name in sample else "–"]
        for name, row in rows.items()
    ]
    told = "" if sample else "\n\nThe kept-back papers were not there: their column is empty."
    head = ["figure", "bar", f"held-out papers ({len(judged.papers)})", "kept-back papers"]
    return "## Figures\n\n" + _table(head, table) + told


def _figure(row: tuple[float, float, float]) -> str:
    return "–" if np.isnan(row[0]) else f"{row[0]:.3f} ({row[1]:.3f}–{row[2]:.3f})"


def _pictures() -> str:
    shown = {
        "risk-coverage": "Wrong departments among the decidable papers that would be routed, surest first",
        "reliability": "Said and true probability of the best label",
        "confusion-subject": "Subjects: label by what was said",
        "confusion-document-type": "Document types: label by what was said",
    }
    return "## Pictures\n\n" + "\n\n".join(
        f"### {title}\n\n![{title}]({PICTURES}/{name}.svg)" for name, title in shown.items()
    )


def _groups(title: str, table: dict[str, dict[str, tuple[float, float, float]]]) -> str:
    names = list(next(iter(table.values())))
    rows = [
        [group, *(_figure(values[n]) if n in values else "–" for n in names)]
        for group, values in table.items()
    ]
    return f"## {title}\n\n" + _table(["papers", *names], rows)


def _errors(judged: Judged) -> str:
    """Papers with a wrong department, by what went wrong first, two examples each."""
    causes: dict[str, list[tuple[Paper, Suggestion, str]]] = {}
    for paper, said, gold in zip(judged.papers, judged.suggestions, judged.departments, strict=True):
        if said.route.department != gold:
            causes.setdefault(_cause(paper, said), []).append((paper, said, gold))
    lines = [f"## Wrong departments by cause ({sum(map(len, causes.values()))} of {len(judged.papers)})", ""]
    for cause, found in sorted(causes.items(), key=lambda row: -len(row[1])):
        routed = sum(s.decision == "route" for _, s, _ in found)
        lines += [f"**{cause}**: {len(found)} papers, {routed} of them routed unread", ""]
        for paper, said, gold in found[:2]:
            excerpt = " ".join(paper.text.split())[:220].replace("|", "/")
            lines.append(
                f"- `{paper.id}` {paper.document_type}, {paper.subject}, {paper.territory} → {gold}; said "
                f"{said.document_type.label}, {said.subject.label} ({said.subject.probability:.2f}), {said.territory} "
                f"→ {said.route.department}. Note of the writer: {paper.hard or 'none'}. “{excerpt}…”"
            )
        lines.append("")
    return "\n".join(lines).rstrip()


def _cause(paper: Paper, said: Suggestion) -> str:
    if said.subject.label == paper.subject:
        same = said.document_type.label == paper.document_type
        return "The place of the facts" if same else "The document type"
    causes = {
        "Another matter of the same paper was taken for the main one": said.subject.label in paper.also,
        "The labels themselves say that a person must decide": paper.needs_person,
        "A short text": len(paper.text.split()) < 40,
        "A neighbouring subject, the right one second or third": paper.subject
        in [label for label, _ in said.subject.ranking[1:3]],
    }
    return next((cause for cause, holds in causes.items() if holds), "A subject far off")


def _designs(compared: list[compare.Design], prepared: Prepared, learned: Learned) -> str:
    by_name = {d.name: d for d in compared}
    first = next(d for name, d in by_name.items() if name.startswith("static"))
    stage, share = compare.cascade(first, compared[-1], prepared, learned)
    head = ["design", "subject", "macro-F1", "type", "department", "automation at 1 %", "at 5 %", "calibration error",
            "ms a paper", "MB"]  # fmt: skip
    rows = [compare.row(design, prepared, learned) for design in [*compared, stage]]
    return (
        "## Designs compared\n\nThe same held-out papers, the same places, every design calibrated on the other parts. "
        "Department and automation are of the decidable papers, by P(department) alone; milliseconds are of one paper "
        "at a time in this run, for classification alone.\n\n"
        + _table(head, rows)
        + f"\n\nA static first stage would decide {share:.0%} of the papers by itself. The token states are needed for "
        "names, roles and places of every paper, so that it would save nothing in the service as it is."
    )


def _curve(sizes: charts.Counts, accuracy: charts.Floats) -> str:
    mean = accuracy.mean(axis=1) * 100
    rows = [[str(n), f"{m:.1f}", f"{a.min() * 100:.1f}–{a.max() * 100:.1f}"]
            for n, m, a in zip(sizes, mean, accuracy, strict=True)]  # fmt: skip
    return (
        "## Learning curve\n\nSubject on held-out papers, by the head over n-grams alone, learned from a random share "
        f"of the families ({_DRAWS} draws). The last quarter of the corpus adds {mean[-1] - mean[-2]:.1f} points.\n\n"
        + _table(["papers", "subject right, %", "least–most"], rows)
        + f"\n\n![Learning curve]({PICTURES}/learning-curve.svg)"
    )


def _sib200(folder: Path | None, untuned: Path, learned: Learned) -> str:
    title = "## SIB-200, an outside check of the encoder\n\n"
    if folder is None or not folder.exists():
        return title + "Not measured: the data were not there."
    encoders = {"before tuning": OnnxEncoder.load(untuned), "tuned": learned.final.encoder}
    languages = {"azj_Latn": "Azerbaijani", "rus_Cyrl": "Russian"}
    rows = [
        [name, *(f"{sib200(encoder, folder, language):.3f}" for language in languages)]
        for name, encoder in encoders.items()
    ]
    return (
        title
        + "Topic of Azerbaijani sentences (204, 7 topics) by a linear head over the mean of the token states.\n\n"
        + _table(["encoder", *(f"learned on {name}" for name in languages.values())], rows)
    )


def _table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
