"""What the corpus may not hold: wrong marks and labels, names left bare, copies, thin labels.

`check_corpus` reads a folder of papers and statements and says of every fault in which file and paper it
stands and what to do. The rules are those of the labelling guide; limits and floors stand in
`config/corpus.toml`, the labels in `config/taxonomy.yaml`, legal formulas in `config/legal_formulas.txt`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from training.bare import bare_names
from training.corpus import (
    CORPUS_DIR,
    CorpusError,
    Paper,
    Statement,
    paper_files,
    parse_marked,
    read_lines,
    statement_files,
)
from training.counts import CONFIG_DIR, Counts, count
from training.marks import mark_fault
from training.overlap import overlaps, shared_openings
from training.places import contradiction
from triage.taxonomy import Taxonomy
from triage.text.casing import fold

_STATEMENT = ("id", "text", "subject", "also", "urgency", "language", "script")
_PAPER = (
    "id", "family", "marked", "document_type", "subject", "also", "territory", "urgency", "language",
    "script", "needs_person", "hard",
)  # fmt: skip
_CONTEXT = 20  # characters shown on either side of a name left bare
_Item = TypeVar("_Item", Paper, Statement)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong: the file, the id of the paper or statement, what it is, what to do."""

    file: str
    id: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}: {self.id}: {self.what}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the corpus is held to. `overlap` and `opening` are shares in 0..1."""

    overlap: float
    opening: float
    not_names: frozenset[str]
    formulas: tuple[str, ...]
    floors: Counts
    taxonomy: Taxonomy

    @classmethod
    def read(cls, folder: Path) -> Limits:
        """The limits of a configuration folder."""
        config = tomllib.loads((folder / "corpus.toml").read_text(encoding="utf-8"))
        lines = (folder / "legal_formulas.txt").read_text(encoding="utf-8").splitlines()
        return cls(
            overlap=config["overlap"],
            opening=config["opening"],
            not_names=frozenset(config["not_names"]),
            formulas=tuple(line for line in lines if line and not line.startswith("#")),
            floors=config["floors"],
            taxonomy=Taxonomy.parse((folder / "taxonomy.yaml").read_text(encoding="utf-8")),
        )

    def labels(self) -> Mapping[str, frozenset[str | None]]:
        """The labels that each field of a paper may have."""
        taxonomy = self.taxonomy
        return {
            "document_type": frozenset(taxonomy.document_types),
            "subject": frozenset(taxonomy.subjects),
            "urgency": frozenset(taxonomy.urgencies),
            "territory": frozenset([None, *taxonomy.units]),
            "language": frozenset([*taxonomy.languages, "other"]),
            "script": frozenset([*taxonomy.scripts, "other"]),
        }


def check_corpus(folder: Path = CORPUS_DIR, config: Path = CONFIG_DIR) -> list[Fault]:
    """All faults of the corpus in `folder`, in the order of files and ids; none for a sound corpus."""
    limits = Limits.read(config)
    faults: list[Fault] = []
    papers = _read(paper_files(folder), _paper, faults)
    statements = _read(statement_files(folder), _statement, faults)
    items: list[Paper | Statement] = [*papers, *statements]
    for item in items:
        faults += _label_faults(item, limits)
    for paper in papers:
        faults += _text_faults(paper, limits)
    faults += _repeated(items)
    faults += _copied(papers, limits)
    faults += _below_floors(count(papers, statements), limits.floors)
    return sorted(faults)


def _read(
    paths: Iterable[Path],
    make: Callable[[dict[str, Any], str], _Item],
    faults: list[Fault],
) -> list[_Item]:
    """The items that can be read; the lines that cannot are added to `faults`."""
    items: list[_Item] = []
    for path in paths:
        try:
            for row in read_lines(path):
                try:
                    items.append(make(row, path.stem))
                except CorpusError as error:
                    faults.append(Fault(path.name, str(row.get("id")), str(error), "mend the line"))
        except CorpusError as error:
            faults.append(Fault(path.name, "?", str(error), "mend it; lines after it were not read"))
    return items


def _expect(row: dict[str, Any], fields: tuple[str, ...]) -> None:
    if tuple(row) != fields:
        raise CorpusError(f"its fields are {', '.join(row)} and not {', '.join(fields)}")


def _paper(row: dict[str, Any], stem: str) -> Paper:
    _expect(row, _PAPER)
    values = {name: row[name] for name in _PAPER if name not in ("marked", "also")}
    text, entities = parse_marked(row["marked"])
    return Paper(**values, also=tuple(row["also"]), group=stem, text=text, entities=entities)


def _statement(row: dict[str, Any], stem: str) -> Statement:
    _expect(row, _STATEMENT)
    values = {name: row[name] for name in _STATEMENT if name != "also"}
    return Statement(**values, also=tuple(row["also"]), group=stem.removesuffix("_statements"))


def _file(item: Paper | Statement) -> str:
    return f"{item.group}.jsonl" if isinstance(item, Paper) else f"{item.group}_statements.jsonl"


def _label_faults(item: Paper | Statement, limits: Limits) -> Iterator[Fault]:
    for field, known in limits.labels().items():
        label = getattr(item, field, None)
        if label not in known and hasattr(item, field):
            yield Fault(_file(item), item.id, f"{field} is {label!r}", "use an identifier of the taxonomy")
    for label in item.also:
        if label not in limits.taxonomy.subjects or label == item.subject:
            yield Fault(_file(item), item.id, f"also holds {label!r}", "name other subjects of the taxonomy")
    if isinstance(item, Paper) and not isinstance(item.needs_person, bool):
        yield Fault(_file(item), item.id, f"needs_person is {item.needs_person!r}", "write true or false")
    if not item.text.strip():
        yield Fault(_file(item), item.id, "the text is empty", "remove the line")


def _text_faults(paper: Paper, limits: Limits) -> Iterator[Fault]:
    for entity in paper.entities:
        if fault := mark_fault(entity):
            yield Fault(_file(paper), paper.id, *fault)
    for bare in bare_names(paper.text, paper.entities, limits.not_names):
        seen = paper.text[max(0, bare.start - _CONTEXT) : bare.end + _CONTEXT]
        what = f"{bare.entity.label}|{bare.entity.text!r} is bare in {seen!r}"
        yield Fault(_file(paper), paper.id, what, "mark it there too")
    if places := contradiction(paper, limits.taxonomy):
        what = f"territory is {paper.territory}, but the places marked lie in {', '.join(sorted(places))}"
        yield Fault(_file(paper), paper.id, what, "give the unit where the facts happened")


def _repeated(items: list[Paper | Statement]) -> Iterator[Fault]:
    ids: dict[str, str] = {}
    texts: dict[str, str] = {}
    for item in items:
        if first := ids.get(item.id):
            yield Fault(_file(item), item.id, f"the id stands in {first} too", "give it an id of its own")
        ids.setdefault(item.id, _file(item))
        text = " ".join(fold(item.text).split())
        if other := texts.get(text):
            yield Fault(_file(item), item.id, f"the text is that of {other}", "remove one of the two")
        texts.setdefault(text, item.id)


def _copied(papers: list[Paper], limits: Limits) -> Iterator[Fault]:
    for a, b, share in overlaps(papers, limits.formulas, limits.overlap):
        what = f"{share:.0%} of its word sequences stand in {a.id} of {_file(a)} too"
        yield Fault(_file(b), b.id, what, "write it anew, or give both one family")
    for opening, alike in shared_openings(papers, limits.opening):
        what = f"{len(alike)} papers begin with {opening!r}"
        yield Fault(_file(alike[-1]), alike[-1].id, what, "let it begin otherwise")


def _below_floors(counts: Counts, floors: Counts) -> Iterator[Fault]:
    for table, labels in floors.items():
        for label, floor in labels.items():
            found = counts.get(table, {}).get(label, 0)
            if found < floor:
                what = f"{table} {label}: {found}, the floor is {floor}"
                yield Fault("config/corpus.toml", table, what, "write more of them, or lower the floor")
