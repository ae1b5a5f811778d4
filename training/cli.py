"""`python -m training`: a thin shell over the runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from training.corpus import CORPUS_DIR, CorpusError, load_papers, read_papers

ROOT = Path(__file__).resolve().parents[1]
MODELS, CACHE = ROOT / "models", ROOT / ".cache"

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
corpus_app = typer.Typer(help="The written corpus.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
out, err = Console(), Console(stderr=True)


@corpus_app.command("check")
def corpus_check(folder: Annotated[Path, typer.Argument(help="The corpus folder.")] = CORPUS_DIR) -> None:
    """Refuse invalid marks and labels, copies, bare names, contradictions, and counts under the floor."""
    from training.check import check_corpus

    faults = check_corpus(folder)
    for fault in faults:
        err.print(str(fault), markup=False, highlight=False, soft_wrap=True)
    if faults:
        err.print(f"{len(faults)} faults", style="red")
        raise typer.Exit(1)
    out.print(f"{len(load_papers(folder))} papers without a fault", highlight=False)


@corpus_app.command("plain")
def corpus_plain(
    source: Annotated[Path, typer.Argument(help="Labelled papers in marked form, JSON Lines.")],
) -> None:
    """Print papers as `triage batch` takes them: lines with `id` and `text`, marks taken off."""
    for paper in _read(source):
        sys.stdout.write(json.dumps({"id": paper.id, "text": paper.text}, ensure_ascii=False) + "\n")


@app.command()
def train(
    config: Annotated[Path, typer.Option(help="The run's file.")],
    models: Annotated[Path, typer.Option(help="Where bundles and the registry are.")] = MODELS,
    activate: Annotated[bool, typer.Option(help="Enter the bundle as the active one.")] = True,
) -> None:
    """Make a bundle from the repository alone."""
    from training.train import RunConfig
    from training.train import train as run

    folder = run(
        RunConfig.read(config), CACHE, models, lambda step: err.print(f"… {step}"), activate=activate
    )
    out.print(f"{folder}", highlight=False)


@app.command()
def evaluate(
    gold: Annotated[Path | None, typer.Option(help="Labelled papers in marked form, JSON Lines.")] = None,
    models: Annotated[Path, typer.Option(help="Where the active bundle is.")] = MODELS,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Measure the active bundle on labelled papers; without any, show its own cross-fitted figures."""
    from training.evaluate import by_language, entity_figures, figures, judge
    from triage import registry
    from triage.pipeline import Triager

    if gold is None:
        folder, _ = registry.active(models)
        out.print_json((folder / "metrics.json").read_text(encoding="utf-8"))
        return
    judged = judge(Triager.load(models), _read(gold))
    rows = figures(judged) | entity_figures(judged)
    languages = by_language(judged)
    if as_json:
        sys.stdout.write(json.dumps({"figures": rows, "languages": languages}, ensure_ascii=False) + "\n")
        return
    table = Table("figure", "value", "95 % interval", title=f"{gold.name}: {len(judged.papers)} papers")
    for name, (value, low, high) in rows.items():
        table.add_row(name, f"{value:.3f}", f"{low:.3f}–{high:.3f}")
    out.print(table)
    split = Table("language", *next(iter(languages.values())), title="By language")
    for name, values in languages.items():
        split.add_row(name, *(f"{value:.2f} ({low:.2f}–{high:.2f})" for value, low, high in values.values()))
    out.print(split)


@app.command()
def report(
    config: Annotated[Path, typer.Option(help="The run's file.")],
    docs: Annotated[Path, typer.Option(help="Where the page and its pictures go.")] = ROOT / "docs",
    models: Annotated[Path, typer.Option(help="Where the active bundle is.")] = MODELS,
    sample: Annotated[Path | None, typer.Option(help="Labelled papers kept back from everything.")] = None,
    sib200: Annotated[Path | None, typer.Option(help="The folder of SIB-200.")] = None,
) -> None:
    """Write docs/evaluation.md: figures, pictures, errors and other designs, on papers held out of training."""
    from training.evaluation import Outside, write
    from training.train import RunConfig

    say = lambda step: err.print(f"… {step}")  # noqa: E731
    out.print(
        f"{write(RunConfig.read(config), CACHE, models, docs, Outside(sample, sib200), say)}", highlight=False
    )


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Measure speed and memory of the active bundle, as ratios in one run."""
    from training.bench import run

    rows = run(MODELS, CACHE)
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    table = Table("measure", "value", "goal")
    for name, value, goal in rows:
        table.add_row(name, value, goal)
    out.print(table)


def _read(path: Path) -> list:  # type: ignore[type-arg]
    try:
        return read_papers(path)
    except (OSError, CorpusError, KeyError) as error:
        err.print(f"{path}: {error}", style="red", markup=False)
        raise typer.Exit(2) from None
