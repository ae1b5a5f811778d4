"""Words of place names are known in each of their spellings and cases."""

from __future__ import annotations

import numpy as np
import pytest

from triage.entities.place_words import PlaceWords

PLACES = PlaceWords.of([("Sumqayıt", "unit"), ("Hacı Zeynalabdin", "settlement"), ("Bursa", "foreign")])


@pytest.mark.parametrize("word", ["Sumqayıt", "SUMQAYIT", "Sumqayitda", "Bursa", "Bursaya", "Zeynalabdin"])
def test_words_of_places_are_known(word: str) -> None:
    assert PLACES.of_texts([word])[0] > 0


@pytest.mark.parametrize("word", ["", "kitab", "\ud800", "12", "x" * 10_000])
def test_other_words_are_not(word: str) -> None:
    assert PLACES.of_texts([word])[0] == 0


def test_a_word_alone_is_told_from_a_part_and_a_unit_from_a_place_abroad() -> None:
    assert len(set(PLACES.of_texts(["Sumqayıt", "Zeynalabdin", "Bursa"]))) == 3


def test_no_places() -> None:
    assert np.array_equal(PlaceWords.of([]).of_texts(["Sumqayıt"]), [0])
