"""`triage-api replay` inside the server: one paper at a time, with the bundle loaded when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from api.auth.permissions import Permission, Principal
from api.deps import Services
from api.errors import UnavailableError
from api.supervision.record_schemas import ReplayOut
from api.triaging.replay import Replayer, load_suggester
from api.triaging.service import Suggester

_ONE = threading.Lock()
"""A replay takes as much of the processors and memory as a triage: never two of them beside the requests."""
_PATIENCE = 20.0
"""Seconds for which a request waits for another's replay."""


@lru_cache(maxsize=1)
def _load(folder: Path, sha256: str) -> Suggester:
    """The bundle that was asked for last stays loaded; one that fails to load is tried again."""
    return load_suggester(folder, sha256)


def replay(
    services: Services, who: Principal, number: str, load: Callable[[Path, str], Suggester] = _load
) -> ReplayOut:
    """Make the newest suggestion of a paper again and compare it with the record; `outcome` says what came of it.

    That the bundle, the original or the content is missing is an outcome, too. Raises NotFoundError where there is no
    such paper or nothing was suggested for it, UnavailableError while others replay.
    """
    who.require(Permission.SUPERVISE)
    if not _ONE.acquire(timeout=_PATIENCE):
        raise UnavailableError("Another paper is being replayed. Please try again in a minute.")
    try:
        found = Replayer(services, who, load).replay(number)
    finally:
        _ONE.release()
    return ReplayOut(
        number=found.number, suggestion=found.suggestion, outcome=found.outcome, message=found.message,
        differs=list(found.differs),
    )  # fmt: skip
