"""Signing in by pages: password, second factor, one-time password, enrolment, and out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth import passwords
from api.auth.context import Auth
from api.db.tables import User
from api.deps import Services
from tests.api.web.conftest import Reader

PASSWORD = "duzlu-corek-yagisli-gun"  # noqa: S105 - of the users of these tests


@pytest.fixture
def nobody(client: TestClient, services: Services) -> Reader:
    """Who is not signed in, where refusals take no time."""
    app: Any = client.app
    assert isinstance(app, FastAPI)
    app.state.auth = replace(Auth.make(services), refusal_seconds=0.0)
    return Reader(client)


def add(services: Services, role: str = "clerk", **more: Any) -> None:
    with services.database.transaction() as session:
        hashed = passwords.hash_password(PASSWORD)
        session.add(User(login="aysel", name="Aysel", role=role, language="en", password_hash=hashed, **more))


def token_of(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_the_right_password_leads_on(nobody: Reader, services: Services) -> None:
    add(services)
    answer = nobody.post("/sign-in", login="Aysel", password=PASSWORD, next="/intake?text=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake?text=1")
    assert nobody.get("/intake").status_code == 200
    nobody.csrf = token_of(nobody.get("/me").text)
    assert nobody.post("/sign-out").headers["location"] == "/sign-in"
    assert nobody.get("/intake").status_code == 303


def test_a_refusal_says_nothing_of_what_was_wrong_and_never_shows_the_password(
    nobody: Reader, services: Services
) -> None:
    add(services)
    texts = set()
    for login in ("aysel", "nobody"):
        answer = nobody.post("/sign-in", login=login, password="wrong-password", next="/")  # noqa: S106
        assert answer.status_code == 401
        assert "wrong-password" not in answer.text
        texts.add(answer.text.replace(login, ""))
    assert len(texts) == 1
    assert nobody.post("/sign-in", login="", password="").status_code == 422


def test_another_site_cannot_sign_a_browser_in(nobody: Reader, services: Services) -> None:
    add(services)
    nobody.headers = {"Sec-Fetch-Site": "cross-site"}
    assert nobody.post("/sign-in", login="aysel", password=PASSWORD).status_code == 403


def test_what_must_be_done_first_is_led_to(nobody: Reader, services: Services) -> None:
    add(services, role="administrator", password_temporary=True)
    answer = nobody.post("/sign-in", login="aysel", password=PASSWORD, next="/admin/keys")
    assert answer.headers["location"] == "/me/password?next=%2Fadmin%2Fkeys"
    assert nobody.get("/admin/users").headers["location"] == "/me/password?next=%2Fadmin%2Fusers"
    nobody.csrf = token_of(nobody.get("/me/password").text)
    wanted = "yeddi-qapi-bir-acar"
    unlike = nobody.post("/me/password", current=PASSWORD, new=wanted, again="other", next="/")
    assert unlike.status_code == 422
    assert "This is not the same password." in unlike.text
    changed = nobody.post("/me/password", current=PASSWORD, new=wanted, again=wanted, next="/admin/keys")
    assert changed.headers["location"] == "/me/app?next=%2Fadmin%2Fkeys"
    nobody.csrf = token_of(nobody.get("/me/app").text)
    begun = nobody.post("/me/app", next="/admin/keys")
    assert "<svg" in begun.text
    secret = begun.text.partition('name="secret" value="')[2].partition('"')[0]
    wrong = nobody.post("/me/app/confirmation", secret=secret, code="000000", next="/admin/keys")
    assert wrong.status_code == 422
    assert secret in wrong.text, "the picture is still there"
    done = nobody.post(
        "/me/app/confirmation", secret=secret, code=pyotp.TOTP(secret).now(), next="/admin/keys"
    )
    assert done.headers["location"] == "/admin/keys"
    assert nobody.get("/admin/keys").status_code == 200


def test_the_second_factor_is_asked_for(nobody: Reader, services: Services) -> None:
    add(services, totp_confirmed_at=services.now())
    answer = nobody.post("/sign-in", login="aysel", password=PASSWORD, next="/intake")
    assert answer.headers["location"] == "/sign-in/code?next=%2Fintake"
    nobody.csrf = token_of(nobody.get("/sign-in/code").text)
    assert nobody.post("/sign-in/code", code="12", next="/intake").status_code == 422
    assert nobody.get("/intake").headers["location"] == "/sign-in/code?next=%2Fintake"
