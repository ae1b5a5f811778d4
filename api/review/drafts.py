"""What a person wants to decide, checked and made ready to be written; and whether one person suffices for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import Document, Suggestion
from api.deps import Services
from api.errors import ConflictError, InvalidError
from api.review import catalogue, checks, conflict, repository
from api.review.decision_schemas import (
    ConfirmationIn,
    DuplicateIn,
    EscalateIn,
    OutsideIn,
    RouteIn,
    UnreadableIn,
)
from api.triaging.stored import read_facts
from triage.routing import Router

AnyDecision = RouteIn | OutsideIn | UnreadableIn | DuplicateIn | EscalateIn
_COMPARED = (*checks.LABELS, "department", "unit")


@dataclass(frozen=True)
class Draft:
    """A decision as it will be written: `content` holds words and corrections, `facts` never do."""

    action: str
    suggestion_id: int | None
    reason: str | None
    facts: dict[str, Any]
    content: dict[str, Any]
    department: str | None = None
    unit: str | None = None
    second: bool = field(default=False)


def suggested_labels(suggestion: Suggestion | None) -> dict[str, Any]:
    """What was suggested: labels, department, unit and rule; empty where nothing was."""
    if suggestion is None:
        return {}
    facts = read_facts(suggestion.schema_version, suggestion.facts)
    plain = {name: facts[name] for name in ("territory", "urgency", "department", "unit", "rule")}
    return {**plain, "document_type": facts["document_type"]["label"], "subject": facts["subject"]["label"]}


def confirmed(suggestion: Suggestion | None, wanted: ConfirmationIn) -> RouteIn:
    """The suggestion as a decision. Raises ConflictError where there is none."""
    labels = suggested_labels(suggestion)
    if not labels:
        raise ConflictError("Nothing was suggested for this paper: decide yourself where it goes.")
    del labels["rule"]
    seen = wanted.model_dump(include={"suggestion", "version", "next", "policy_seen"})
    return RouteIn(action="route", **labels, **seen)


def draft(
    services: Services,
    session: Session,
    document: Document,
    suggestion: Suggestion | None,
    wanted: AnyDecision,
    other: Document | None,
) -> Draft:
    """The decision, checked. `other` is the paper that this one repeats. Raises InvalidError, ConflictError."""
    if isinstance(wanted, RouteIn):
        return _route(services, session, document, suggestion, wanted)
    labels = suggested_labels(suggestion)
    facts: dict[str, Any] = {
        "document_type": document.document_type,
        "subject": document.subject,
        "territory": labels.get("territory"),
        "urgency": document.urgency,
        "rule": None,
        "overrides": [],
    }
    if isinstance(wanted, OutsideIn):
        checks.body(wanted.body, wanted.remark)
        facts["body"] = wanted.body
    if isinstance(wanted, DuplicateIn):
        facts["of"] = _repeated(session, document, other)
    if isinstance(wanted, EscalateIn) and document.desk == "supervisor":
        raise ConflictError("This paper waits for a supervisor already.")
    checks.reason(wanted.reason, wanted.remark, ())
    second = not isinstance(wanted, EscalateIn) and _two_persons(
        document, suggestion, wanted.action, labels, labels
    )
    return Draft(
        wanted.action, suggestion.id if suggestion else None, wanted.reason, facts,
        _content(document, wanted), second=second,
    )  # fmt: skip


def _route(
    services: Services, session: Session, document: Document, suggestion: Suggestion | None, wanted: RouteIn
) -> Draft:
    checks.policy(services, suggestion, wanted.policy_seen)
    checks.labels(services.taxonomy, wanted)
    checks.open_department(session, wanted.department, wanted.unit)
    suggested = suggested_labels(suggestion)
    overrides = [name for name in _COMPARED if suggested and getattr(wanted, name) != suggested[name]]
    checks.reason(wanted.reason, wanted.remark, overrides)
    corrected = None if wanted.entities is None else checks.entities(session, suggestion, wanted.entities)
    suspected = _check_conflict(services, session, suggestion, wanted, corrected)
    decided = wanted.model_dump(include=set(_COMPARED))
    facts = {
        **{name: decided[name] for name in checks.LABELS},
        "rule": suggested["rule"] if suggested and not overrides else _rule(services, wanted),
        "overrides": overrides,
        "policy": services.taxonomy.version,
        **({"study": True} if wanted.study else {}),
    }
    content = _content(document, wanted)
    if corrected is not None:
        content["entities"] = corrected
    return Draft(
        "route", suggestion.id if suggestion else None, wanted.reason, facts, content,
        wanted.department, wanted.unit,
        second=suspected or _two_persons(document, suggestion, "route", suggested, decided),
    )  # fmt: skip


def _check_conflict(
    services: Services,
    session: Session,
    suggestion: Suggestion | None,
    wanted: RouteIn,
    corrected: list[dict[str, Any]] | None,
) -> bool:
    """Raises ConflictError where the paper complains of the office; whether the machine had read that it does.

    The names as a person corrected them count; where the machine's reading would forbid it, a second person looks.
    """
    content = repository.suggestion_content(session, suggestion.id) if suggestion is not None else None
    machine = (
        conflict.offices(services, json.loads(content)["entities"]) if content is not None else frozenset()
    )
    complained_of = machine if corrected is None else conflict.offices(services, corrected)
    checks.no_conflict(services, wanted.department, wanted.unit, complained_of)
    return conflict.conflicts(services, wanted.department, wanted.unit, machine)


def _two_persons(
    document: Document,
    suggestion: Suggestion | None,
    action: str,
    suggested: dict[str, Any],
    decided: dict[str, Any],
) -> bool:
    """Whether a second person must confirm; what was suggested counts like what is decided."""
    rule = catalogue.two_persons()
    reasons = set(suggestion.facts["review_reasons"]) if suggestion is not None else set()
    subjects = {suggested.get("subject"), decided.get("subject"), document.subject}
    departments = {suggested.get("department"), decided.get("department")}
    return (
        document.returns >= rule.returns
        or action in rule.actions
        or not rule.review_reasons.isdisjoint(reasons)
        or not rule.subjects.isdisjoint(subjects)
        or not rule.departments.isdisjoint(departments)
    )


def _rule(services: Services, wanted: RouteIn) -> str | None:
    """The rule by which these labels go where the person sends them; None where it is the person's own choice."""
    route = Router(services.taxonomy).route(wanted.document_type, wanted.subject, wanted.territory)
    return route.rule if (route.department, route.unit) == (wanted.department, wanted.unit) else None


def _repeated(session: Session, document: Document, other: Document | None) -> int:
    """The id of the paper that this one repeats. Raises InvalidError, ConflictError."""
    if other is None:
        raise InvalidError(
            "There is no paper of the number that this one is said to repeat, or it is not yours to see."
        )
    if other.id == document.id:
        raise InvalidError("A paper cannot repeat itself.")
    if other.state in ("erased", "disposed"):
        raise ConflictError("The paper that this one is said to repeat has no content any more.")
    if repository.is_duplicate(session, other):
        raise ConflictError("The other paper was itself closed as a duplicate. Name the one that it repeats.")
    return other.id


def _content(document: Document, wanted: AnyDecision) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if wanted.remark:
        content["remark"] = wanted.remark
    if wanted.case_number:
        content |= {"case_number": wanted.case_number, "case_before": document.case_number}
    return content
