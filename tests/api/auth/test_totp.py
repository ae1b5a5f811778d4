"""Codes of authenticator apps."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from api.auth import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1; the last six of its eight digits."""
    assert totp.matching_step(RFC_SECRET, code, at(seconds), None) == seconds // 30


@pytest.mark.parametrize(("late", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_differ_by_one_step(late: int, taken: bool) -> None:
    found = totp.matching_step(RFC_SECRET, "081804", at(1111111109 + late), None)
    assert (found is not None) == taken


def test_a_code_counts_once_and_older_ones_no_more() -> None:
    step = 1111111109 // 30
    assert totp.matching_step(RFC_SECRET, "081804", at(1111111109), step - 1) == step
    assert totp.matching_step(RFC_SECRET, "081804", at(1111111109), step) is None
    assert totp.matching_step(RFC_SECRET, "081804", at(1111111139), step + 1) is None


def test_the_address_for_apps_names_the_service_and_the_login() -> None:
    secret = totp.new_secret()
    uri = totp.provisioning_uri(secret, "aysel")
    assert uri.startswith("otpauth://totp/D%C9%99rk%C9%99nar:aysel?")
    assert f"secret={secret}" in uri
    assert len(base64.b32decode(secret)) == 20
