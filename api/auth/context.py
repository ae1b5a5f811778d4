"""What signing in needs beside the database's rows: put together once per process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import cast

from starlette.applications import Starlette

from api.auth.lockout import AddressLimit
from api.auth.sealing import Secrets
from api.db.session import Database
from api.deps import Services
from triage.taxonomy import Taxonomy

_making = Lock()


@dataclass(frozen=True, slots=True)
class Places:
    """The units (slugs) and departments that rights may name: those of the active taxonomy."""

    units: frozenset[str]
    departments: frozenset[str]

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Places:
        """Those of this taxonomy."""
        return cls(frozenset(taxonomy.units), frozenset(taxonomy.departments))


@dataclass(frozen=True, slots=True)
class Auth:
    """The parts of authentication.

    A refusal to sign in takes at least `refusal_seconds`, whatever its cause, so that the time does not tell it.
    """

    database: Database
    secrets: Secrets
    places: Places
    length: timedelta
    idle: timedelta
    public_url: str
    secure: bool
    addresses: AddressLimit = field(default_factory=AddressLimit)
    refusal_seconds: float = 0.4

    @classmethod
    def make(cls, services: Services) -> Auth:
        """Of these services; makes the key of secrets at the first start. Raises UnavailableError on a bad one."""
        settings = services.settings
        return cls(
            database=services.database,
            secrets=Secrets.open(services.keys_folder),
            places=Places.of(services.taxonomy),
            length=timedelta(hours=settings.session_hours),
            idle=timedelta(minutes=settings.session_idle_minutes),
            public_url=settings.public_url,
            secure=settings.secure,
        )


def auth_of(app: Starlette) -> Auth:
    """The one of this application, made at the first call (at its start, so that a bad key is seen there)."""
    with _making:
        if not hasattr(app.state, "auth"):
            app.state.auth = Auth.make(app.state.services)
        return cast(Auth, app.state.auth)
