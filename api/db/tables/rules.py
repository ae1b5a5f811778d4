"""What an office changes of how papers are routed: competence rules by two persons, and what other bundles would do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Id, Now, Table


class Policy(Table):
    """Competence rules that somebody proposed: append-only. They hold where `PolicyVerdict` says so, from `since` on.

    `base` is the version of the rules that they were made from; `rules` has these under `before`, and what was
    proposed under `routing`, both in the form of a taxonomy's `routing`.
    """

    __tablename__ = "policies"
    id: Mapped[Id]
    at: Mapped[Now]
    actor: Mapped[str]
    actor_name: Mapped[str]
    reason: Mapped[str]
    since: Mapped[date]
    base: Mapped[str]
    rules: Mapped[dict[str, Any]]


class PolicyVerdict(Table):
    """What became of proposed rules: append-only, one row a proposal. Approved ones are in force from `holds_from`."""

    __tablename__ = "policy_verdicts"
    id: Mapped[Id]
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), unique=True)
    at: Mapped[Now]
    actor: Mapped[str]
    actor_name: Mapped[str]
    verdict: Mapped[str]
    holds_from: Mapped[datetime | None]
    reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("verdict IN ('approved', 'refused')", name="verdict"),
        CheckConstraint("(verdict = 'approved') = (holds_from IS NOT NULL)", name="holds"),
    )


class BundleComparison(Table):
    """A bundle run over papers that another one had suggested for: append-only. `facts` are counts, labels and ids."""

    __tablename__ = "bundle_comparisons"
    id: Mapped[Id]
    at: Mapped[Now]
    actor: Mapped[str]
    active: Mapped[str]
    active_sha256: Mapped[str]
    candidate: Mapped[str]
    candidate_sha256: Mapped[str]
    papers: Mapped[int]
    facts: Mapped[dict[str, Any]]
