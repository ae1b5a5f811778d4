"""What the rest of the service may use of this feature, beside the dependencies of endpoints."""

from __future__ import annotations

from api.auth import users
from api.deps import Services


def first_administrator(services: Services) -> str | None:
    """Make the user `admin` where there is no user at all; gives its one-time password, to be printed once."""
    with services.database.transaction() as session:
        return users.first_administrator(session)
