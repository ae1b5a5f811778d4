"""How papers are shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Label = Annotated[str, StringConstraints(max_length=60, pattern=r"^[\w.-]+$")]
State = Literal[
    "registered",
    "reading",
    "review",
    "routed",
    "accepted",
    "outside",
    "closed",
    "failed",
    "erased",
    "disposed",
]


class ClockOut(BaseModel):
    """The legal clock: `status` is running, warning, due, overdue, or none."""

    answer_by: date | None
    forward_by: date | None
    warn_from: date | None
    status: str


class DocumentOut(BaseModel):
    """Where a paper stands. Content and suggestion are read apart, since every reading of them is recorded."""

    number: str = Field(examples=["2026-B-000123"])
    state: State
    registered_at: datetime
    received_at: datetime
    channel: str
    office: str | None
    sender: str | None
    external_reference: str | None
    file_name: str | None
    media_type: str
    size: int
    sha256: str
    same_as: str | None
    part_of: str | None = Field(
        description="The paper that it was split from or merged into, if you may know of it."
    )
    error: str | None = Field(description="The code of what keeps it from being read.")
    document_type: str | None
    subject: str | None
    urgency: str | None
    department: str | None = Field(description="Where it was routed; of the decision in force.")
    unit: str | None
    clock: ClockOut
    version: int


ANSWERS = frozenset({"document_type", "subject", "urgency", "department", "unit"})
"""What of a paper would lead somebody who is to judge it blind."""

VEIL: dict[str, Any] = {
    **dict.fromkeys(sorted(ANSWERS)),
    "clock": ClockOut(answer_by=None, forward_by=None, warn_from=None, status="none"),
}
"""What is shown in their place; the type of a paper decides its days, which would tell it."""


class DocumentQuery(BaseModel):
    """Which papers are listed."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    office: Label | None = None
    unit: Label | None = None
    department: Label | None = None
    cursor: str | None = Field(None, max_length=60, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)

    def filters(self) -> dict[str, str]:
        """Values by column."""
        return self.model_dump(include={"state", "office", "unit", "department"}, exclude_none=True)


class DocumentPage(BaseModel):
    """Papers, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[DocumentOut]
    next: str | None


class TextPage(BaseModel):
    """One page of text as it was read; `confidence` (0..1) where it was recognised from a picture."""

    model_config = ConfigDict(extra="ignore")

    page: int
    text: str
    confidence: float | None = None
    source: str | None = None


class TextOut(BaseModel):
    """What was read in a paper."""

    number: str
    run: int
    pages: list[TextPage]


class SuggestionOut(BaseModel):
    """The newest suggestion, in the form of `docs/contract.md`; `of`: the paper it was made of, if you may know.

    `departments` are the probabilities of departments, those above 1e-7; null for what was suggested before they were
    kept.
    """

    number: str
    of: str | None
    suggestion: int
    created_at: datetime
    content: dict[str, Any]
    departments: dict[str, float] | None = None


class FailureOut(BaseModel):
    """One attempt that failed."""

    run: int
    at: datetime
    code: str
    message: str
    final: bool


class ReachOut(BaseModel):
    """What belongs to a paper whose content is to be erased: the parts that go with it, papers that were `merged` into
    it and go if that is wanted, and the whole that it is a part of, which stays.
    """

    part_of: str | None
    parts: list[str]
    merged: list[str]


class ErasureIn(BaseModel):
    """Why the content is erased: a reference to the order or request, not the person's data."""

    model_config = ConfigDict(extra="forbid")

    ground: str = Field(
        min_length=5, max_length=200, examples=["Order 14/2026 of the data protection officer"]
    )
    merged: bool = Field(
        False,
        description="Also what was merged into it. Parts that it was split into go always: they hold what it held.",
    )
