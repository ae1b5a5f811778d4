"""Signing in by an OpenID Connect provider, with one that answers over HTTP and signs with its own key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr

from api.auth.context import Auth
from api.db.tables import Event, User
from tests.api.auth.conftest import Browser, Clock

PATH = "/api/v1/session/oidc"


@cache
def _own_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class IdentityProvider:
    """Knows one person, `claims`; `header` and `key` are those of its tokens."""

    clock: Clock
    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "1"})
    own_key: RSAKey = field(default_factory=_own_key)
    key: RSAKey | OctKey | None = None
    asked: dict[str, str] = field(default_factory=dict)
    fault: int = 200

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/jwks":
            return {"keys": [self.own_key.as_dict(private=False)]}
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }

    def authorize(self, url: str) -> None:
        """What happens when the person signs in there."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def token(self, form: dict[str, list[str]], authorization: str) -> dict[str, Any]:
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        assert form["redirect_uri"] == [self.asked["redirect_uri"]]
        assert authorization == "Basic " + base64.b64encode(b"derkenar:sesame").decode()
        if form["code"] != ["good"]:
            return {"error": "invalid_grant"}
        now = int(self.clock().timestamp())
        standard = {"iss": self.url, "aud": "derkenar", "sub": "s-1", "iat": now, "exp": now + 300}
        claims = standard | {"nonce": self.asked["nonce"]} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.key or self.own_key
        return {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": jwt.encode(self.header, claims, key, algorithms=[self.header["alg"]]),
        }


@pytest.fixture
def provider(clock: Clock) -> Iterator[IdentityProvider]:
    idp = IdentityProvider(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.give(idp.answer(self.path))

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.give(idp.token(form, self.headers["Authorization"]))

        def give(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(400 if "error" in answer else idp.fault)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        idp.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield idp
        server.shutdown()
        thread.join()


@pytest.fixture
def someone(app: FastAPI, provider: IdentityProvider, browser: Callable[[], Browser]) -> Browser:
    """A browser of an application that has the provider."""
    settings = app.state.services.settings.model_copy(
        update={
            "oidc_issuer": provider.url,
            "oidc_client_id": "derkenar",
            "oidc_client_secret": SecretStr("sesame"),
            "public_url": "http://testserver",
        }
    )
    app.state.services = replace(app.state.services, settings=settings)
    return browser()


def go(someone: Browser, provider: IdentityProvider, **answer: str) -> Response:
    """To the provider and back."""
    sent = someone.client.get(PATH, follow_redirects=False)
    assert sent.status_code == 303
    provider.authorize(sent.headers["location"])
    query = {"state": provider.asked["state"], "code": "good"} | answer
    return someone.client.get(f"{PATH}/answer", params=query, follow_redirects=False)


def test_a_verified_address_binds_a_user_once_and_the_subject_ever_after(
    someone: Browser,
    provider: IdentityProvider,
    add_user: Callable[..., int],
    row: Callable[[int], User],
    events: Callable[[], list[Event]],
) -> None:
    user = add_user("aysel", email="Aysel@example.org", password_temporary=True)
    provider.claims = {"email": "aysel@EXAMPLE.org", "email_verified": True}
    answer = go(someone, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert provider.asked["code_challenge_method"] == "S256"
    assert someone.send("GET", "/session").json()["user"]["id"] == user
    assert someone.send("GET", "/session").json()["required"] == []
    assert (row(user).oidc_subject, row(user).password_hash) == ("s-1", None)
    provider.claims = {}
    assert go(someone, provider).status_code == 303
    assert [event.action for event in events()] == ["user.oidc_bound", "session.opened", "session.opened"]
    assert not any("example" in event.body or "s-1" in event.body for event in events())


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "aysel@example.org"},
        {"email": "aysel@example.org", "email_verified": False},
        {"email": "aysel@example.org", "email_verified": "true"},
        {"email": "nobody@example.org", "email_verified": True},
        {"email": "shared@example.org", "email_verified": True},
        {"email": "former@example.org", "email_verified": True},
        {"email": "bound@example.org", "email_verified": True},
        {"email": None, "email_verified": True},
    ],
)
def test_nobody_is_made_or_guessed(
    claims: dict[str, Any],
    someone: Browser,
    provider: IdentityProvider,
    add_user: Callable[..., int],
    clock: Clock,
) -> None:
    add_user("aysel", email="aysel@example.org")
    add_user("one", email="shared@example.org")
    add_user("two", email="shared@example.org")
    add_user("former", email="former@example.org", disabled_at=clock())
    add_user("bound", email="bound@example.org", oidc_subject="s-2")
    provider.claims = claims
    assert go(someone, provider).status_code == 401
    assert "session" not in someone.client.cookies


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["derkenar", "other"], "azp": "other"},
        {"nonce": "other"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"exp": 1},
        {"exp": None},
        {"iat": 4102444800},
    ],
)
def test_tokens_for_others_or_other_times_are_refused(
    claims: dict[str, Any], someone: Browser, provider: IdentityProvider, add_user: Callable[..., int]
) -> None:
    add_user("aysel", oidc_subject="s-1")
    provider.claims = claims
    assert go(someone, provider).status_code == 401


