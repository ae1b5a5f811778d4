"""What Alembic runs: migrations on the connection that `api.db.migrate` gives it."""

from __future__ import annotations

from typing import Any

from alembic import context

from api.db.tables import Table


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave the tables of the job queue to their own library."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    include_object=ours,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
