"""The comparable form of a text, its offsets, and the stored models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.corpus import load_papers
from triage.errors import BundleMissingError, BundleVersionError
from triage.text import TextModels, fold


def test_every_paper_keeps_its_entities_offsets(models: TextModels) -> None:
    for paper in load_papers()[::5]:
        reading = models.read(paper.text)
        assert reading.folded == fold(reading.text)
        assert len(reading.folded) == len(reading.text) == len(reading.mapping.starts) - 1
        for entity in paper.entities:
            start, end = reading.mapping.to_text(entity.start, entity.end)
            back = reading.to_source(start, end)
            assert back[0] <= entity.start < entity.end <= back[1]


def test_azerbaijani_cyrillic_reads_as_latin_with_offsets(models: TextModels) -> None:
    source = "Ҝәнҹә шәһәр прокурорлуғуна. Мән Алијев Яшар шикајәт едирәм."
    reading = models.read(source)
    assert reading.text == "Gəncə şəhər prokurorluğuna. Mən Aliyev Yaşar şikayət edirəm."
    assert reading.spelling == "cyrillic"
    start = reading.text.index("Yaşar")
    assert source[slice(*reading.to_source(start, start + 5))] == "Яшар"


def test_russian_inside_an_azerbaijani_paper_stays_cyrillic(models: TextModels) -> None:
    source = (
        "Мән бу гәрардан шикајәт едирәм вә хаһиш едирәм ки, она бахылсын.\n"
        "Следователь отказал в возбуждении уголовного дела за отсутствием состава преступления.\n"
        "Һеч кәс мәнә изаһ вермәди, оғлум һәлә дә хәстәханададыр, көмәк един."
    )
    reading = models.read(source)
    assert "Следователь отказал" in reading.text
    assert "Heç kəs mənə izah vermədi" in reading.text
    assert (reading.language, reading.script) == ("az", "cyrillic")


@pytest.mark.parametrize(
    "source", ["", "\x00", "\ud800" * 10, "😀" * 50, "a" * 200_000, "\u0307" * 1000, "\n" * 5000]
)
def test_hostile_text_is_read(models: TextModels, source: str) -> None:
    reading = models.read(source)
    assert len(reading.folded) == len(reading.text)


def test_models_survive_the_disk(models: TextModels, tmp_path: Path) -> None:
    models.save(tmp_path)
    loaded = TextModels.load(tmp_path)
    for text in ("Men sikayet edirem", "Мен шикайет едирем", "Прошу помочь", "Hello there, how are you?"):
        before, after = models.read(text), loaded.read(text)
        assert (before.text, before.language, before.known_share) == (
            after.text,
            after.language,
            after.known_share,
        )


def test_missing_and_foreign_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(BundleMissingError):
        TextModels.load(tmp_path)
    np.savez(tmp_path / "text.npz", something=np.zeros(1))
    with pytest.raises(BundleVersionError):
        TextModels.load(tmp_path)
