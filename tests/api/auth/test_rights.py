"""The table of who may do what, tried through real sessions and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute

from api.auth import administration
from api.auth.deps import Allowed
from api.auth.permissions import KEY_PERMISSIONS, ROLE_PERMISSIONS, Permission
from tests.api.auth.conftest import Browser

TABLE = {
    Permission.SUBMIT: "clerk supervisor",
    Permission.READ: "clerk officer supervisor",
    Permission.RETRY: "clerk supervisor administrator",
    Permission.ERASE: "supervisor",
    Permission.READ_AUTOMATION: "supervisor administrator",
    Permission.CHANGE_AUTOMATION: "supervisor",
    Permission.READ_AUDIT: "supervisor",
    Permission.MANAGE_USERS: "administrator",
    Permission.MANAGE_KEYS: "administrator",
    Permission.READ_SYSTEM: "supervisor administrator",
    Permission.DECIDE: "clerk supervisor",
    Permission.SUPERVISE: "supervisor",
    Permission.LINK: "clerk supervisor",
    Permission.HAND_OVER: "officer",
    Permission.READ_FIGURES: "supervisor",
    Permission.DRAW_SAMPLES: "supervisor",
    Permission.JUDGE_SAMPLES: "clerk supervisor",
    Permission.MANAGE_WORK: "supervisor",
    Permission.MAKE_NOTICES: "clerk supervisor",
    Permission.HOLD: "supervisor",
    Permission.DISPOSE: "supervisor",
    Permission.MANAGE_WEBHOOKS: "administrator",
    Permission.CHANGE_POLICY: "supervisor",
}
ADMINISTRATION = [
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", "/users/1"),
    ("PATCH", "/users/1"),
    ("POST", "/users/1/password-reset"),
    ("POST", "/users/1/totp-reset"),
    ("POST", "/users/1/unlock"),
    ("POST", "/users/1/disable"),
    ("POST", "/users/1/enable"),
    ("GET", "/keys"),
    ("POST", "/keys"),
    ("DELETE", "/keys/1"),
]


@pytest.mark.parametrize("role", sorted(ROLE_PERMISSIONS))
def test_each_role_may_do_what_the_table_says(
    role: str, browser: Callable[[], Browser], add_user: Callable[..., int]
) -> None:
    add_user("someone", role, totp=True)
    someone = browser()
    someone.sign_in("someone", code=someone.code())
    for permission in Permission:
        allowed = role in TABLE[permission].split()
        for method in ("GET", "POST"):
            answer = someone.send(method, f"/probe/{permission}")
            assert answer.status_code == (200 if allowed else 403), (permission, method)


def test_without_a_session_or_key_nothing_is_allowed(browser: Callable[[], Browser]) -> None:
    nobody = browser()
    for permission in Permission:
        assert nobody.send("GET", f"/probe/{permission}").status_code == 401
    for method, path in [*ADMINISTRATION, ("GET", "/session"), ("POST", "/me/totp"), ("DELETE", "/session")]:
        assert nobody.send(method, path).status_code == 401


@pytest.mark.parametrize("role", ["clerk", "officer", "supervisor"])
def test_only_administrators_manage_users_and_keys(
    role: str, browser: Callable[[], Browser], add_user: Callable[..., int]
) -> None:
    add_user("someone", role, totp=True)
    someone = browser()
    someone.sign_in("someone", code=someone.code())
    bodies = {
        "/users": {"login": "new", "name": "New", "role": "clerk"},
        "/keys": {"name": "k", "scopes": ["document.read"], "expires_at": "2026-06-01T00:00:00Z"},
        "/users/1": {"role": "administrator"},
    }
    for method, path in ADMINISTRATION:
        body = bodies.get(path) if method in ("POST", "PATCH") else None
        assert someone.send(method, path, body, If_Match="*").status_code == 403, (method, path)


def test_keys_can_have_nothing_that_changes_rights() -> None:
    assert {Permission.SUBMIT, Permission.READ, Permission.READ_SYSTEM} == KEY_PERMISSIONS


def test_the_permission_of_an_endpoint_can_be_read_from_it() -> None:
    found = {
        (method, route.path): dependency.call.permission
        for route in administration.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, Allowed)
    }
    assert found.keys() == {(method, path.replace("1", "{id}")) for method, path in ADMINISTRATION}
    for (_, path), permission in found.items():
        assert permission == (Permission.MANAGE_USERS if "/users" in path else Permission.MANAGE_KEYS)
