"""Trying rules on papers that came already: by their stored facts, nothing is read again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.deps import Services
from api.policy import repository
from api.policy.repository import Tried
from api.policy.schemas import Basis, ChangeOut, CountOut, RouteOut, TrialOut
from api.review import conflict
from api.triaging.stored import read_facts
from triage.routing import Router
from triage.taxonomy import Taxonomy
from triage.types import Route


@dataclass(frozen=True, slots=True)
class _Case:
    """One paper by one set of facts, and both routes."""

    paper: Tried
    basis: Basis
    facts: tuple[str, str, str | None]
    before: Route
    after: Route

    @property
    def changed(self) -> bool:
        """Whether it goes elsewhere."""
        return (self.before.department, self.before.unit) != (self.after.department, self.after.unit)


def compare(
    services: Services, session: Session, papers: Sequence[Tried], before: Taxonomy, after: Taxonomy
) -> TrialOut:
    """What the rules of `after` change against those of `before`. Raises ConflictError for newer facts."""
    complained_of = _complained_of(services, session, papers)
    routers = Router(before), Router(after)
    cases = [case for paper in papers for case in _cases(paper, complained_of, routers)]
    suggested = [case for case in cases if case.basis == "suggested"]
    decided = [case for case in cases if case.basis == "decided"]
    counts = [Counter(case.before.department for case in suggested)]
    counts += [Counter(case.after.department for case in suggested)]
    moved = {case.paper.document_id for case in cases if case.changed}
    relabelled = {c.paper.document_id for c in suggested if c.before.rule != c.after.rule} - moved
    departments = [
        CountOut(department=d, before=counts[0][d], after=counts[1][d])
        for d in after.departments
        if counts[0][d] or counts[1][d]
    ]
    return TrialOut(
        papers=len(papers),
        changed=len(moved),
        decided=len(decided),
        agree_before=sum(_agrees(case, case.before) for case in decided),
        agree_after=sum(_agrees(case, case.after) for case in decided),
        other_rule=len(relabelled),
        departments=sorted(departments, key=lambda row: -abs(row.after - row.before)),
        changes=[_shown(case) for case in cases if case.changed],
    )


def _cases(
    paper: Tried, complained_of: dict[int, conflict.Offices], routers: tuple[Router, Router]
) -> Iterator[_Case]:
    """By the facts that were suggested, and by those that a person decided on instead."""
    facts = read_facts(paper.suggestion.schema_version, paper.suggestion.facts)
    offices = complained_of.get(paper.suggestion.id, frozenset())
    told: list[tuple[Basis, tuple[str, str, str | None]]] = [
        ("suggested", (facts["document_type"]["label"], facts["subject"]["label"], facts["territory"]))
    ]
    if paper.decision is not None and "subject" in paper.decision.facts:
        made = paper.decision.facts
        told.append(("decided", (made["document_type"], made["subject"], made["territory"])))
    for basis, labels in told:
        before, after = (_route(router, labels, offices) for router in routers)
        yield _Case(paper, basis, labels, before, after)


def _route(router: Router, labels: tuple[str, str, str | None], offices: conflict.Offices) -> Route:
    """As a suggestion is routed: by the rules, but never to an office that the paper complains of."""
    route = router.route(*labels)
    return router.avoid(route, offices) or route


def _complained_of(
    services: Services, session: Session, papers: Sequence[Tried]
) -> dict[int, conflict.Offices]:
    """The offices that papers complain of, by suggestion; none where the content was blanked."""
    accusing = [paper.suggestion.id for paper in papers if _accuses(paper.suggestion.facts)]
    contents = repository.contents(session, accusing) if accusing else {}
    return {
        key: conflict.offices(services, json.loads(content)["entities"]) for key, content in contents.items()
    }


def _accuses(facts: dict[str, Any]) -> bool:
    return any(e["label"] == "ORG" and e["role"] == "complained_of" for e in facts.get("entities", ()))


def _agrees(case: _Case, route: Route) -> bool:
    decision = case.paper.decision
    return decision is not None and route.department == decision.department


def _shown(case: _Case) -> ChangeOut:
    decision = case.paper.decision
    before, after = (
        RouteOut(department=route.department, unit=route.unit, rule=route.rule)
        for route in (case.before, case.after)
    )
    return ChangeOut(
        number=case.paper.number, basis=case.basis, document_type=case.facts[0], subject=case.facts[1],
        territory=case.facts[2], before=before, after=after,
        decided=decision.department if decision is not None else None,
    )  # fmt: skip
