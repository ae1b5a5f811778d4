"""Speed and memory of the active bundle, as ratios of two sides measured in turn in one run.

Other work on the machine slows both sides of a pair alike, so a ratio holds where milliseconds do not: each is
the median of the ratios of single pairs (ABAB…). Seconds and megabytes are those of this machine.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np

from training.corpus import Paper, load_papers
from triage import batch, registry
from triage.encoder import Encoder, OnnxEncoder
from triage.pipeline import Triager

T = TypeVar("T")
Row = tuple[str, str, str]
Pairs = list[tuple[float, float]]

THREADS = 2
FEWEST, WORDS, MOST = 180, 200, 220
EACH = 4
"""Texts of each kind."""
PASSES, TORCH_PASSES, BATCH_PASSES, STARTS, SUGGESTIONS = 5, 3, 3, 5, 20

_WORD = re.compile(r"\S+")
_MARKED = re.compile("[əƏ]")

# spaCy imports torch where it is installed; who only runs the service has none.
WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
"""
_SUGGEST = "from triage.cli import app; app()"
# Not getrusage: what it gives as the peak counts the process that started this one.
_MEMORY = """
import json, sys
from itertools import pairwise
from pathlib import Path
from triage.pipeline import Triager
triager = Triager.load(Path(sys.argv[1]))
for text in json.load(sys.stdin):
    triager.suggest_text(text, id="bench")
sys.stdout.write(Path("/proc/self/status").read_text())
"""

KINDS: dict[str, Callable[[Paper], bool]] = {
    "Azerbaijani": lambda p: (p.language, p.script) == ("az", "latin") and bool(_MARKED.search(p.text)),
    "Russian": lambda p: p.language == "ru",
    "unmarked": lambda p: (p.language, p.script) == ("az", "latin") and not _MARKED.search(p.text),
    "Cyrillic": lambda p: (p.language, p.script) == ("az", "cyrillic"),
}
"""Papers by how they are written; unmarked is Azerbaijani without its letters."""


def run(models: Path, cache: Path) -> list[Row]:
    """Measure, and return rows of measure, value and goal.

    The torch reference lies in `cache`, where training left it. Raises `BundleError` where there is no active
    bundle, and `subprocess.CalledProcessError` where a fresh process fails.
    """
    began, load = time.perf_counter(), os.getloadavg()[0]
    texts = bench_texts(load_papers(), EACH)
    triager = Triager.load(models, threads=THREADS)
    readings = [triager.bundle.text.read(text).text for text in texts]
    rows = [
        ("texts", f"{len(texts)} of {FEWEST}–{MOST} words, {EACH} each: {', '.join(KINDS)}", ""),
        pipeline_row(triager, texts, readings),
        *batch_rows(models, triager, texts),
        *reference_rows(triager.bundle.encoder, readings, cache / "reference"),
        *cold_start_rows(models, texts[0]),
        *memory_rows(models, texts),
    ]
    took = time.perf_counter() - began
    return [*rows, ("machine", f"{os.cpu_count()} cores, load {load:.1f} before; {took:.0f} s in all", "")]


def bench_texts(papers: Sequence[Paper], each: int) -> list[str]:
    """`each` texts of about `WORDS` words of every kind in `KINDS`."""
    return [text for kind in KINDS.values() for text in sized([p.text for p in papers if kind(p)], each)]


def sized(texts: Sequence[str], count: int) -> list[str]:
    """`count` texts of `FEWEST` to `MOST` words: those that are, then the others joined and cut at `WORDS`.

    Raises `ValueError` where there are too few words.
    """
    fit = [text for text in texts if FEWEST <= len(_WORD.findall(text)) <= MOST]
    joined = "\n\n".join(text for text in texts if text not in fit)
    ends = [0, *(word.end() for word in _WORD.finditer(joined))][::WORDS]
    found = [*fit, *(joined[a:b].lstrip() for a, b in pairwise(ends))][:count]
    if len(found) < count:
        raise ValueError(f"the papers give {len(found)} texts of {WORDS} words, not {count}")
    return found


def in_turn(
    first: Callable[[T], object], second: Callable[[T], object], items: Sequence[T], passes: int
) -> Pairs:
    """Seconds of `first` and of `second` on each item, in turn, `passes` times; one pass before does not count."""
    pairs = [(_seconds(first, i), _seconds(second, i)) for _ in range(passes + 1) for i in items]
    return pairs[len(items) :]


def _seconds(work: Callable[[T], object], item: T) -> float:
    began = time.perf_counter()
    work(item)
    return time.perf_counter() - began


def ratio(pairs: Pairs) -> str:
    """The median of `first / second` over the pairs, its quartiles, and the number of pairs."""
    ratios = [a / b for a, b in pairs]
    low, high = np.percentile(ratios, (25, 75))
    return f"{median(ratios):.2f} ({low:.2f}–{high:.2f}, {len(pairs)} pairs)"


def _ms(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.0f} ms"


