"""How papers at departments, handovers and the states of departments are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.documents.schemas import Label

Words = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]
Version = Annotated[
    int, Field(ge=1, lt=2**63, description="The version of the paper that was seen.", examples=[4])
]


class InboxQuery(BaseModel):
    """Which papers of departments are listed: those that wait to be accepted, or were."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["routed", "accepted"] = "routed"
    department: Label | None = None
    unit: Label | None = None
    cursor: str | None = Field(None, max_length=60, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class InboxItem(BaseModel):
    """A paper at a department; `returns` is how often departments sent it back before."""

    number: str = Field(examples=["2026-B-000123"])
    state: Literal["routed", "accepted"]
    received_at: datetime
    office: str | None
    document_type: str | None
    subject: str | None
    urgency: str | None
    department: str
    unit: str | None
    routed_at: datetime | None
    accepted_at: datetime | None
    answer_by: date | None
    returns: int
    version: int


class Counts(BaseModel):
    """How many papers wait to be accepted, and how many were."""

    waiting: int = 0
    accepted: int = 0


class InboxPage(BaseModel):
    """Papers, oldest first; `next` is the cursor of the following page.

    `counts` stand on the first page, each counted up to 10,000.
    """

    items: list[InboxItem]
    next: str | None
    counts: Counts | None


class AcceptanceIn(BaseModel):
    """A department takes a paper, as it was seen."""

    model_config = ConfigDict(extra="forbid")

    version: Version


class ReturnIn(BaseModel):
    """A department sends a paper back, as it was seen. The remark goes when the paper's content is erased."""

    model_config = ConfigDict(extra="forbid")

    version: Version
    reason: Label = Field(
        description="A code of GET /api/v1/departments/return-reasons.", examples=["misrouted_territory"]
    )
    remark: Words | None = Field(None, examples=["The fence stands in Şəki."])


class HandoverOut(BaseModel):
    """What a department did with a paper; `decision` is the one that brought it there."""

    id: int
    at: datetime
    kind: Literal["accepted", "returned"]
    who: str
    department: str
    unit: str | None
    decision: int
    reason: str | None
    remark: str | None = Field(description="In words; gone once the paper's content was erased.")


class ReasonOut(BaseModel):
    """A reason for a return: names by language, what it says was wrong, whether words must be added."""

    code: str
    names: dict[str, str]
    wrong: str | None
    remark: bool


class StateIn(BaseModel):
    """A department opened or closed, everywhere or in one unit. The reason stays for ever: no names of citizens."""

    model_config = ConfigDict(extra="forbid")

    open: bool = Field(examples=[False])
    successor: Label | None = Field(
        None, description="The department that is proposed instead of a closed one.", examples=["cyber"]
    )
    unit: Label | None = Field(None, description="None: everywhere.", examples=["gence"])
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)] = Field(
        pattern=r"^[^\x00-\x1f\x7f]+$", examples=["Merged by order 12/2026"]
    )


class StateOut(BaseModel):
    """Whether a department is open (`unit` None: everywhere), and who said so; one never closed has no time."""

    unit: str | None
    open: bool
    successor: str | None = None
    at: datetime | None = None
    actor: str | None = None
    reason: str | None = None


class StateChanged(BaseModel):
    """The new state. `sent_back` papers on the way went before people again; `left` are about to, within minutes."""

    state: StateOut
    sent_back: int
    left: int


class DepartmentOut(BaseModel):
    """A department: names by language, its state everywhere and the units where it is closed, and its papers."""

    department: str
    names: dict[str, str]
    state: StateOut
    closed_in: list[StateOut]
    counts: Counts
