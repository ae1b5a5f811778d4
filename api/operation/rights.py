"""Who may call which endpoint, read off the code: `python -m api.operation.rights`, or `triage-api endpoints`.

An endpoint names what it asks of its caller by its dependencies: `allowed(permission)`, or `signed_in` for what all
people may do with their own account; pages name both, as they are for people. One that names neither is open to
everybody. Which papers a caller then sees is a matter of units, not of this table.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from api.app import ROUTERS
from api.auth.deps import Allowed, signed_in
from api.auth.permissions import KEY_PERMISSIONS, ROLE_PERMISSIONS, Permission
from api.web.csrf import form_sender

ANONYMOUS = "anonymous"
_PEOPLE = (signed_in, form_sender)
CALLERS: Mapping[str, frozenset[Permission]] = {
    ANONYMOUS: frozenset(),
    **ROLE_PERMISSIONS,
    **{f"key {scope}": frozenset({scope}) for scope in sorted(KEY_PERMISSIONS)},
}
"""Kinds of callers, and what they may do: nobody, every role, and a key with each scope alone."""

_HEAD = """# Endpoints and who may call them

Generated from the code by `triage-api endpoints`; a test compares it with this file, and sends every endpoint a
request of every caller. **yes**: answered; **401**: must sign in or send a key; **403**: signed in, but not allowed.
Who has units sees only the papers of these; any other is answered with 404. What a role must do first (change
a one-time password, enrol or give a second factor) stands before everything but the session's own endpoints. The
description of the endpoints, `GET /api/v1/openapi.json`, is open to everybody.

"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path. `permission` None and `people` False: open to everybody."""

    method: str
    path: str
    summary: str
    permission: Permission | None
    people: bool

    def answer(self, caller: str) -> str:
        """`yes`, or the status by which this kind of caller is refused."""
        if self.permission is None and not self.people:
            return "yes"
        if caller == ANONYMOUS:
            return "401"
        if self.people and caller not in ROLE_PERMISSIONS:
            return "403"
        return "yes" if self.permission is None or self.permission in CALLERS[caller] else "403"


def endpoints() -> list[Endpoint]:
    """Every endpoint of the service, by path."""
    routes = [route for router in ROUTERS for route in iter_route_contexts(router.routes)]
    found = [endpoint for route in routes for endpoint in _read(route)]
    return sorted(found, key=lambda endpoint: (endpoint.path, endpoint.method))


def table() -> str:
    """The table as Markdown."""
    lines = [_row("endpoint", "what", "asks for", *CALLERS), _row(*["---"] * (3 + len(CALLERS)))]
    for endpoint in endpoints():
        asks = endpoint.permission or ("signing in" if endpoint.people else "nothing")
        answers = [endpoint.answer(caller) for caller in CALLERS]
        lines.append(_row(f"`{endpoint.method} {endpoint.path}`", endpoint.summary, asks, *answers))
    return _HEAD + "\n".join(lines) + "\n"


def _read(route: RouteContext) -> Iterator[Endpoint]:
    path, dependant, methods = str(route.path), cast(Dependant, route.dependant), route.methods or ()
    calls = [needed.call for needed in _all(dependant)]
    asked = {call.permission for call in calls if isinstance(call, Allowed)}
    if len(asked) > 1:
        raise ValueError(f"{path} asks for several permissions: the table has room for one.")
    said = inspect.getdoc(cast(Callable[..., object], route.endpoint)) or ""
    summary = said.partition("\n")[0].partition(". ")[0].rstrip(".")
    for method in sorted(methods):
        yield Endpoint(
            method, path, summary, next(iter(asked), None), people=any(call in _PEOPLE for call in calls)
        )


def _all(dependant: Dependant) -> Iterator[Dependant]:
    """A dependency and all that it depends on."""
    yield dependant
    for needed in dependant.dependencies:
        yield from _all(needed)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(table())
