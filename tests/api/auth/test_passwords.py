"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth import passwords
from api.errors import InvalidError


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("qısa-parol", "too short"),
        ("x" * 257, "too long"),
        ("ﷺ" * 20, "too long"),  # one sign becomes 18 when normalised
        ("password1234", "most common"),
        ("P@$$word12345", "most common"),
        ("Azərbaycan2024!", "most common"),
        ("ПарольПароль", "most common"),
        ("йцукен123456", "most common"),
        ("salamsalamsalam", "most common"),
        ("111111111111", "most common"),
        ("abababababab", "most common"),
        ("123456789012", "most common"),
        ("aysel.memmedova", "login or name"),
        ("AYSEL-MƏMMƏDOVA-1", "login or name"),
        ("memmedovaaysel99", "login or name"),
        ("derkenar-2026-x", "login or name"),
    ],
)
def test_bad_passwords_are_refused_with_the_reason(password: str, because: str) -> None:
    with pytest.raises(InvalidError, match=because):
        passwords.check_policy(password, "aysel", "Aysel Məmmədova", None)


@pytest.mark.parametrize(
    "password",
    [
        "duzlu-corek-yagisli-gun",
        "alma armud heyva nar",
        "yağışlı gün Aysel üçün",
        "x7$kQ!9vLp2#",
        "мокрый снег в мае",
    ],
)
def test_long_ones_of_any_signs_are_taken(password: str) -> None:
    passwords.check_policy(password, "aysel", "Aysel Məmmədova")


def test_one_time_passwords_are_long_enough_and_differ() -> None:
    made = {passwords.one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.check_policy(password, "admin")


def test_the_hash_has_the_parameters_of_owasp_and_its_own_salt(password_hash: str) -> None:
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.hash_password("duzlu-corek-yagisli-gun") != password_hash


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    stored = passwords.hash_password("gözəl yağış")
    assert passwords.verify("go\u0308zəl yag\u0306ıs\u0327", stored) == (True, None)
    assert passwords.verify("gozəl yağış", stored) == (False, None)


def test_a_hash_with_old_parameters_is_made_anew() -> None:
    old = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),)).hash("abc")
    right, newer = passwords.verify("abc", old)
    assert right
    assert newer is not None
    assert passwords.verify("abc", newer) == (True, None)
    assert passwords.verify("abd", old) == (False, None)


def test_without_a_stored_hash_nothing_is_right() -> None:
    assert passwords.verify("", None) == (False, None)
