"""People and another system at work with the service, over HTTP alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp

from tests.smoke.installation import FailedError, expect

AWAY = 90.0
"""Seconds for which a caller tries again while the service cannot take papers."""


class Caller:
    """Who sends requests: a browser that has signed in, or another system with a key."""

    def __init__(self, url: str, key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(keepalive_expiry=3)  # before the server closes a connection that is idle
        self.http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60, limits=limits)
        self.refused = 0

    def send(self, method: str, path: str, expected: int = 200, **request: Any) -> httpx.Response:
        """The answer to a request. Raises FailedError where its status is another than expected."""
        answer = self.http.request(method, path, **request)
        if answer.status_code != expected:
            raise FailedError(f"{method} {path}: {answer.status_code}, not {expected}: {answer.text[:500]}")
        return answer

    def submit(self, idempotency_key: str, **request: Any) -> dict[str, Any]:
        """Send papers until they are acknowledged, however often the service or its database goes away."""
        end = time.monotonic() + AWAY
        while True:
            try:
                answer = self.http.post("/documents", headers={"Idempotency-Key": idempotency_key}, **request)
                if answer.status_code == 202:
                    accepted: dict[str, Any] = answer.json()
                    return accepted
                expect(
                    answer.status_code == 503, f"POST /documents: {answer.status_code}: {answer.text[:500]}"
                )
            except httpx.TransportError as error:
                expect(time.monotonic() < end, f"POST /documents: {error!r}")
            self.refused += 1
            expect(time.monotonic() < end, f"POST /documents was refused for {AWAY:.0f} s")
            time.sleep(0.3)

    def sign_in(self, login: str, password: str) -> list[str]:
        """Open a session; what it must do first."""
        return self._session(self.send("POST", "/session", json={"login": login, "password": password}))

    def change_password(self, present: str, wanted: str) -> None:
        """Change one's own password."""
        self._session(self.send("POST", "/me/password", json={"current": present, "new": wanted}))

    def enrol(self) -> None:
        """Set up an authenticator app."""
        secret = self.send("POST", "/me/totp").json()["secret"]
        code = pyotp.TOTP(secret).now()
        self._session(self.send("POST", "/me/totp/confirmation", json={"code": code}))

    def _session(self, answer: httpx.Response) -> list[str]:
        given = answer.json()
        self.http.headers["X-CSRF-Token"] = given["csrf"]
        required: list[str] = given["required"]
        return required


@dataclass(frozen=True)
class People:
    """Everybody at work. Only one clerk is bound to an office: that of Gəncə."""

    administrator: Caller
    supervisor: Caller
    gence: Caller
    clerk: Caller
    portal: Caller


PASSWORDS = {
    "admin": "yeddi-qapi-bir-acar",
    "nigar": "sakit-dalga-uzun-yol",
    "gence": "duzlu-corek-yagisli-gun",
    "leyla": "yasil-qatar-gecikir-yene",
}


def first_administrator(url: str, printed: str) -> Caller:
    """Who takes the printed password, and must change it and enrol before anything else is allowed."""
    admin = Caller(url)
    required = admin.sign_in("admin", printed)
    expect(required == ["password_change", "totp_enrolment"], f"the first administrator must do {required}")
    admin.send("GET", "/users", expected=403)
    admin.change_password(printed, PASSWORDS["admin"])
    admin.send("GET", "/users", expected=403)
    admin.enrol()
    expect(len(admin.send("GET", "/users").json()["items"]) == 1, "there is not exactly one user")
    stranger = Caller(url)
    stranger.send("POST", "/session", 401, json={"login": "admin", "password": printed})
    stranger.http.close()
    return admin


def everybody(url: str, admin: Caller) -> People:
    """The supervisor, two clerks and a key, made by the administrator."""
    supervisor = person(url, admin, "nigar", "Nigar Quliyeva", role="supervisor")
    gence = person(url, admin, "gence", "Aysel Məmmədova", role="clerk", units=["gence"])
    clerk = person(url, admin, "leyla", "Leyla Rzayeva", role="clerk")
    return People(admin, supervisor, gence, clerk, portal(url, admin))


def portal(url: str, admin: Caller) -> Caller:
    """Another system, with a key to send papers and to read them."""
    expires = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    wanted = {"name": "Portal", "scopes": ["document.submit", "document.read"], "expires_at": expires}
    return Caller(url, admin.send("POST", "/keys", 201, json=wanted).json()["secret"])


def person(url: str, admin: Caller, login: str, name: str, **rights: Any) -> Caller:
    """Somebody whom the administrator makes, signed in with a password of their own."""
    made = admin.send("POST", "/users", 201, json={"login": login, "name": name, **rights}).json()
    caller = Caller(url)
    required = caller.sign_in(login, made["one_time_password"])
    caller.change_password(made["one_time_password"], PASSWORDS.get(login, f"gizli-soz-{login}-uzundur"))
    if "totp_enrolment" in required:
        caller.enrol()
    return caller
