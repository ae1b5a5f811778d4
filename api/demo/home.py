"""The folder of a demo: marked as one, so that nothing made stands beside anything real.

`demo.json` in the folder says since when, and holds the password and the secrets of the second factor of the made
users: they open nothing but this demo.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import pyotp

from api.errors import ConflictError, NotFoundError

MARK = "demo.json"


@dataclass(frozen=True)
class Login:
    """A made user. `totp` is the secret of the second factor, for who needs one."""

    login: str
    name: str
    role: str
    department: str | None = None
    totp: str | None = None


@dataclass(frozen=True)
class Made:
    """What is known of a demo; without logins it is being filled, or that was broken off."""

    begun: datetime
    password: str = ""
    logins: list[Login] = field(default_factory=list)


def default() -> Path:
    """As for real data (see `api.settings`), with a name of its own."""
    return Path("/var/lib/derkenar-demo") if os.geteuid() == 0 else Path.home() / ".derkenar-demo"


def read(home: Path) -> Made | None:
    """What is known of the demo in a folder; None: there is no demo."""
    path = home / MARK
    if not path.is_file():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    logins = [Login(**row) for row in told.pop("logins")]
    return Made(datetime.fromisoformat(told.pop("begun")), logins=logins, **told)


def claim(home: Path, now: datetime) -> None:
    """Mark an empty folder as the home of a demo. Raises ConflictError where anything lies in it."""
    if home.is_dir() and any(home.iterdir()):
        raise ConflictError(
            f"{home} holds data that no demo made. A demo needs a folder of its own: set TRIAGE_HOME to another one."
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(home, Made(now))


def write(home: Path, made: Made) -> None:
    """Note what is known of a demo, for its user's eyes alone."""
    path = home / MARK
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(
        json.dumps({**asdict(made), "begun": made.begun.isoformat()}, ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )
    part.replace(path)


def code(home: Path, login: str, now: datetime) -> tuple[str, int]:
    """The code of the second factor that a made user needs now, and the seconds that it is shown for.

    Raises NotFoundError where there is no such user with a second factor.
    """
    made = read(home)
    secret = next((each.totp for each in made.logins if each.login == login), None) if made else None
    if secret is None:
        raise NotFoundError(f"There is no made user {login} with a second factor in {home}.")
    totp = pyotp.TOTP(secret)
    return totp.at(now), totp.interval - int(now.timestamp()) % totp.interval
