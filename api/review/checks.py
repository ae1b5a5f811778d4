"""What a decision is refused for: what was on the screen is not what is, or the rules do not allow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Suggestion
from api.departments import service as departments
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError
from api.review import catalogue, conflict, repository
from api.review.decision_schemas import EntityIn, RouteIn
from api.review.queue import held_by_other
from api.triaging.stored import read_pages
from triage.taxonomy import Taxonomy

LABELS = ("document_type", "subject", "territory", "urgency")
"""Of a route decision's facts; together with department and unit they are compared with the suggestion."""


class Seen(Protocol):
    """What was on the screen."""

    suggestion: int | None
    version: int


def open_to(document: Document, who: Principal, services: Services) -> None:
    """Raises ConflictError, ForbiddenError unless the caller may decide on the paper as it waits now."""
    if document.state != "review":
        raise ConflictError("This paper does not wait for a decision any more. Look at its state.")
    if held_by_other(document, who, services.now()):
        raise ConflictError("Another person holds this paper. Take another one, or try again later.")
    if document.desk == "supervisor" and Permission.SUPERVISE not in who.permissions:
        raise ForbiddenError("This paper waits for a supervisor.")


def seen(session: Session, document: Document, shown: Seen) -> Suggestion | None:
    """The suggestion of the paper. Raises ConflictError unless it and the paper's version are those that were shown."""
    newest = repository.shown_suggestions(session, [document]).get(document.id)
    if shown.suggestion != newest:
        raise ConflictError(
            "What is suggested for this paper is not what you were shown. Look at it again and decide anew."
        )
    current(document, shown.version)
    return repository.suggestion(session, newest) if newest is not None else None


def current(document: Document, version: int) -> None:
    """Raises ConflictError unless this is the paper's version."""
    if document.version != version:
        raise ConflictError("This paper has changed since it was shown to you. Look at it again.")


def policy(services: Services, suggestion: Suggestion | None, policy_seen: str | None) -> None:
    """Raises ConflictError where the rules changed after the suggestion, unless the caller has seen those in force."""
    now = services.taxonomy.version
    if policy_seen not in (None, now):
        raise ConflictError(f"The rules in force are version {now}. Look at the paper again.")
    if suggestion is not None and now not in (suggestion.policy, policy_seen):
        raise ConflictError(
            f"The rules changed after this was suggested (version {suggestion.policy}, now {now}). Check where it "
            f"belongs and send `policy_seen`: {now}."
        )


def labels(taxonomy: Taxonomy, wanted: RouteIn) -> None:
    """Raises InvalidError for a label that the taxonomy does not have, or a unit that the department does not."""
    known: dict[str, Sequence[str]] = {
        "document_type": taxonomy.document_types,
        "subject": taxonomy.subjects,
        "department": taxonomy.departments,
        "urgency": taxonomy.urgencies,
    }
    for name, values in known.items():
        if getattr(wanted, name) not in values:
            raise InvalidError(f"The taxonomy has no such {name}. Choose one that it has.")
    if wanted.territory is not None and wanted.territory not in taxonomy.units:
        raise InvalidError("The taxonomy has no such territory. Choose a unit that it has, or none.")
    units = units_of(taxonomy, wanted.department)
    if units and wanted.unit is None:
        raise InvalidError("This department has units: say which one.")
    if wanted.unit is not None and wanted.unit not in units:
        raise InvalidError("This department has no such unit. Leave it out, or choose one that it has.")


def units_of(taxonomy: Taxonomy, department: str) -> frozenset[str]:
    """The units of a department: those that a rule can send its papers to; none where its rules name no unit."""
    found: set[str] = set()
    for rule in taxonomy.rules:
        if rule.department == department and rule.unit_from_territory:
            when = dict(rule.when)
            groups, places = when.get("territory_group"), when.get("territory")
            found |= {
                unit
                for unit, group in taxonomy.units.items()
                if (groups is None or group in groups) and (places is None or unit in places)
            }
    return frozenset(found)


def open_department(session: Session, department: str, unit: str | None) -> None:
    """Raises ConflictError, naming the successor, where a department is closed; it stays as it is until the commit."""
    is_open, successor = departments.open_for(session, department, unit)
    if is_open:
        return
    where = f"{department} in {unit}" if unit is not None else department
    then = f"Send its papers to {successor}." if successor is not None else "Choose another one."
    raise ConflictError(f"The department {where} is closed. {then}")


def reason(code: str | None, remark: str | None, overrides: Sequence[str]) -> None:
    """Raises InvalidError for an override without a reason, a code that is none, or one that needs words."""
    if code is None:
        if overrides:
            told = ", ".join(overrides)
            raise InvalidError(f"You decide otherwise than was suggested ({told}): give a reason.")
        return
    choice = catalogue.reasons().get(code)
    if choice is None:
        raise InvalidError("There is no such reason. Choose one of the list of reasons.")
    if choice.words and not (remark or "").strip():
        raise InvalidError("This reason needs words: write a remark.")


def body(code: str, remark: str | None) -> None:
    """Raises InvalidError for a body outside that is none of the list, or one that needs words."""
    choice = catalogue.bodies().get(code)
    if choice is None:
        raise InvalidError("There is no such body. Choose one of the list of bodies.")
    if choice.words and not (remark or "").strip():
        raise InvalidError("Write in the remark which body it is.")


def entities(session: Session, suggestion: Suggestion | None, wanted: list[EntityIn]) -> list[dict[str, Any]]:
    """Corrected entities, with the text of their spans. Raises InvalidError for a span that no page has."""
    reading = repository.reading(session, suggestion) if suggestion is not None else None
    if reading is None or reading.pages is None:
        raise InvalidError("This paper has no text that entities could stand in.")
    kept = read_pages(reading.schema_version, reading.pages)
    texts = {page["page"]: str(page["text"]) for page in kept["pages"]}
    found = []
    for entity in wanted:
        if not entity.start < entity.end <= len(texts.get(entity.page, "")):
            raise InvalidError("An entity lies outside the text of its page.")
        text = texts[entity.page][entity.start : entity.end]
        found.append({**entity.model_dump(), "text": text})
    return found


def no_conflict(
    services: Services, department: str, unit: str | None, complained_of: conflict.Offices
) -> None:
    """Raises ConflictError where a paper would go to the office that it complains of."""
    if conflict.conflicts(services, department, unit, complained_of):
        raise ConflictError(
            "This paper complains of the office that you would send it to. Choose another one, or correct the names "
            "in it where they were misread."
        )
