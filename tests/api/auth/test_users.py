"""How administrators manage users."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from api.auth import users
from api.auth.context import Auth
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.auth.schemas import UserChange
from api.auth.service import first_administrator
from api.db.tables import Event, User
from api.deps import Services
from api.errors import ConflictError, ServiceError
from tests.api.auth.conftest import Browser, Clock

MakeBrowser = Callable[[], Browser]
AddUser = Callable[..., int]
NEW = {"login": "aysel", "name": "Aysel Məmmədova", "role": "clerk", "units": ["gence"]}


def manager(user_id: int, units: frozenset[str] | None = None) -> Principal:
    return Principal(f"user:{user_id}", "", "administrator", ROLE_PERMISSIONS["administrator"], units)


def test_a_new_user_gets_a_password_that_must_be_changed(
    administrator: Browser, browser: MakeBrowser, events: Callable[[], list[Event]]
) -> None:
    answer = administrator.send("POST", "/users", NEW | {"login": "Aysel"})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert made["user"]["login"] == "aysel"
    assert not {"password_hash", "totp_secret"} & set(made["user"])
    assert (
        administrator.send("GET", answer.headers["location"].removeprefix("/api/v1")).json() == made["user"]
    )
    someone = browser()
    assert someone.sign_in("aysel", made["one_time_password"]).json()["required"] == ["password_change"]
    created = next(event for event in events() if event.action == "user.created")
    assert "aysel" not in created.body.lower()
    assert '"role":"clerk"' in created.body


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"login": "boss"}, 409),
        ({"login": "a b"}, 422),
        ({"login": "x" * 65}, 422),
        ({"login": "əli"}, 422),
        ({"name": ""}, 422),
        ({"name": "a\x00b"}, 422),
        ({"email": "nobody"}, 422),
        ({"role": "king"}, 422),
        ({"units": ["atlantis"]}, 422),
        ({"units": []}, 422),
        ({"department": "investigation"}, 422),
        ({"role": "officer"}, 422),
        ({"role": "officer", "department": "nowhere"}, 422),
        ({"language": "xx"}, 422),
        ({"password": "x"}, 422),
        ({"role": "officer", "department": "investigation"}, 201),
        ({"units": None, "email": "aysel@example.org", "language": "ru"}, 201),
    ],
)
def test_users_must_make_sense(administrator: Browser, more: dict[str, Any], status: int) -> None:
    assert administrator.send("POST", "/users", NEW | more).status_code == status


def test_users_are_listed_a_page_at_a_time(administrator: Browser, add_user: AddUser) -> None:
    for number in range(4):
        add_user(f"user{number}")
    logins, cursor = [], "0"
    while cursor:
        answer = administrator.send("GET", f"/users?limit=2&cursor={cursor}").json()
        assert len(answer["items"]) <= 2
        logins += [user["login"] for user in answer["items"]]
        cursor = answer["next"]
    assert logins == ["boss", "user0", "user1", "user2", "user3"]
    for query in ("limit=0", "limit=201", "cursor=x", "cursor=" + "9" * 30):
        assert administrator.send("GET", f"/users?{query}").status_code == 422


def test_a_change_needs_the_version_that_was_seen(administrator: Browser, add_user: AddUser) -> None:
    user = add_user("aysel")
    path, body = f"/users/{user}", {"name": "Aysel Əliyeva"}
    etag = administrator.send("GET", path).headers["etag"]
    assert administrator.send("PATCH", path, body).status_code == 428
    for wrong in ('"999"', "nonsense", f"W/{etag}"):
        assert administrator.send("PATCH", path, body, If_Match=wrong).status_code == 412
    changed = administrator.send("PATCH", path, body, If_Match=etag)
    assert changed.status_code == 200
    assert changed.json()["name"] == "Aysel Əliyeva"
    assert administrator.send("PATCH", path, body, If_Match=etag).status_code == 412
    assert administrator.send("PATCH", path, body, If_Match=changed.headers["etag"]).status_code == 200
    assert administrator.send("PATCH", path, {"email": None}, If_Match="*").status_code == 200


@pytest.mark.parametrize("id", ["0", "-1", "x", str(2**63), "999999"])
def test_a_user_who_is_not_there_is_not_found(administrator: Browser, id: str) -> None:
    assert administrator.send("GET", f"/users/{id}").status_code in (404, 422)
    assert administrator.send("POST", f"/users/{id}/unlock").status_code in (404, 422)


def test_other_rights_end_the_sessions_and_count_at_once(
    administrator: Browser, browser: MakeBrowser, add_user: AddUser, events: Callable[[], list[Event]]
) -> None:
    user = add_user("aysel", units=["gence"])
    someone = browser()
    someone.sign_in("aysel")
    administrator.send("PATCH", f"/users/{user}", {"name": "Aysel B"}, If_Match="*")
    assert someone.send("GET", "/session").status_code == 200
    body = {"role": "officer", "department": "investigation", "units": None}
    assert administrator.send("PATCH", f"/users/{user}", body, If_Match="*").status_code == 200
    assert someone.send("GET", "/session").status_code == 401
    someone.sign_in("aysel")
    assert someone.send("GET", "/probe/document.read").json()["role"] == "officer"
    assert someone.send("GET", "/probe/document.submit").status_code == 403
    assert '"rights":{"department":"investigation","role":"officer","units":null}' in next(
        event.body for event in reversed(events()) if event.action == "user.changed"
    )


def test_nobody_changes_their_own_rights_or_shuts_themselves_out(
    administrator: Browser, add_user: AddUser
) -> None:
    add_user("second", "administrator")
    me = administrator.send("GET", "/session").json()["user"]["id"]
    for body in ({"role": "clerk"}, {"units": ["gence"]}, {"role": "supervisor"}):
        assert administrator.send("PATCH", f"/users/{me}", body, If_Match="*").status_code == 403
    for action in ("disable", "password-reset", "totp-reset"):
        assert administrator.send("POST", f"/users/{me}/{action}").status_code == 403
    assert administrator.send("PATCH", f"/users/{me}", {"name": "Boss"}, If_Match="*").status_code == 200
    assert administrator.send("GET", "/session").status_code == 200


@pytest.mark.parametrize(
    "remove",
    [
        lambda session, actor, target, places, clock: users.disable(session, actor, target, clock()),
        lambda session, actor, target, places, _: users.change(
            session, actor, target, UserChange(role="clerk"), None, places
        ),
        lambda session, actor, target, places, _: users.change(
            session, actor, target, UserChange(units=["gence"]), None, places
        ),
    ],
)
def test_the_last_administrator_stays(
    remove: Callable[..., User], add_user: AddUser, auth: Auth, clock: Clock
) -> None:
    last = add_user("last", "administrator")
    add_user("regional", "administrator", units=["gence"])
    add_user("former", "administrator", disabled_at=clock())
    other = manager(999)
    with (
        pytest.raises(ConflictError, match="last active administrator"),
        auth.database.transaction() as session,
    ):
        remove(session, other, last, auth.places, clock)
    add_user("second", "administrator")
    with auth.database.transaction() as session:
        remove(session, other, last, auth.places, clock)


def test_two_administrators_who_disable_each_other_at_once_leave_one(
    add_user: AddUser, auth: Auth, clock: Clock
) -> None:
    pair = [add_user("first", "administrator"), add_user("second", "administrator")]
    start = Barrier(2)

    def disable(actor: int, target: int) -> bool:
        start.wait()
        try:
            with auth.database.transaction() as session:
                users.disable(session, manager(actor), target, clock())
        except ServiceError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(disable, pair, reversed(pair)))
    assert sorted(done) == [False, True]


def test_disabling_shuts_out_and_enabling_lets_in_again(
    administrator: Browser, browser: MakeBrowser, add_user: AddUser
) -> None:
    user = add_user("aysel")
    someone = browser()
    someone.sign_in("aysel")
    assert administrator.send("POST", f"/users/{user}/disable").json()["disabled_at"]
    assert someone.send("GET", "/session").status_code == 401
    assert someone.sign_in("aysel").status_code == 401
    assert administrator.send("POST", f"/users/{user}/enable").json()["disabled_at"] is None
    assert someone.send("GET", "/session").status_code == 401
    assert someone.sign_in("aysel").status_code == 200


def test_a_reset_password_is_temporary_and_opens_a_closed_account(
    administrator: Browser, browser: MakeBrowser, add_user: AddUser, clock: Clock
) -> None:
    user = add_user("aysel", failed_attempts=7, locked_until=clock.time.replace(minute=2))
    password = administrator.send("POST", f"/users/{user}/password-reset").json()["one_time_password"]
    someone = browser()
    assert someone.sign_in("aysel").status_code == 401
    assert someone.sign_in("aysel", password).json()["required"] == ["password_change"]


def test_a_lost_second_factor_is_reset(
    administrator: Browser, browser: MakeBrowser, add_user: AddUser
) -> None:
    user = add_user("vuqar", "supervisor", totp=True)
    administrator.send("POST", f"/users/{user}/totp-reset")
    assert browser().sign_in("vuqar").json()["required"] == ["totp_enrolment"]


def test_unlocking_opens_the_account(
    administrator: Browser, browser: MakeBrowser, add_user: AddUser, clock: Clock
) -> None:
    user = add_user("aysel", failed_attempts=7, locked_until=clock.time.replace(minute=2))
    assert browser().sign_in("aysel").status_code == 401
    assert administrator.send("POST", f"/users/{user}/unlock").json()["locked_until"] is None
    assert browser().sign_in("aysel").status_code == 200


def test_an_administrator_of_units_manages_these_alone(browser: MakeBrowser, add_user: AddUser) -> None:
    add_user("regional", "administrator", units=["gence", "seki"], totp=True)
    inside, outside, everywhere = (
        add_user("in", units=["gence"]),
        add_user("out", units=["baku"]),
        add_user("all"),
    )
    both = add_user("both", units=["gence", "baku"])
    someone = browser()
    someone.sign_in("regional", code=someone.code())
    assert [user["login"] for user in someone.send("GET", "/users").json()["items"]] == ["regional", "in"]
    assert someone.send("POST", f"/users/{inside}/password-reset").status_code == 200
    for other in (outside, everywhere, both):
        assert someone.send("POST", f"/users/{other}/password-reset").status_code == 404
        assert someone.send("GET", f"/users/{other}").status_code == 404
    assert someone.send("POST", "/users", NEW | {"units": None}).status_code == 403
    assert someone.send("POST", "/users", NEW | {"units": ["gence"], "role": "supervisor"}).status_code == 201
    assert someone.send("PATCH", f"/users/{inside}", {"units": None}, If_Match="*").status_code == 403
    key = {"name": "k", "scopes": ["document.read"], "expires_at": "2026-06-01T00:00:00Z"}
    assert someone.send("POST", "/keys", key).status_code == 403
    assert someone.send("POST", "/keys", key | {"units": ["gence"]}).status_code == 201


def test_the_first_administrator_is_made_once(services: Services, browser: MakeBrowser) -> None:
    password = first_administrator(services)
    assert password is not None
    assert first_administrator(services) is None
    answer = browser().sign_in("admin", password)
    assert answer.json()["required"] == ["password_change", "totp_enrolment"]


def test_two_starts_at_once_make_one_first_administrator(services: Services) -> None:
    start = Barrier(4)

    def make(_: int) -> str | None:
        start.wait()
        return first_administrator(replace(services))

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))
    assert sum(password is not None for password in made) == 1
    with services.database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_where_there_are_users_no_first_administrator_is_made(services: Services, add_user: AddUser) -> None:
    add_user("aysel")
    assert first_administrator(services) is None