def pipeline_row(triager: Triager, texts: Sequence[str], readings: Sequence[str]) -> Row:
    """The whole pipeline on a text against the encoder on what the pipeline gives it of that text."""
    pairs = in_turn(
        lambda i: triager.suggest_text(texts[i], id="bench"),
        lambda i: triager.bundle.encoder.encode(readings[i]),
        range(len(texts)),
        PASSES,
    )
    whole, encoder = zip(*pairs, strict=True)
    value = f"{ratio(pairs)}; {_ms(whole)} against {_ms(encoder)}, {THREADS} threads"
    return ("pipeline / encoder alone", value, "at most 1.3")


def batch_rows(models: Path, triager: Triager, texts: Sequence[str]) -> list[Row]:
    """`triage batch` (2 workers of 1 thread) against one document after the other (2 threads)."""
    folder, _ = registry.active(models)
    encoder = OnnxEncoder.load(folder / "encoder", threads=1)
    worker = Triager(replace(triager.bundle, encoder=encoder))
    lines = b"".join(json.dumps({"id": str(i), "text": t}).encode() + b"\n" for i, t in enumerate(texts))
    pairs = in_turn(
        lambda _: [triager.suggest_text(text, id="bench") for text in texts],
        lambda _: list(batch.run(worker, io.BytesIO(lines), base=folder, workers=THREADS)),
        range(1),
        BATCH_PASSES,
    )
    alone, together = (len(texts) / median(side) for side in zip(*pairs, strict=True))
    return [
        ("one by one / batch, time", ratio(pairs), ""),
        ("documents a second", f"{alone:.1f} one by one, {together:.1f} in a batch", ""),
    ]


def reference_rows(encoder: Encoder, readings: Sequence[str], folder: Path) -> list[Row]:
    """The encoder in torch (float32), as training left it in `folder`, against the bundle's (ONNX, 8 bits)."""
    names = ("torch / ONNX int8, time", "cosine of the two")
    if not folder.exists():
        return [(name, "not measured: `make train` makes what to compare with", "") for name in names]
    import torch  # noqa: PLC0415 - a second of import that nothing before needs

    from training.reference import open_model  # noqa: PLC0415 - see above

    torch.set_num_threads(THREADS)
    model = open_model(folder)

    def by_torch(text: str) -> Any:
        return model.encode(text, show_progress_bar=False)

    pairs = in_turn(by_torch, encoder.encode, readings, TORCH_PASSES)
    slow, fast = zip(*pairs, strict=True)
    cosines = [float(by_torch(text) @ encoder.encode(text).vector) for text in readings]
    value = f"{ratio(pairs)}; {_ms(slow)} against {_ms(fast)}, {THREADS} threads"
    return [
        (names[0], value, "at least 1.7"),
        (names[1], f"mean {np.mean(cosines):.4f}, least {min(cosines):.4f}", "mean at least 0.98"),
    ]


def cold_start_rows(models: Path, text: str) -> list[Row]:
    """Seconds from the start to the end of a fresh `triage suggest` of one plain text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.txt"
        path.write_text(text, encoding="utf-8")
        options = ("suggest", str(path), "--json", "--models", str(models))
        pairs = in_turn(
            lambda _: fresh(WITHOUT_TORCH + _SUGGEST, *options),
            lambda _: fresh(_SUGGEST, *options),
            range(1),
            STARTS,
        )
    without, beside = zip(*pairs, strict=True)
    return [
        (f"cold start, {name}", f"{median(side):.2f} s (least {min(side):.2f}, {STARTS} starts)", goal)
        for name, side, goal in (
            ("as installed to run", without, "under 3 s"),
            ("torch beside it", beside, ""),
        )
    ]


def memory_rows(models: Path, texts: Sequence[str]) -> list[Row]:
    """Resident memory of a fresh process after `SUGGESTIONS` suggestions; needs Linux's /proc."""
    given = json.dumps([texts[i % len(texts)] for i in range(SUGGESTIONS)])
    if not Path("/proc/self/status").exists():
        return [("resident memory", "not measured: there is no /proc here", "under 700 MB")]
    rows = []
    for name, prelude, goal in (
        ("as installed to run", WITHOUT_TORCH, "under 700 MB"),
        ("torch beside it", "", ""),
    ):
        status = fresh(prelude + _MEMORY, str(models), given=given)
        now, peak = (megabytes(status, key) for key in ("VmRSS", "VmHWM"))
        value = f"{now:.0f} MB after {SUGGESTIONS} suggestions, {peak:.0f} MB at most"
        rows.append((f"resident memory, {name}", value, goal))
    return rows


def fresh(code: str, *arguments: str, given: str = "") -> str:
    """Standard output of `code` in a new interpreter, with `arguments` and `given` as standard input.

    Raises `subprocess.CalledProcessError` where it ends with another code than 0.
    """
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def megabytes(status: str, key: str) -> float:
    """A size in MB (10^6 bytes) from the text of /proc/PID/status (proc(5)), which gives units of 1024 bytes."""
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{key}:"))
    return int(kilobytes) * 1024 / 1e6
