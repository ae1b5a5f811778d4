"""The one database of an installation: the server that the settings name, or the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.db.embedded import EmbeddedPostgres
from api.settings import Settings


@contextmanager
def serving(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """The URL of the database as it is, not migrated; an embedded one runs for as long as the block lasts.

    Raises DatabaseUnavailableError.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.home, say=say) as server:
        yield server.url
