"""Papers that were routed by the policy or decided on by people, as other features leave them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.automation.schemas import SwitchIn
from api.automation.service import change
from api.db.tables import Decision, Document, Handover
from api.deps import Services
from api.review import waiting
from api.triaging.service import triage
from tests.api.triaging.papers import TEXT, Rule, paper, register

SUPERVISOR = Principal("user:7", "Sevda", "supervisor", ROLE_PERMISSIONS["supervisor"])
OTHER = replace(SUPERVISOR, id="user:8", name="Orxan")
LOCAL = replace(SUPERVISOR, id="user:9", units=frozenset({"gence"}))
AYGUN = Principal("user:1", "Aygün", "clerk", ROLE_PERMISSIONS["clerk"])
NIGAR = replace(AYGUN, id="user:2", name="Nigar")


def switch_on(services: Services, by: Rule) -> None:
    """Let what the rule suggests be routed unread."""
    for scope, value in (("all", ""), ("department", by.department), ("subject", by.subject)):
        change(services, SUPERVISOR, scope, value, SwitchIn(on=True, reason="for a test"))  # type: ignore[arg-type]


def triaged(services: Services, by: Rule, count: int) -> list[str]:
    """So many papers, triaged by the rule; their numbers."""
    numbers = register(services, *(f"{TEXT}{n}" for n in range(count)))
    for number in numbers:
        triage(services, by.suggester, paper(services, number).id)
    return numbers


def decide(services: Services, number: str, department: str, who: Principal = AYGUN, **more: Any) -> int:
    """A person routes a paper, with `overrides`, `reason`, `unit`, `subject` as the review writes them; the id."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number).with_for_update()).one()
        facts = {
            "document_type": document.document_type, "subject": more.get("subject", document.subject),
            "territory": None, "urgency": document.urgency, "rule": None, "overrides": more.get("overrides", []),
        }  # fmt: skip
        row = Decision(
            document_id=document.id, suggestion_id=document.suggestion_id, kind="person", action="route",
            actor=who.id, actor_name=who.name, department=department, unit=more.get("unit"),
            reason=more.get("reason"), facts=facts,
        )  # fmt: skip
        session.add(row)
        session.flush()
        document.decision_id, document.department, document.unit = row.id, department, row.unit
        waiting.leave(document, "routed", services.now())
        append(session, who.id, "document.decided", document.id, **recorded(row))
        return row.id


def send_back(services: Services, number: str, who: Principal = AYGUN) -> None:
    """A department returns a paper."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number).with_for_update()).one()
        row = Handover(
            document_id=document.id, decision_id=document.decision_id, actor=who.id, actor_name=who.name,
            department=document.department, unit=document.unit, kind="returned", reason="not_ours",
        )  # fmt: skip
        session.add(row)
        session.flush()
        document.decision_id = document.department = document.unit = None
        waiting.wait(document, services.now(), hurried=True)
        append(session, who.id, "document.returned", document.id, **recorded(row))
