"""Kinds of notifications: sentences in every language, and nothing in them but numbers and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.notifications import kinds
from api.notifications.kinds import LANGUAGES, Kinds

SHIPPED = Path(kinds.__file__).with_name("kinds.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_sentence_in_every_language(language: str) -> None:
    shipped = kinds.load()
    for name, kind in shipped.kinds.items():
        facts = dict.fromkeys(kind.facts, 7)
        told = shipped.sentence(name, language, "2026-B-000001", facts)
        assert told.endswith(".")
        assert "{" not in told
        assert told != shipped.sentence(name, "az" if language != "az" else "en", "2026-B-000001", facts)


def test_the_number_is_named_or_hidden() -> None:
    shipped = kinds.load()
    assert shipped.sentence("paper.returned", "en", "2026-B-000001", {}) == (
        "Paper 2026-B-000001 came back from its department."
    )
    assert shipped.sentence("paper.returned", "en", None, {}) == (
        "A paper that is not yours to see came back from its department."
    )


def test_an_unknown_language_is_answered_in_azerbaijani_and_a_kind_of_the_past_by_its_name() -> None:
    shipped = kinds.load()
    assert shipped.sentence("clock.overdue", "tr", "1", {}) == shipped.sentence(
        "clock.overdue", "az", "1", {}
    )
    assert shipped.sentence("paper.flown", "az", "1", {}) == "paper.flown"
    assert shipped.sentence("webhook.failed", "az", None, {}) == "webhook.failed"


@pytest.mark.parametrize(
    "change",
    [
        ('ru = "{paper} поручен вам."\n', ""),
        ("{paper} поручен вам.", "{person} поручен вам."),
        ('facts = ["webhook"]\naz', 'fact = ["webhook"]\naz'),
        ('en = "Paper {number}"', 'en = ""'),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(change: tuple[str, str], tmp_path: Path) -> None:
    assert change[0] in SHIPPED
    file = tmp_path / "kinds.toml"
    file.write_text(SHIPPED.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"missing|unknown key|names what is not given"):
        Kinds.load(file)


@pytest.mark.parametrize("value", ["Aysel Məmmədova", "two words", "line\nbreak", "x" * 101, 1.5, ["a"]])
def test_what_could_be_a_name_is_no_fact(value: object) -> None:
    with pytest.raises(ValueError, match="number or a label"):
        kinds.check_facts({"who": value})


def test_numbers_and_labels_are_facts() -> None:
    facts = {"department": "investigation", "days": 3, "on": "2026-03-02", "late": True, "unit": None}
    assert kinds.check_facts(facts) == facts
