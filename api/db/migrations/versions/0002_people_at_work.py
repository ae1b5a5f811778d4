"""People at work: decisions in full, leases and queues, departments, samples, search, links, notices, retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from api.audit.triggers import install_sql
from api.db.measuring import measuring_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
_CHECKS = (
    (
        "decisions",
        "action",
        "action IN ('route', 'outside', 'unreadable', 'duplicate', 'merge', 'split', 'escalate', 'undo')",
    ),
    ("decisions", "department", "(coalesce(action, 'route') = 'route') = (department IS NOT NULL)"),
    ("decisions", "kind", "kind IN ('policy', 'shadow', 'person', 'proposed')"),
    ("documents", "desk", "desk IN ('clerk', 'second', 'supervisor')"),
    ("documents", "queued", "(state = 'review') = (desk IS NOT NULL AND look_by IS NOT NULL)"),
    (
        "documents",
        "state",
        "state IN ('registered', 'reading', 'review', 'routed', 'accepted', 'outside', 'closed', 'failed', "
        "'erased', 'disposed')",
    ),
    ("users", "mail", "mail IN ('off', 'at_once', 'digest')"),
)


def upgrade() -> None:  # noqa: PLR0915 - one statement a change
    """Apply."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "layouts",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("schema_version", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id", "run"],
            ["readings.document_id", "readings.run"],
            name=op.f("fk_layouts_document_id_run_readings"),
        ),
        sa.PrimaryKeyConstraint("document_id", "run", "page", name=op.f("pk_layouts")),
    )
    op.create_table(
        "department_states",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_states")),
    )
    op.create_index(
        "ix_department_states_department_unit_id",
        "department_states",
        ["department", "unit", "id"],
        unique=False,
    )
    op.create_table(
        "disposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'carried_out', 'refused')", name=op.f("ck_disposals_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_table(
        "figures",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figures")),
    )
    op.create_table(
        "measures",
        sa.Column("document_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("review_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waited", sa.BigInteger(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("forward_by", sa.Date(), nullable=True),
        sa.Column("suggestion_id", sa.BigInteger(), nullable=True),
        sa.Column("bundle", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("suggested_type", sa.Text(), nullable=True),
        sa.Column("suggested_subject", sa.Text(), nullable=True),
        sa.Column("suggested_department", sa.Text(), nullable=True),
        sa.Column("suggested_unit", sa.Text(), nullable=True),
        sa.Column("certainty", sa.Double(), nullable=True),
        sa.Column("familiarity", sa.Double(), nullable=True),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("overrides", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_measures")),
    )
    op.create_index("ix_measures_registered_at", "measures", ["registered_at"], unique=False)
    op.create_index("ix_measures_decided", "measures", ["decided"], unique=False)
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_table(
        "policy_verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict IN ('approved', 'refused')", name=op.f("ck_policy_verdicts_verdict")),
        sa.CheckConstraint(
            "(verdict = 'approved') = (holds_from IS NOT NULL)", name=op.f("ck_policy_verdicts_holds")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_policy_verdicts_policy_id_policies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_verdicts")),
        sa.UniqueConstraint("policy_id", name=op.f("uq_policy_verdicts_policy_id")),
    )
    op.create_table(
        "bundle_comparisons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("active", sa.Text(), nullable=False),
        sa.Column("active_sha256", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("candidate_sha256", sa.Text(), nullable=False),
        sa.Column("papers", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_comparisons")),
    )
    op.create_index("ix_suggestions_bundle_id", "suggestions", ["bundle", "id"], unique=False)
    op.create_table(
        "samples",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("population", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("units", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("deputy_id", sa.BigInteger(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_absences_days")),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_absences_deputy_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_absences_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_user_id_last", "absences", ["user_id", "last"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "page", "name", name=op.f("uq_saved_views_user_id_page_name")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_deliveries_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id_webhooks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message", name=op.f("uq_deliveries_message")),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["webhook_id", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["webhook_id", "ended_at"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index("ix_deliveries_webhook_id_id", "deliveries", ["webhook_id", "id"], unique=False)
    op.create_table(
        "disposal_items",
        sa.Column("disposal_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["disposals.id"], name=op.f("fk_disposal_items_disposal_id_disposals")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_disposal_items_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("disposal_id", "document_id", name=op.f("pk_disposal_items")),
    )
    op.create_index(
        "ix_disposal_items_document_id",
        "disposal_items",
        ["document_id"],
        unique=False,
        postgresql_include=["disposal_id"],
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_legal_holds_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index("ix_legal_holds_document_id_id", "legal_holds", ["document_id", "id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_notifications_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_mail_after",
        "notifications",
        ["mail_after"],
        unique=False,
        postgresql_where=sa.text("mail_after IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_unmailed",
        "notifications",
        ["mail_attempts"],
        unique=False,
        postgresql_where=sa.text("mail_attempts > 0 AND mailed_at IS NULL"),
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"], unique=False)
    op.create_table(
        "remarks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_remarks_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
    )
    op.create_index("ix_remarks_document_id", "remarks", ["document_id"], unique=False)
    op.create_table(
        "search_entries",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_search_entries_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_search_entries")),
    )
    op.create_index(
        "ix_search_entries_terms",
        "search_entries",
        ["terms"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "traits",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_traits_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("document_id", "kind", "key", name=op.f("pk_traits")),
    )
    op.create_index("ix_traits_kind_key", "traits", ["kind", "key", "document_id"], unique=False)
    op.create_table(
        "decision_contents",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_contents_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_contents")),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('accepted', 'returned')", name=op.f("ck_handovers_kind")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_handovers_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_handovers_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("decision_id", "kind", name=op.f("uq_handovers_decision_id_kind")),
    )
    op.create_index("ix_handovers_at", "handovers", ["at"], unique=False)
    op.create_index("ix_handovers_document_id", "handovers", ["document_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind IN ('duplicate', 'near', 'person', 'case', 'part')", name=op.f("ck_links_kind")
        ),
        sa.CheckConstraint("document_id <> other_id", name=op.f("ck_links_two")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_links_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_links_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["documents.id"], name=op.f("fk_links_other_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index("ix_links_document_id_kind", "links", ["document_id", "kind", "id"], unique=False)
    op.create_index("ix_links_other_id_kind", "links", ["other_id", "kind", "id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("docx_sha256", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('registered', 'forwarded', 'returned')", name=op.f("ck_notices_kind")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_notices_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_notices_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["docx_sha256"], ["blobs.sha256"], name=op.f("fk_notices_docx_sha256_blobs")),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["blobs.sha256"], name=op.f("fk_notices_pdf_sha256_blobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_document_id", "notices", ["document_id"], unique=False)
    op.create_index("ix_notices_docx_sha256", "notices", ["docx_sha256"], unique=False)
    op.create_index("ix_notices_pdf_sha256", "notices", ["pdf_sha256"], unique=False)
    op.create_table(
        "notice_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('registered', 'forwarded', 'returned')", name=op.f("ck_notice_orders_kind")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_notice_orders_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_notice_orders_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_orders")),
    )
    op.create_index("ix_notice_orders_next_at", "notice_orders", ["next_at"], unique=False)
    op.create_index("ix_notice_orders_document_id", "notice_orders", ["document_id"], unique=False)
    op.create_table(
        "sample_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("readers", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_sample_items_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_sample_items_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name=op.f("fk_sample_items_sample_id_samples")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_items")),
        sa.UniqueConstraint("sample_id", "decision_id", name=op.f("uq_sample_items_sample_id_decision_id")),
    )
    op.create_index("ix_sample_items_document_id", "sample_items", ["document_id"], unique=False)
    op.create_table(
        "notice_sendings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_sendings_notice_id_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_sendings")),
    )
    op.create_index("ix_notice_sendings_notice_id", "notice_sendings", ["notice_id"], unique=False)
    op.create_table(
        "sample_verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["sample_items.id"], name=op.f("fk_sample_verdicts_item_id_sample_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_verdicts")),
        sa.UniqueConstraint("item_id", "actor", name=op.f("uq_sample_verdicts_item_id_actor")),
    )
    op.add_column("decisions", sa.Column("action", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("confirms", sa.BigInteger(), nullable=True))
    op.add_column("decisions", sa.Column("undoes", sa.BigInteger(), nullable=True))
    op.alter_column("decisions", "department", existing_type=sa.TEXT(), nullable=True)
    op.create_index("ix_events_actor_action_seq", "events", ["actor", "action", "seq"], unique=False)
    op.create_index("ix_decisions_actor_id", "decisions", ["actor", "id"], unique=False)
    op.create_index("ix_decisions_created_at", "decisions", ["created_at"], unique=False)
    op.create_foreign_key(op.f("fk_decisions_undoes_decisions"), "decisions", "decisions", ["undoes"], ["id"])
    op.create_foreign_key(
        op.f("fk_decisions_confirms_decisions"), "decisions", "decisions", ["confirms"], ["id"]
    )
    op.add_column("documents", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("certainty", sa.Double(), nullable=True))
    op.add_column("documents", sa.Column("suggested_department", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("suggested_unit", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("review_reasons", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("documents", sa.Column("candidates", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("documents", sa.Column("gist", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("desk", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("priority", sa.BigInteger(), server_default="2", nullable=False))
    op.add_column("documents", sa.Column("look_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("review_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("held_by", sa.BigInteger(), nullable=True))
    op.add_column("documents", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("assigned_to", sa.BigInteger(), nullable=True))
    op.add_column("documents", sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("body", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("case_number", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("part_of", sa.BigInteger(), nullable=True))
    op.add_column("documents", sa.Column("returns", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("documents", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("rose_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_documents_accepted",
        "documents",
        ["department", "unit", "office"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "ix_documents_assigned_to_desk_priority_look_by",
        "documents",
        ["assigned_to", "desk", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review'"),
    )
    op.create_index(
        "ix_documents_case_number",
        "documents",
        ["case_number"],
        unique=False,
        postgresql_where=sa.text("case_number IS NOT NULL"),
    )
    op.create_index(
        "ix_documents_document_type_closed_at",
        "documents",
        ["document_type", "closed_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL AND state NOT IN ('erased', 'disposed')"),
    )
    op.create_index(
        "ix_documents_decided_at",
        "documents",
        ["decided_at"],
        unique=False,
        postgresql_where=sa.text("state = 'routed' AND (rose_at IS NULL OR rose_at < decided_at)"),
    )
    op.create_index(
        "ix_documents_desk_priority_look_by",
        "documents",
        ["desk", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review'"),
        postgresql_include=["urgency"],
    )
    op.create_index(
        "ix_documents_held_by",
        "documents",
        ["held_by"],
        unique=False,
        postgresql_where=sa.text("held_by IS NOT NULL"),
    )
    op.create_index(
        "ix_documents_look_by",
        "documents",
        ["look_by"],
        unique=False,
        postgresql_where=sa.text("state = 'review' AND (rose_at IS NULL OR rose_at < review_since)"),
    )
    op.create_index(
        "ix_documents_suggested_department",
        "documents",
        ["desk", "suggested_department", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review'"),
    )
    op.create_index(
        "ix_documents_office_desk_priority_look_by",
        "documents",
        ["office", "desk", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review'"),
    )
    op.create_index(
        "ix_documents_free",
        "documents",
        ["desk", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review' AND assigned_to IS NULL"),
    )
    op.create_index(
        "ix_documents_office_free",
        "documents",
        ["office", "desk", "priority", "look_by", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'review' AND assigned_to IS NULL"),
    )
    op.create_index(
        "ix_documents_part_of",
        "documents",
        ["part_of"],
        unique=False,
        postgresql_where=sa.text("part_of IS NOT NULL"),
    )
    op.create_index(
        "ix_documents_waiting",
        "documents",
        ["department", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'routed'"),
    )
    op.create_foreign_key(
        op.f("fk_documents_assigned_to_users"), "documents", "users", ["assigned_to"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_documents_part_of_documents"), "documents", "documents", ["part_of"], ["id"]
    )
    op.create_foreign_key(op.f("fk_documents_held_by_users"), "documents", "users", ["held_by"], ["id"])
    op.add_column("users", sa.Column("reads", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("users", sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("mail", sa.Text(), server_default="off", nullable=False))
    op.execute(
        "UPDATE documents SET desk = 'clerk', look_by = received_at, review_since = registered_at "
        "WHERE state = 'review'"
    )
    op.execute(
        "UPDATE documents p SET suggested_department = s.facts ->> 'department', suggested_unit = s.facts ->> 'unit', "
        "review_reasons = ARRAY(SELECT jsonb_array_elements_text(s.facts -> 'review_reasons')), "
        "candidates = ARRAY(SELECT jsonb_array_elements_text(s.facts -> 'candidates')), "
        "language = s.facts ->> 'language', certainty = CAST(s.facts ->> 'confidence' AS double precision) "
        "FROM documents first JOIN suggestions s ON s.id = first.suggestion_id "
        "WHERE first.id = CASE WHEN p.suggestion_id IS NULL THEN p.same_as ELSE p.id END"
    )
    for table, name, condition in _CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    for statement in (*measuring_sql(), *install_sql()):
        op.execute(statement)
