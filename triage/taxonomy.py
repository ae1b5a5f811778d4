"""The office's taxonomy: labels, departments, territorial units and competence rules, read from YAML.

The taxonomy is data that an office changes without touching code; `Taxonomy.parse` refuses one that
contradicts itself, so that no rule can name a department or a subject that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from triage.errors import TaxonomyError
from triage.text.casing import slug

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml reads it in a tenth of the time
_CONDITIONS = frozenset({"document_type", "subject", "subject_group", "territory", "territory_group"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A competence rule: the first whose every condition holds decides.

    `when` maps a condition to the values that satisfy it. `unit_from_territory` says that the
    department's unit is the unit where the facts happened.
    """

    id: str
    when: tuple[tuple[str, frozenset[str]], ...]
    department: str
    ground: str
    unit_from_territory: bool = False


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A parsed taxonomy. `names` maps (kind, id) to the names by language; `units` maps a slug to its group."""

    profile: str
    version: str
    languages: tuple[str, ...]
    scripts: tuple[str, ...]
    document_types: tuple[str, ...]
    subjects: tuple[str, ...]
    departments: tuple[str, ...]
    urgencies: tuple[str, ...]
    units: dict[str, str]
    unit_names: dict[str, str]
    subject_groups: dict[str, frozenset[str]]
    rules: tuple[Rule, ...]
    review_subjects: frozenset[str]
    review_urgencies: frozenset[str]
    names: dict[tuple[str, str], dict[str, str]]

    def name(self, kind: str, label: str, language: str = "en") -> str:
        """The name of a label for people; the id itself where the taxonomy has none."""
        return self.names.get((kind, label), {}).get(language, label)

    def ruled(self, rules: Iterable[Mapping[str, Any]], mark: str) -> Taxonomy:
        """The same labels by other competence rules, in the form of `routing`; `mark` is added to the version.

        Raises `TaxonomyError` where the rules cannot be read, or name what this taxonomy does not have.
        """
        try:
            read = tuple(_rule(row) for row in rules)
        except (KeyError, TypeError, AttributeError) as error:
            raise TaxonomyError(f"The rules cannot be read: {error!r}.") from error
        taxonomy = replace(self, version=f"{self.version}+{mark}", rules=read)
        _check(taxonomy)
        return taxonomy

    @classmethod
    def parse(cls, text: str) -> Taxonomy:
        """Read and check a taxonomy. Raises `TaxonomyError` naming what is missing or unknown."""
        try:
            data = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe loaders
            taxonomy = _build(data)
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise TaxonomyError(f"The taxonomy cannot be read: {error!r}.") from error
        _check(taxonomy)
        return taxonomy


def _build(data: dict[str, Any]) -> Taxonomy:
    kinds = ("document_types", "subjects", "departments")
    names = {
        (kind, row["id"]): {k: v for k, v in row.items() if k in ("az", "en", "ru")}
        for kind in kinds
        for row in data[kind]
    }
    unit_names = {slug(name): name for group in data["units"].values() for name in group}
    review = data.get("always_review", {})
    return Taxonomy(
        profile=data["profile"],
        version=str(data["version"]),
        languages=tuple(data["languages"]),
        scripts=tuple(data["scripts"]),
        document_types=tuple(row["id"] for row in data["document_types"]),
        subjects=tuple(row["id"] for row in data["subjects"]),
        departments=tuple(row["id"] for row in data["departments"]),
        urgencies=tuple(row["id"] for row in data["urgency"]),
        units={slug(name): group for group, members in data["units"].items() for name in members},
        unit_names=unit_names,
        subject_groups={group: frozenset(members) for group, members in data["subject_groups"].items()},
        rules=tuple(_rule(row) for row in data["routing"]),
        review_subjects=frozenset(review.get("subjects", ())),
        review_urgencies=frozenset(review.get("urgency", ())),
        names=names,
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    unknown = set(row["when"]) - _CONDITIONS
    if unknown:
        raise TaxonomyError(f"Rule {row['id']} has unknown conditions: {', '.join(sorted(unknown))}.")
    if row.get("unit", "territory") != "territory":
        raise TaxonomyError(f"Rule {row['id']}: `unit` can only be `territory`.")
    when = tuple(
        (key, frozenset([value] if isinstance(value, str) else value)) for key, value in row["when"].items()
    )
    return Rule(row["id"], when, row["to"], row["ground"], "unit" in row)


def _check(taxonomy: Taxonomy) -> None:
    known = {
        "document_type": set(taxonomy.document_types),
        "subject": set(taxonomy.subjects),
        "subject_group": set(taxonomy.subject_groups),
        "territory": set(taxonomy.units),
        "territory_group": set(taxonomy.units.values()),
    }
    for rule in taxonomy.rules:
        for key, values in rule.when:
            _require(values <= known[key], f"Rule {rule.id} names an unknown {key}.")
        _require(rule.department in taxonomy.departments, f"Rule {rule.id} sends to an unknown department.")
    for group, members in taxonomy.subject_groups.items():
        _require(members <= known["subject"], f"Subject group {group} has an unknown subject.")
    _require(taxonomy.review_subjects <= known["subject"], "always_review has an unknown subject.")
    _require(taxonomy.review_urgencies <= set(taxonomy.urgencies), "always_review has an unknown urgency.")
    _require(
        bool(taxonomy.rules) and not taxonomy.rules[-1].when,
        "The last rule must have no condition, so that every paper has a department.",
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise TaxonomyError(message)
