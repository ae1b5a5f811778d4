"""Names, addresses and numbers as keys."""

from __future__ import annotations

import pytest

from api.related.names import address_key, case_key, name_key


@pytest.mark.parametrize(
    "name",
    [
        "ЭЛИЕВ РАШАД", "Aliyev Reshad", "Рашад Камалович Алиев", "Алиев Рашад Камал оглы", "Resad Eliyev",
        "Rəşad Əliyevə", "ƏLİYEV RƏŞAD", "Әлијев Рәшад", "Aliyev Rashad Kamal oghlu", "Əliyev Rəşad Kamal",
        "Rəşad Kamal oğlu Əliyev", "Rəşad Kamal oğlunun Əliyev",
    ],
)  # fmt: skip
def test_forms_of_one_name_meet(name: str) -> None:
    assert name_key(name) == name_key("Əliyev Rəşad Kamal oğlu") is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hüseynova Şəhla", "Гусейнова Шахла"),
        ("Cavid Məmmədov", "Джавид Мамедов"),
        ("Quliyev Çingiz", "Кулиев Чингиз"),
    ],
)
def test_so_do_russian_spellings(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) is not None


@pytest.mark.parametrize("name", ["Əliyev Rəşid", "Quliyev Rəşad", "Əliyev Kamal", "Rəşad Kamal"])
def test_other_persons_do_not(name: str) -> None:
    assert name_key(name) != name_key("Əliyev Rəşad Kamal oğlu")


@pytest.mark.parametrize("name", ["", "Rəşad", "R. Əliyev", "Rəşad Kamal oğlu", "oğlu", "\u0000 …", "1 2"])
def test_what_is_less_than_surname_and_given_name_is_no_key(name: str) -> None:
    assert name_key(name) is None


def test_an_address_needs_a_name_and_a_number() -> None:
    assert address_key("Nizami küçəsi 12") == address_key("ул. Низами, 12") is not None
    assert address_key("Nizami küçəsi 12") != address_key("Nizami küçəsi 14")
    assert address_key("Bakı") is address_key("12") is None


def test_short_numbers_are_no_case() -> None:
    assert case_key("1(009)-123/2026") == case_key("1 (009) - 123 / 2026") is not None
    assert case_key("42/1") is case_key("A-17/26") is None
