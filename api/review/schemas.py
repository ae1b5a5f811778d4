"""How the queue is asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.documents.schemas import ClockOut, Label
from api.review.waiting import Desk

Number = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class QueueFilter(BaseModel):
    """Which papers of the queue; what is not said does not matter."""

    model_config = ConfigDict(extra="forbid")

    desk: Desk | None = None
    office: Label | None = None
    unit: Label | None = Field(None, description="The suggested unit.")
    document_type: Label | None = None
    subject: Label | None = None
    urgency: Label | None = None
    language: Label | None = None
    department: Label | None = Field(None, description="The suggested department.")
    reason: Label | None = Field(None, description="A reason of the suggestion for a person to look.")
    assigned: Literal["me", "nobody"] | None = None
    overdue: bool = Field(False, description="Only papers that somebody should have looked at by now.")


class QueueQuery(QueueFilter):
    """A page of the queue."""

    cursor: str | None = Field(None, max_length=120, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class ItemOut(BaseModel):
    """A paper that waits for a person, with what is suggested for it."""

    number: str = Field(examples=["2026-B-000123"])
    version: int
    desk: Desk
    priority: int = Field(description="0: immediate danger, 1: hurried, 2: all else.")
    look_by: datetime = Field(description="When somebody should have looked at it.")
    overdue: bool
    review_since: datetime | None
    received_at: datetime
    channel: str
    office: str | None
    sender: str | None
    document_type: str | None
    subject: str | None
    urgency: str | None
    language: str | None
    certainty: float | None = Field(description="The probability of the suggested department.")
    clock: ClockOut
    case_number: str | None
    error: str | None = Field(description="The code of what kept it from being read.")
    returns: int = Field(
        description="How often departments sent it back; what goes round in circles waits for a supervisor."
    )
    suggestion: int | None = Field(description="To be named by the decision.")
    department: str | None = Field(description="Suggested.")
    unit: str | None = Field(description="Suggested.")
    candidates: list[str]
    review_reasons: list[str]
    gist: str | None = Field(description="The sentence that says most of its subject, as it stands in it.")
    proposal: int | None = Field(description="The decision that waits for a second person.")
    held_by: str | None = Field(description="Who has it open, by name.")
    held_by_me: bool
    held_until: datetime | None
    assigned_to: str | None = Field(description="Who should take it, by name.")


class QueuePage(BaseModel):
    """Papers in the order in which they should be taken."""

    items: list[ItemOut]
    next: str | None


class CountOut(BaseModel):
    """How many papers wait at a desk, of an urgency."""

    desk: Desk
    urgency: str | None
    papers: int


class ClaimIn(QueueFilter):
    """Which paper to take: that of `number`, or the next one of the filters; `desk` is `clerk` if not said."""

    number: Number | None = Field(None, examples=["2026-B-000123"])


class HoldIn(BaseModel):
    """A paper that one holds."""

    model_config = ConfigDict(extra="forbid")

    number: Number = Field(examples=["2026-B-000123"])


class ClaimOut(BaseModel):
    """The paper that one holds now; none where nothing waits."""

    item: ItemOut | None


class HoldOut(BaseModel):
    """Until when one holds a paper, if nothing more is heard."""

    number: str
    held_until: datetime


class ChoiceOut(BaseModel):
    """Something to choose; `words` says that a remark must be written with it."""

    code: str
    names: dict[str, str]
    words: bool


class ChoicesOut(BaseModel):
    """What decisions choose from, beside the taxonomy."""

    reasons: list[ChoiceOut]
    bodies: list[ChoiceOut]
