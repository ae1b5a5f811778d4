"""What a verification found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

LISTED = 100
"""So many problems are told in full; the rest are counted."""

Kind = Literal[
    "gap", "link", "content", "column", "order", "start", "unreadable",  # a link of the chain
    "rewritten", "tail", "signature", "file", "row",  # checkpoints
    "changed", "deleted", "unrecorded",  # rows that events record
    "trigger", "rights",  # what protects the tables
]  # fmt: skip
"""Kinds of problems."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written; `seq` is the link concerned, if one is."""

    kind: Kind
    seq: int | None
    message: str


@dataclass(slots=True)
class Report:
    """How whole the chain is. `doubts` are what could not be checked; `notes` are harmless."""

    events: int = 0
    tip: str | None = None
    checkpoints: int = 0
    signed_up_to: int | None = None
    rows: dict[str, int] = field(default_factory=dict)
    broken: int = 0
    problems: list[Problem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: Kind, seq: int | None, message: str) -> None:
        """Count a problem, and keep it if there is room."""
        self.broken += 1
        if len(self.problems) < LISTED:
            self.problems.append(Problem(kind, seq, message))

    @property
    def first(self) -> Problem | None:
        """The problem at the first link concerned; one of no link if there is no other."""
        return min(self.problems, key=lambda p: (p.seq is None, p.seq or 0), default=None)

    @property
    def verdict(self) -> Literal["whole", "broken", "unchecked"]:
        """Broken if anything is; unchecked if something could not be checked."""
        if self.broken:
            return "broken"
        return "unchecked" if self.doubts else "whole"

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        first = asdict(self.first) if self.first else None
        return {"verdict": self.verdict, "first": first, **asdict(self)}
