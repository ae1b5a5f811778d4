"""How decisions are sent and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.documents.schemas import Label, State
from api.review.schemas import ItemOut, Number

RowNumber = Annotated[int, Field(ge=1, lt=2**63)]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
EntityLabel = Literal[
    "PERSON", "ORG", "LOC", "DATE", "MONEY", "LEGAL_REF", "CASE_NO", "FIN", "ID_DOC", "VOEN", "PHONE", "EMAIL",
    "IBAN", "CARD", "PLATE",
]  # fmt: skip
"""Those of `triage.entities.names`, which is not imported here because of the library that it brings."""


class EntityIn(BaseModel):
    """A named thing of a paper as a person sees it; offsets are into the text of the page."""

    model_config = ConfigDict(extra="forbid")

    label: EntityLabel
    page: int = Field(ge=1, le=100_000)
    start: int = Field(ge=0, lt=2**31)
    end: int = Field(ge=1, lt=2**31)
    role: Literal["applicant", "complained_of", "victim"] | None = None
    value: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] | None = None


class _Seen(BaseModel):
    """What was on the screen of who decides, and what every decision may bear."""

    model_config = ConfigDict(extra="forbid")

    suggestion: RowNumber | None = Field(
        description="The suggestion that was shown; null where there is none."
    )
    version: RowNumber = Field(description="The paper's version that was shown.", examples=[3])
    next: bool = Field(False, description="Take the next paper of the same desk at once.")


class _Common(_Seen):
    reason: Label | None = Field(None, description="A code of GET /api/v1/review/choices.")
    remark: Remark | None = Field(None, description="Kept until the paper's content is erased.")
    case_number: Annotated[str, StringConstraints(max_length=60, pattern=r"^[\w./() -]+$")] | None = None


class RouteIn(_Common):
    """Send a paper to a department. Where a label differs from the suggestion, a reason is needed."""

    action: Literal["route"]
    document_type: Label
    subject: Label
    territory: Label | None = None
    department: Label
    unit: Label | None = Field(None, description="For a department that has units, and for no other.")
    urgency: Label
    entities: list[EntityIn] | None = Field(
        None, max_length=5000, description="The whole list as it should be, where what was found is wrong."
    )
    study: bool = Field(False, description="Additional study is needed: the law gives a longer time.")
    policy_seen: Annotated[str, StringConstraints(max_length=60)] | None = Field(
        None, description="The version of the rules in force, where they changed after the suggestion."
    )


class OutsideIn(_Common):
    """Send a paper to a body outside."""

    action: Literal["outside"]
    body: Label = Field(description="A code of GET /api/v1/review/choices.")


class UnreadableIn(_Common):
    """Return a paper to its sender, because it cannot be read."""

    action: Literal["unreadable"]


class DuplicateIn(_Common):
    """Close a paper that repeats another one."""

    action: Literal["duplicate"]
    of: Number


class EscalateIn(_Common):
    """Put a paper before a supervisor."""

    action: Literal["escalate"]


DecisionIn = Annotated[
    RouteIn | OutsideIn | UnreadableIn | DuplicateIn | EscalateIn, Field(discriminator="action")
]


class ConfirmationIn(_Seen):
    """Route a paper as suggested."""

    policy_seen: Annotated[str, StringConstraints(max_length=60)] | None = Field(
        None, description="The version of the rules in force, where they changed after the suggestion."
    )


class SecondIn(BaseModel):
    """A second person's answer to a proposed decision."""

    model_config = ConfigDict(extra="forbid")

    decision: RowNumber = Field(description="The proposal that was shown.", examples=[7])
    agree: bool
    version: RowNumber
    remark: Remark | None = None
    next: bool = False


class UndoIn(BaseModel):
    """Take a decision back."""

    model_config = ConfigDict(extra="forbid")

    decision: RowNumber = Field(examples=[7])
    version: RowNumber
    remark: Remark | None = None


class DecidedOut(BaseModel):
    """What came of it. `kind` is `proposed` where a second person must confirm it; `next` the paper taken next."""

    number: str
    decision: int
    kind: Literal["person", "proposed"]
    action: str
    state: State
    version: int
    next: ItemOut | None = None


class DecisionOut(BaseModel):
    """A decision on a paper, as it was made."""

    id: int
    at: datetime
    kind: Literal["policy", "shadow", "person", "proposed"]
    action: str
    actor: str
    actor_name: str
    in_force: bool
    suggestion: int | None
    department: str | None
    unit: str | None
    document_type: str | None
    subject: str | None
    territory: str | None
    urgency: str | None
    rule: str | None
    overrides: list[str]
    reason: str | None
    remark: str | None = Field(description="None where nothing was written, or it was erased.")
    entities: list[dict[str, Any]] | None
    body: str | None
    of: str | None = Field(description="The paper that this one repeats, if you may know of it.")
    confirms: int | None
    undoes: int | None
