"""Which requests of browsers come from our own pages, and what their cookie is like."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from api.auth.browser import check_origin, check_token, cookie_name, give_cookie, take_cookie
from api.errors import ForbiddenError

HERE = "https://papers.example.org"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": HERE}, False),
        ({"origin": HERE}, True),
        ({"origin": "http://papers.example.org"}, False),
        ({"origin": "https://evil.example.org"}, False),
        ({"origin": "https://10.0.0.5:8000", "host": "10.0.0.5:8000"}, True),
        ({"origin": "http://10.0.0.5:8000", "host": "10.0.0.5:8000"}, False),
        ({"origin": "https://10.0.0.6:8000", "host": "10.0.0.5:8000"}, False),
        ({"origin": "null", "host": ""}, False),
        ({"origin": "", "host": ""}, False),
        ({"origin": "http://["}, False),
    ],
)
def test_requests_from_elsewhere_are_known_by_what_the_browser_says(
    headers: dict[str, str], ours: bool
) -> None:
    if ours:
        check_origin(Headers(headers), HERE)
    else:
        with pytest.raises(ForbiddenError):
            check_origin(Headers(headers), HERE)


@pytest.mark.parametrize("given", [None, "", "tokem", "token ", "tökén"])
def test_only_the_token_of_the_session_counts(given: str | None) -> None:
    check_token("token", "token")
    with pytest.raises(ForbiddenError):
        check_token(given, "token")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    response = Response()
    give_cookie(response, "abc", secure=True)
    assert response.headers["set-cookie"] == "__Host-session=abc; HttpOnly; Path=/; SameSite=lax; Secure"
    take_cookie(response, secure=True)
    assert "Max-Age=0" in response.headers.getlist("set-cookie")[1]


def test_without_https_the_cookie_has_neither_prefix_nor_mark() -> None:
    response = Response()
    give_cookie(response, "abc", secure=False)
    assert response.headers["set-cookie"] == "session=abc; HttpOnly; Path=/; SameSite=lax"
    assert cookie_name(secure=False) == "session"
