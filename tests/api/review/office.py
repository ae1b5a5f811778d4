"""An office for tests: people who decide, and papers that wait for them with suggestions by the rules in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Document, Handover, User
from api.deps import Services
from api.review import service
from api.review.decision_schemas import DecidedOut, RouteIn
from api.triaging.service import Suggester, triage
from tests.api.triaging.papers import TEXT, Rule, paper, register, rule
from triage import types


def person(
    services: Services, name: str, role: str = "clerk", units: Sequence[str] | None = None
) -> Principal:
    """A new user, as a caller."""
    with services.database.transaction() as session:
        user = User(login=name.lower(), name=name, role=role, units=None if units is None else list(units))
        session.add(user)
        session.flush()
        actor = f"user:{user.id}"
    seen = None if units is None else frozenset(units)
    return Principal(actor, name, role, ROLE_PERMISSIONS[role], units=seen)


@dataclass(frozen=True)
class Suggests:
    """A rule's suggestions by the version of the rules in force; `changes` are of the suggestion."""

    by: Rule
    policy: str
    changes: dict[str, Any]

    def suggest(self, document: types.Document) -> types.Suggestion:
        return replace(self.by.suggest(document), policy=self.policy, **self.changes)


def suggester(services: Services, **changes: Any) -> Suggester:
    """What suggests the taxonomy's first department by the rules in force."""
    made = Suggests(rule(services), services.taxonomy.version, changes)
    return Suggester(made.suggest, {"route_probability": 0.9})


def waiting(services: Services, *texts: str, **changes: Any) -> list[str]:
    """Numbers of new papers that wait, with suggestions."""
    numbers = register(services, *(texts or (TEXT,)))
    made = suggester(services, **changes)
    for number in numbers:
        triage(services, made, paper(services, number).id)
    return numbers


def many(services: Services, count: int) -> list[str]:
    """Numbers of so many papers that wait, unlike each other."""
    return waiting(services, *(f"{number}. {TEXT}" for number in range(count)))


def change(services: Services, number: str, **columns: Any) -> None:
    """Write into the row of a paper."""
    with services.database.transaction() as session:
        session.execute(update(Document).where(Document.number == number).values(**columns))


def as_suggested(services: Services, number: str, **changes: Any) -> RouteIn:
    """The decision that agrees with what was suggested for a paper, but for `changes`."""
    found = paper(services, number)
    taxonomy = services.taxonomy
    wanted = {
        "action": "route",
        "suggestion": found.suggestion_id,
        "version": found.version,
        "document_type": "complaint",
        "subject": taxonomy.subjects[0],
        "department": taxonomy.departments[0],
        "urgency": "normal",
    }
    return RouteIn.model_validate(wanted | changes)


def routed(services: Services, who: Principal, number: str, **changes: Any) -> DecidedOut:
    """What came of routing a paper."""
    return service.decide(services, who, number, as_suggested(services, number, **changes))


def returned(services: Services, number: str, reason: str = "wrong_department") -> None:
    """The department sends back what it was routed, as `api.departments` does."""
    with services.database.transaction() as session:
        document = session.query(Document).filter_by(number=number).with_for_update().one()
        assert document.decision_id is not None
        assert document.department is not None
        session.add(
            Handover(
                document_id=document.id, decision_id=document.decision_id, actor="user:99", actor_name="O",
                department=document.department, kind="returned", reason=reason,
            )
        )  # fmt: skip
        service.send_back(services, session, document)
