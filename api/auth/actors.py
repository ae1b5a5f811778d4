"""Names of those who act: users and keys, for whoever is shown who did something."""

from __future__ import annotations

from collections.abc import Iterable

from api.auth import repository
from api.auth.permissions import Permission, Principal
from api.deps import Services


def names(services: Services, who: Principal, actors: Iterable[str]) -> dict[str, str]:
    """Names by the actor as events and rows have it (`user:12`, `key:3`); who has none is left out."""
    who.require(Permission.READ)
    users, keys = _ids(actors := set(actors), "user"), _ids(actors, "key")
    with services.database.transaction() as session:
        found = {f"user:{number}": name for number, name in repository.user_names(session, users)}
        return found | {f"key:{number}": name for number, name in repository.key_names(session, keys)}


def _ids(actors: Iterable[str], kind: str) -> list[int]:
    parts = (actor.partition(":") for actor in actors)
    return [int(number) for of, _, number in parts if of == kind and number.isdecimal()]
