"""Proposals and supervisors for tests of the competence rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.deps import Services
from api.intake.calendar import baku_date
from api.policy import service
from api.policy.schemas import PolicyFull, PolicyIn, RuleIn
from api.triaging.service import Suggester
from tests.api.triaging.papers import Rule, rule
from triage import types
from triage.routing import Router
from triage.taxonomy import Taxonomy

ONE = Principal("user:1", "Leyla", "supervisor", ROLE_PERMISSIONS["supervisor"])
OTHER = replace(ONE, id="user:2", name="Rəşad")
Changes = dict[str, dict[str, Any]]
REASON = "Cyber cases go to the regions"


def rules(services: Services, changes: Changes) -> list[RuleIn]:
    """The newest rules, with changes to those of these numbers."""
    _, found = service.newest_rules(services, ONE)
    return [rule.model_copy(update=changes.get(rule.id, {})) for rule in found]


def proposed(services: Services, changes: Changes, since: date | None = None) -> PolicyFull:
    """A proposal with changes to rules by their numbers, to hold from today or another day."""
    wanted = PolicyIn(rules=rules(services, changes), reason=REASON, since=since or baku_date(services.now()))
    return service.propose(services, ONE, wanted)


def later(services: Services, **time: float) -> Services:
    """The services at a later time."""
    now = services.now() + timedelta(**time)
    return replace(services, now=lambda: now)


def by_rules(services: Services, subject: str, territory: str | None = None) -> Suggester:
    """Finds the same facts in every paper and routes by the bundle's rules, or by others if asked to."""
    facts = rule(services, subject=subject)
    bundled = services.rulebook.bundled
    return _ruled(facts, territory, bundled)


def _ruled(facts: Rule, territory: str | None, taxonomy: Taxonomy) -> Suggester:
    def suggest(document: types.Document) -> types.Suggestion:
        route = Router(taxonomy).route("complaint", facts.subject, territory)
        found = facts.suggest(document)
        candidates = (route.department,)
        return replace(
            found, route=route, territory=territory, policy=taxonomy.version, candidates=candidates
        )

    def ruled(rows: Any, mark: str) -> Suggester:
        return _ruled(facts, territory, taxonomy.ruled(rows, mark))

    return Suggester(suggest, {"route_probability": 0.9}, ruled)
