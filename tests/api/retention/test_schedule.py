"""The schedule as data: what it says of the days, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api.deps import Services
from api.errors import InvalidError
from api.retention.schedule import Rule, schedule

RULE = """
[[rules]]
id = "r"
default = true
types = ["complaint"]
years = 5
from = "closed"
action = "dispose"
basis = "b"
az = "a"
en = "e"
ru = "r"
"""


def rule(years: int | None, *, of_year: bool = False) -> Rule:
    return Rule("r", frozenset(), years, of_year, "dispose" if years else "keep", "b", {})


def test_every_type_of_the_taxonomy_has_a_rule_and_every_named_type_is_known(services: Services) -> None:
    plan = schedule()
    types = set(services.taxonomy.document_types)
    assert {each for rule in plan.rules for each in rule.types} <= types
    assert plan.of("complaint").id == "appeals"
    assert plan.of("other_document") is plan.of(None) is plan.of("unheard_of") is plan.default


@pytest.mark.parametrize(
    ("closed_at", "of_year", "due_on"),
    [
        (datetime(2020, 6, 1, 8, tzinfo=UTC), False, date(2025, 6, 1)),
        (datetime(2020, 6, 1, 20, 30, tzinfo=UTC), False, date(2025, 6, 2)),  # the next day in Baku
        (datetime(2020, 2, 29, 8, tzinfo=UTC), False, date(2025, 3, 1)),
        (datetime(2020, 6, 1, 8, tzinfo=UTC), True, date(2026, 1, 1)),
        (datetime(2020, 12, 31, 21, tzinfo=UTC), True, date(2027, 1, 1)),
    ],
)
def test_the_last_day_and_the_cutoff_say_the_same(closed_at: datetime, of_year: bool, due_on: date) -> None:
    asked = rule(5, of_year=of_year)
    assert asked.due_on(closed_at) == due_on
    for days in range(-400, 400):
        day = due_on + timedelta(days=days)
        cutoff = asked.cutoff(day)
        assert cutoff is not None
        assert (closed_at < cutoff) == (day >= due_on), day


def test_what_is_kept_for_ever_is_never_due() -> None:
    assert rule(None).due_on(datetime(2020, 6, 1, tzinfo=UTC)) is None
    assert rule(None).cutoff(date(2099, 1, 1)) is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("years = 5", "", "keep without"),
        ("years = 5", "years = 0", "1 to 100"),
        ("years = 5", "years = true", "1 to 100"),
        ('from = "closed"', 'from = "opened"', "counted from"),
        ('action = "dispose"', 'action = "burn"', "dispose or transfer"),
        ('action = "dispose"', 'action = "keep"', "keep without"),
        ('id = "r"', 'id = "R 1"', "no id"),
        ("default = true", "", "default"),
        ('ru = "r"', "", "ru"),
        ('ru = "r"', 'ru = "r"\nuntil = 3', "until"),
        ("[[rules]]", "[rules]", "cannot be used"),
        (RULE, RULE + RULE, "default"),
        (RULE, RULE + RULE.replace("default = true", ""), "one id"),
        (RULE, RULE + RULE.replace("default = true", "").replace('"r"', '"q"'), "two rules"),
    ],
)
def test_a_broken_schedule_says_what_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RULE.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidError, match=told) as refused:
        schedule(path)
    assert "mine.toml" in str(refused.value)


def test_an_office_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RULE, encoding="utf-8")
    assert [each.id for each in schedule(path).rules] == ["r"]
