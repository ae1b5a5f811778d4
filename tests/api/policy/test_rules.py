"""Rules that cannot hold are refused with the rule's number; two lists are compared rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from api.errors import InvalidError
from api.policy.rulebook import policy_of
from api.policy.rules import check, differences, rows_of
from api.settings import Settings
from triage import registry
from triage.taxonomy import Taxonomy


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    folder, _ = registry.active(Settings().models)
    return Taxonomy.parse((folder / "taxonomy.yaml").read_text(encoding="utf-8"))


def test_the_rows_of_a_taxonomy_give_its_rules_again(taxonomy: Taxonomy) -> None:
    made = check(taxonomy, rows_of(taxonomy), "p7")
    assert made.rules == tuple(
        type(rule)(rule.id, tuple(sorted(rule.when)), rule.department, rule.ground, rule.unit_from_territory)
        for rule in taxonomy.rules
    )
    assert policy_of(made.version) == 7
    assert policy_of(taxonomy.version) is None


@pytest.mark.parametrize(
    ("at", "change", "told"),
    [
        (0, {"id": "R02"}, "Two rules have the number R02"),
        (3, {"when": {}}, "Rule R04 has no condition"),
        (0, {"unit": "territory"}, "Rule R01 names the unit of a place"),
        (0, {"to": "nowhere"}, "Rule R01 sends to an unknown department"),
        (0, {"when": {"subject": ["magic"]}}, "Rule R01 names an unknown subject"),
        (19, {"when": {"subject": ["fraud"]}}, "last rule must have no condition"),
        (19, {"to": "internal_inspection"}, "would come to itself"),
        (0, {"when": {"weather": ["rain"]}}, "unknown conditions"),
    ],
)
def test_rules_that_cannot_hold_are_refused(
    taxonomy: Taxonomy, at: int, change: dict[str, Any], told: str
) -> None:
    rows = rows_of(taxonomy)
    rows[at] = {**rows[at], **change}
    with pytest.raises(InvalidError, match=told):
        check(taxonomy, rows)


def test_what_became_of_each_rule_is_told(taxonomy: Taxonomy) -> None:
    before = rows_of(taxonomy)
    after = [*before[:1], *before[2:5], before[1], *before[6:]]
    after[2] = {**after[2], "to": "investigation"}
    after.insert(1, {**before[0], "id": "R21"})
    kinds = [
        (d.kind, (d.after or d.before or {})["id"]) for d in differences(before, after) if d.kind != "same"
    ]
    assert kinds == [("added", "R21"), ("changed", "R04"), ("removed", "R06"), ("moved", "R02")]
