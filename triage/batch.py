"""Many documents: a line in, a line out, in order, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Any

from triage.documents import Limits, from_text, read_file
from triage.errors import InputLineError, TriageError
from triage.pipeline import Triager
from triage.schema import to_dict, to_json

WINDOW = 64
"""Lines held at once. Within a window the longest go first, so that no worker is left with one at the end."""
MAX_LINE = 64 * 2**20
"""Bytes of one line; a longer one is answered with an error and skipped."""


def run(
    triager: Triager, lines: IO[bytes], *, base: Path, workers: int = 2, limits: Limits | None = None
) -> Iterator[tuple[dict[str, Any], int]]:
    """For each line its result (a suggestion or an error, never an exception) and the bytes read so far.

    `base` is the folder that relative paths start from. Documents run on `workers` threads: the encoder and
    the recogniser release Python's lock.
    """
    limits = limits or Limits()
    source = _numbered(lines)
    with ThreadPoolExecutor(workers) as pool:
        while window := list(islice(source, WINDOW)):
            jobs = {
                number: pool.submit(_one, triager, line, number, base, limits)
                for number, line, _ in sorted(window, key=lambda item: -len(item[1]))
            }
            for number, _, read in window:
                yield jobs[number].result(), read


def _numbered(lines: IO[bytes]) -> Iterator[tuple[int, bytes, int]]:
    number = read = 0
    while line := lines.readline(MAX_LINE + 1):
        number += 1
        read += len(line)
        rest = line
        while not rest.endswith(b"\n") and (rest := lines.readline(MAX_LINE)):
            read += len(rest)
        if line.strip():
            yield number, line, read


def _one(triager: Triager, line: bytes, number: int, base: Path, limits: Limits) -> dict[str, Any]:
    row: dict[str, Any] = {"id": None}
    try:
        row = _parse(line, number)
        return suggest_row(triager, row, base, limits)
    except TriageError as error:
        return error_row(row["id"], error.code, str(error))
    except (
        Exception
    ) as error:  # one document's fault must not stop the others; the kind is told, never its text
        return error_row(
            row["id"], "internal", f"Line {number}: unexpected {type(error).__name__}; please report it."
        )


def _parse(line: bytes, number: int) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise InputLineError(
            f"Line {number} is longer than {MAX_LINE >> 20} MB: put the text into a file and give its path."
        )
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise InputLineError(f"Line {number} is not valid JSON.") from None
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise InputLineError(f"Line {number} must be a JSON object with a string `id`.")
    return row


def suggest_row(triager: Triager, row: dict[str, Any], base: Path, limits: Limits) -> dict[str, Any]:
    """The suggestion for one parsed line. Raises `InputLineError` or a `DocumentError`."""
    if isinstance(row.get("text"), str):
        return to_dict(triager.suggest(from_text(row["text"], id=row["id"], limits=limits)))
    if isinstance(row.get("path"), str):
        document = read_file(base / row["path"], limits, id=row["id"])
        return to_dict(triager.suggest(document), document)
    raise InputLineError(f"Document {row['id']}: give either `text` or `path`, as a string.")


def error_row(id: str | None, code: str, message: str) -> dict[str, Any]:
    """The line for a document that could not be done."""
    return {"id": id, "error": {"code": code, "message": message}}


Progress = Callable[[int], None]


def run_files(
    triager: Triager, source: Path, target: Path, progress: Progress, *, workers: int = 2
) -> tuple[int, int]:
    """Triage `source` into `target`; returns how many lines were done and how many gave an error.

    Written beside the target as `.part` and renamed at the end, so that a target that stands is whole.
    Raises `TriageError` subclasses of `DocumentError` only for the two files themselves.
    """
    done = failed = 0
    part = target.with_name(target.name + ".part")
    with source.open("rb") as lines, part.open("w", encoding="utf-8") as out:
        for row, read in run(triager, lines, base=source.parent, workers=workers):
            done, failed = done + 1, failed + ("error" in row)
            out.write(to_json(row) + "\n")
            progress(read)
    part.replace(target)
    return done, failed
