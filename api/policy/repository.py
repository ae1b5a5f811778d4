"""The rows of proposed rules, and the papers that they are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, text
from sqlalchemy.orm import Session

from api.db.tables import (
    Decision,
    Document,
    Policy,
    PolicyVerdict,
    Suggestion,
    SuggestionContent,
    Table,
)

_LOCK = int.from_bytes(b"POLICIES", "big")
_AT_ONCE, _STEPS = 1000, 20
"""So many of the newest suggestions are looked through, where the caller sees few papers."""


class Tried(NamedTuple):
    """A paper, its newest suggestion, and the route that a person decided on if that is in force."""

    document_id: int
    number: str
    suggestion: Suggestion
    decision: Decision | None


def hold(session: Session) -> None:
    """One verdict or proposal at a time, until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def add(session: Session, row: Table) -> None:
    """Insert a row, so that it has its id."""
    session.add(row)
    session.flush()


def rules(session: Session, id: int) -> list[dict[str, Any]] | None:
    """The rules of a policy, whatever became of it."""
    found = session.scalar(select(Policy.rules).where(Policy.id == id))
    return found["routing"] if found is not None else None


def policy(session: Session, id: int) -> tuple[Policy, PolicyVerdict | None] | None:
    """A policy and what became of it."""
    query = select(Policy, PolicyVerdict).outerjoin(PolicyVerdict).where(Policy.id == id)
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None


def policies(
    session: Session, before: int | None, limit: int
) -> Sequence[tuple[Policy, PolicyVerdict | None]]:
    """Policies, newest first."""
    query = select(Policy, PolicyVerdict).outerjoin(PolicyVerdict).order_by(Policy.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Policy.id < before)
    return [(row, verdict) for row, verdict in session.execute(query)]


def newest_approved(session: Session) -> PolicyVerdict | None:
    """The last approval."""
    query = select(PolicyVerdict).where(PolicyVerdict.verdict == "approved")
    return session.scalar(query.order_by(PolicyVerdict.id.desc()).limit(1))


def newest_suggested(
    session: Session, seen: ColumnElement[bool], veiled: frozenset[int], limit: int
) -> list[Tried]:
    """Papers by their newest suggestions, of those that may be seen and are not veiled, newest first.

    Suggestions are walked from the end in steps, so that no more of them are read than it takes.
    """
    found: list[Tried] = []
    before: int | None = None
    for _ in range(_STEPS):
        step = select(Suggestion.id, Suggestion.document_id).order_by(Suggestion.id.desc()).limit(_AT_ONCE)
        near = session.execute(step if before is None else step.where(Suggestion.id < before)).all()
        if not near:
            break
        before = near[-1].id
        ids, papers = [row.id for row in near], {row.document_id for row in near} - veiled
        found += _tried(session, seen, ids, papers, limit - len(found))
        if len(found) == limit:
            break
    return found


def _tried(
    session: Session, seen: ColumnElement[bool], suggestions: list[int], papers: set[int], limit: int
) -> list[Tried]:
    routed = and_(
        Decision.id == Document.decision_id,
        Decision.kind == "person",
        func.coalesce(Decision.action, "route") == "route",
    )
    query = (
        select(Document.id, Document.number, Suggestion, Decision)
        .join(Suggestion, Suggestion.id == Document.suggestion_id)
        .outerjoin(Decision, routed)
        .where(Document.id.in_(papers), Suggestion.id.in_(suggestions), seen)
        .order_by(Suggestion.id.desc())
        .limit(limit)
    )
    return [Tried(*row) for row in session.execute(query)]


def contents(session: Session, suggestions: Sequence[int]) -> dict[int, str]:
    """The contents of suggestions that were not blanked."""
    query = select(SuggestionContent.suggestion_id, SuggestionContent.content)
    query = query.where(SuggestionContent.suggestion_id.in_(suggestions))
    return {key: content for key, content in session.execute(query) if content is not None}
