"""The competence rules: from facts to a department, its unit, the rule and its ground.

Rules are read from the top and the first that matches decides (`taxonomy.yaml`, `routing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triage.errors import TaxonomyError
from triage.taxonomy import Rule, Taxonomy
from triage.types import Route

CONFLICT_RULE_SUBJECT = "prosecutor_conduct"
"""Complaints about prosecution staff: the rule for this subject names where a conflicted paper goes."""


class Router:
    """Applies one taxonomy's competence rules."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy

    def route(self, document_type: str, subject: str, territory: str | None) -> Route:
        """The department for these facts, by the first rule that matches."""
        facts = self._facts(document_type, subject, territory)
        for rule in self.taxonomy.rules:
            if all(facts.get(key, frozenset()) & allowed for key, allowed in rule.when):
                return _apply(rule, territory)
        raise TaxonomyError("No rule matches, though the last rule should match everything.")

    def avoid(self, route: Route, complained_of: Iterable[tuple[str, str | None]]) -> Route | None:
        """Another route, where `route` would send the paper to an office that it complains of; else None.

        `complained_of` are (department, unit or None for the department as a whole). A complaint about
        an office goes where complaints about prosecution staff go, and if that is the office complained
        of, to the department of the last rule.
        """
        offices = frozenset(complained_of)
        if not _conflicts(route, offices):
            return None
        for other in (self.route("complaint", CONFLICT_RULE_SUBJECT, None), self._last()):
            if not _conflicts(other, offices):
                return other
        return self._last()

    def department_distribution(
        self,
        document_type: Sequence[tuple[str, float]],
        subject: Sequence[tuple[str, float]],
        territory: Sequence[tuple[str | None, float]],
    ) -> dict[str, float]:
        """P(department), summed over the facts that the rules send there.

        The three facts are taken as independent given the text:
        P(d) = sum over (t, s, u) of P(t) P(s) P(u) [route(t, s, u) = d].
        """
        total: dict[str, float] = {}
        for type_label, type_p in document_type:
            for subject_label, subject_p in subject:
                for unit, unit_p in territory:
                    mass = type_p * subject_p * unit_p
                    if mass > 1e-7:  # below this no sum over the 15 x 26 facts can reach a visible digit
                        department = self.route(type_label, subject_label, unit).department
                        total[department] = total.get(department, 0.0) + mass
        return total

    def _facts(self, document_type: str, subject: str, territory: str | None) -> dict[str, frozenset[str]]:
        groups = self.taxonomy.subject_groups.items()
        facts = {
            "document_type": frozenset([document_type]),
            "subject": frozenset([subject]),
            "subject_group": frozenset(group for group, members in groups if subject in members),
        }
        if territory is not None and territory in self.taxonomy.units:
            facts["territory"] = frozenset([territory])
            facts["territory_group"] = frozenset([self.taxonomy.units[territory]])
        return facts

    def _last(self) -> Route:
        return _apply(self.taxonomy.rules[-1], None)


def _apply(rule: Rule, territory: str | None) -> Route:
    unit = territory if rule.unit_from_territory else None
    return Route(rule.department, unit, rule.id, rule.ground)


def _conflicts(route: Route, offices: frozenset[tuple[str, str | None]]) -> bool:
    return (route.department, None) in offices or (
        route.unit is not None and (route.department, route.unit) in offices
    )
