"""Papers whose work was over long ago, and people who may dispose of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Document, Event
from api.deps import Services
from api.retention import service
from api.retention.schemas import HoldIn, HoldsOut
from tests.api.papers import letter, send

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LONG_AGO = datetime(2019, 6, 1, 8, 0, tzinfo=UTC)
LEYLA = Principal("user:1", "Leyla", "supervisor", ROLE_PERMISSIONS["supervisor"])
MURAD = replace(LEYLA, id="user:2", name="Murad")
GENCE = replace(LEYLA, id="user:3", name="Nigar", units=frozenset({"gence"}))


def closed(services: Services, *contents: bytes, at: datetime = LONG_AGO, **columns: Any) -> list[str]:
    """Numbers of new papers that are complaints, closed at that moment; `columns` are set beside."""
    papers = send(services, *(contents or (letter(),)), sender="Əli Vəliyev").documents
    values = {"state": "closed", "closed_at": at, "document_type": "complaint", **columns}
    for paper in papers:
        change(services, paper.number, **values)
    return [paper.number for paper in papers]


def change(services: Services, number: str, **values: Any) -> None:
    """Set columns of a paper."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    if values.get("state", "review") != "review":
        sets += ", desk = NULL, look_by = NULL"
    with services.database.transaction() as session:
        session.execute(
            text(f"UPDATE documents SET {sets} WHERE number = :number"),  # noqa: S608
            {**values, "number": number},
        )


def row(services: Services, number: str) -> Document:
    """The row of a paper."""
    with services.database.transaction() as session:
        return session.scalars(select(Document).where(Document.number == number)).one()


def hold(services: Services, number: str, *, on: bool = True, who: Principal = LEYLA) -> HoldsOut:
    """Set or end a hold."""
    return service.hold(services, who, number, HoldIn(on=on, reason="Case 1(004)-12/2026"))


def events(services: Services) -> Sequence[tuple[str, str, int | None]]:
    """Action, actor and paper of all links after registrations."""
    with services.database.transaction() as session:
        found = session.scalars(select(Event).order_by(Event.seq)).all()
    told = [(event.action, event.actor, event.document_id) for event in found]
    return [each for each in told if each[0] not in ("chain.started", "document.registered")]


def stored(services: Services) -> list[Path]:
    """All files of the store."""
    return [path for path in (services.settings.home / "store").rglob("*") if path.is_file()]
