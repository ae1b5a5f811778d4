"""Signatures as the specification's own libraries make them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.sealing import Secrets
from api.errors import UnavailableError
from api.webhooks.signing import OVERLAP, Keys

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEALER = Secrets(bytes(32))
DOCS = Path(__file__).resolve().parents[3] / "docs" / "notifications.md"


def test_the_example_of_the_reference_library_is_signed_as_it_signs_it() -> None:
    keys = Keys(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = keys.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_secrets_are_new_each_time_of_the_length_that_is_asked_for_and_shown_with_their_prefix() -> None:
    first, second = Keys.make(), Keys.make()
    assert first.secret != second.secret
    assert 24 <= len(first.secret) <= 64
    assert first.shown == "whsec_" + base64.b64encode(first.secret).decode()


def test_after_a_rotation_both_secrets_sign_until_the_day_is_over() -> None:
    old = Keys.make()
    new = old.rotate(NOW)
    alone = Keys(new.secret)

    def signatures(keys: Keys, at: datetime) -> list[str]:
        return keys.headers("msg_1", at, b"{}")["webhook-signature"].split(" ")

    soon, later = NOW + OVERLAP - timedelta(seconds=1), NOW + OVERLAP
    assert signatures(new, soon) == signatures(alone, soon) + signatures(old, soon)
    assert signatures(new, later) == signatures(alone, later)


def test_a_secret_is_sealed_for_its_webhook_alone() -> None:
    for keys in (Keys.make(), Keys.make().rotate(NOW)):
        sealed = keys.seal(SEALER, 7)
        assert keys.secret not in sealed
        assert Keys.unseal(SEALER, sealed, 7) == keys
        for sealer, webhook in ((SEALER, 8), (Secrets(bytes(31) + b"1"), 7)):
            with pytest.raises(UnavailableError):
                Keys.unseal(sealer, sealed, webhook)


def test_the_example_of_the_documentation_verifies_what_is_sent_and_nothing_else() -> None:
    example = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    names: dict[str, Any] = {}
    exec(example[1], names)  # noqa: S102 - our own documentation
    verify, keys, now = names["verify"], Keys.make(), datetime.now(UTC)
    headers = keys.headers("msg_1", now, b"{}")
    assert verify(keys.shown, headers, b"{}")
    assert verify(keys.shown, keys.rotate(now).headers("msg_1", now, b"{}"), b"{}")
    assert not verify(keys.shown, headers, b"{ }")
    assert not verify(Keys.make().shown, headers, b"{}")
    assert not verify(keys.shown, keys.headers("msg_1", now - timedelta(minutes=6), b"{}"), b"{}")
