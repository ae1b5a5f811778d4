"""Azerbaijani case, the skeleton and slugs."""

from __future__ import annotations

import sys

import pytest

from triage.text import az_lower, az_upper, fold, slug


@pytest.mark.parametrize(
    ("text", "lower"),
    [("İŞ", "iş"), ("IŞIQ", "ışıq"), ("BAKI ŞƏHƏRİ", "bakı şəhəri"), ("МӘН", "мән"), ("", "")],
)
def test_lower_case_knows_both_letters_i(text: str, lower: str) -> None:
    assert az_lower(text) == lower


@pytest.mark.parametrize(("text", "upper"), [("iş", "İŞ"), ("ışıq", "IŞIQ"), ("şəki", "ŞƏKİ")])
def test_upper_case_knows_both_letters_i(text: str, upper: str) -> None:
    assert az_upper(text) == upper


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Şikayət ƏRİZƏSİ", "sikayet erizesi"),
        ("Ağır IŞIQ, gözəl çürük", "agir isiq, gozel curuk"),
        ("«Ёлка» — “дом” ’n’", '"елка" - "дом" \'n\''),
        ("a\u00a0b\tc\u2009d\ne", "a b c d\ne"),
        ("ﬃ ß Σς", "ﬃ ß σς"),
    ],
)
def test_fold_gives_the_skeleton(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_fold_keeps_the_length_of_every_character() -> None:
    assert all(len(fold(chr(code))) == 1 for code in range(sys.maxunicode + 1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ağdərə", "agdere"),
        ("Bakı", "baki"),
        ("İsmayıllı", "ismayilli"),
        ("Naxçıvan Muxtar", "naxcivan-muxtar"),
    ],
)
def test_slug_follows_the_taxonomy(name: str, expected: str) -> None:
    assert slug(name) == expected
