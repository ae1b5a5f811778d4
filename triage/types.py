"""The values that pass between the steps. All are frozen; offsets are Unicode code points, end-exclusive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Language = Literal["az", "ru", "tr", "en", "other"]
Script = Literal["latin", "cyrillic", "other"]
Decision = Literal["route", "review"]
Field = Literal["document_type", "subject", "urgency", "territory"]

PAGE_BREAK = "\n\n"
"""What stands between two pages in `Document.text`."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of text with its layout.

    `boxes` has shape (len(text), 4): left, top, right, bottom of each character in points (1/72 inch)
    from the page's top left corner, NaN where a character has no place (spaces and breaks that were
    added). None where the format has no layout. `confidence` is the recogniser's mean word confidence
    in 0..1, None for text that was not recognised but read. `size` is width and height in points.
    `source` names the part that the page came from where a file holds several (an attachment's name).
    """

    number: int
    text: str
    boxes: NDArray[np.float32] | None = None
    confidence: float | None = None
    size: tuple[float, float] | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper as received: its pages and where they came from.

    `sha256` is the hash of the bytes received (for bare text: of its UTF-8 form). `truncated` is True
    where a limit cut pages or text off; `notes` says in words what was cut or could not be read.
    """

    id: str
    pages: tuple[Page, ...]
    format: str
    sha256: str
    truncated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All pages joined by `PAGE_BREAK`."""
        return PAGE_BREAK.join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing in the text. `value` is its normalised form, None where it cannot be told."""

    label: str
    start: int
    end: int
    text: str
    role: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span that speaks for a label. `weight` is its share of the score, in 0..1 for each `field`."""

    field: Field
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """A distribution over labels, best first. Probabilities are calibrated and sum to 1."""

    ranking: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        """The best label."""
        return self.ranking[0][0]

    @property
    def probability(self) -> float:
        """The best label's probability."""
        return self.ranking[0][1]

    def __getitem__(self, label: str) -> float:
        """The probability of `label`; 0 where it is not in the ranking."""
        return dict(self.ranking).get(label, 0.0)


@dataclass(frozen=True, slots=True)
class Route:
    """Where the competence rules send a paper, by which rule and on what ground."""

    department: str
    unit: str | None
    rule: str
    ground: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the model says of one document. Offsets are into `Document.text`.

    `confidence` is P(the route is right and may go unread): what the policy compares with its threshold.
    `departments` is P(department), best first, whatever office the paper complains of; empty where it is not known.
    `familiarity` is the cosine of its encoding to the nearest centroid of what was learned from, None if not known.
    """

    id: str
    document_type: Prediction
    subject: Prediction
    urgency: Prediction
    territory: str | None
    route: Route
    confidence: float
    candidates: tuple[str, ...]
    language: Language
    script: Script
    decision: Decision
    review_reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    entities: tuple[Entity, ...]
    bundle: str
    bundle_sha256: str
    policy: str
    input_sha256: str
    notes: tuple[str, ...] = field(default=())
    departments: tuple[tuple[str, float], ...] = field(default=())
    familiarity: float | None = None