def test_tokens_that_the_provider_did_not_sign_are_refused(
    someone: Browser, provider: IdentityProvider, add_user: Callable[..., int]
) -> None:
    add_user("aysel", oidc_subject="s-1")
    provider.key = RSAKey.generate_key(2048, {"kid": "1"})
    assert go(someone, provider).status_code == 401
    provider.key = OctKey.import_key(provider.own_key.as_pem(private=False).decode().encode().hex())
    provider.header = {"alg": "HS256", "kid": "1"}
    assert go(someone, provider).status_code == 401
    provider.key = None
    provider.header = {"alg": "RS256", "kid": "1"}
    assert go(someone, provider).status_code == 303


@pytest.mark.parametrize(
    "answer", [{"state": "other"}, {"state": ""}, {"code": "bad"}, {"iss": "https://evil.example"}]
)
def test_answers_that_do_not_belong_to_this_browser_are_refused(
    answer: dict[str, str], someone: Browser, provider: IdentityProvider, add_user: Callable[..., int]
) -> None:
    add_user("aysel", oidc_subject="s-1")
    assert go(someone, provider, **answer).status_code == 401


def test_an_answer_without_its_cookie_or_too_late_is_refused(
    someone: Browser, provider: IdentityProvider, add_user: Callable[..., int], auth: Auth, clock: Clock
) -> None:
    add_user("aysel", oidc_subject="s-1")
    sent = someone.client.get(PATH, follow_redirects=False)
    provider.authorize(sent.headers["location"])
    query = {"state": provider.asked["state"], "code": "good"}
    clock.move(minutes=10)
    assert someone.client.get(f"{PATH}/answer", params=query).status_code == 401
    for forged in (
        "",
        "00",
        auth.secrets.seal(b"{}", "oidc").hex(),
        auth.secrets.seal(b"{}", "totp:1").hex(),
    ):
        someone.client.cookies.clear()
        someone.client.cookies.set("oidc", forged)
        assert someone.client.get(f"{PATH}/answer", params=query).status_code == 401


@pytest.mark.parametrize(
    ("claims", "totp", "required"),
    [
        ({}, False, ["totp_enrolment"]),
        ({"amr": ["pwd"]}, False, ["totp_enrolment"]),
        ({"amr": ["pwd", "mfa"]}, False, []),
        ({"acr": "mfa"}, False, []),
        ({"amr": "mfa"}, False, ["totp_enrolment"]),
        ({}, True, ["second_factor"]),
        ({"amr": ["mfa"]}, True, []),
    ],
)
def test_the_providers_second_factor_counts_where_it_says_so(
    claims: dict[str, Any],
    totp: bool,
    required: list[str],
    someone: Browser,
    provider: IdentityProvider,
    add_user: Callable[..., int],
) -> None:
    add_user("vuqar", "supervisor", totp=totp, oidc_subject="s-1")
    provider.claims = claims
    assert go(someone, provider).status_code == 303
    assert someone.send("GET", "/session").json()["required"] == required


def test_a_provider_that_is_away_is_said_so(someone: Browser, provider: IdentityProvider) -> None:
    provider.fault = 502
    assert someone.client.get(PATH).status_code == 503


def test_without_a_provider_there_is_nothing_to_find(browser: Callable[[], Browser]) -> None:
    assert browser().client.get(PATH).status_code == 404
    assert browser().client.get(f"{PATH}/answer").status_code == 404
