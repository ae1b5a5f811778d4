"""How notifications are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Mail = Literal["off", "at_once", "digest"]


class NotificationOut(BaseModel):
    """Something to know of. `number` is that of the paper, None where there is none or it is not yours to see."""

    id: int
    at: datetime
    kind: str = Field(examples=["paper.assigned"])
    number: str | None
    text: str = Field(examples=["Paper 2026-B-000123 was assigned to you."])
    facts: dict[str, Any]
    read_at: datetime | None


class NotificationPage(BaseModel):
    """Notifications, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[NotificationOut]
    next: str | None


class UnreadOut(BaseModel):
    """How many are unread; 1000 stands for that and more."""

    unread: int


class ReadAllIn(BaseModel):
    """What was read: everything, or all up to the newest that was on the screen."""

    model_config = ConfigDict(extra="forbid")

    until: int | None = Field(None, ge=1, lt=2**63, examples=[1204])


class MailChoiceIn(BaseModel):
    """Whether notifications come by e-mail: not, at once, or in a digest at nine on working days."""

    model_config = ConfigDict(extra="forbid")

    mail: Mail = Field(examples=["digest"])


class MailChoiceOut(BaseModel):
    """The choice, the address that mail goes to, and whether this installation sends mail at all."""

    mail: Mail
    email: str | None
    available: bool


class MailStateOut(BaseModel):
    """How mail stands, counted in notifications; `failed` were given up after the last attempt."""

    on: bool
    waiting: int
    retrying: int
    failed: int
    oldest: datetime | None = Field(description="When the oldest that waits was made.")
