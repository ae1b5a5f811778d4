"""Callers and papers for the tests of the service."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.audit.keys import public_keys
from api.audit.statements import CheckpointFile
from api.audit.verify import verify
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.deps import Services
from api.intake import service
from api.intake.schemas import Accepted, Submission
from api.intake.staging import Upload

CLERK = Principal("user:1", "Aygün", "clerk", ROLE_PERMISSIONS["clerk"])
GENCE = replace(CLERK, id="user:2", units=frozenset({"gence"}))
BAKI = replace(CLERK, id="user:3", units=frozenset({"sumqayit"}))


def send(
    services: Services, *contents: bytes, who: Principal = CLERK, key: str | None = None, **sent: Any
) -> Accepted:
    """Registers papers with these contents."""
    uploads = [Upload(f"{number}.txt", io.BytesIO(content)) for number, content in enumerate(contents)]
    return service.submit(services, who, Submission(**sent), uploads, key)


def letter(number: int = 0) -> bytes:
    """A text that is unlike the others."""
    return f"Ərizə {number}: qonşum hasarı mənə tərəf çəkib.".encode()


def rows(services: Services, table: str) -> int:
    """How many rows a table has."""
    with services.database.transaction() as session:
        count: int = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
        return count


def state_of(services: Services) -> dict[str, int]:
    """Rows of all that a registration writes."""
    tables = (
        "documents",
        "blobs",
        "events",
        "procrastinate_jobs",
        "number_series",
        "intake_requests",
        "batches",
    )
    return {table: rows(services, table) for table in tables}


def files(services: Services) -> list[str]:
    """Names of all files of the store."""
    return sorted(path.name for path in (services.settings.home / "store").rglob("*") if path.is_file())


def broken_links(services: Services) -> list[Any]:
    """What a verification of the audit chain finds."""
    file = CheckpointFile(services.settings.home / "checkpoints.jsonl")
    with Session(services.database.engine) as session:
        return verify(session, public_keys(services.keys_folder), file).problems
