"""What is sent and answered about webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal["paper.registered", "decision.made", "decision.undone", "paper.accepted", "paper.returned"]
KINDS: tuple[str, ...] = get_args(Kind)
TEST = "webhook.test"
"""The kind of a message that was asked for to try a webhook."""

Unit = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9_-]+$")]


class WebhookIn(BaseModel):
    """Another system that is to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=8, max_length=2000, examples=["https://registry.example.org/hooks/derkenar"])
    kinds: list[Kind] = Field(min_length=1, max_length=20, examples=[["decision.made", "paper.returned"]])
    units: list[Unit] | None = Field(
        None, min_length=1, max_length=200, description="Units whose papers it is told of; none: all.",
        examples=[["gence"]],
    )  # fmt: skip


class WebhookOut(BaseModel):
    """A webhook, without its secret. `failing_since`: no message has arrived since then."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    url: str
    kinds: list[str]
    units: list[str] | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    failing_since: datetime | None


class WebhookSecretOut(BaseModel):
    """A webhook and its secret, which is shown this once: messages are verified by it."""

    webhook: WebhookOut
    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WebhookPage(BaseModel):
    """Webhooks, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[WebhookOut]
    next: str | None


class DeliveryOut(BaseModel):
    """A message. `status` and `error` are those of the last attempt; `next_at` is when the next one is due."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    message: str = Field(description="`webhook-id`, the same at every attempt.")
    kind: str
    created_at: datetime
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    next_at: datetime | None
    status: int | None
    error: str | None
    ended_at: datetime | None


class DeliveryPage(BaseModel):
    """Messages to a webhook, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[DeliveryOut]
    next: str | None
