"""How figures are asked for and told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

NONE = "-"
"""Stands for no value where a figure or a filter names one."""
PAPERS = "/api/v1/figures/papers"
_LABEL = r"^[\w.:/-]+$"
Label: TypeAlias = str | None


def _label() -> Any:
    return Field(None, max_length=80, pattern=_LABEL)


class PapersQuery(BaseModel):
    """Which papers are behind a figure. `-` stands for none."""

    model_config = ConfigDict(extra="forbid")

    of: Literal["registered", "decided", "judged", "queued", "waiting", "undecided"] = Field(
        description="registered: all papers, by the moment of registration. decided: papers with a decision in force "
        "that is no escalation, by its moment. judged: of these, routed by a person with a suggested department on "
        "the table. queued: decided papers that had waited for a person. waiting: papers in review now. undecided: "
        "papers on which nothing is decided now, read or not."
    )
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    office: Label = _label()
    channel: Label = _label()
    language: Label = _label()
    bundle: Label = _label()
    kind: Label = _label()
    action: Label = _label()
    reason: Label = _label()
    department: Label = Field(None, max_length=80, pattern=_LABEL, description="Of the decision in force.")
    unit: Label = _label()
    subject: Label = _label()
    suggested_department: Label = _label()
    suggested_unit: Label = _label()
    suggested_subject: Label = _label()
    suggested_type: Label = _label()
    overridden: bool | None = Field(
        None, description="Whether the person changed any field of the suggestion."
    )
    field: Label = Field(None, max_length=80, pattern=_LABEL, description="A field that the person changed.")
    wrong: bool | None = Field(None, description="Whether another department was decided on than suggested.")
    certain_from: float | None = Field(None, ge=0, le=1, description="Certainty from this on.")
    certain_below: float | None = Field(None, ge=0, le=2, description="Certainty below this.")
    late: Literal["forward", "answer"] | None = Field(None, description="Past this day of the legal clock.")
    today: date | None = Field(None, description="With `late` and `undecided`: the day that counts as today.")

    def but(self, **changes: Any) -> PapersQuery:
        """The same query with other filters; None where a value is none."""
        named = {name: NONE if value is None else value for name, value in changes.items()}
        return self.model_copy(update=named)

    @property
    def url(self) -> str:
        """Where the list of these papers is."""
        return f"{PAPERS}?{urlencode(self.model_dump(mode='json', exclude_none=True))}".replace(
            "True", "true"
        )


class PapersPageQuery(PapersQuery):
    """The same, page by page."""

    cursor: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class PapersPage(BaseModel):
    """Numbers of papers, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[str]
    next: int | None


class FigureQuery(BaseModel):
    """The period, by default the thirty days before now; and what the papers that count are suggested to be."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(None, description="From this moment on.")
    until: AwareDatetime | None = Field(None, description="Before this moment.")
    reference_since: AwareDatetime | None = Field(
        None, description="Of drift: the period to compare with; by default the ninety days before `since`."
    )
    reference_until: AwareDatetime | None = None
    department: Label = Field(
        None, max_length=80, pattern=_LABEL, description="Only where this was suggested."
    )
    subject: Label = Field(None, max_length=80, pattern=_LABEL, description="Only where this was suggested.")


class FigureOut(BaseModel):
    """A figure. It may have been computed up to a minute ago, which `computed_at` says."""

    name: str
    about: str = Field(description="What exactly is counted.")
    computed_at: datetime
    since: datetime
    until: datetime
    department: str | None
    subject: str | None
    totals: dict[str, Any]
    rows: list[dict[str, Any]] = Field(description="`papers` of a row is where the list of its papers is.")
    papers: str = Field(description="Where the list of all papers behind the figure is.")


class FigureName(BaseModel):
    """A figure that there is."""

    name: str
    about: str
