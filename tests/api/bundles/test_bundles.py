"""Bundles are listed with what they did, and a candidate is compared on papers that the active one has seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.bundles import service
from api.bundles.comparing import compare
from api.db.tables import BundleComparison
from api.deps import Services
from api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from api.policy import service as policy
from api.triaging.service import Suggester, triage
from tests.api.papers import broken_links
from tests.api.policy.support import ONE, OTHER, by_rules, later, proposed
from tests.api.review.office import person, routed
from tests.api.triaging.papers import TEXT, paper, register
from triage import types
from triage.errors import UnsupportedFormatError

CARD = "# test 1.1.0\n\n<script>alert(1)</script> **bold** [x](javascript:alert(1))\n\n"
CARD += "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def models(folder: Path) -> Path:
    """A models folder with an active bundle and a candidate."""
    entries = [
        ("1.0.0", "active", "0" * 64),
        ("1.1.0", "candidate", "1" * 64),
        ("0.9.0", "retired", "2" * 64),
    ]
    lines = [
        f'[[bundle]]\nname = "test"\nversion = "{v}"\nsha256 = "{h}"\nstate = "{s}"\n' for v, s, h in entries
    ]
    for version in ("1.0.0", "1.1.0"):
        made = folder / "test" / version
        made.mkdir(parents=True)
        (made / "card.md").write_text(CARD, encoding="utf-8")
        (made / "metrics.json").write_text('{"subject": [0.9, 0.8, 0.95], "odd": "x"}', encoding="utf-8")
        (made / "manifest.toml").write_text(
            "[thresholds]\nroute_probability = 0.9\n[training]\nseed = 7\npapers = 20\n", encoding="utf-8"
        )
    (folder / "registry.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def office(services: Services, tmp_path: Path) -> Services:
    """The services with these models."""
    folder = models(tmp_path / "models")
    return replace(services, settings=services.settings.model_copy(update={"models": folder}))


def came(services: Services, count: int) -> list[str]:
    numbers = register(services, *(f"{TEXT} {n}" for n in range(count)))
    for number in numbers:
        triage(services, by_rules(services, "cybercrime").in_force(services), paper(services, number).id)
    return numbers


def candidate(services: Services, subject: str = "fraud") -> Suggester:
    """Finds another subject in the second of all papers, and cannot read the third."""
    same, other = by_rules(services, "cybercrime"), by_rules(services, subject, "sumqayit")

    def of(same: Suggester, other: Suggester) -> Suggester:
        def suggest(document: types.Document) -> types.Suggestion:
            if document.id.endswith("3"):
                raise UnsupportedFormatError("no")
            return (other if document.id.endswith("2") else same).suggest(document)

        assert same.ruled is not None
        assert other.ruled is not None
        one, two = same.ruled, other.ruled
        return Suggester(suggest, {}, lambda rules, mark: of(one(rules, mark), two(rules, mark)))

    return of(same, other)


def test_bundles_are_listed_with_what_they_did(office: Services) -> None:
    came(office, 2)
    found = service.bundles(office, ONE)
    assert [(b.version, b.state, b.present, b.suggestions) for b in found] == [
        ("1.0.0", "active", True, 2), ("1.1.0", "candidate", True, 0), ("0.9.0", "retired", False, 0),
    ]  # fmt: skip
    assert found[0].first_used is not None
    told = service.bundle(office, ONE, "test", "1.1.0")
    assert [(f.name, f.value) for f in told.figures] == [("subject", 0.9)]
    assert (told.thresholds, told.made_of) == ({"route_probability": 0.9}, {"seed": 7, "papers": 20})
    assert told.card == CARD


def test_a_bundle_that_is_gone_is_still_told(office: Services) -> None:
    came(office, 1)
    (office.settings.models / "registry.toml").write_text("", encoding="utf-8")
    assert [b.state for b in service.bundles(office, ONE)] == ["gone"]
    assert service.bundle(office, ONE, "test", "1.0.0").card == ""
    (office.settings.models / "registry.toml").write_text("[[bundle]]\nname = 1", encoding="utf-8")
    with pytest.raises(UnavailableError):
        service.bundles(office, ONE)


def test_a_candidate_is_compared_on_the_same_papers_by_the_same_rules(office: Services) -> None:
    numbers = came(office, 3)
    made = proposed(office, {"R13": {"to": "baku"}})
    policy.approve(office, OTHER, made.id)
    then = later(office, seconds=20)
    numbers += came_as(then, "Başqa ərizə")
    clerk = person(office, "Aygün")
    routed(office, clerk, numbers[1], subject="fraud", department="territorial", unit="sumqayit",
           reason="wrong_subject")  # fmt: skip
    row = compare(then, SYSTEM, "test/1.1.0", 10, lambda _folder, _sha256: candidate(office))
    assert row.papers == 3
    told = service.bundle(then, ONE, "test", "1.1.0").comparisons[0]
    assert (told.papers, told.failed, told.differing, told.same_files) == (3, 1, 1, True)
    assert told.same == {
        "department": 2, "subject": 2, "document_type": 3, "territory": 2, "urgency": 3,
    }, "the paper by the newer rules is compared by these"  # fmt: skip
    assert (told.decided, told.of_active.department, told.of_candidate.department) == (1, 0, 1)
    assert (told.of_candidate.routed, told.of_candidate.routed_decided, told.of_candidate.routed_right) == (
        3,
        1,
        1,
    )
    assert [(d.number, d.department, d.decided) for d in told.differ] == [
        (numbers[1], ("cyber", "territorial"), "territorial")
    ]
    assert broken_links(office) == []


def came_as(services: Services, text: str) -> list[str]:
    number = register(services, text)[0]
    triage(services, by_rules(services, "cybercrime").in_force(services), paper(services, number).id)
    return [number]


def test_what_cannot_be_compared_is_told(office: Services) -> None:
    def load(_folder: Path, _sha256: str) -> Suggester:
        return candidate(office)

    for name, kind in [("test/1.0.0", InvalidError), ("../x", NotFoundError), ("test/1.1.0", ConflictError)]:
        with pytest.raises(kind):
            compare(office, SYSTEM, name, 10, load)
    with office.database.transaction() as session:
        assert session.query(BundleComparison).count() == 0


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
def test_only_who_reads_figures_sees_bundles(office: Services, role: str) -> None:
    who = Principal("user:9", "X", role, ROLE_PERMISSIONS[role])
    with pytest.raises(ForbiddenError):
        service.bundles(office, who)
    with pytest.raises(ForbiddenError):
        service.bundle(office, who, "test", "1.0.0")
    with pytest.raises(NotFoundError):
        service.bundle(office, ONE, "test", "9.9.9")
