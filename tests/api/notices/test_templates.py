"""The letters as data: every kind in every language and script, saying the same; hostile files are refused."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from api.deps import Services
from api.errors import InvalidError
from api.notices import templates as module
from api.notices.cyrillic import az_to_cyrillic
from api.notices.templates import FORMS, KINDS, NAMED, names, placeholders, templates
from triage.text.cyrillic import az_from_cyrillic

SHIPPED = Path(module.__file__).parent / "templates"


@pytest.mark.parametrize("kind", KINDS)
def test_every_language_and_script_says_the_same(kind: str) -> None:
    found = templates()
    assert set(found) == set(FORMS)
    asked = {form: [placeholders(p) for p in found[form].letters[kind].paragraphs] for form in FORMS}
    assert all(each == asked["az", "latin"] for each in asked.values()), asked
    assert any("number" in each for each in asked["az", "latin"])


def test_azerbaijani_in_cyrillic_is_the_latin_letter_for_letter() -> None:
    latin, cyrillic = (templates()["az", script] for script in ("latin", "cyrillic"))
    for kind in KINDS:
        for one, other in zip(latin.letters[kind].paragraphs, cyrillic.letters[kind].paragraphs, strict=True):
            assert az_from_cyrillic(other).text == one
        assert az_from_cyrillic(cyrillic.letters[kind].title).text == latin.letters[kind].title
    assert {key: az_from_cyrillic(text).text for key, text in cyrillic.rules.items()} == latin.rules
    assert {key: az_from_cyrillic(text).text for key, text in cyrillic.words.items()} == latin.words
    assert tuple(az_from_cyrillic(month).text for month in cyrillic.date.months) == latin.date.months


def test_every_latin_letter_has_one_in_cyrillic_and_comes_back() -> None:
    letters = "abcçdeəfgğhxıijkqlmnoöprsştuüvyz" + "ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ"
    cyrillic = az_to_cyrillic(letters)
    assert len(set(cyrillic)) == 64
    assert not set(cyrillic) & set(letters)
    assert az_from_cyrillic(cyrillic).text == letters
    assert az_to_cyrillic("№ 12, «Gəncə»") == "№ 12, «Ҝәнҹә»"


@pytest.mark.parametrize(
    ("form", "year", "written"),
    [
        (("az", "latin"), 2026, "2 noyabr 2026-cı il"),
        (("az", "latin"), 2024, "2 noyabr 2024-cü il"),
        (("az", "latin"), 2029, "2 noyabr 2029-cu il"),
        (("az", "latin"), 2030, "2 noyabr 2030-cu il"),
        (("az", "latin"), 2040, "2 noyabr 2040-cı il"),
        (("az", "cyrillic"), 2026, "2 нојабр 2026-ҹы ил"),
        (("ru", "cyrillic"), 2026, "2 ноября 2026 г."),
        (("en", "latin"), 2026, "2 November 2026"),
        (("tr", "latin"), 2026, "2 Kasım 2026"),
    ],
)
def test_days_are_written_as_the_language_does(form: tuple[str, str], year: int, written: str) -> None:
    assert templates()[form].date.write(date(year, 11, 2)) == written


def test_every_department_has_a_name_in_every_language(services: Services) -> None:
    more = names().departments
    for department in services.taxonomy.departments:
        known = {**services.taxonomy.names["departments", department], **more[department]}
        assert all(known.get(language) for language in NAMED), department


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{number}", "{sender}", "sender"),
        ("{number}", "{number.__class__}", "plain names"),
        ("{number}", "{number!r}", "plain names"),
        ("{number}", "{number", "expected"),
        ("[returned]", "[lost]", "returned"),
        ("version = 1", 'version = "1"', "version"),
        ('"yanvar", ', "", "twelve months"),
        ('language = "az"', 'language = "ru"', "language"),
    ],
)
def test_a_broken_file_of_an_office_is_refused_with_its_name(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    for path in SHIPPED.iterdir():
        shutil.copy(path, tmp_path)
    broken = tmp_path / "az_latin.toml"
    text = broken.read_text(encoding="utf-8").partition('language = "az"')
    broken.write_text("".join(text[1:]).replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidError, match=told) as refused:
        templates(tmp_path)
    assert "az_latin.toml" in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for read in (templates, names):
        with pytest.raises(InvalidError, match="cannot be used"):
            read(tmp_path / "nowhere")
