"""How searches are asked and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.documents.schemas import ClockOut, Label, State

Typed = Annotated[str, StringConstraints(max_length=200)]


class SearchQuery(BaseModel):
    """What is searched for, and among which papers."""

    model_config = ConfigDict(extra="forbid")

    q: Typed = Field(
        "",
        description='Words, in any form and script; "a phrase"; -without; number:2026-B-1; case:1-45/2026.',
        examples=["eliyev məhkəmə", 'number:2026-B-000123', '"kredit müqaviləsi" -bank'],
    )  # fmt: skip
    state: State | None = None
    office: Label | None = None
    unit: Label | None = None
    department: Label | None = None
    document_type: Label | None = None
    subject: Label | None = None
    urgency: Label | None = None
    language: Label | None = None
    received_from: AwareDatetime | None = Field(None, description="Received at this moment or later.")
    received_to: AwareDatetime | None = Field(None, description="Received before this moment.")
    number: str | None = Field(
        None, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", description="How the paper's number begins."
    )
    cursor: str | None = Field(None, max_length=80, description="`next` of the page before.")
    limit: int = Field(20, ge=1, le=50)

    def columns(self) -> dict[str, str]:
        """Values by column that must be equal."""
        names = {
            "state", "office", "unit", "department", "document_type", "subject", "urgency", "language",
        }  # fmt: skip
        return self.model_dump(include=names, exclude_none=True)


class SnippetOut(BaseModel):
    """A stretch of the text of a page, plain (to be escaped where it is shown, as any text), with its matches."""

    page: int
    text: str
    matches: list[tuple[int, int]] = Field(description="Start and end (exclusive), in code points of `text`.")


class SearchItem(BaseModel):
    """A paper that was found. `by`: its words fit, or a name in it is only like what was asked."""

    number: str = Field(examples=["2026-B-000123"])
    state: State
    registered_at: datetime
    received_at: datetime
    channel: str
    office: str | None
    sender: str | None
    external_reference: str | None
    same_as: str | None
    document_type: str | None
    subject: str | None
    urgency: str | None
    language: str | None
    department: str | None
    unit: str | None
    clock: ClockOut
    version: int
    by: str = Field(examples=["words", "likeness"])
    rank: float
    snippet: SnippetOut | None = Field(description="None where there is no text, or the match is not in it.")


class SearchPage(BaseModel):
    """Papers, best first; those as good, newest first.

    `found` is how many were ranked: at most 500, the newest that fit. `more` says that there may be others, older
    than those: add a word or a period. `next` is the cursor of the following page, if there is one.
    """

    items: list[SearchItem]
    found: int
    more: bool
    next: str | None
