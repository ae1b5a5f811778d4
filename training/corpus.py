"""The written corpus: papers with marked entities, and short matter statements.

A marked text carries its entities in the running text as `⟦LABEL|surface⟧` or `⟦LABEL.role|surface⟧`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from triage.types import Entity

CORPUS_DIR = Path(__file__).parent / "corpus"
ENTITY_LABELS = (
    "PERSON", "ORG", "LOC", "DATE", "MONEY", "LEGAL_REF", "CASE_NO", "FIN", "ID_DOC", "VOEN",
    "PHONE", "EMAIL", "IBAN", "CARD", "PLATE",
)  # fmt: skip
ROLES = ("applicant", "complained_of", "victim")

_MARK = re.compile(r"⟦([A-Z_]+)(?:\.([a-z_]+))?\|([^⟦⟧]*)⟧")


class CorpusError(ValueError):
    """A line of the corpus is not what `labelling.md` says; the message names the line."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One labelled document. `group` is the author group: the name of the file that it stands in."""

    id: str
    family: str
    group: str
    text: str
    entities: tuple[Entity, ...]
    document_type: str
    subject: str
    also: tuple[str, ...]
    territory: str | None
    urgency: str
    language: str
    script: str
    needs_person: bool
    hard: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One to three sentences that tell a matter; no entity marks, no document type."""

    id: str
    group: str
    text: str
    subject: str
    also: tuple[str, ...]
    urgency: str
    language: str
    script: str

    @property
    def family(self) -> str:
        """A statement is a family of its own."""
        return self.id


def parse_marked(marked: str) -> tuple[str, tuple[Entity, ...]]:
    """Split a marked text into the bare text and its entities, offsets into the bare text.

    Raises `CorpusError` for an unknown label or role and for an unbalanced mark.
    """
    parts: list[str] = []
    entities: list[Entity] = []
    length = cursor = 0
    for mark in _MARK.finditer(marked):
        before, (label, role, surface) = marked[cursor : mark.start()], mark.groups()
        if label not in ENTITY_LABELS or (role is not None and role not in ROLES):
            raise CorpusError(f"unknown mark {mark.group()!r}")
        start = length + len(before)
        entities.append(Entity(label, start, start + len(surface), surface, role))
        parts += [before, surface]
        length, cursor = start + len(surface), mark.end()
    text = "".join([*parts, marked[cursor:]])
    if "⟦" in text or "⟧" in text:
        raise CorpusError("a mark is not closed, or opened twice")
    return text, tuple(entities)


def render_marked(text: str, entities: Iterable[Entity]) -> str:
    """The inverse of `parse_marked`; entities must not overlap."""
    parts: list[str] = []
    cursor = 0
    for e in sorted(entities, key=lambda e: e.start):
        name = e.label if e.role is None else f"{e.label}.{e.role}"
        parts += [text[cursor : e.start], f"⟦{name}|{text[e.start : e.end]}⟧"]
        cursor = e.end
    return "".join([*parts, text[cursor:]])


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a JSON Lines file. Raises `CorpusError` naming the line that is none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise CorpusError(f"{path.name}:{number}: {error}") from None


def _record(cls: type[Any], row: dict[str, Any], **more: Any) -> Any:
    names = {f.name for f in fields(cls)}
    values = {name: value for name, value in row.items() if name in names} | more
    values["also"] = tuple(values["also"])
    try:
        return cls(**values)
    except TypeError as error:
        raise CorpusError(f"{row.get('id')}: {error}") from None


def read_papers(path: Path) -> list[Paper]:
    """The papers of one file; `group` is its stem and `family` the id where none is given."""
    papers = []
    for row in read_lines(path):
        try:
            text, entities = parse_marked(row["marked"])
        except CorpusError as error:
            raise CorpusError(f"{path.name}: {row.get('id')}: {error}") from None
        family = row.get("family", row["id"])
        papers.append(_record(Paper, row, group=path.stem, family=family, text=text, entities=entities))
    return papers


def paper_files(folder: Path) -> list[Path]:
    """The files of papers: those named by capital letters alone."""
    return sorted(path for path in folder.glob("*.jsonl") if path.stem.isalpha() and path.stem.isupper())


def statement_files(folder: Path) -> list[Path]:
    """The files of matter statements."""
    return sorted(folder.glob("*_statements.jsonl"))


def load_papers(folder: Path = CORPUS_DIR) -> list[Paper]:
    """All papers of the corpus, in the order of their files."""
    return [p for path in paper_files(folder) for p in read_papers(path)]


def load_statements(folder: Path = CORPUS_DIR) -> list[Statement]:
    """All matter statements of the corpus; `group` is the author's letters."""
    return [
        _record(Statement, row, group=path.stem.removesuffix("_statements"))
        for path in statement_files(folder)
        for row in read_lines(path)
    ]
