"""How the audit chain is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_ACTOR = r"^[a-z]+(:[A-Za-z0-9_.-]+)?$"
_ACTION = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.?$"


class EventOut(BaseModel):
    """A link of the chain."""

    seq: int = Field(examples=[1024])
    at: datetime
    actor: str = Field(description="Who: user:…, key:…, system, anonymous.", examples=["user:12"])
    action: str = Field(examples=["document.read"])
    document: str | None = Field(description="The number of the paper.", examples=["2026-B-000123"])
    details: dict[str, Any]
    hash: str = Field(description="SHA-256 of the link before and this one's content.")


class EventPage(BaseModel):
    """Events, newest first; `next` is the cursor of the following page, if there is one.

    A page may hold fewer than asked for, even none, and still have a `next`: there is a limit to how many events of
    papers that you may not see are passed over at once.
    """

    items: list[EventOut]
    next: int | None


class EventFilter(BaseModel):
    """Which events are wanted."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    actor: str | None = Field(None, max_length=80, pattern=_ACTOR, examples=["user:12"])
    action: str | None = Field(
        None, max_length=80, pattern=_ACTION, description="One action; all that begin so if it ends in a dot.",
        examples=["document.read", "document."],
    )  # fmt: skip
    document: str | None = Field(
        None, max_length=60, pattern=r"^[^\x00]+$", description="The number of a paper."
    )
    since: AwareDatetime | None = Field(None, alias="from", description="From this moment on.")
    until: AwareDatetime | None = Field(None, alias="to", description="Before this moment.")
    first: int | None = Field(None, ge=1, lt=2**63, description="From this link of the chain on.")
    last: int | None = Field(None, ge=1, lt=2**63, description="Up to this link of the chain.")


class EventQuery(EventFilter):
    """Which events are listed."""

    cursor: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class ExportQuery(EventFilter):
    """Which events are exported, oldest first, and as what."""

    format: Literal["csv", "jsonl"] = "csv"


class ExportedEvent(EventOut):
    """A line of an export: `hash` is the SHA-256 of the bytes of `previous` and the UTF-8 form of `body`."""

    previous: str
    body: str


class CheckpointOut(BaseModel):
    """A signed statement that the chain had this hash at this link."""

    seq: int
    hash: str
    at: datetime
    key: str = Field(description="Id of the key: the first 16 digits of the SHA-256 of the public key.")
    signature: str = Field(
        description="Ed25519, base64, of the canonical JSON of v (1), seq, hash, at and key."
    )


class CheckpointPage(BaseModel):
    """Checkpoints, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[CheckpointOut]
    next: int | None


class CheckpointQuery(BaseModel):
    """Which checkpoints are listed."""

    model_config = ConfigDict(extra="forbid")

    cursor: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class KeyOut(BaseModel):
    """The public key that checks the signatures of checkpoints."""

    id: str
    algorithm: str = "Ed25519"
    pem: str = Field(description="SubjectPublicKeyInfo in PEM.")
    former: dict[str, str] = Field(description="Keys used before, PEM by id.")
