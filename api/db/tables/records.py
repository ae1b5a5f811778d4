"""What is known of papers beside their content: search entries, traits, links, notices to senders, retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Id, Now, Table


class SearchEntry(Table):
    """What a paper is found by, folded (lower case, without diacritics, in Latin letters): deleted with its content.

    `terms` is the full-text form, `names` the folded names and numbers for likeness. The index is kept up at once: a
    list of what is pending would be read by every search, and whoever fills it would wait until it is worked off.
    """

    __tablename__ = "search_entries"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    terms: Mapped[Any] = mapped_column(TSVECTOR)
    names: Mapped[str]
    __table_args__ = (
        Index(
            "ix_search_entries_terms", "terms", postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        ),
    )


class Trait(Table):
    """Something by which papers may belong together, as a keyed hash: deleted with the paper's content.

    `kind` is `near` (a band of its MinHash), `fin`, `name`, `birth`, `phone`, `email`, `address`, `case`.
    """

    __tablename__ = "traits"
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_traits_kind_key", "kind", "key", "document_id"),)


class Link(Table):
    """That a paper belongs with another one, or not: append-only; the newest row of a pair and kind counts.

    `document_id` is the later paper. `on` says whether the link holds from now; `facts` hold its ground.
    """

    __tablename__ = "links"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    kind: Mapped[str]
    on: Mapped[bool]
    at: Mapped[Now]
    actor: Mapped[str]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    facts: Mapped[dict[str, Any]]
    __table_args__ = (
        CheckConstraint("kind IN ('duplicate', 'near', 'person', 'case', 'part')", name="kind"),
        CheckConstraint("document_id <> other_id", name="two"),
        Index("ix_links_document_id_kind", "document_id", "kind", "id"),
        Index("ix_links_other_id_kind", "other_id", "kind", "id"),
    )


class Notice(Table):
    """A letter to the sender: append-only. The files lie in the store, as originals do; `kind` says what it tells."""

    __tablename__ = "notices"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    kind: Mapped[str]
    language: Mapped[str]
    script: Mapped[str]
    template: Mapped[str]
    created_at: Mapped[Now]
    actor: Mapped[str]
    docx_sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    pdf_sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    __table_args__ = (
        CheckConstraint("kind IN ('registered', 'forwarded', 'returned')", name="kind"),
        Index("ix_notices_document_id", "document_id"),
        Index("ix_notices_docx_sha256", "docx_sha256"),
        Index("ix_notices_pdf_sha256", "pdf_sha256"),
    )


class NoticeOrder(Table):
    """A notice that is to be made by itself: deleted when it was. After `tries` in vain it waits until `next_at`."""

    __tablename__ = "notice_orders"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    kind: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[Now]
    __table_args__ = (
        CheckConstraint("kind IN ('registered', 'forwarded', 'returned')", name="kind"),
        Index("ix_notice_orders_next_at", "next_at"),
        Index("ix_notice_orders_document_id", "document_id"),
    )


class NoticeSending(Table):
    """That a notice was sent: append-only. `way` is `post`, `email`, `hand` or `portal`."""

    __tablename__ = "notice_sendings"
    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    at: Mapped[Now]
    actor: Mapped[str]
    way: Mapped[str]
    reference: Mapped[str | None]
    __table_args__ = (Index("ix_notice_sendings_notice_id", "notice_id"),)


class LegalHold(Table):
    """That a paper must not be disposed of, or may be again: append-only; the newest row of a paper counts."""

    __tablename__ = "legal_holds"
    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    on: Mapped[bool]
    at: Mapped[Now]
    actor: Mapped[str]
    reason: Mapped[str]
    __table_args__ = (Index("ix_legal_holds_document_id_id", "document_id", "id"),)


class Disposal(Table):
    """A list of papers proposed for disposal by one person; `ended_by`, another one, approved it, or refused it.

    Approved it is carried out bit by bit, so that what was broken off goes on; then it has its certificate.
    """

    __tablename__ = "disposals"
    id: Mapped[Id]
    proposed_at: Mapped[Now]
    proposed_by: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="proposed")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    certificate: Mapped[dict[str, Any] | None]
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'carried_out', 'refused')", name="state"),
    )


class DisposalItem(Table):
    """A paper of a disposal: append-only; `rule` is that of the retention schedule."""

    __tablename__ = "disposal_items"
    disposal_id: Mapped[int] = mapped_column(ForeignKey("disposals.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    rule: Mapped[str]
    __table_args__ = (
        Index("ix_disposal_items_document_id", "document_id", postgresql_include=["disposal_id"]),
    )
