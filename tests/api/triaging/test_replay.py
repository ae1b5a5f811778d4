"""A suggestion is made again from what is on record, and any difference is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.deps import Services
from api.errors import ForbiddenError, NotFoundError
from api.settings import Settings
from api.triaging.replay import Outcome, Replayer
from api.triaging.service import Suggester, triage
from tests.api.triaging.papers import TEXT, Rule, actions, paper, register, rule
from triage.pipeline import Triager


def with_bundle(services: Services, home: Path) -> Services:
    """The services with a models folder in which the rule's bundle lies."""
    (home / "models" / "test" / "1.0.0").mkdir(parents=True)
    return replace(services, settings=services.settings.model_copy(update={"models": home / "models"}))


def replayer(services: Services, by: Rule) -> Replayer:
    return Replayer(services, SYSTEM, lambda _folder, _sha256: by.suggester)


def as_superuser(services: Services, statement: str) -> None:
    """What only somebody past the rights and triggers can do."""
    engine = create_engine(services.database.url)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def stocked(services: Services, tmp_path: Path) -> tuple[Services, Rule, str]:
    """Services with the rule's bundle, the rule, and a paper that was triaged by it."""
    made, by = with_bundle(services, tmp_path), rule(services)
    number = register(services, TEXT)[0]
    triage(made, by.suggester, paper(services, number).id)
    return made, by, number


def test_the_same_bundle_gives_the_same_bytes(stocked: tuple[Services, Rule, str]) -> None:
    services, by, number = stocked
    result = replayer(services, by).replay(number)
    assert (result.outcome, result.differs) == ("same", ())
    assert actions(services, paper(services, number).id)[-1] == "document.replayed"


def test_another_suggestion_is_told_with_the_parts_that_differ(stocked: tuple[Services, Rule, str]) -> None:
    services, by, number = stocked
    other = replace(by, department=services.taxonomy.departments[1])
    result = replayer(services, other).replay(number)
    assert result.outcome == "different"
    assert {"content_sha256", "content.department", "facts.department"} < set(result.differs)
    assert any(name.startswith("decision ") for name in result.differs)


@pytest.mark.parametrize(
    ("statement", "differs"),
    [
        ("UPDATE suggestions SET facts = jsonb_set(facts, '{confidence}', '0.5')", "facts.confidence"),
        ("UPDATE suggestion_contents SET content = replace(content, 'Test', 'Fake')", "content.ground"),
        ("UPDATE decisions SET department = 'elsewhere'", "decision 1"),
    ],
)
def test_a_record_that_was_tampered_with_is_told(
    stocked: tuple[Services, Rule, str], statement: str, differs: str
) -> None:
    services, by, number = stocked
    as_superuser(services, statement)
    result = replayer(services, by).replay(number)
    assert (result.outcome, result.differs) == ("different", (differs,))


def remove_bundle(services: Services, _number: str) -> None:
    shutil.rmtree(services.settings.models / "test")


def remove_original(services: Services, number: str) -> None:
    next((services.settings.home / "store").rglob(paper(services, number).sha256)).unlink()


def erase(services: Services, _number: str) -> None:
    as_superuser(services, "UPDATE documents SET state = 'erased', desk = NULL, look_by = NULL")


def leave_the_folder(services: Services, _number: str) -> None:
    as_superuser(services, "UPDATE suggestions SET bundle = '../..'")


@pytest.mark.parametrize(
    ("harm", "outcome"),
    [
        (remove_bundle, "bundle_missing"),
        (leave_the_folder, "bundle_missing"),
        (remove_original, "original_missing"),
        (erase, "erased"),
    ],
)
def test_what_is_lacking_is_told(
    stocked: tuple[Services, Rule, str], harm: Callable[[Services, str], None], outcome: Outcome
) -> None:
    services, by, number = stocked
    harm(services, number)
    assert replayer(services, by).replay(number).outcome == outcome


def test_with_the_content_blanked_its_hash_is_still_compared(stocked: tuple[Services, Rule, str]) -> None:
    services, by, number = stocked
    as_superuser(services, "UPDATE suggestion_contents SET content = NULL")
    assert replayer(services, by).replay(number).outcome == "same"
    other = replace(by, department=services.taxonomy.departments[1])
    assert "content_sha256" in replayer(services, other).replay(number).differs


def test_only_suggestions_that_are_there_are_replayed_by_who_may_read_them(services: Services) -> None:
    number = register(services, TEXT)[0]
    administrator = Principal("user:1", "A", "administrator", ROLE_PERMISSIONS["administrator"])
    with pytest.raises(NotFoundError):
        Replayer(services, SYSTEM).replay(number)
    with pytest.raises(ForbiddenError):
        Replayer(services, administrator).replay(number)


def test_the_active_bundle_says_the_same_again_whatever_its_threads(
    services: Services, triager: Triager
) -> None:
    numbers = register(services, TEXT * 8, "Прошу принять меры: сосед перенёс забор на два метра. " * 4)
    suggester = Suggester.of(triager)
    for number in numbers:
        triage(services, suggester, paper(services, number).id)
    services = replace(services, settings=Settings(home=services.settings.home))
    again = Replayer(services, SYSTEM)
    assert list(again.numbers()) == numbers
    assert [again.replay(number).message for number in numbers] == ["Made again, byte for byte."] * 2
