"""How switches and the shadow's score are told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Scope = Literal["all", "department", "subject"]


class SwitchIn(BaseModel):
    """A switch to be set. The reason stays for ever: no names of citizens."""

    model_config = ConfigDict(extra="forbid")

    on: bool
    reason: str = Field(
        min_length=5, max_length=500, examples=["Agreement of 0.99 over 400 papers in October"]
    )


class SwitchOut(BaseModel):
    """A switch and who set it last; one that was never set is off and has no time."""

    scope: Scope
    value: str = Field(description="A department or subject of the taxonomy; empty for `all`.")
    on: bool
    effective: bool = Field(description="Whether it is on and so is the switch for all.")
    at: datetime | None = None
    actor: str | None = None
    reason: str | None = None


class AutomationOut(BaseModel):
    """All switches. A paper is routed unread where the switches for all, its department and its subject are on."""

    all: SwitchOut
    departments: list[SwitchOut]
    subjects: list[SwitchOut]


class ShadowRow(BaseModel):
    """Would-be decisions for one department and subject, against what people decided on the same papers."""

    department: str
    subject: str | None
    shadows: int = Field(description="Papers that the machine would have routed by itself.")
    judged: int = Field(description="Of these, papers that a person has decided on since.")
    agreed: int = Field(description="Of these, papers that the person sent to the same department.")
    share: float | None = Field(description="agreed / judged")
    low: float = Field(description="Lower end of the exact 95 % interval of the share (Clopper-Pearson).")
    high: float = Field(description="Its upper end.")


class ShadowOut(BaseModel):
    """The score of the shadow; `total` over all rows."""

    since: datetime | None
    total: ShadowRow
    rows: list[ShadowRow]
