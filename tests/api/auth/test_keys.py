"""Keys of other systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from api.auth.context import Auth
from api.db.tables import ApiKey, Event
from tests.api.auth.conftest import Browser, Clock

NEW = {
    "name": "Portal",
    "scopes": ["document.submit", "document.read"],
    "units": ["gence"],
    "expires_at": "2026-09-01T00:00:00+04:00",
}


@pytest.fixture
def secret(administrator: Browser) -> str:
    return str(administrator.send("POST", "/keys", NEW).json()["secret"])


def use(browser: Browser, secret: str, permission: str = "document.read", method: str = "POST") -> Any:
    return browser.client.request(
        method, f"/api/v1/probe/{permission}", headers={"Authorization": f"Bearer {secret}"}
    )


def test_a_key_does_what_its_scopes_allow_and_needs_no_token(
    browser: Callable[[], Browser], secret: str, events: Callable[[], list[Event]]
) -> None:
    other = browser()
    answer = use(other, secret)
    assert answer.status_code == 200
    assert (answer.json()["role"], answer.json()["units"]) == ("integration", ["gence"])
    assert answer.json()["id"].startswith("key:")
    assert use(other, secret, "document.submit").status_code == 200
    for permission in ("system.read", "user.manage", "key.manage", "document.erase"):
        assert use(other, secret, permission).status_code == 403
    assert events()[-1].action == "key.created"


def test_only_the_hash_is_stored(secret: str, auth: Auth) -> None:
    with auth.database.transaction() as session:
        key = session.scalars(select(ApiKey)).one()
    kind, prefix, text = secret.split("_", 2)
    assert (kind, prefix, len(text)) == ("dk", key.prefix, 43)
    assert text not in repr(vars(key))


def test_a_key_speaks_alone_even_beside_a_session(administrator: Browser, secret: str) -> None:
    assert use(administrator, secret, "user.manage").status_code == 403
    assert use(administrator, "nonsense", "user.manage", "GET").status_code == 401
    basic = administrator.client.get("/api/v1/probe/user.manage", headers={"Authorization": "Basic YTpi"})
    assert basic.status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "",
        lambda secret: secret[:-1],
        lambda secret: secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        lambda secret: secret.replace("dk_", "dk_0", 1),
        lambda secret: "dk_" + "0" * 12 + secret[15:],
        lambda secret: secret + "\u00e9",
        lambda secret: secret.upper(),
        lambda secret: "x" * 5000,
    ],
)
def test_a_wrong_key_opens_nothing(
    browser: Callable[[], Browser], secret: str, spoil: Callable[[str], str]
) -> None:
    wrong = f"Bearer {spoil(secret)}".encode("latin-1")
    answer = browser().client.get("/api/v1/probe/document.read", headers={b"Authorization": wrong})
    assert answer.status_code == 401


def test_a_key_is_for_no_session(browser: Callable[[], Browser], secret: str) -> None:
    client = browser().client
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/session", headers=headers).status_code == 403
    assert client.post("/api/v1/me/totp", headers=headers).status_code == 403


def test_a_key_ends_when_it_expires(browser: Callable[[], Browser], secret: str, clock: Clock) -> None:
    other = browser()
    clock.time = clock.time.replace(month=8, day=31, hour=19, minute=59)
    assert use(other, secret).status_code == 200
    clock.move(minutes=1)
    assert use(other, secret).status_code == 401


def test_a_revoked_key_opens_nothing(
    administrator: Browser, browser: Callable[[], Browser], secret: str, events: Callable[[], list[Event]]
) -> None:
    (key,) = administrator.send("GET", "/keys").json()["items"]
    for _ in range(2):
        assert administrator.send("DELETE", f"/keys/{key['id']}").status_code == 204
    assert use(browser(), secret).status_code == 401
    assert [event.action for event in events()].count("key.revoked") == 1
    assert administrator.send("DELETE", "/keys/999").status_code == 404
    assert administrator.send("GET", "/keys").json()["items"][0]["revoked_at"]


def test_use_is_noted_at_most_once_a_minute(
    administrator: Browser, browser: Callable[[], Browser], secret: str, clock: Clock
) -> None:
    other, began, noted = browser(), clock(), []
    for _ in range(3):
        use(other, secret)
        noted.append(administrator.send("GET", "/keys").json()["items"][0]["last_used_at"])
        clock.move(seconds=40)
    assert noted == [began.isoformat().replace("+00:00", "Z")] * 2 + ["2026-03-02T09:01:20Z"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"scopes": []}, 422),
        ({"scopes": ["everything"]}, 422),
        ({"scopes": ["user.manage"]}, 403),
        ({"scopes": ["document.read", "document.erase"]}, 403),
        ({"units": ["atlantis"]}, 422),
        ({"units": None}, 201),
        ({"expires_at": None}, 422),
        ({"expires_at": "2026-09-01T00:00:00"}, 422),
        ({"expires_at": "2026-03-02T08:59:59Z"}, 422),
        ({"expires_at": "2027-03-04T00:00:00Z"}, 422),
        ({"expires_at": "9999-12-31T23:59:59-23:00"}, 422),
        ({"name": "\x1b[31m"}, 422),
    ],
)
def test_keys_must_make_sense(administrator: Browser, more: dict[str, Any], status: int) -> None:
    assert administrator.send("POST", "/keys", NEW | more).status_code == status
