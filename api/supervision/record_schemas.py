"""How the record of a paper is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.audit.schemas import CheckpointOut, EventPage
from api.triaging.replay import Outcome

Kind = Literal[
    "suggestion", "decision", "handover", "link", "notice", "sending", "hold", "failure", "verdict", "remark"
]


class ProofOut(BaseModel):
    """The link of the audit chain that records a row. Compare it with an export of the chain, or a checkpoint."""

    seq: int
    hash: str = Field(description="SHA-256 of the link before and this one's content.")
    sha256: str = Field(description="The digest of the row that stands in the link.")
    intact: bool = Field(description="Whether the row still has this digest, and the link its hash.")
    signed: bool = Field(description="Whether a signed checkpoint covers the link.")


class CameOut(BaseModel):
    """What came."""

    number: str
    state: str
    received_at: datetime
    registered_at: datetime
    channel: str
    office: str | None
    media_type: str
    size: int
    sha256: str
    same_as: str | None = Field(description="The first paper with the same bytes, if you may know of it.")
    version: int


class StepOut(BaseModel):
    """One thing that happened to the paper. `facts` are the columns of its row; words stand in `content` alone."""

    kind: Kind
    id: int
    at: datetime
    actor: str
    actor_name: str | None = None
    in_force: bool | None = Field(None, description="Of decisions: whether it is the one in force.")
    facts: dict[str, Any]
    content: dict[str, Any] | None = Field(
        None, description="What a person wrote; null where nothing, or blanked."
    )
    proof: ProofOut | None = Field(None, description="Null for rows that the chain records without a digest.")


class RecordOut(BaseModel):
    """A paper's whole story: what came, every step in the order of time, and who did or saw what (newest first)."""

    came: CameOut
    steps: list[StepOut]
    events: EventPage = Field(description="Go on with `next` at the paper's history.")
    checkpoint: CheckpointOut | None = Field(description="The newest signed statement of the chain.")


class ReplayOut(BaseModel):
    """What came of making the newest suggestion again: `differs` names what is not as recorded."""

    number: str
    suggestion: int
    outcome: Outcome
    message: str
    differs: list[str]
