"""Azerbaijani Cyrillic to Latin, with case and offsets."""

from __future__ import annotations

import pytest

from triage.text import az_from_cyrillic


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Мән шикајәт едирәм", "Mən şikayət edirəm"),
        ("Ҝәнҹә шәһәри, Гарағаҹ күчәси", "Gəncə şəhəri, Qarağac küçəsi"),
        ("Жалә өзүнүн үзүјү", "Jalə özünün üzüyü"),
        ("Ыҹлас ИЛҜАР", "Iclas İLGAR"),
        ("Юсиф Яшар ЮСИФ Я", "Yusif Yaşar YUSİF Ya"),
        ("эрмәни цирк объект", "erməni tsirk obekt"),
        ("Latin 12", "Latin 12"),
    ],
)
def test_letters(cyrillic: str, latin: str) -> None:
    assert az_from_cyrillic(cyrillic).text == latin


def test_two_letters_made_of_one_share_its_place() -> None:
    mapped = az_from_cyrillic("а Юсиф")
    assert mapped.text == "a Yusif"
    assert mapped.to_source(2, 4) == (2, 3)
    assert mapped.to_source(4, 7) == (3, 6)


def test_a_sign_without_a_sound_goes_with_the_letter_before_it() -> None:
    mapped = az_from_cyrillic("3 февраль, Яьъ Ь")
    assert mapped.text == "3 fevral, Ya "
    assert mapped.to_source(2, 8) == (2, 9)
    assert mapped.to_source(10, 12) == (11, 14)
    assert mapped.to_text(2, 9) == (2, 8)
