"""Competence rules as rows: those of a taxonomy, what is wrong with proposed ones, and how two lists differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from api.errors import InvalidError
from api.policy.rulebook import Rules
from triage.errors import TaxonomyError
from triage.routing import CONFLICT_RULE_SUBJECT, Router
from triage.taxonomy import Taxonomy

_PLACES = frozenset({"territory", "territory_group"})
Kind = Literal["same", "changed", "moved", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a rule; `before` None for an added one, `after` None for a removed one."""

    kind: Kind
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def rows_of(taxonomy: Taxonomy) -> Rules:
    """The rules of a taxonomy, in the form of its `routing`."""
    found: Rules = []
    for rule in taxonomy.rules:
        when = {name: sorted(values) for name, values in sorted(rule.when)}
        row: dict[str, Any] = {"id": rule.id, "when": when, "to": rule.department, "ground": rule.ground}
        found.append({**row, "unit": "territory"} if rule.unit_from_territory else row)
    return found


def check(taxonomy: Taxonomy, rules: Rules, mark: str = "new") -> Taxonomy:
    """The taxonomy by these rules. Raises InvalidError, naming the rule, where they cannot hold."""
    ids = [row["id"] for row in rules]
    if twice := sorted({number for number in ids if ids.count(number) > 1}):
        raise InvalidError(f"Two rules have the number {twice[0]}. Give each its own.")
    for row in rules[:-1]:
        if not row["when"]:
            raise InvalidError(
                f"Rule {row['id']} has no condition, so that none below it is ever read. Only the last may have none."
            )
    for row in rules:
        if row.get("unit") and not _PLACES & row["when"].keys():
            raise InvalidError(f"Rule {row['id']} names the unit of a place, but asks for no place.")
    try:
        made = taxonomy.ruled(rules, mark)
    except TaxonomyError as error:
        raise InvalidError(str(error)) from None
    router = Router(made)
    aside = router.route("complaint", CONFLICT_RULE_SUBJECT, None)
    if aside.department == made.rules[-1].department:
        raise InvalidError(
            "Complaints about prosecution staff must go elsewhere than the last rule sends: otherwise a complaint "
            "about that department would come to itself."
        )
    return made


def differences(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Every rule of two lists and what became of it, in the order of `after`; removed ones below who stood above."""
    old = {row["id"]: row for row in before}
    new = {row["id"]: row for row in after}
    kept_old, kept_new = [i for i in old if i in new], [i for i in new if i in old]
    matched = SequenceMatcher(None, kept_old, kept_new, autojunk=False)
    stayed = {i for block in matched.get_matching_blocks() for i in kept_old[block.a : block.a + block.size]}
    found = [_difference(old.get(number), row, stayed) for number, row in new.items()]
    for above, row in zip([None, *before], before, strict=False):
        if row["id"] not in new:
            places = [at for at, d in enumerate(found, 1) if above is not None and _id(d) == above["id"]]
            found.insert(places[0] if places else 0, Difference("removed", row, None))
    return found


def _difference(before: Mapping[str, Any] | None, after: Mapping[str, Any], stayed: set[str]) -> Difference:
    if before is None:
        return Difference("added", None, after)
    if before != after:
        return Difference("changed", before, after)
    return Difference("same" if after["id"] in stayed else "moved", before, after)


def _id(difference: Difference) -> str:
    row = difference.after or difference.before or {}
    return str(row["id"])
