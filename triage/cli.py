"""The `triage` command: a thin shell over the library.

Exit codes: 0 all done; 1 at least one document could not be done; 2 wrong usage; 3 the bundle cannot be used.
Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn

from triage import batch as batches
from triage import bundle as bundles
from triage import registry, show
from triage.documents import read_file
from triage.errors import BundleError, TriageError
from triage.messages import LANGUAGES
from triage.pipeline import Triager
from triage.schema import to_dict, to_json
from triage.types import Document, Suggestion

MODELS = Path(__file__).resolve().parents[1] / "models"
SOME_FAILED, USAGE, BUNDLE_FAILED = 1, 2, 3

app = typer.Typer(
    help="Read petitions and case documents, say what each is and where it must go.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
bundle_app = typer.Typer(help="Model bundles.", no_args_is_help=True)
app.add_typer(bundle_app, name="bundle")

PRINTED_WIDTH = 150
"""Columns where the output goes to a file or a pipe, which has no width of its own."""

out = Console(width=None if sys.stdout.isatty() else PRINTED_WIDTH)
err = Console(stderr=True)

Files = Annotated[
    list[Path], typer.Argument(help="Text, PDF, DOCX, e-mail or image; the content decides, not the name.")
]
Models = Annotated[Path, typer.Option("--models", help="Directory with registry.toml and the bundles.")]
Interface = Annotated[str, typer.Option("--lang", help="Language of the output: az, en or ru.")]


@app.command()
def suggest(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a document, a line each.")] = False,
    models: Models = MODELS,
    lang: Interface = "az",
) -> None:
    """Triage files: a table for people, or JSON."""
    lang = _language(lang)
    triager = _load(models)
    results: list[tuple[Path, Document | None, Suggestion | None, TriageError | None]] = []
    for path in files:
        try:
            document = read_file(path)
            suggestion = triager.suggest(document)
        except TriageError as error:
            results.append((path, None, None, error))
            if as_json:
                sys.stdout.write(to_json(batches.error_row(str(path), error.code, str(error))) + "\n")
            continue
        results.append((path, document, suggestion, None))
        if as_json:
            sys.stdout.write(to_json(to_dict(suggestion, document)) + "\n")
    if not as_json:
        out.print(show.table([(p.name, s) for p, _, s, _ in results if s], triager.bundle.taxonomy, lang))
    for path, _, _, failure in results:
        if failure is not None:
            _complain(f"{path}: {failure} [{failure.code}]")
    if any(failure for *_, failure in results):
        raise typer.Exit(SOME_FAILED)


@app.command()
def batch(
    source: Annotated[
        Path, typer.Argument(metavar="IN.jsonl", help="Lines with `id` and `text`, or `id` and `path`.")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT.jsonl", help="A line a document, in the same order.")
    ],
    models: Models = MODELS,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Documents in work at once.")] = 2,
) -> None:
    """Triage many documents, streaming: a line that cannot be done gives an error line and the run goes on."""
    if not source.is_file():
        _stop(f"There is no file {source}.", USAGE)
    triager = _load(models, threads=1)
    with Progress(
        SpinnerColumn(), *Progress.get_default_columns(), console=err, disable=not err.is_terminal
    ) as bar:
        task = bar.add_task(source.name, total=source.stat().st_size)
        try:
            done, failed = batches.run_files(
                triager, source, target, lambda read: bar.update(task, completed=read), workers=workers
            )
        except OSError as error:
            _stop(f"{error.filename or target}: {error.strerror}.", USAGE)
    err.print(f"{done} documents, {failed} errors -> {target}", highlight=False, markup=False)
    if failed:
        raise typer.Exit(SOME_FAILED)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="The document to explain.")],
    models: Models = MODELS,
    lang: Interface = "az",
    svg: Annotated[Path | None, typer.Option(help="Also write the picture to this SVG file.")] = None,
) -> None:
    """Show one document with its entities and evidence coloured, probabilities as bars, and the rule."""
    lang = _language(lang)
    triager = _load(models)
    try:
        document = read_file(file)
        suggestion = triager.suggest(document)
    except TriageError as error:
        _stop(f"{file}: {error} [{error.code}]", SOME_FAILED)
    picture = show.explanation(document, suggestion, triager.bundle.taxonomy, lang)
    out.print(picture)
    if svg is not None:
        svg.write_text(show.as_svg(picture, file.name), encoding="utf-8")


@bundle_app.command("verify")
def bundle_verify(
    folder: Annotated[
        Path | None, typer.Argument(help="A bundle's folder; without it, the active bundle.")
    ] = None,
    models: Models = MODELS,
) -> None:
    """Check every file of a bundle against its manifest, and the manifest against the registry."""
    try:
        expected = None
        if folder is None:
            folder, expected = registry.active(models)
        manifest = bundles.verify(folder)
        sha256 = bundles.hash_file(folder / bundles.MANIFEST)
        if expected not in (None, sha256):
            _stop(f"The manifest of {folder} is not the one that the registry names.", BUNDLE_FAILED)
    except BundleError as error:
        _stop(str(error), BUNDLE_FAILED)
    out.print(
        f"{manifest['name']}/{manifest['version']}: {len(manifest['files'])} files as the manifest says, {sha256}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _load(models: Path, threads: int = 2) -> Triager:
    try:
        return Triager.load(models, threads=threads)
    except BundleError as error:
        _stop(str(error), BUNDLE_FAILED)


def _language(lang: str) -> str:
    if lang not in LANGUAGES:
        _stop(f"--lang takes {', '.join(LANGUAGES)}, not {lang}.", USAGE)
    return lang


def _complain(message: str) -> None:
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def _stop(message: str, code: int) -> NoReturn:
    _complain(message)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
