"""Digests of append-only rows, for the events that record them: a row that was changed later no longer fits its event.

Who writes a row of one of `RECORDED` flushes it, so that it has its id and times, and appends the event with its
digest in the same transaction::

    session.add(decision)
    session.flush()
    append(session, actor, "decision.made", document.id, **recorded(decision))
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect

from api.audit.canonical import JsonValue, canonical, rfc3339
from api.db.tables import (
    BundleComparison,
    Decision,
    DepartmentState,
    Handover,
    LegalHold,
    Link,
    Policy,
    PolicyVerdict,
    Sample,
    SampleVerdict,
    Suggestion,
    Switch,
    Table,
)

_RECORDED = (
    Suggestion, Decision, Switch, Handover, DepartmentState, Sample, SampleVerdict, Link, LegalHold, Policy,
    PolicyVerdict, BundleComparison,
)  # fmt: skip
RECORDED: dict[str, type[Table]] = {table.__tablename__: table for table in _RECORDED}
"""The tables of which every row stands in the chain by its digest."""


def recorded(row: Table) -> dict[str, JsonValue]:
    """The details of the event that records `row`: `table`, `row` (its id) and `sha256`. The row must be flushed.

    Raises ValueError if it has no id yet, or holds a number that JSON does not keep exactly.
    """
    number = getattr(row, "id", None)
    if not isinstance(number, int):
        raise ValueError("A row is recorded after it was flushed: it has no id yet.")  # noqa: TRY004
    return {"table": row.__tablename__, "row": number, "sha256": row_digest(row)}


def row_digest(row: Table) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of the table's name and all columns of `row`."""
    columns = inspect(type(row)).column_attrs
    return values_digest(row.__tablename__, {column.key: getattr(row, column.key) for column in columns})


def values_digest(table: str, values: Mapping[str, Any]) -> str:
    """The digest of a row given as a mapping of column names. Columns that are NULL do not count.

    So a column that a later version adds leaves the digests of the rows that were there as they are.
    """
    content = {name: _plain(value) for name, value in values.items() if value is not None}
    return hashlib.sha256(canonical({"table": table, "row": content}).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
