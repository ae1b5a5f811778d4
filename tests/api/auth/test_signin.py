"""Signing in: what is answered, what is counted, when a session ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event, func, select, update

from api.auth import passwords
from api.auth.context import Auth
from api.auth.sessions import session_id
from api.auth.signin import Credentials, sign_in
from api.db.tables import Event, User, UserSession
from api.errors import TooManyError, UnauthenticatedError
from tests.api.auth.conftest import PASSWORD, Browser, Clock

MakeBrowser = Callable[[], Browser]
AddUser = Callable[..., int]


def test_who_knows_the_password_is_let_in(
    browser: MakeBrowser, add_user: AddUser, events: Callable[[], list[Event]]
) -> None:
    user = add_user("aysel", units=["gence"])
    someone = browser()
    answer = someone.sign_in(" Aysel ")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["user"]["units"] == ["gence"]
    assert answer.json()["required"] == []
    assert someone.send("GET", "/session").json() == answer.json()
    assert someone.send("GET", "/probe/document.read").json() == {
        "id": f"user:{user}", "role": "clerk", "units": ["gence"],
    }  # fmt: skip
    (opened,) = events()
    assert (opened.actor, opened.action) == (f"user:{user}", "session.opened")


def test_every_refusal_sounds_the_same(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, auth: Auth
) -> None:
    add_user("known")
    add_user("disabled", disabled_at=clock())
    add_user("closed", failed_attempts=9, locked_until=clock.time.replace(minute=8))
    add_user("foreign", password_hash=None)
    add_user("coded", totp=True)
    someone = browser()
    answers = [
        someone.sign_in("unknown"),
        someone.sign_in("known", "wrong-password"),
        someone.sign_in("disabled"),
        someone.sign_in("closed"),
        someone.sign_in("foreign"),
        someone.sign_in("coded", code="000000"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.text, str(answer.headers.items())) for answer in answers}) == 1
    with auth.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 0


@pytest.mark.parametrize("login", ["known", "unknown", "disabled", "closed"])
def test_every_refusal_costs_one_comparison_and_the_same_time(
    login: str, add_user: AddUser, auth: Auth, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user("known")
    add_user("disabled", disabled_at=clock())
    add_user("closed", failed_attempts=9, locked_until=clock.time.replace(minute=8))
    compared = []
    real = passwords._hasher.verify_and_update

    def compare(password: str, stored: str) -> tuple[bool, str | None]:
        compared.append(stored)
        return real(password, stored)

    monkeypatch.setattr(passwords._hasher, "verify_and_update", compare)
    started = monotonic()
    with pytest.raises(UnauthenticatedError):
        sign_in(replace(auth, refusal_seconds=0.5), Credentials(login, "wrong", None, "x"), clock())
    assert monotonic() - started >= 0.5
    assert len(compared) == 1


def test_failures_are_kept_and_close_the_account(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, row: Callable[[int], User]
) -> None:
    user = add_user("aysel")
    someone = browser()
    for _ in range(5):
        someone.sign_in("aysel", "wrong-password")
    assert row(user).failed_attempts == 5
    assert someone.sign_in("aysel").status_code == 401
    clock.move(seconds=29)
    assert someone.sign_in("aysel").status_code == 401
    clock.move(seconds=1)
    assert someone.sign_in("aysel").status_code == 200
    assert (row(user).failed_attempts, row(user).locked_until) == (0, None)


def test_attempts_while_the_account_is_closed_do_not_close_it_for_longer(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, row: Callable[[int], User]
) -> None:
    user = add_user("aysel", failed_attempts=4)
    someone = browser()
    someone.sign_in("aysel", "wrong-password")
    until = row(user).locked_until
    clock.move(seconds=10)
    someone.sign_in("aysel", "wrong-password")
    assert (row(user).failed_attempts, row(user).locked_until) == (5, until)


def test_attempts_at_once_have_no_more_tries_than_one_by_one(
    add_user: AddUser, auth: Auth, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user("aysel")
    compared = []
    real = passwords.verify

    def verify(password: str, stored: str | None) -> tuple[bool, str | None]:
        compared.append(stored)
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify", verify)

    def attempt(number: int) -> None:
        with pytest.raises(UnauthenticatedError):
            sign_in(auth, Credentials("aysel", f"wrong{number}", None, str(number)), clock())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(12)))
    assert sum(stored is not None for stored in compared) == 5


def test_failures_are_events_without_names_or_addresses(
    browser: MakeBrowser, add_user: AddUser, events: Callable[[], list[Event]]
) -> None:
    user = add_user("aysel")
    someone = browser()
    someone.sign_in("aysel", "wrong-password")
    someone.sign_in("nobody", "wrong-password")
    known, unknown = events()
    assert {known.action, unknown.action} == {"session.refused"}
    assert {known.actor, unknown.actor} == {"anonymous"}
    assert f'"user":{user}' in known.body
    assert '"user":null' in unknown.body
    for body in (known.body, unknown.body):
        assert not any(word in body for word in ("aysel", "nobody", "wrong-password", "testclient"))


def test_an_address_that_fails_too_often_must_wait(add_user: AddUser, auth: Auth, clock: Clock) -> None:
    add_user("aysel")
    for _ in range(20):
        auth.addresses.count("192.0.2.1")
    with pytest.raises(TooManyError):
        sign_in(auth, Credentials("aysel", PASSWORD, None, "192.0.2.1"), clock())
    assert sign_in(auth, Credentials("aysel", PASSWORD, None, "192.0.2.2"), clock())


def test_a_token_known_before_opens_nothing_after_signing_in(browser: MakeBrowser, add_user: AddUser) -> None:
    add_user("aysel")
    victim, attacker = browser(), browser()
    attacker.sign_in("aysel")
    planted = attacker.token
    victim.client.cookies.set("session", planted)
    victim.sign_in("aysel")
    token = victim.client.cookies.get("session", domain="testserver.local")
    assert token not in (None, planted)
    assert attacker.send("GET", "/session").status_code == 401


def test_a_made_up_token_is_never_taken_over(browser: MakeBrowser, add_user: AddUser, auth: Auth) -> None:
    add_user("aysel")
    someone = browser()
    someone.client.headers["cookie"] = "session=made-up"
    assert someone.send("GET", "/session").status_code == 401
    assert "made-up" not in someone.sign_in("aysel").headers["set-cookie"]
    with auth.database.transaction() as session:
        assert session.get(UserSession, session_id("made-up")) is None


def test_the_database_knows_no_token(browser: MakeBrowser, add_user: AddUser, auth: Auth) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    with auth.database.transaction() as session:
        stored = session.scalars(select(UserSession)).one()
    assert len(someone.token) == 43
    assert stored.id == session_id(someone.token)
    assert someone.token not in repr(vars(stored))


def test_a_session_ends_when_idle(browser: MakeBrowser, add_user: AddUser, clock: Clock) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    for _ in range(3):
        clock.move(minutes=59)
        assert someone.send("GET", "/session").status_code == 200
    clock.move(minutes=60)
    assert someone.send("GET", "/session").status_code == 401


def test_a_session_ends_in_the_evening_however_busy(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, auth: Auth
) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    for _ in range(19):
        clock.move(minutes=30)
        assert someone.send("GET", "/session").status_code == 200
    clock.move(minutes=30)
    assert someone.send("GET", "/session").status_code == 401
    browser().sign_in("aysel")  # clears away what has expired
    with auth.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_use_is_noted_at_most_once_a_minute(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, auth: Auth
) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    began = clock()
    seen = []
    for _ in range(3):
        clock.move(seconds=40)
        someone.send("GET", "/session")
        with auth.database.transaction() as session:
            seen.append((session.scalars(select(UserSession.seen_at)).one() - began).total_seconds())
    assert seen == [0, 80, 80]


def test_a_request_costs_one_statement(browser: MakeBrowser, add_user: AddUser, auth: Auth) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    event.listen(auth.database.engine, "before_cursor_execute", note)
    assert someone.send("POST", "/probe/document.read").status_code == 200
    assert len(statements) == 1


def test_signing_out_ends_the_session_for_good(
    browser: MakeBrowser, add_user: AddUser, events: Callable[[], list[Event]]
) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    token = someone.token
    assert someone.send("DELETE", "/session").status_code == 204
    assert "session" not in someone.client.cookies
    someone.client.cookies.set("session", token)
    assert someone.send("GET", "/session").status_code == 401
    assert events()[-1].action == "session.ended"


def test_a_user_who_is_disabled_is_out_at_once(
    browser: MakeBrowser, add_user: AddUser, auth: Auth, clock: Clock
) -> None:
    user = add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    with auth.database.transaction() as session:
        session.execute(update(User).where(User.id == user).values(disabled_at=clock()))
    assert someone.send("GET", "/session").status_code == 401


def test_an_old_hash_is_replaced_at_signing_in(
    browser: MakeBrowser, add_user: AddUser, row: Callable[[int], User]
) -> None:
    old = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1),)).hash(PASSWORD)
    user = add_user("aysel", password_hash=old)
    assert browser().sign_in("aysel").status_code == 200
    assert "m=19456,t=2,p=1" in str(row(user).password_hash)
    assert browser().sign_in("aysel").status_code == 200


def test_over_https_only_the_bound_cookie_counts(app: FastAPI, auth: Auth, add_user: AddUser) -> None:
    add_user("aysel")
    app.state.auth = replace(auth, secure=True, public_url="https://testserver")
    with TestClient(app, base_url="https://testserver") as client:
        answer = client.post("/api/v1/session", json={"login": "aysel", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert cookie.endswith("; HttpOnly; Path=/; SameSite=lax; Secure")
        assert client.get("/api/v1/session").status_code == 200
        token = client.cookies["__Host-session"]
        client.cookies.clear()
        client.cookies.set("session", token)
        assert client.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "a"},
        {"login": "a", "password": ""},
        {"login": "a", "password": "x" * 1025},
        {"login": "a", "password": "b", "code": "12345٣"},
        {"login": "a", "password": "b", "role": "administrator"},
        {"login": ["a"], "password": "b"},
        {"login": "a", "password": "\ud800"},
        {"login": "a\x00", "password": "b"},
    ],
)
def test_hostile_bodies_are_refused_without_repeating_them(
    browser: MakeBrowser, body: dict[str, Any]
) -> None:
    answer = browser().client.post(
        "/api/v1/session", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code in (401, 422)
    assert "xxxx" not in answer.text
