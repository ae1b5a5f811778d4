"""How notices are asked for and told of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal["registered", "forwarded", "returned"]
Language = Literal["az", "ru", "en", "tr"]
Script = Literal["latin", "cyrillic"]
Way = Literal["post", "email", "hand", "portal"]
Form = Literal["docx", "pdf"]


class NoticeIn(BaseModel):
    """A letter to be made; language and script are those of the paper where they are not named."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(examples=["registered"])
    language: Language | None = None
    script: Script | None = None


class SendingIn(BaseModel):
    """How a letter was sent. The reference stays for ever: a number, never a name or an address."""

    model_config = ConfigDict(extra="forbid")

    way: Way
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9№./ -]{1,60}$")] | None = Field(
        None, examples=["RR 1234567 AZ"]
    )


class SendingOut(BaseModel):
    """That a letter was sent."""

    at: datetime
    actor: str
    way: Way
    reference: str | None


class NoticeOut(BaseModel):
    """A letter that was made of a paper, and its sendings."""

    id: int
    number: str = Field(examples=["2026-B-000123"])
    kind: Kind
    language: Language
    script: Script
    template: str = Field(
        description="The words that were used: file, kind and version.", examples=["az_latin/registered/1"]
    )
    created_at: datetime
    actor: str
    sendings: list[SendingOut]
