"""What an office decides on as data, and the places of the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from api.db.tables import Document
from api.review import catalogue, waiting
from api.review.gist import LONGEST, sentence

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NAMES = 'az = "a"\nen = "b"\nru = "c"\n'


def test_every_choice_has_its_names() -> None:
    assert {"other", "misread", "conflict_of_interest"} <= catalogue.reasons().keys()
    assert {"supreme_court", "ombudsman", "municipality", "executive_power"} <= catalogue.bodies().keys()
    for choice in (*catalogue.reasons().values(), *catalogue.bodies().values()):
        assert choice.names.keys() == {"az", "en", "ru"}
    assert [code for code, choice in catalogue.reasons().items() if choice.words] == ["other"]


@pytest.mark.parametrize(
    "text", ['[a]\naz = "a"', f'[a]\n{NAMES}fr = "d"', f"[a]\n{NAMES}en = 1", "[a", '[a]\naz = ""']
)
def test_a_file_of_choices_that_is_not_in_form_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"reasons\.toml"):
        catalogue.choices(path)


def test_the_rule_of_two_persons_is_as_shipped() -> None:
    rule = catalogue.two_persons()
    assert (rule.returns, rule.review_reasons) == (3, frozenset({"conflict_of_interest"}))


@pytest.mark.parametrize(
    "change",
    [("returns = 3", "returns = true"), ("actions = []", 'actions = ["escalate"]'), ("subjects", "matters")],
)
def test_a_rule_that_is_not_in_form_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    shipped = Path(catalogue.__file__).with_name("two_persons.toml").read_text(encoding="utf-8")
    path = tmp_path / "two_persons.toml"
    path.write_text(shipped.replace(*change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"two_persons\.toml"):
        catalogue.two_persons_of(path)


def waits(**columns: object) -> Document:
    made = Document(version=1, received_at=NOW, returns=0, **columns)
    waiting.wait(made, NOW)
    return made


def test_how_many_returns_make_a_circle_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = catalogue.two_persons()
    made = Document(version=1, received_at=NOW, returns=2)
    waiting.wait(made, NOW)
    assert made.desk == "clerk"
    monkeypatch.setattr(catalogue, "two_persons", lambda: replace(rule, returns=2))
    waiting.wait(made, NOW)
    assert made.desk == "supervisor"


def test_places_go_by_urgency_doubt_and_the_legal_clock() -> None:
    assert [waits(urgency=u).priority for u in ("immediate", "high", "normal", None)] == [0, 1, 2, 2]
    sure, unsure = waits(urgency="normal", certainty=1.0), waits(urgency="normal", certainty=0.5)
    assert sure.look_by == NOW + timedelta(days=2)
    assert unsure.look_by == NOW + timedelta(days=2, hours=-4)
    soon = waits(urgency="normal", certainty=1.0, forward_by=date(2026, 11, 3))
    assert soon.look_by == datetime(2026, 11, 3, 5, tzinfo=UTC)  # nine in the morning in Baku


def test_a_paper_that_waits_has_no_decision_in_force() -> None:
    found = waits(decision_id=3, department="cyber", unit="quba", body="ombudsman", held_by=1, closed_at=NOW)
    assert (found.decision_id, found.department, found.unit, found.body) == (None, None, None, None)
    assert (found.held_by, found.closed_at, found.desk) == (None, None, "clerk")


@pytest.mark.parametrize(
    ("text", "span", "wanted"),
    [
        ("Bir. İki üç. Dörd.", "üç", "İki üç."),
        ("Bir. İki üç. Dörd.", "Bir", "Bir."),
        ("Birinci\nsətir", "sətir", "Birinci sətir"),
        ("Başlıq\n\nMətn budur", "Mətn", "Mətn budur"),
        ("Mən A. Əliyev yazıram! Son.", "Əliyev", "Mən A. Əliyev yazıram!"),
    ],
)
def test_a_gist_is_the_sentence_around_the_evidence(text: str, span: str, wanted: str) -> None:
    start = text.index(span)
    assert sentence(text, start, start + len(span)) == wanted


def test_a_longsentence_is_cut_at_a_word() -> None:
    cut = sentence("söz " * 200, 0, 3)
    assert len(cut) <= LONGEST
    assert cut.endswith("söz…")
