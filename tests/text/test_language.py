"""Language, script and spelling of papers of authors that the models have not seen."""

from __future__ import annotations

import re

import pytest

from tests.text.conftest import HELD_OUT
from training.corpus import load_papers
from training.text import to_cyrillic, unmark, variety_of
from triage.text import TextModels


@pytest.mark.parametrize(
    ("text", "language", "script", "spelling"),
    [
        ("Men sikayet edirem", "az", "latin", "unmarked"),
        ("Mən şikayət edirəm.", "az", "latin", "marked"),
        ("hormetli prokuror,\nxahis edirem erizeme baxasiniz", "az", "latin", "unmarked"),
        ("Мән шикајәт едирәм", "az", "cyrillic", "cyrillic"),
        ("Салам, мен шикайет едирем", "az", "cyrillic", "cyrillic"),
        ("Прошу принять меры.\nСосед избил мою мать.", "ru", "cyrillic", "none"),
        ("Şikayetçiyim, gereğini arz ederim.", "tr", "latin", "none"),
        ("I want to complain about my landlord.", "en", "latin", "none"),
        ("Прошу розглянути мою скаргу, її ніхто не читає.", "other", "cyrillic", "none"),
        ("Мен бұл шешіммен келіспеймін, көмектесіңіздер.", "other", "cyrillic", "none"),
        ("Ich möchte Anzeige erstatten, bitte helfen Sie mir.", "other", "latin", "none"),
        ("გთხოვთ დამეხმაროთ", "other", "other", "none"),
        ("خواهش می‌کنم کمک کنید", "other", "other", "none"),
        ("2024 17:30 +994 50", "other", "other", "none"),
        ("😀😀", "other", "other", "none"),
        ("", "other", "other", "none"),
        (" \n\t", "other", "other", "none"),
    ],
)
def test_short_texts(models: TextModels, text: str, language: str, script: str, spelling: str | None) -> None:
    reading = models.read(text)
    assert (reading.language, reading.script) == (language, script)
    assert spelling is None or reading.spelling == spelling


def test_most_of_the_running_text_decides(models: TextModels) -> None:
    text = (
        "Заявление\nПрошу провести проверку по факту кражи из моего магазина. Камеры всё записали, "
        "но следователь их не смотрит. Qonşular da görüb. Прошу принять меры и сообщить мне о решении."
    )
    assert models.read(text).language == "ru"


@pytest.mark.parametrize(("least_words", "accuracy"), [(40, 0.99), (8, 0.97)])
def test_papers_of_unseen_authors(models: TextModels, least_words: int, accuracy: float) -> None:
    papers = [paper for paper in load_papers() if paper.group in HELD_OUT]
    pieces = [(p, text) for p in papers for text in (_first_words(p.text, least_words),) if text]
    right = [models.read(text).language == paper.language for paper, text in pieces]
    assert len(right) > 100
    assert sum(right) / len(right) >= accuracy


def test_the_three_spellings_of_unseen_azerbaijani(models: TextModels) -> None:
    papers = [p for p in load_papers() if p.group in HELD_OUT and variety_of(p, p.text) == "az"][:40]
    for paper in papers:
        text = _first_words(paper.text, 30)
        assert models.read(unmark(text)).spelling == "unmarked"
        assert models.read(to_cyrillic(text)).spelling == "cyrillic"


def test_probability_is_one(models: TextModels) -> None:
    for text in ("Salam", "Привет", "Mən şikayət edirəm. I want to complain."):
        assert 0.0 < models.read(text).language_probability <= 1.0


def _first_words(text: str, number: int) -> str:
    found = list(re.finditer(r"\S+", text))
    return text[: found[number - 1].end()] if len(found) >= number else ""
