"""How blind samples are asked for and told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Label = Field(None, max_length=60, pattern=r"^[\w.-]+$")
LARGEST_SEED = 2**53 - 1


class SampleIn(BaseModel):
    """What is drawn: automatic decisions made in the period, of which every paper is as likely."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=1, le=2000, examples=[200])
    since: AwareDatetime = Field(description="From this moment on.")
    until: AwareDatetime = Field(description="Before this moment.")
    department: str | None = Label
    subject: str | None = Label
    readers: Literal[1, 2] = Field(1, description="How many people judge each paper.")
    seed: int | None = Field(
        None, ge=0, le=LARGEST_SEED, description="To draw the same again; else chosen by chance."
    )


class VerdictIn(BaseModel):
    """How a reader would have decided; labels of the taxonomy. A unit only where the department has units."""

    model_config = ConfigDict(extra="forbid")

    document_type: str = Field(max_length=60, examples=["complaint"])
    subject: str = Field(max_length=60)
    territory: str | None = Field(None, max_length=60)
    department: str = Field(max_length=60)
    unit: str | None = Field(None, max_length=60)
    urgency: str = Field(max_length=60)


class VerdictOut(VerdictIn):
    """A verdict that was given."""

    id: int
    item: int
    at: datetime
    actor: str
    actor_name: str


class NextOut(BaseModel):
    """The item to judge: read its paper by the number, then post the verdict. Nothing to judge: both are null."""

    item: int | None
    number: str | None
    settles: bool = Field(False, description="Whether two readers differ and this verdict settles it.")


class AgreementOut(BaseModel):
    """Agreement of two readers on department and unit."""

    pairs: int = Field(description="Papers that two people judged.")
    agreed: int
    share: float | None = Field(description="agreed / pairs")
    kappa: float | None = Field(
        description="Cohen's kappa of the first and the second verdict; null where chance alone would agree always."
    )


class ErrorRow(BaseModel):
    """Errors among judged decisions: the verdict names another department, or another unit, than the decision."""

    value: str = Field(description="The department or subject of the decision; empty for all.")
    judged: int
    errors: int
    rate: float | None = Field(description="errors / judged")
    low: float = Field(description="Lower end of its exact 95 % interval (Clopper-Pearson).")
    high: float = Field(description="Its upper end.")


class ResultOut(BaseModel):
    """What a sample says. The rates are there when `complete`: all judged that were not erased meanwhile."""

    items: int
    judged: int = Field(description="Items with a verdict that holds.")
    to_settle: int = Field(description="Items on which two readers differ.")
    gone: int = Field(description="Items whose paper was erased or disposed of before it was judged.")
    not_yours: int = Field(
        description="Items of papers that you may not see; with some, you are told no rate."
    )
    complete: bool
    total: ErrorRow | None
    departments: list[ErrorRow]
    subjects: list[ErrorRow]
    agreement: AgreementOut


class ItemOut(BaseModel):
    """An item. The machine's answer and the verdicts are told once it is judged, so that nobody is led."""

    item: int
    number: str
    readers: int
    verdicts: int
    progress: Literal["to_judge", "to_settle", "judged", "gone"]
    department: str | None = Field(None, description="Of the decision.")
    unit: str | None = None
    error: bool | None = None
    given: list[VerdictOut] = []


class SampleOut(BaseModel):
    """A sample and what it says so far."""

    id: int
    at: datetime
    actor: str
    size: int = Field(description="Decisions drawn; fewer than asked for where there were fewer.")
    population: int = Field(description="Decisions that it was drawn from.")
    seed: int
    drawn_from: dict[str, Any]
    result: ResultOut
    items: list[ItemOut] | None = Field(None, description="Told with one sample, not in the list of samples.")


class SamplePage(BaseModel):
    """Samples, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[SampleOut]
    next: int | None
