"""What the service is made of, put together once and handed to every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi import Path as PathParameter

from api.db.session import Database
from api.intake.calendar import Calendar, TimeLimits
from api.intake.cipher import parse_master_key
from api.intake.store import Store
from api.policy.rulebook import Rulebook
from api.settings import Settings
from triage import registry
from triage.taxonomy import Taxonomy


@dataclass(frozen=True)
class Services:
    """The parts that endpoints and jobs work with."""

    settings: Settings
    database: Database
    store: Store
    calendar: Calendar
    limits: TimeLimits
    rulebook: Rulebook
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def make(cls, settings: Settings, url: str) -> Services:
        """Everything from the settings; `url` is that of the database.

        Raises BundleError without an active bundle, and the errors of the store's key and the calendar.
        """
        keys = [parse_master_key(settings.store_key.get_secret_value())] if settings.store_key else []
        store = Store(settings.store_url or str(settings.home / "store"), keys, settings.home / "spool")
        folder, _ = registry.active(settings.models)
        taxonomy = Taxonomy.parse((folder / "taxonomy.yaml").read_text(encoding="utf-8"))
        database = Database(url, pool_size=settings.pool_size)
        return cls(
            settings=settings,
            database=database,
            store=store,
            calendar=Calendar.load(settings.calendar),
            limits=TimeLimits.load(),
            rulebook=Rulebook(database, taxonomy),
        )

    @property
    def taxonomy(self) -> Taxonomy:
        """The active bundle's taxonomy by the competence rules that are in force now."""
        return self.rulebook.at(self.now())

    def pages_folder(self, sha256: str) -> Path:
        """Where pictures of the pages of an original are kept."""
        return self.settings.home / "pages" / sha256[:2] / sha256

    @property
    def keys_folder(self) -> Path:
        """Where secrets lie that are not in the database."""
        return self.settings.home / "keys"


def services(request: Request) -> Services:
    """The services of the application that answers `request`."""
    return cast(Services, request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]
RowId = Annotated[int, PathParameter(ge=1, lt=2**63)]
"""The id of a row in a path, no larger than the database knows."""
