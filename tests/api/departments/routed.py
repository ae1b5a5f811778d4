"""Papers that were routed to departments, and people there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.db.tables import Decision, Document
from api.deps import Services
from api.review import waiting
from tests.api.triaging.papers import TEXT, paper, register

OFFICER = Principal("user:5", "Orxan", "officer", ROLE_PERMISSIONS["officer"], department="investigation")
ELSEWHERE = replace(OFFICER, id="user:6", department="cyber")
GENCE = replace(OFFICER, id="user:8", department="territorial", units=frozenset({"gence"}))
SUPERVISOR = Principal("user:7", "Sevda", "supervisor", ROLE_PERMISSIONS["supervisor"])
CLERK = Principal("user:9", "Aygün", "clerk", ROLE_PERMISSIONS["clerk"])


def routed(
    services: Services, count: int = 1, department: str = "investigation", unit: str | None = None
) -> list[str]:
    """Numbers of papers that were registered and routed."""
    numbers = register(services, *(f"{TEXT}{department} {unit} {n}" for n in range(count)))
    for number in numbers:
        route(services, number, department, unit)
    return numbers


def route(
    services: Services, number: str, department: str, unit: str | None = None, at: datetime | None = None
) -> None:
    """Decide on a paper as the policy does: a decision, and the paper is routed."""
    with services.database.transaction() as session:
        document = session.merge(paper(services, number))
        decision = Decision(
            document_id=document.id, suggestion_id=document.suggestion_id, kind="policy", actor=SYSTEM.id,
            actor_name=SYSTEM.name, department=department, unit=unit, facts={},
        )  # fmt: skip
        session.add(decision)
        session.flush()
        append(session, SYSTEM.id, "document.routed", document.id, **recorded(decision))
        document.decision_id, document.department, document.unit = decision.id, department, unit
        waiting.leave(document, "routed", at or services.now())


def put_before_clerks(services: Services, number: str, **columns: object) -> Document:
    """Let a paper wait in review, with these columns."""
    with services.database.transaction() as session:
        document = session.merge(paper(services, number))
        waiting.wait(document, services.now())
        for name, value in columns.items():
            setattr(document, name, value)
    return document
