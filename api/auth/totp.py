"""Codes of an authenticator app: RFC 6238 with SHA-1, 6 digits, steps of 30 seconds, which all apps understand."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

ISSUER = "Dərkənar"
STEP_SECONDS = 30
TOLERANCE = (0, -1, 1)
"""Steps around the present one that are taken, for clocks that differ (RFC 6238, section 5.2)."""


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, login: str) -> str:
    """The `otpauth://` address that an app reads, mostly as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step that `code` belongs to; None where it is wrong.

    Steps up to `last_step`, the one used last, are refused: a code counts once (RFC 6238, section 5.2).
    """
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present + offset for offset in TOLERANCE):
        fresh = last_step is None or step > last_step
        if fresh and hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None
