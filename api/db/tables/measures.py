"""What figures for supervisors count: one narrow row a paper, so that a million can be summed in a second."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Table


class Measure(Table):
    """A paper as figures count it: copied from `documents`, `suggestions`, `decisions` and `readings`.

    A trigger of `documents` keeps it in the same transaction (`api/db/measuring.py`); nothing else writes it, and
    nothing but figures reads it. The suggestion is the one that was on the table when the decision in force was made,
    else the paper's newest; `bundle` to `certainty` and `length` (characters read) are of it, as `documents` has
    other labels once a person corrected them. `decision_id` to `overrides` are of the decision in force, all NULL
    without one; `decided` is when it was made. `…_on` are days in Baku. `waited` are the minutes from `review_since` to
    `decided_at`: whole ones below two hours, from there on those of whole hours, so that few numbers occur.
    """

    __tablename__ = "measures"
    document_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    registered_at: Mapped[datetime]
    registered_on: Mapped[date]
    office: Mapped[str | None]
    channel: Mapped[str]
    review_since: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    waited: Mapped[int | None]
    answer_by: Mapped[date | None]
    forward_by: Mapped[date | None]
    suggestion_id: Mapped[int | None]
    bundle: Mapped[str | None]
    language: Mapped[str | None]
    suggested_type: Mapped[str | None]
    suggested_subject: Mapped[str | None]
    suggested_department: Mapped[str | None]
    suggested_unit: Mapped[str | None]
    certainty: Mapped[float | None]
    familiarity: Mapped[float | None]
    length: Mapped[int | None]
    decision_id: Mapped[int | None]
    decided: Mapped[datetime | None]
    decided_on: Mapped[date | None]
    kind: Mapped[str | None]
    action: Mapped[str | None]
    department: Mapped[str | None]
    unit: Mapped[str | None]
    subject: Mapped[str | None]
    reason: Mapped[str | None]
    overrides: Mapped[list[str] | None]
    __table_args__ = (
        Index("ix_measures_registered_at", "registered_at"),
        Index("ix_measures_decided", "decided"),
    )
