"""The datasheet says what the corpus holds, and the floors stand at it."""

from __future__ import annotations

import tomllib

import pytest

from training.corpus import CORPUS_DIR, Paper, load_papers, load_statements
from training.counts import CONFIG_DIR, Counts, count, floors_toml, length, spelling, tables


def paper(text: str, language: str = "az", script: str = "latin") -> Paper:
    return Paper(
        "A1", "A1", "A", text, (), "complaint", "general", (), None, "normal", language, script, False
    )  # fmt: skip


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (paper("Mən gəldim və gördüm"), "az-latin"),
        (paper("Men geldim ve gordum"), "az-unmarked"),
        (paper("Мән ҝәлдим", script="cyrillic"), "az-cyrillic"),
        (paper("Я пришёл", "ru", "cyrillic"), "ru"),
        (paper("", "az", "other"), "az"),
    ],
)
def test_spelling(item: Paper, expected: str) -> None:
    assert spelling(item) == expected


@pytest.mark.parametrize(
    ("words", "band"), [(0, "under 50"), (49, "under 50"), (50, "50-99"), (900, "500 and more")]
)
def test_length(words: int, band: str) -> None:
    assert length(paper("söz " * words)) == band


def test_count_puts_the_most_frequent_first() -> None:
    counts = count([paper("Mən"), paper("Я", "ru"), paper("Я", "ru")], [])
    assert list(counts["language"].items()) == [("ru", 2), ("az", 1)]
    assert counts["papers"] == {"all": 3}
    assert counts["territory"] == {"none": 3}


def test_floors_are_toml() -> None:
    floors: Counts = {"papers": {"all": 3}, "length": {"500 and more": 1}}
    assert tomllib.loads(floors_toml(floors)) == {"floors": floors}


def test_the_datasheet_gives_the_counts_of_the_corpus() -> None:
    datasheet = (CORPUS_DIR / "README.md").read_text(encoding="utf-8")
    assert tables(count(load_papers(), load_statements())) in datasheet


def test_every_floor_names_a_label_that_the_corpus_has() -> None:
    floors = tomllib.loads((CONFIG_DIR / "corpus.toml").read_text(encoding="utf-8"))["floors"]
    counts = count(load_papers(), load_statements())
    assert {name for name, table in floors.items() if not table} == set()
    assert all(table.keys() <= counts[name].keys() for name, table in floors.items())
