"""How related papers, links, groups, and papers that are split or merged are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal["duplicate", "near", "person", "case"]
PaperNumber = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
Page = Annotated[int, Field(ge=1, le=10_000)]


class Agreement(BaseModel):
    """Something that agrees in two papers; `value` is masked, None where there is nothing to show."""

    trait: Literal["bytes", "text", "fin", "name", "birth", "phone", "email", "address", "case", "subject"]
    value: str | None = Field(None, examples=["5A•••"])


class Proposal(BaseModel):
    """Another paper that may belong with this one, and on what ground. Nothing is linked until a person says so."""

    other: str = Field(examples=["2026-B-000123"])
    state: str
    kind: Kind
    ground: list[Agreement]
    score: float = Field(description="0..1: how strongly the ground speaks for it; not a probability.")


class RelatedOut(BaseModel):
    """What is proposed for a paper, the strongest ground first. Pairs that a person decided on are left out."""

    number: str
    proposals: list[Proposal]


class GroupOut(BaseModel):
    """Papers that wait and say nearly the same; `number` is the earliest, `numbers` are the first ones."""

    number: str
    size: int
    numbers: list[str]


class GroupsOut(BaseModel):
    """Groups among the `looked_at` papers that are next in the queue, the largest group first."""

    looked_at: int
    groups: list[GroupOut]


class LinkIn(BaseModel):
    """That two papers belong together (`on`), or do not: refused, or taken back."""

    model_config = ConfigDict(extra="forbid")

    other: PaperNumber = Field(examples=["2026-B-000123"])
    kind: Kind
    on: bool
    version: int | None = Field(None, ge=1, description="Of the paper as you saw it; other than now: 409.")


class LinkOut(BaseModel):
    """What counts between two papers; `part` is the number of the one that is a part of the other."""

    other: str
    kind: Literal["duplicate", "near", "person", "case", "part"]
    on: bool
    at: datetime
    actor: str
    part: str | None = None


class LinksOut(BaseModel):
    """The links of a paper, newest first; `chain` are all papers that links lead to, over papers you may see."""

    number: str
    version: int
    links: list[LinkOut]
    chain: list[str]


class SplitIn(BaseModel):
    """The parts of a paper as ranges of pages (from 1, both ends included): every page once, in order."""

    model_config = ConfigDict(extra="forbid")

    parts: list[tuple[Page, Page]] = Field(min_length=2, max_length=200, examples=[[[1, 2], [3, 5]]])
    version: int = Field(ge=1, description="Of the paper as you saw it; other than now: 409.")


class MergeIn(BaseModel):
    """The papers that become parts of this one."""

    model_config = ConfigDict(extra="forbid")

    papers: list[PaperNumber] = Field(alias="with", min_length=1, max_length=50, examples=[["2026-B-000124"]])
    version: int = Field(ge=1, description="Of this paper as you saw it; other than now: 409.")


class PartsOut(BaseModel):
    """A paper and those that are parts of it now."""

    number: str
    state: str
    version: int
    parts: list[str]
