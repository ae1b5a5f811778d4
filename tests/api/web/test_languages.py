"""Every string of the pages has its words in every language, and values are told in the reader's form."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.db.tables.documents import ACTIONS, DESKS, STATES
from api.db.tables.people import ROLES
from api.intake.schemas import Channel
from api.web import language, names
from api.web.language import words
from tests.api.web import messages
from triage.taxonomy import Taxonomy

_HOLES = re.compile(r"%\(\w+\)s|\{\}")


@pytest.mark.parametrize("code", messages.TONGUES)
def test_nothing_is_left_untranslated(taxonomy: Taxonomy, code: str) -> None:
    lacking = messages.messages(taxonomy, code) - set(messages.catalogued(code))
    assert sorted(lacking, key=str) == [], "print them with: python -m tests.api.web.messages"


def test_sentences_for_people_name_no_address_of_the_api() -> None:
    assert [sentence for sentence in messages.of_errors() if "/api/" in sentence] == []


@pytest.mark.parametrize("code", messages.TONGUES)
def test_nothing_is_translated_twice_or_fuzzily(code: str) -> None:
    counted = Counter(messages.catalogued(code))
    assert [message for message, times in counted.items() if times > 1] == []
    assert [m.id for _, part in language.catalogue(code) for m in part if m.id and m.fuzzy] == []


@pytest.mark.parametrize("code", messages.TONGUES)
def test_translations_have_the_values_of_their_messages(code: str) -> None:
    for _, part in language.catalogue(code):
        for message in part:
            ids, told = _forms(message.id), _forms(message.string)
            if ids[0]:
                assert {_holes(form) for form in told} == {_holes(ids[-1])}, ids


def _forms(message: Any) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


def _holes(form: str) -> tuple[str, ...]:
    return tuple(sorted(_HOLES.findall(form)))


def test_every_code_has_a_name() -> None:
    assert set(STATES) <= set(names.CODES["state"])
    assert set(ACTIONS) <= set(names.CODES["action"])
    assert set(DESKS) <= set(names.CODES["desk"])
    assert set(ROLES) <= set(names.CODES["role"])
    assert set(Channel.__args__) <= set(names.CODES["channel"])  # type: ignore[attr-defined]


def test_review_reasons_of_the_contract_have_a_sentence() -> None:
    contract = (messages.ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    line = next(line for line in contract.splitlines() if "`review_reasons` are codes" in line)
    reasons = set(re.findall(r"`([a-z_]+)`", line)) - {"decision", "route", "review", "review_reasons"}
    assert reasons == set(names.CODES["review_reason"])


@pytest.mark.parametrize("code", ["az", "en", "ru"])
def test_labels_of_the_taxonomy_have_names(taxonomy: Taxonomy, code: str) -> None:
    told = words(code)
    for kind, labels in [("subject", taxonomy.subjects), ("department", taxonomy.departments)]:
        assert all(names.name(told, taxonomy, kind, label) != label for label in labels)
    assert names.name(words("ru"), taxonomy, "unit", "gence") == "Гянджа"
    assert names.name(words("az"), taxonomy, "unit", "gence") == "Gəncə"
    assert names.name(told, taxonomy, "unit", None) == "—"


def test_days_moments_and_numbers_are_in_the_readers_form() -> None:
    at = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    assert [words(code).date(date(2026, 3, 2)) for code in ("az", "en", "ru")] == [
        "2 mar 2026", "2 Mar 2026", "2 мар. 2026\u202fг.",
    ]  # fmt: skip
    assert words("en").moment(at) == "3 Mar 2026, 00:30", "it is the next day in Baku"
    assert words("en").ago(at, at + timedelta(hours=3)) == "3 hours ago"
    assert words("ru").ago(at, at + timedelta(hours=3)) == "3 часа назад"
    assert words("az").percent(0.973, 1) == "97,3%"
    assert words("ru").number(12345.5) == "12\xa0345,5"


def test_counts_follow_the_language() -> None:
    told = [
        words("ru").plural("%(num)s file was refused", "%(num)s files were refused", n) for n in (1, 3, 5)
    ]
    assert told == ["1 файл не принят", "3 файла не приняты", "5 файлов не приняты"]


def test_sentences_of_the_service_are_told_with_their_values() -> None:
    said = "The password is too short: take at least 12 characters."
    assert words("az").told(said) == "Parol çox qısadır: ən azı 12 işarə olsun."
    nested = "a.zip: The file holds binary data, not text."
    assert words("ru").told(nested) == "a.zip: В файле двоичные данные, а не текст."
    assert words("az").told("Words that no one knows") == "Words that no one knows"


def test_what_stands_in_a_sentence_is_told_in_the_readers_form() -> None:
    day = "Other rules come into force on 2026-03-02. Choose that day or a later one."
    assert "2 mar 2026" in words("az").told(day)
    listed = (
        "These papers cannot be disposed of: 2026-B-1 (its content is gone), 2026-B-2 (it is kept for ever)"
    )
    told = words("ru").told(f"{listed} and 3 more. Nothing was proposed.")
    assert "2026-B-1 (содержание уже удалено), 2026-B-2 (хранится постоянно) и ещё 3" in told
    assert (
        words("az").told("2026-02-30: The file holds binary data, not text.").startswith("2026-02-30: Fayl")
    )


def test_messages_are_literals() -> None:
    """What is put together at run time could not be extracted."""
    for path in messages.WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                assert isinstance(node.args[0], ast.Constant), path
