"""One-time passwords, authenticator apps, and what a session may do before these are in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from api.auth.context import Auth
from api.auth.signin import Credentials, sign_in
from api.db.tables import Event, User
from api.errors import UnauthenticatedError
from tests.api.auth.conftest import PASSWORD, Browser, Clock, code_at

MakeBrowser = Callable[[], Browser]
AddUser = Callable[..., int]
NEW = "balaca-qara-pisik-mart"


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_a_role_with_power_may_only_enrol_until_it_has_a_second_factor(
    role: str, browser: MakeBrowser, add_user: AddUser, clock: Clock, events: Callable[[], list[Event]]
) -> None:
    user = add_user("vuqar", role, password_temporary=True)
    someone = browser()
    answer = someone.sign_in("vuqar")
    assert answer.json()["required"] == ["password_change", "totp_enrolment"]
    assert answer.json()["permissions"] == []
    refused = someone.send("GET", "/probe/system.read")
    assert refused.status_code == 403
    assert "one-time password" in refused.json()["detail"]
    changed = someone.send("POST", "/me/password", {"current": PASSWORD, "new": NEW})
    assert changed.json()["required"] == ["totp_enrolment"]
    assert someone.send("GET", "/probe/system.read").status_code == 403
    begun = someone.send("POST", "/me/totp").json()
    assert someone.send("GET", "/probe/system.read").status_code == 403
    app = pyotp.parse_uri(begun["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == begun["secret"]
    before = someone.token
    assert someone.send("POST", "/me/totp/confirmation", {"code": "000000"}).status_code == 422
    done = someone.send("POST", "/me/totp/confirmation", {"code": app.at(clock())})
    assert done.json()["required"] == []
    assert someone.token != before
    assert someone.send("GET", "/probe/system.read").status_code == 200
    assert [e.action for e in events() if e.actor == f"user:{user}"] == [
        "session.opened", "user.password_changed", "user.totp_begun", "user.totp_confirmed",
    ]  # fmt: skip


def test_the_code_of_the_enrolment_does_not_open_a_second_session(
    browser: MakeBrowser, add_user: AddUser, clock: Clock
) -> None:
    add_user("vuqar", "supervisor")
    someone = browser()
    someone.sign_in("vuqar")
    app = pyotp.TOTP(someone.send("POST", "/me/totp").json()["secret"])
    code = app.at(clock())
    someone.send("POST", "/me/totp/confirmation", {"code": code})
    assert browser().sign_in("vuqar", code=code).status_code == 401
    clock.move(seconds=30)
    assert browser().sign_in("vuqar", code=app.at(clock())).json()["required"] == []


def test_a_half_signed_in_session_may_only_give_its_code(browser: MakeBrowser, add_user: AddUser) -> None:
    add_user("vuqar", "supervisor", totp=True)
    someone = browser()
    assert someone.sign_in("vuqar").json()["required"] == ["second_factor"]
    for method, path, body in [
        ("GET", "/probe/system.read", None),
        ("POST", "/me/password", {"current": PASSWORD, "new": NEW}),
        ("POST", "/me/totp", None),
        ("POST", "/me/totp/confirmation", {"code": someone.code()}),
    ]:
        answer = someone.send(method, path, body)
        assert answer.status_code == 403
        assert "authenticator" in answer.json()["detail"]
    before = someone.token
    assert someone.send("POST", "/session/second-factor", {"code": someone.code()}).json()["required"] == []
    assert someone.token != before
    assert someone.send("GET", "/probe/system.read").status_code == 200
    assert someone.send("POST", "/session/second-factor", {"code": someone.code()}).status_code == 409


def test_the_token_of_the_half_signed_in_session_is_void_afterwards(
    browser: MakeBrowser, add_user: AddUser
) -> None:
    add_user("vuqar", "supervisor", totp=True)
    someone, thief = browser(), browser()
    someone.sign_in("vuqar")
    thief.client.cookies.set("session", someone.token)
    someone.send("POST", "/session/second-factor", {"code": someone.code()})
    assert thief.send("GET", "/session").status_code == 401


def test_a_code_counts_once(browser: MakeBrowser, add_user: AddUser, clock: Clock) -> None:
    add_user("vuqar", "supervisor", totp=True)
    someone, thief = browser(), browser()
    code = someone.code()
    assert someone.sign_in("vuqar", code=code).status_code == 200
    assert thief.sign_in("vuqar", code=code).status_code == 401
    thief.sign_in("vuqar")
    assert thief.send("POST", "/session/second-factor", {"code": code}).status_code == 422
    clock.move(seconds=30)
    assert thief.send("POST", "/session/second-factor", {"code": code}).status_code == 422
    assert thief.send("POST", "/session/second-factor", {"code": thief.code()}).status_code == 200


def test_of_two_who_use_a_code_at_once_one_gets_in(add_user: AddUser, auth: Auth, clock: Clock) -> None:
    add_user("vuqar", "supervisor", totp=True)
    code = code_at(clock)

    def attempt(number: int) -> bool:
        try:
            sign_in(auth, Credentials("vuqar", PASSWORD, code, str(number)), clock())
        except UnauthenticatedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


def test_knowing_the_password_does_not_make_codes_free(
    browser: MakeBrowser, add_user: AddUser, clock: Clock, row: Callable[[int], User]
) -> None:
    user = add_user("vuqar", "supervisor", totp=True)
    thief = browser()
    for failures in range(1, 5):
        assert thief.sign_in("vuqar").status_code == 200
        assert thief.send("POST", "/session/second-factor", {"code": "000000"}).status_code == 422
        assert row(user).failed_attempts == failures
    thief.sign_in("vuqar")
    thief.send("POST", "/session/second-factor", {"code": "000000"})
    closed = thief.send("POST", "/session/second-factor", {"code": thief.code()})
    assert closed.status_code == 429
    assert closed.headers["retry-after"] == "31"
    assert thief.sign_in("vuqar", code=thief.code()).status_code == 401
    clock.move(seconds=31)
    assert thief.sign_in("vuqar", code=thief.code()).status_code == 200
    assert row(user).failed_attempts == 0


def test_a_confirmed_second_factor_is_not_replaced_by_its_session(administrator: Browser) -> None:
    assert administrator.send("POST", "/me/totp").status_code == 409
    code = {"code": administrator.code()}
    assert administrator.send("POST", "/me/totp/confirmation", code).status_code == 409


def test_confirming_needs_something_begun(browser: MakeBrowser, add_user: AddUser) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    assert someone.send("POST", "/me/totp/confirmation", {"code": "000000"}).status_code == 409


def test_a_new_password_ends_all_other_sessions(
    browser: MakeBrowser, add_user: AddUser, row: Callable[[int], User]
) -> None:
    user = add_user("aysel", password_temporary=True)
    here, there = browser(), browser()
    here.sign_in("aysel")
    there.sign_in("aysel")
    before = here.token
    assert here.send("POST", "/me/password", {"current": PASSWORD, "new": NEW}).json()["required"] == []
    assert here.token != before
    assert here.send("GET", "/probe/document.read").status_code == 200
    assert there.send("GET", "/session").status_code == 401
    assert there.sign_in("aysel").status_code == 401
    assert there.sign_in("aysel", NEW).status_code == 200
    assert not row(user).password_temporary


@pytest.mark.parametrize(
    ("current", "new", "because"),
    [
        ("wrong-password", NEW, "present password is wrong"),
        (PASSWORD, PASSWORD, "is the present one"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "aysel-2026-aysel", "login or name"),
        (PASSWORD, "password12345", "most common"),
    ],
)
def test_a_bad_change_of_password_is_refused(
    current: str, new: str, because: str, browser: MakeBrowser, add_user: AddUser
) -> None:
    add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    answer = someone.send("POST", "/me/password", {"current": current, "new": new})
    assert answer.status_code == 422
    assert because in answer.json()["detail"]
    assert someone.send("GET", "/session").status_code == 200


def test_a_stolen_session_cannot_try_passwords_for_ever(
    browser: MakeBrowser, add_user: AddUser, row: Callable[[int], User]
) -> None:
    user = add_user("aysel")
    thief = browser()
    thief.sign_in("aysel")
    body = {"current": "wrong-password", "new": NEW}
    answers = [thief.send("POST", "/me/password", body).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert row(user).failed_attempts == 5


def test_a_secret_is_stored_sealed(
    browser: MakeBrowser, add_user: AddUser, row: Callable[[int], User]
) -> None:
    user = add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    secret = someone.send("POST", "/me/totp").json()["secret"]
    assert secret.encode() not in bytes(row(user).totp_secret or b"")
