"""Azerbaijani letters brought back, only where they were left out."""

from __future__ import annotations

import time

import pytest

from tests.text.conftest import HELD_OUT
from training.corpus import load_papers
from training.text import variety_of
from triage.text import TextModels, az_lower, fold, normalise
from triage.text.restore import OPTIONS, Keyboard, skeleton


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Men sikayet edirem", "Mən şikayət edirəm"),
        ("MEN SIKAYET EDIREM", "MƏN ŞİKAYƏT EDİRƏM"),
        ("Xahish edirem erizeme baxilsin, yashim choxdur", "Xahiş edirəm ərizəmə baxılsın, yaşım çoxdur"),
        ("bu iw uzre techizat yoxdur", "bu iş üzrə təchizat yoxdur"),
        ("WhatsApp ile mene yazdilar ki, pul gonder", "WhatsApp ilə mənə yazdılar ki, pul göndər"),
    ],
)
def test_unmarked_text(models: TextModels, source: str, expected: str) -> None:
    assert models.read(source).text == expected


def test_a_russian_keyboard(models: TextModels) -> None:
    reading = models.read("Мен шикайет едирем, мене комек един. Ерим рехмете гетди.")
    assert reading.text == "Mən şikayət edirəm, mənə kömək edin. Ərim rəhmətə getdi."


@pytest.mark.parametrize(
    "text",
    [
        "Mən şikayət edirəm ki, uşaq evdən çıxıb və indiyə qədər gəlməyib.",
        "Komşum beni dövdü ve şikayetçi oldum, ama kimse ilgilenmedi.",
        "I complained to the police in Sumgait but nobody answered me.",
        "Прошу наказать виновных. Меня зовут Гасанов Эльчин.",
    ],
)
def test_other_text_is_left_alone(models: TextModels, text: str) -> None:
    assert models.read(text).text == text


@pytest.mark.parametrize("keyboard", ["latin", "russian"])
def test_letters_of_unseen_authors(models: TextModels, keyboard: Keyboard) -> None:
    right = total = 0
    restorer = models.restorer
    for paper in load_papers():
        if paper.group not in HELD_OUT or variety_of(paper, paper.text) != "az":
            continue
        full = az_lower(normalise(paper.text).text)
        bare = skeleton(full, keyboard)
        back = restorer.restore(bare) if keyboard == "latin" else restorer.restore_transliterated(bare)
        if len(back.text) != len(full):  # a `sh` or `ch` of an English word became one letter
            continue
        options = OPTIONS[keyboard]
        asked = [
            (a, b) for a, b, c in zip(full, back.text, bare, strict=True) if c in options and a in options[c]
        ]
        total += len(asked)
        right += sum(a == b for a, b in asked)
    assert total > 10_000
    assert right / total >= 0.97


def test_restored_text_folds_to_what_was_typed(models: TextModels) -> None:
    source = "Men Sumqayit seherinde yasayiram, qonsum gece evime girdi, 500 manat pulumu ogurladi."
    reading = models.read(source)
    assert fold(reading.text) == fold(source)
    assert reading.to_source(0, 3) == (0, 3)


def test_two_hundred_words_are_quick(models: TextModels) -> None:
    text = "Men Sumqayit seherinde yasayiram, qonsum gece evime girdi ve pulumu ogurladi. " * 17
    models.read(text)
    begin = time.process_time()
    for _ in range(20):
        models.read(text)
    assert (time.process_time() - begin) / 20 < 0.05  # the goal is 4 ms; loaded machines are slower
