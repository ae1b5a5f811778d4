"""How members, absences and assignments are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.departments.schemas import Version
from api.documents.schemas import Label

UserId = Annotated[int, Field(ge=1, lt=2**63)]


class Person(BaseModel):
    """A user, by id and name."""

    id: int
    name: str


class MemberOut(BaseModel):
    """Somebody who works on papers. `load` counts papers that they hold or are to take; `reads` None: all languages."""

    id: int
    name: str
    role: str
    units: list[str] | None
    department: str | None
    reads: list[str] | None
    load: int
    absent_until: date | None = Field(description="The last day of the present absence; none: is there.")
    deputy: Person | None


class MemberPage(BaseModel):
    """Members by id; `next` is the cursor of the following page, if there is one."""

    items: list[MemberOut]
    next: str | None


class ListQuery(BaseModel):
    """A page of a list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=60, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class MemberChange(BaseModel):
    """The languages of papers that a member can take; null: all."""

    model_config = ConfigDict(extra="forbid")

    reads: Annotated[list[Label], Field(min_length=1, max_length=20)] | None = Field(examples=[["az", "ru"]])


class AbsenceIn(BaseModel):
    """Days, both included, on which somebody takes no papers; their deputy gets what would be theirs."""

    model_config = ConfigDict(extra="forbid")

    user: UserId | None = Field(None, description="None: you.", examples=[None])
    deputy: UserId | None = Field(None, examples=[12])
    first: date = Field(examples=["2026-07-01"])
    last: date = Field(examples=["2026-07-14"])


class AbsenceOut(BaseModel):
    """An absence."""

    id: int
    user: Person
    deputy: Person | None
    first: date
    last: date
    cancelled_at: datetime | None


class AbsencePage(BaseModel):
    """Absences that are not over, by id; `next` is the cursor of the following page, if there is one."""

    items: list[AbsenceOut]
    next: str | None


class AssignmentIn(BaseModel):
    """Who should take a paper in review, as it was seen; null: whoever comes first."""

    model_config = ConfigDict(extra="forbid")

    user: UserId | None = Field(examples=[12])
    version: Version


class AssignmentOut(BaseModel):
    """Who should take a paper."""

    number: str
    assigned_to: int | None
    version: int
