"""The competence rules: which facts lead where."""

from __future__ import annotations

import pytest

from triage.errors import TaxonomyError
from triage.routing import Router
from triage.taxonomy import Taxonomy

CASES = [
    # document_type, subject, territory, department, unit, rule
    ("complaint", "prosecutor_conduct", "quba", "internal_inspection", None, "R01"),
    ("application", "human_resources", None, "human_resources", None, "R02"),
    ("legal_assistance", "drugs", "astara", "international", None, "R03"),
    ("application", "international", "zerdab", "international", None, "R04"),
    ("complaint", "military", "naxcivan", "military", None, "R05"),
    ("complaint", "corruption", "masalli", "anti_corruption", None, "R06"),
    ("crime_report", "state_security", "zengilan", "investigation", None, "R07"),
    ("indictment", "cybercrime", "baki", "public_prosecution", None, "R08"),
    ("court_decision", "traffic", "culfa", "public_prosecution", None, "R08"),
    ("complaint", "trial_verdict", "gence", "public_prosecution", None, "R09"),
    ("complaint", "penitentiary", None, "penal_supervision", None, "R10"),
    ("complaint", "labour", "ordubad", "nakhchivan", None, "R11"),
    ("appeal", "land_housing", "quba", "non_criminal", None, "R12"),
    ("complaint", "cybercrime", "serur", "cyber", None, "R13"),
    ("complaint", "restraint", "babek", "nakhchivan", None, "R14"),
    ("complaint", "ill_treatment", "sumqayit", "procedural_guidance", None, "R15"),
    ("crime_report", "drugs", "sederek", "nakhchivan", None, "R16"),
    ("complaint", "fraud", "nesimi", "baku", None, "R17"),
    ("complaint", "fraud", "baki", "baku", None, "R17"),
    ("complaint", "property_crime", "agcabedi", "territorial", "agcabedi", "R18"),
    ("complaint", "violent_crime", None, "investigation", None, "R19"),
    ("proposal", "general", "quba", "citizen_appeals", None, "R20"),
]


@pytest.mark.parametrize(("document_type", "subject", "territory", "department", "unit", "rule"), CASES)
def test_first_matching_rule_decides(
    taxonomy: Taxonomy, document_type: str, subject: str, territory: str | None,
    department: str, unit: str | None, rule: str,
) -> None:  # fmt: skip
    route = Router(taxonomy).route(document_type, subject, territory)
    assert (route.department, route.unit, route.rule) == (department, unit, rule)
    assert route.ground


def test_every_combination_of_facts_has_a_department(taxonomy: Taxonomy) -> None:
    router = Router(taxonomy)
    for document_type in taxonomy.document_types:
        for subject in taxonomy.subjects:
            for territory in (None, *taxonomy.units):
                route = router.route(document_type, subject, territory)
                assert route.department in taxonomy.departments
                assert (route.unit is not None) == (route.department == "territorial")


def test_a_paper_never_goes_to_the_office_that_it_complains_of(taxonomy: Taxonomy) -> None:
    router = Router(taxonomy)
    route = router.route("complaint", "violent_crime", "quba")
    assert router.avoid(route, [("territorial", "qusar")]) is None
    other = router.avoid(route, [("territorial", "quba")])
    assert other is not None
    assert other.department == "internal_inspection"
    inspected = router.route("complaint", "prosecutor_conduct", None)
    last = router.avoid(inspected, [("internal_inspection", None)])
    assert last is not None
    assert last.department == "citizen_appeals"


def test_department_distribution_sums_over_facts(taxonomy: Taxonomy) -> None:
    found = Router(taxonomy).department_distribution(
        [("complaint", 0.9), ("indictment", 0.1)],
        [("fraud", 0.7), ("corruption", 0.3)],
        [("quba", 0.6), ("baki", 0.4)],
    )
    assert sum(found.values()) == pytest.approx(1)
    assert found["anti_corruption"] == pytest.approx(0.3)
    assert found["public_prosecution"] == pytest.approx(0.07)
    assert found["territorial"] == pytest.approx(0.9 * 0.7 * 0.6)


BROKEN = [
    ("to: citizen_appeals", "to: nowhere", "unknown department"),
    ("when: {subject: corruption}", "when: {subject: korrupsiya}", "unknown subject"),
    ("when: {subject: corruption}", "when: {colour: red}", "unknown conditions"),
    ("when: {}", "when: {subject: general}", "last rule"),
    ("minors, environment]", "minors, weather]", "unknown subject"),
    ("version: 1", "version: [", "cannot be read"),
    ("profile: az-prosecution", "profiles: x", "cannot be read"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_taxonomy_that_contradicts_itself_is_refused(
    old: str, new: str, message: str, request: pytest.FixtureRequest
) -> None:
    path = request.config.rootpath / "training/config/taxonomy.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TaxonomyError, match=message):
        Taxonomy.parse(text.replace(old, new))
