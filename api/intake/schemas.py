"""What is sent and answered when papers come in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Channel = Literal["paper", "mail", "portal", "court", "desk", "api"]
Short = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
"""One line: PostgreSQL keeps no NUL, and other control characters have no place in a name."""


class Submission(BaseModel):
    """What is known of papers beside their content; the same for all files of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel = "api"
    received_at: datetime | None = Field(
        None, description="When the office received it, with time zone; none: now."
    )
    office: Annotated[str, StringConstraints(max_length=60)] | None = Field(
        None, description="The unit (slug) that received it.", examples=["gence"]
    )
    sender: Short | None = None
    external_reference: Short | None = None
    again: bool = Field(False, description="Triage even where the same bytes were registered before.")


class TextSubmission(Submission):
    """A paper sent as text."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] = Field(
        examples=["Qonşum hasarı iki metr bizə çəkib, xahiş edirəm tədbir görəsiniz."]
    )


class Registered(BaseModel):
    """One paper that is now kept: `number` names it for ever."""

    number: str = Field(examples=["2026-B-000123"])
    state: str = Field(examples=["registered"])
    status_url: str = Field(examples=["/api/v1/documents/2026-B-000123"])
    sha256: str
    size: int
    same_as: str | None = Field(
        None, description="The first paper with the same bytes, where you may know of it."
    )


class Accepted(BaseModel):
    """The answer to a submission: everything in it is durable."""

    documents: list[Registered]
    batch: int | None = Field(None, description="Follow it at /api/v1/batches/{batch}, where several came.")


class BatchState(BaseModel):
    """How many papers of a batch are in each state; `done` when none waits to be read."""

    batch: int
    size: int
    states: dict[str, int]
    done: bool
