"""How work is shared: absences, what departments did with papers, samples, notifications, webhooks, saved views."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Id, Now, Table


class Absence(Table):
    """Days, both included, on which a person takes no papers; the deputy gets what would be theirs."""

    __tablename__ = "absences"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first: Mapped[date]
    last: Mapped[date]
    made_by: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("first <= last", name="days"),
        Index("ix_absences_user_id_last", "user_id", "last"),
    )


class DepartmentState(Table):
    """A department (in a unit; empty: everywhere) opened or closed: append-only; the newest row of a pair counts.

    `successor` gets what would go to a closed one; without it a person decides.
    """

    __tablename__ = "department_states"
    id: Mapped[Id]
    at: Mapped[Now]
    department: Mapped[str]
    unit: Mapped[str]
    open: Mapped[bool]
    successor: Mapped[str | None]
    actor: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (Index("ix_department_states_department_unit_id", "department", "unit", "id"),)


class Handover(Table):
    """What a department did with a paper that was routed to it: append-only. `reason` is the code of a return.

    `decision_id` is the decision that brought it there. It can be accepted, and returned after that.
    """

    __tablename__ = "handovers"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    at: Mapped[Now]
    actor: Mapped[str]
    actor_name: Mapped[str]
    department: Mapped[str]
    unit: Mapped[str | None]
    kind: Mapped[str]
    reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("kind IN ('accepted', 'returned')", name="kind"),
        UniqueConstraint("decision_id", "kind"),
        Index("ix_handovers_document_id", "document_id"),
        Index("ix_handovers_at", "at"),
    )


class Remark(Table):
    """Words of a person about a step (`about` is such as `handover:12`): they can be blanked."""

    __tablename__ = "remarks"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    at: Mapped[Now]
    actor: Mapped[str]
    about: Mapped[str]
    words: Mapped[str | None]
    __table_args__ = (Index("ix_remarks_document_id", "document_id"),)


class Sample(Table):
    """A random sample of decisions that the policy made by itself, drawn to be reviewed blind: append-only.

    `facts` hold what it was drawn from (period, department, subject, number of decisions) and the seed.
    """

    __tablename__ = "samples"
    id: Mapped[Id]
    at: Mapped[Now]
    actor: Mapped[str]
    size: Mapped[int]
    population: Mapped[int]
    seed: Mapped[int]
    facts: Mapped[dict[str, Any]]


class SampleItem(Table):
    """A decision of a sample: append-only. `readers` is how many different people are to judge it."""

    __tablename__ = "sample_items"
    id: Mapped[Id]
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    readers: Mapped[int]
    __table_args__ = (
        UniqueConstraint("sample_id", "decision_id"),
        Index("ix_sample_items_document_id", "document_id"),
    )


class SampleVerdict(Table):
    """What a person decided on a paper of a sample without having seen the machine's answer: append-only."""

    __tablename__ = "sample_verdicts"
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("sample_items.id"))
    at: Mapped[Now]
    actor: Mapped[str]
    actor_name: Mapped[str]
    department: Mapped[str]
    unit: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("item_id", "actor"),)


class Figure(Table):
    """A figure for supervisors that is too dear to compute at every look, and when it was computed."""

    __tablename__ = "figures"
    name: Mapped[str] = mapped_column(primary_key=True)
    computed_at: Mapped[datetime]
    value: Mapped[dict[str, Any]]


class Notification(Table):
    """Something that a person should know of. `facts` hold numbers and labels, never words of a paper."""

    __tablename__ = "notifications"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Now]
    kind: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    facts: Mapped[dict[str, Any]]
    read_at: Mapped[datetime | None]
    mail_after: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    mail_attempts: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (
        Index("ix_notifications_user_id_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_mail_after", "mail_after", postgresql_where=text("mail_after IS NOT NULL")),
        Index(
            "ix_notifications_unmailed",
            "mail_attempts",
            postgresql_where=text("mail_attempts > 0 AND mailed_at IS NULL"),
        ),
    )


class Webhook(Table):
    """Where another system wants to be told of events. `secret` is sealed with a key outside the database."""

    __tablename__ = "webhooks"
    id: Mapped[Id]
    url: Mapped[str]
    secret: Mapped[bytes]
    kinds: Mapped[list[str]]
    units: Mapped[list[str] | None]
    created_at: Mapped[Now]
    created_by: Mapped[str]
    disabled_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]


class Delivery(Table):
    """A message to a webhook: `body` is sent byte for byte, under the same `message` id at every attempt."""

    __tablename__ = "deliveries"
    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    message: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    body: Mapped[str]
    created_at: Mapped[Now]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    status: Mapped[int | None]
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        Index("ix_deliveries_webhook_id_id", "webhook_id", "id"),
        Index("ix_deliveries_due", "webhook_id", "next_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_deliveries_failed", "webhook_id", "ended_at", postgresql_where=text("state = 'failed'")),
    )


class SavedView(Table):
    """A person's filters of a list, under a name."""

    __tablename__ = "saved_views"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)
