"""How many papers and statements the corpus holds of each kind: its datasheet and its floors.

`python -m training.counts` writes the tables of the datasheet anew and raises the floors of
`config/corpus.toml` to what the corpus has; floors never fall by this command.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from training.corpus import CORPUS_DIR, Paper, Statement, load_papers, load_statements

CONFIG_DIR = Path(__file__).parent / "config"
Counts = dict[str, dict[str, int]]
"""Counts by table and label."""

_TABLES = re.compile(r"(?<=<!-- counts -->\n).*(?=<!-- /counts -->)", re.DOTALL)
_FLOORS = re.compile(r"^\[floors\.papers\].*", re.DOTALL | re.MULTILINE)
_UNMARKED = 0.005  # share of ə among the letters; it is near 0.09 where people type it and 0 where not
_LENGTHS = ((50, "under 50"), (100, "50-99"), (200, "100-199"), (300, "200-299"), (500, "300-499"))


def spelling(paper: Paper) -> str:
    """The language, and for Azerbaijani the way of writing it: `az-latin`, `az-unmarked`, `az-cyrillic`."""
    if paper.language != "az" or paper.script == "other":
        return paper.language
    if paper.script == "cyrillic":
        return "az-cyrillic"
    letters = sum(c.isalpha() for c in paper.text)
    schwas = sum(c in "əƏ" for c in paper.text)
    return "az-unmarked" if schwas < _UNMARKED * letters else "az-latin"


def length(paper: Paper) -> str:
    """The band of the paper's length in words."""
    words = len(paper.text.split())
    return next((name for limit, name in _LENGTHS if words < limit), "500 and more")


def count(papers: Iterable[Paper], statements: Iterable[Statement]) -> Counts:
    """All tables, labels by falling count."""
    papers, statements = list(papers), list(statements)
    entities = [e for p in papers for e in p.entities]
    tables: dict[str, Iterable[str]] = {
        "papers": ("all" for _ in papers),
        "language": (p.language for p in papers),
        "script": (p.script for p in papers),
        "spelling": map(spelling, papers),
        "document_type": (p.document_type for p in papers),
        "subject": (p.subject for p in papers),
        "urgency": (p.urgency for p in papers),
        "needs_person": ("yes" if p.needs_person else "no" for p in papers),
        "length": map(length, papers),
        "entity": (e.label for e in entities),
        "role": (e.role for e in entities if e.role),
        "territory": (p.territory or "none" for p in papers),
        "hard": ("noted" if p.hard else "not noted" for p in papers),
        "statements": ("all" for _ in statements),
        "statement_subject": (s.subject for s in statements),
        "statement_language": (s.language for s in statements),
        "statement_urgency": (s.urgency for s in statements),
    }
    return {name: _falling(Counter(labels)) for name, labels in tables.items()}


def _falling(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def tables(counts: Counts) -> str:
    """The counts as Markdown, one table of two rows a heading; the units of territory as one line each."""
    parts = []
    for name, labels in counts.items():
        heading = f"### {name.replace('_', ' ').capitalize()}\n\n"
        rows = "".join(f"| {label} | {n} |\n" for label, n in labels.items())
        listed = ", ".join(f"{label} {n}" for label, n in labels.items()) + "\n"
        parts.append(heading + (listed if len(labels) > 30 else "| label | count |\n| --- | ---: |\n" + rows))
    return "\n" + "\n".join(parts) + "\n"


def floors_toml(floors: Mapping[str, Mapping[str, int]]) -> str:
    """The floors as TOML tables `floors.<table>`."""
    return "\n".join(
        f"[floors.{name}]\n" + "".join(f'"{label}" = {n}\n' for label, n in labels.items())
        for name, labels in floors.items()
    )


def main() -> None:
    """Write the datasheet's tables and raise the floors."""
    now = count(load_papers(), load_statements())
    readme = CORPUS_DIR / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(_TABLES.sub(lambda _: tables(now), text), encoding="utf-8")
    config = CONFIG_DIR / "corpus.toml"
    text = config.read_text(encoding="utf-8")
    floors: Counts = tomllib.loads(text)["floors"]
    raised = {
        name: {label: max(floor, now[name].get(label, 0)) for label, floor in (now[name] | old).items()}
        for name, old in floors.items()
    }
    config.write_text(_FLOORS.sub(lambda _: floors_toml(raised), text), encoding="utf-8")


if __name__ == "__main__":
    main()
