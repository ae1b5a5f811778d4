"""Papers: registrations, originals, what was read in them, suggestions, decisions, and how work on them went."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Id, Now, Table

STATES = (
    "registered", "reading", "review", "routed", "accepted", "outside", "closed", "failed", "erased", "disposed",
)  # fmt: skip
"""Where a paper stands.

It waits, is read, lies before a person, is routed, was accepted by its department, was sent to a body outside, needs
nothing more (duplicate, merged, split, unreadable), could not be triaged (dead letter), was erased by law, or disposed
of when its time of retention was over.
"""
DESKS = ("clerk", "second", "supervisor")
"""Who a paper in review waits for: an intake clerk, a second person who confirms a decision, or a supervisor."""

ACTIONS = ("route", "outside", "unreadable", "duplicate", "merge", "split", "escalate", "undo")
"""What a decision has done with a paper; `undo` takes back the one that it names."""


class Blob(Table):
    """An original, by the SHA-256 of its bytes. `wrapped_key` is its data key; without it the content is lost."""

    __tablename__ = "blobs"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    wrapped_key: Mapped[bytes | None]
    stored_at: Mapped[Now]
    erased_at: Mapped[datetime | None]


class NumberSeries(Table):
    """The last serial number given in a year: its row is locked, so that numbers have no gaps."""

    __tablename__ = "number_series"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Batch(Table):
    """Papers that came in one request."""

    __tablename__ = "batches"
    id: Mapped[Id]
    created_at: Mapped[Now]
    actor: Mapped[str]
    size: Mapped[int]


class Document(Table):
    """A registered paper and where it stands. `run` counts attempts to triage it (fencing); `version` every change.

    `office` is the unit that received it. `department`, `unit` and `decision_id` are those of the decision in force;
    `suggestion_id` is the newest suggestion. `same_as` is the first paper with the same bytes. `error` is the code of
    what keeps it from being read. `salt` is what its hash was salted with in the audit chain. `answer_by`,
    `forward_by` and `warn_from` are days of the legal clock.

    In review it waits at a `desk` since `review_since`; queues go by `priority` (0: immediate danger, 1: hurried,
    2: all else), then by `look_by`, the moment by which somebody should have looked at it. `held_by` has it open until
    `held_until` (a lease); `assigned_to` should take it. `certainty` is the probability of the suggested department.
    `body` is the body outside that it was sent to, `part_of` the paper that it was merged into or split from, `returns`
    how often departments sent it back. Retention counts from `closed_at`. `rose_at` is when it was last told of because
    nobody took it: once a wait, so that a time before `review_since` or `decided_at` does not count.

    `suggested_department`, `suggested_unit`, `review_reasons` and `candidates` are copies, for the filters and the list
    of the queue, of what the suggestion says that the paper is shown with; `gist` is the sentence of the paper that
    speaks loudest for it, until its content is blanked.
    """

    __tablename__ = "documents"
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[Now]
    received_at: Mapped[datetime]
    channel: Mapped[str]
    office: Mapped[str | None]
    sender: Mapped[str | None]
    external_reference: Mapped[str | None]
    file_name: Mapped[str | None]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    salt: Mapped[bytes | None]
    same_as: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    state: Mapped[str] = mapped_column(server_default="registered")
    run: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    suggestion_id: Mapped[int | None]
    decision_id: Mapped[int | None]
    document_type: Mapped[str | None]
    subject: Mapped[str | None]
    urgency: Mapped[str | None]
    department: Mapped[str | None]
    unit: Mapped[str | None]
    answer_by: Mapped[date | None]
    forward_by: Mapped[date | None]
    warn_from: Mapped[date | None]
    clock_told: Mapped[str | None]
    language: Mapped[str | None]
    certainty: Mapped[float | None]
    suggested_department: Mapped[str | None]
    suggested_unit: Mapped[str | None]
    review_reasons: Mapped[list[str] | None]
    candidates: Mapped[list[str] | None]
    gist: Mapped[str | None]
    desk: Mapped[str | None]
    priority: Mapped[int] = mapped_column(server_default="2")
    look_by: Mapped[datetime | None]
    review_since: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    held_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    held_until: Mapped[datetime | None]
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assigned_at: Mapped[datetime | None]
    body: Mapped[str | None]
    case_number: Mapped[str | None]
    part_of: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    returns: Mapped[int] = mapped_column(server_default="0")
    closed_at: Mapped[datetime | None]
    rose_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"desk IN {DESKS}", name="desk"),
        CheckConstraint("(state = 'review') = (desk IS NOT NULL AND look_by IS NOT NULL)", name="queued"),
        Index("ix_documents_sha256", "sha256"),
        Index("ix_documents_same_as", "same_as", postgresql_where=text("same_as IS NOT NULL")),
        Index("ix_documents_batch_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("ix_documents_state_id", "state", "id"),
        Index("ix_documents_office_id", "office", "id"),
        Index("ix_documents_unit_id", "unit", "id"),
        Index("ix_documents_department_id", "department", "id"),
        Index(
            "ix_documents_desk_priority_look_by",
            "desk",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review'"),
            postgresql_include=["urgency"],
        ),
        Index(
            "ix_documents_suggested_department",
            "desk",
            "suggested_department",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review'"),
        ),
        Index(
            "ix_documents_office_desk_priority_look_by",
            "office",
            "desk",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review'"),
        ),
        Index(
            "ix_documents_free",
            "desk",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review' AND assigned_to IS NULL"),
        ),
        Index(
            "ix_documents_office_free",
            "office",
            "desk",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review' AND assigned_to IS NULL"),
        ),
        Index("ix_documents_held_by", "held_by", postgresql_where=text("held_by IS NOT NULL")),
        Index(
            "ix_documents_assigned_to_desk_priority_look_by",
            "assigned_to",
            "desk",
            "priority",
            "look_by",
            "id",
            postgresql_where=text("state = 'review'"),
        ),
        Index("ix_documents_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        Index("ix_documents_case_number", "case_number", postgresql_where=text("case_number IS NOT NULL")),
        Index(
            "ix_documents_document_type_closed_at",
            "document_type",
            "closed_at",
            "id",
            postgresql_where=text("closed_at IS NOT NULL AND state NOT IN ('erased', 'disposed')"),
        ),
        Index("ix_documents_waiting", "department", "id", postgresql_where=text("state = 'routed'")),
        Index(
            "ix_documents_accepted",
            "department",
            "unit",
            "office",
            postgresql_where=text("state = 'accepted'"),
        ),
        Index(
            "ix_documents_look_by",
            "look_by",
            postgresql_where=text("state = 'review' AND (rose_at IS NULL OR rose_at < review_since)"),
        ),
        Index(
            "ix_documents_decided_at",
            "decided_at",
            postgresql_where=text("state = 'routed' AND (rose_at IS NULL OR rose_at < decided_at)"),
        ),
        Index(
            "ix_documents_warn_from", "warn_from", postgresql_where=text("state NOT IN ('routed', 'erased')")
        ),
    )


class IntakeRequest(Table):
    """What was answered to a request with an idempotency key, so that it is answered the same again."""

    __tablename__ = "intake_requests"
    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[Now]


class Reading(Table):
    """The pages of text of one run: content that can be blanked, never changed. `schema_version` is that of `pages`."""

    __tablename__ = "readings"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    schema_version: Mapped[int]
    pages: Mapped[dict[str, Any] | None]


class Layout(Table):
    """Where the words of a page of a reading stand (`api.triaging.layout`), for pages that have a layout.

    It is content that can be blanked with the reading, never changed. `schema_version` is that of `words`.
    """

    __tablename__ = "layouts"
    document_id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    schema_version: Mapped[int]
    words: Mapped[bytes | None]
    __table_args__ = (ForeignKeyConstraint(["document_id", "run"], ["readings.document_id", "readings.run"]),)


class Suggestion(Table):
    """What a bundle said of a paper: append-only. Content with names stands apart, so that it can be blanked.

    `facts` hold labels, probabilities, route, candidates, reasons, thresholds and confidence; `content_sha256` is of
    the whole suggestion in the form of the contract, as `SuggestionContent` keeps it until it is blanked.
    """

    __tablename__ = "suggestions"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    run: Mapped[int]
    schema_version: Mapped[int]
    created_at: Mapped[Now]
    bundle: Mapped[str]
    bundle_sha256: Mapped[str]
    policy: Mapped[str]
    input_sha256: Mapped[str]
    content_sha256: Mapped[str]
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("document_id", "run"),
        Index("ix_suggestions_bundle_id", "bundle", "id"),
    )


class SuggestionContent(Table):
    """The suggestion in the form of the contract, as text; NULL once blanked."""

    __tablename__ = "suggestion_contents"
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestions.id"), primary_key=True)
    content: Mapped[str | None]


class Decision(Table):
    """What was decided on a paper: append-only. `kind` is `policy` (by itself), `shadow` (it would have), `person`,
    or `proposed` (by a person, to be confirmed by a second one).

    `suggestion_id` is the suggestion that was on the table; names are snapshots. A shadow or proposal is never in
    force. `action` is what is to be done with the paper (None, as the policy leaves it: route), `reason` the code of
    why a person overrode the suggestion,
    `confirms` the proposal that this confirms, `undoes` the decision that this takes back. `facts` hold the labels
    decided on and never a word of the paper.
    """

    __tablename__ = "decisions"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    suggestion_id: Mapped[int | None] = mapped_column(ForeignKey("suggestions.id"))
    kind: Mapped[str]
    action: Mapped[str | None]
    created_at: Mapped[Now]
    actor: Mapped[str]
    actor_name: Mapped[str]
    department: Mapped[str | None]
    unit: Mapped[str | None]
    reason: Mapped[str | None]
    confirms: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        CheckConstraint("kind IN ('policy', 'shadow', 'person', 'proposed')", name="kind"),
        CheckConstraint(f"action IN {ACTIONS}", name="action"),
        CheckConstraint(
            "(coalesce(action, 'route') = 'route') = (department IS NOT NULL)", name="department"
        ),
        Index("ix_decisions_document_id", "document_id"),
        Index("ix_decisions_kind_department", "kind", "department"),
        Index("ix_decisions_created_at", "created_at"),
        Index("ix_decisions_actor_id", "actor", "id"),
    )


class DecisionContent(Table):
    """What a person wrote with a decision and the entities as they corrected them; NULL once blanked."""

    __tablename__ = "decision_contents"
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    content: Mapped[dict[str, Any] | None]


class Failure(Table):
    """An attempt that failed: append-only. `final` attempts leave the paper as a dead letter until it is retried."""

    __tablename__ = "failures"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    run: Mapped[int]
    at: Mapped[Now]
    code: Mapped[str]
    message: Mapped[str]
    final: Mapped[bool]
    __table_args__ = (Index("ix_failures_document_id", "document_id"),)


class Switch(Table):
    """Automation switched on or off: append-only; the newest row of a scope counts.

    `scope` is `all`, `department` or `subject`; `value` its label, empty for `all`. Something is routed unread only
    where all three are on.
    """

    __tablename__ = "switches"
    id: Mapped[Id]
    at: Mapped[Now]
    scope: Mapped[str]
    value: Mapped[str]
    on: Mapped[bool]
    actor: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (
        CheckConstraint("scope IN ('all', 'department', 'subject')", name="scope"),
        Index("ix_switches_scope_value_id", "scope", "value", "id"),
    )
