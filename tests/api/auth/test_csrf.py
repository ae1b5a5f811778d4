"""Requests that other sites make a browser send change nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.auth.conftest import PASSWORD, Browser

PROBE = "/api/v1/probe/document.read"


@pytest.fixture
def someone(browser: Callable[[], Browser], add_user: Callable[..., int]) -> Browser:
    add_user("aysel")
    found = browser()
    found.sign_in("aysel")
    return found


def test_reading_needs_no_token(someone: Browser) -> None:
    assert someone.client.get(PROBE).status_code == 200


def test_changing_needs_the_token_of_this_session(
    someone: Browser, browser: Callable[[], Browser], add_user: Callable[..., int]
) -> None:
    add_user("other")
    other = browser()
    other.sign_in("other")
    for token, status in [("", 403), ("x", 403), (other.csrf, 403), (someone.csrf, 200)]:
        answer = someone.client.post(PROBE, headers={"X-CSRF-Token": token})
        assert answer.status_code == status, token
    assert someone.client.post(PROBE).status_code == 403


def test_a_plain_form_carries_the_token_in_a_field(someone: Browser) -> None:
    assert someone.client.post(PROBE, data={"csrf": someone.csrf}).status_code == 200
    assert someone.client.post(PROBE, data={"csrf": "x"}).status_code == 403
    assert someone.client.post(PROBE, data={"other": "x"}).status_code == 403
    files = {"file": ("a.txt", b"abc")}
    assert (
        someone.client.post(PROBE, data={"csrf": someone.csrf}, files=files).status_code == 403
    )  # streamed, not read
    assert someone.client.post(PROBE, files={"csrf": ("csrf", someone.csrf)}).status_code == 403
    assert someone.client.post(PROBE, json={"csrf": someone.csrf}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://127.0.0.1:8000"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_the_right_token_from_another_site_does_not_count(
    someone: Browser, headers: dict[str, str], status: int
) -> None:
    assert someone.client.post(PROBE, headers=headers | {"X-CSRF-Token": someone.csrf}).status_code == status


def test_another_site_cannot_sign_a_browser_in(
    browser: Callable[[], Browser], add_user: Callable[..., int]
) -> None:
    add_user("aysel")
    client = browser().client
    body = {"login": "aysel", "password": PASSWORD}
    assert (
        client.post("/api/v1/session", json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    )
    text = '{"login":"aysel","password":"' + PASSWORD + '"}'
    plain = client.post("/api/v1/session", content=text, headers={"content-type": "text/plain"})
    assert plain.status_code == 422
    assert not client.cookies


def test_after_signing_in_anew_the_old_token_is_void(someone: Browser) -> None:
    old = someone.csrf
    someone.sign_in("aysel")
    assert someone.client.post(PROBE, headers={"X-CSRF-Token": old}).status_code == 403
