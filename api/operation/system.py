"""How the service is doing, for who runs it: parts, queue, papers that could not be read. No paper's content."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from api.auth.permissions import Permission, Principal
from api.cursors import decode, encode
from api.db import migrate
from api.deps import Services
from api.operation import system_repository as repository
from triage import registry
from triage.errors import BundleMissingError

PARTS = ("database", "schema", "store", "models", "workers")
"""What must be well for papers to come in and be read."""
_SILENT_SECONDS = 60
_LEAST_FREE = 2**30
_BACKUP_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class DeadLetter:
    """A paper that was given up: `code` names why, `attempts` how often it was tried."""

    number: str
    code: str
    attempts: int
    failed_at: datetime | None


@dataclass(frozen=True)
class DeadLetters:
    """Papers that were given up, newest first; `next` is the cursor of the following page, if there is one."""

    items: list[DeadLetter]
    next: str | None


@dataclass(frozen=True)
class Health:
    """`parts` says of each of PARTS whether it is well; sizes are in bytes, jobs and papers are counted by state.

    `oldest` is when the paper that waits longest was registered, `checkpoint` when the audit chain was last signed,
    `heartbeat` when a worker gave its last sign of life. `backup` is when `triage-api backup` wrote the last one, which
    is due again after a day; `verified` when `triage-api audit verify` checked the chain last, and `verdict` what it
    found: `whole`, `broken` or `unchecked`.
    """

    parts: dict[str, bool]
    versions: dict[str, str]
    jobs: dict[str, int]
    workers: int
    papers: dict[str, int]
    oldest: datetime | None
    checkpoint: datetime | None
    heartbeat: datetime | None
    backup: datetime | None
    backup_due: bool
    verified: datetime | None
    verdict: str | None
    free: int
    total: int


def health(services: Services, who: Principal) -> Health:
    """How the service is doing. Raises ForbiddenError, and UnavailableError where the database is away."""
    who.require(Permission.READ_SYSTEM)
    with services.database.transaction() as session:
        current = migrate.current(session.connection()) == migrate.newest()
        jobs, papers = repository.jobs(session), repository.papers(session)
        workers = repository.workers(session, _SILENT_SECONDS)
        postgres, checkpoint = repository.postgres(session), repository.last_checkpoint(session)
        oldest, heartbeat = repository.oldest_waiting(session), repository.heartbeat(session)
        backup = repository.last_done(session, "backup.made")
        verified = repository.last_done(session, "audit.verified")
    disk = shutil.disk_usage(services.settings.home)
    bundle = _bundle(services)
    well = (True, current, disk.free >= _LEAST_FREE, bundle is not None, workers > 0)
    parts = dict(zip(PARTS, well, strict=True))
    versions = {"service": version("derkenar"), "database": postgres, "bundle": bundle or "—"}
    return Health(
        parts, versions, jobs, workers, papers, oldest, checkpoint, heartbeat,
        backup=backup.at if backup else None,
        backup_due=backup is None or services.now() - backup.at > _BACKUP_EVERY,
        verified=verified.at if verified else None,
        verdict=json.loads(verified.body)["details"]["verdict"] if verified else None,
        free=disk.free, total=disk.total,
    )  # fmt: skip


def dead_letters(
    services: Services, who: Principal, cursor: str | None = None, limit: int = 50
) -> DeadLetters:
    """Papers that were given up. Raises ForbiddenError, InvalidError for a cursor that is none of ours."""
    who.require(Permission.RETRY)
    with services.database.transaction() as session:
        found = repository.dead_letters(session, who.sees, decode(cursor), limit + 1)
    items = [
        DeadLetter(row.number, row.error or "internal", row.attempts, row.failed_at) for row in found[:limit]
    ]
    return DeadLetters(items, encode(found[limit - 1].id) if len(found) > limit else None)


def _bundle(services: Services) -> str | None:
    """Name and version of the active bundle; None without one."""
    try:
        folder, _ = registry.active(services.settings.models)
    except BundleMissingError:
        return None
    return f"{folder.parent.name}/{folder.name}"
