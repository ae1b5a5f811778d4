"""How bundles and comparisons of them are told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

State = Literal["active", "candidate", "retired", "gone"]


class BundleOut(BaseModel):
    """A bundle: what the registry says of it, and what it did. `gone`: it suggested once, and is not there any more."""

    name: str
    version: str
    state: State
    sha256: str | None = Field(description="Of its manifest, as the registry has it.")
    present: bool = Field(description="Whether its folder is there.")
    first_used: datetime | None
    last_used: datetime | None
    suggestions: int


class FigureOut(BaseModel):
    """A figure of a bundle's own evaluation, with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float


class AgreementOut(BaseModel):
    """How one bundle fared on the papers of a comparison; counts of papers."""

    department: int = Field(description="Of `decided` papers: the department that a person chose.")
    subject: int
    document_type: int
    routed: int = Field(description="Papers that it would route unread.")
    routed_decided: int = Field(description="Of these, papers that a person decided on.")
    routed_right: int = Field(description="Of these, papers that the person sent to the same department.")


class DifferenceOut(BaseModel):
    """A paper on which the bundles differ; each label as (active, candidate), None where they agree."""

    number: str
    department: tuple[str, str] | None
    subject: tuple[str, str] | None
    document_type: tuple[str, str] | None
    decided: str | None = Field(description="The department that a person sent it to.")


class ComparisonOut(BaseModel):
    """A candidate against the bundle that was active then, on the same papers."""

    id: int
    at: datetime
    active: str
    candidate: str
    same_files: bool = Field(description="Whether the candidate is still the one that was compared.")
    papers: int
    failed: int
    same: dict[str, int] = Field(description="Papers with the same label, by field.")
    decided: int = Field(description="Papers that a person decided on.")
    of_active: AgreementOut
    of_candidate: AgreementOut
    differing: int
    differ: list[DifferenceOut] = Field(description="The first of them, as far as the caller may see them.")


class BundleFull(BundleOut):
    """With what came with the bundle, and how it compared."""

    card: str = Field(description="Markdown.")
    figures: list[FigureOut]
    thresholds: dict[str, float]
    made_of: dict[str, int] = Field(description="Papers, statements and the seed of its training.")
    comparisons: list[ComparisonOut]
