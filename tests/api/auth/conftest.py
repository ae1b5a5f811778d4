"""An application with the endpoints of users and sessions, a clock that is set by hand, and browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from api import problems
from api.auth import passwords
from api.auth.context import Auth
from api.auth.deps import allowed
from api.auth.endpoints import router
from api.auth.permissions import Permission, Principal
from api.auth.signin import totp_context
from api.db.tables import Event, User
from api.deps import Services

PASSWORD = "duzlu-corek-yagisli-gun"  # noqa: S105 - of the users of these tests
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


def code_at(clock: Clock) -> str:
    """What an authenticator app with SECRET shows."""
    return pyotp.TOTP(SECRET).at(clock())


class Browser:
    """Keeps cookies and the session's token, as pages do."""

    def __init__(self, client: TestClient, clock: Clock) -> None:
        self.client = client
        self.clock = clock
        self.csrf = ""

    def sign_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> Response:
        body = {"login": login, "password": password} | ({"code": code} if code else {})
        return self._remember(self.client.post("/api/v1/session", json=body))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        sent = {"X-CSRF-Token": self.csrf} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self._remember(self.client.request(method, f"/api/v1{path}", json=body, headers=sent))

    def code(self) -> str:
        return code_at(self.clock)

    @property
    def token(self) -> str:
        return str(self.client.cookies["session"])

    def _remember(self, answer: Response) -> Response:
        if answer.is_success and answer.content and "csrf" in answer.json():
            self.csrf = answer.json()["csrf"]
        return answer


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(services: Services) -> Auth:
    return replace(Auth.make(services), refusal_seconds=0.0)


@pytest.fixture
def app(services: Services, auth: Auth, clock: Clock) -> FastAPI:
    made = FastAPI()
    made.state.services = replace(services, now=clock)
    made.state.auth = auth
    made.include_router(router)
    made.include_router(_probes())
    problems.install(made)
    return made


def _probes() -> APIRouter:
    """An endpoint for each permission, that says who called."""
    probes = APIRouter(prefix="/api/v1/probe")
    for permission in Permission:

        def probe(principal: Principal = Depends(allowed(permission))) -> dict[str, Any]:  # noqa: B008
            units = None if principal.units is None else sorted(principal.units)
            return {"id": principal.id, "role": principal.role, "units": units}

        probes.add_api_route(f"/{permission}", probe, methods=["GET", "POST"])
    return probes


@pytest.fixture
def browser(app: FastAPI, clock: Clock) -> Iterator[Callable[[], Browser]]:
    """Makes browsers that know nothing of each other."""
    with ExitStack() as stack:
        yield lambda: Browser(stack.enter_context(TestClient(app)), clock)


@pytest.fixture
def add_user(auth: Auth, clock: Clock, password_hash: str) -> Callable[..., int]:
    """Adds a user with PASSWORD, and with SECRET as second factor where `totp`; gives the id."""

    def add(login: str, role: str = "clerk", *, totp: bool = False, **more: Any) -> int:
        with auth.database.transaction() as session:
            fields = {
                "password_hash": password_hash,
                "department": "investigation" if role == "officer" else None,
            }
            user = User(login=login, name=f"Person {login}", role=role, **(fields | more))
            session.add(user)
            session.flush()
            if totp:
                user.totp_secret = auth.secrets.seal(SECRET.encode(), totp_context(user.id))
                user.totp_confirmed_at = clock()
            return user.id

    return add


@pytest.fixture
def administrator(browser: Callable[[], Browser], add_user: Callable[..., int]) -> Browser:
    """The browser of an administrator of all units, fully signed in."""
    add_user("boss", "administrator", totp=True)
    found = browser()
    found.sign_in("boss", code=found.code())
    return found


@pytest.fixture
def events(auth: Auth) -> Callable[[], list[Event]]:
    """The audit chain so far, without its beginning."""

    def read() -> list[Event]:
        with auth.database.transaction() as session:
            return list(session.scalars(select(Event).where(Event.seq > 1).order_by(Event.seq)))

    return read


@pytest.fixture
def row(auth: Auth) -> Callable[[int], User]:
    """A user as the database has them."""

    def read(user_id: int) -> User:
        with auth.database.transaction() as session:
            return session.get_one(User, user_id)

    return read
