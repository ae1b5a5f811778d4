"""How holds, what falls due, and disposals are asked for and told of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MOST = 1000
"""Papers of one disposal."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

Number = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Why = Literal["gone", "open", "kept", "archive", "not_due", "rule_changed", "held", "proposed"]
State = Literal["proposed", "approved", "carried_out", "refused"]


class HoldIn(BaseModel):
    """A hold to be set or ended. The reason stays for ever: a reference, no names of citizens."""

    model_config = ConfigDict(extra="forbid")

    on: bool
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500, pattern=r"^[^\x00]*$")
    ] = Field(examples=["Case 1(004)-12/2026 is pending"])


class HoldOut(BaseModel):
    """A hold that was set or ended."""

    model_config = ConfigDict(from_attributes=True)

    on: bool
    at: datetime
    actor: str
    reason: str


class HoldsOut(BaseModel):
    """Whether a paper is held now, and every change of it, newest first."""

    number: str
    held: bool
    changes: list[HoldOut]


class HeldOut(HoldOut):
    """The hold that a paper is under now."""

    id: int
    number: str
    document_type: str | None


class HeldPage(BaseModel):
    """Papers under a legal hold, the latest hold first; `next` is the cursor of the following page."""

    items: list[HeldOut]
    next: str | None


class DueQuery(BaseModel):
    """Which papers are listed: those whose time is over on the day `by` (today), by one rule or all."""

    model_config = ConfigDict(extra="forbid")

    by: Day | None = None
    rule: RuleId | None = None
    cursor: str | None = Field(None, max_length=120, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class DueOut(BaseModel):
    """A paper whose time is over."""

    number: str = Field(examples=["2026-B-000123"])
    document_type: str | None
    closed_at: datetime
    due_on: date
    rule: str
    action: Literal["dispose", "transfer"]


class DuePage(BaseModel):
    """Papers whose time is over, the longest closed first; `next` is the cursor of the following page."""

    by: date
    items: list[DueOut]
    next: str | None


class RuleOut(BaseModel):
    """A rule of the schedule; `years` None: for ever."""

    id: str
    document_types: list[str]
    default: bool
    years: int | None
    counted_from: Literal["closed", "year"] | None
    action: Literal["dispose", "transfer", "keep"]
    basis: str
    names: dict[str, str]


class DisposalIn(BaseModel):
    """What is proposed: papers by number, or the first `limit` of a rule whose time is over on the day `by`."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[Number] | None = Field(None, min_length=1, max_length=MOST, examples=[["2026-B-000123"]])
    by: Day | None = None
    rule: RuleId | None = None
    limit: int = Field(MOST, ge=1, le=MOST)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.numbers is None) == (self.by is None or self.rule is None):
            raise ValueError("Give numbers, or by and rule.")
        return self


class DisposalItemOut(BaseModel):
    """A paper of a disposal and the rule by which its time is over."""

    number: str
    rule: str


class DisposalOut(BaseModel):
    """A disposal; `certificate` is the SHA-256 of its certificate, as the audit chain has it."""

    id: int
    state: State
    proposed_at: datetime
    proposed_by: str
    ended_at: datetime | None
    ended_by: str | None
    papers: int
    certificate: str | None


class DisposalFull(DisposalOut):
    """A disposal with its papers, and those that were left out when it was carried out, with the reason's code."""

    items: list[DisposalItemOut]
    left_out: dict[str, Why]


class DisposalPage(BaseModel):
    """Disposals, newest first; `next` is the cursor of the following page."""

    items: list[DisposalOut]
    next: str | None
