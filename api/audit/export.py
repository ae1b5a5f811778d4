"""Events as a file: CSV (RFC 4180) or JSON Lines, oldest first, written as it is read.

The chain is only ever added to, so that the file is of one moment although it is read in short transactions: a slow
reader keeps nothing of the database busy.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from api.audit import finding, repository
from api.audit.chain import append
from api.audit.finding import Wanted
from api.audit.schemas import ExportedEvent, ExportQuery
from api.audit.service import shown, wanted_of
from api.auth.permissions import Permission, Principal
from api.deps import Services

_CHUNK = 2000
_COLUMNS = ("seq", "at", "actor", "action", "document", "details", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell (OWASP, CSV injection); an apostrophe before it makes it text."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file to be sent: its name and its pieces."""

    name: str
    pieces: Iterator[bytes]


def export(services: Services, who: Principal, query: ExportQuery) -> Export:
    """The events that fit, up to now, as `events` lists them; that they are exported is recorded before.

    Raises ForbiddenError; NotFoundError where the query names a paper that the caller may not know of.
    """
    who.require(Permission.READ_AUDIT)
    with services.database.transaction() as session:
        wanted = wanted_of(session, who, query)
        tip = repository.tip(session)
        last = min(tip.seq if tip else 0, wanted.last or 0)
        filters = sorted(query.model_fields_set - {"format"})
        append(session, who.id, "audit.exported", format=query.format, filters=filters, last=last)
    rows = _rows(services, replace(wanted, last=last))
    return Export(f"audit-{last}.{query.format}", _WRITERS[query.format](rows))


def _rows(services: Services, wanted: Wanted) -> Iterator[list[ExportedEvent]]:
    """The events in chunks, each of a transaction of its own."""
    while True:
        with services.database.transaction() as session:
            found = finding.page(session, wanted, _CHUNK, newest_first=False)
            chunk = [
                ExportedEvent(
                    **shown(event, number).model_dump(), previous=event.previous.hex(), body=event.body
                )
                for event, number in found.events
            ]
        yield chunk
        if found.end is None:
            return
        wanted = replace(wanted, first=found.end + 1)


def _csv(chunks: Iterator[list[ExportedEvent]]) -> Iterator[bytes]:
    yield _lines([_COLUMNS])
    for chunk in chunks:
        yield _lines([tuple(_cell(event, column) for column in _COLUMNS) for event in chunk])


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode()


def _cell(event: ExportedEvent, column: str) -> str:
    value = getattr(event, column)
    if column == "details":
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = value.isoformat() if column == "at" else str(value if value is not None else "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _jsonl(chunks: Iterator[list[ExportedEvent]]) -> Iterator[bytes]:
    for chunk in chunks:
        yield "".join(f"{event.model_dump_json()}\n" for event in chunk).encode()


_WRITERS: dict[str, Callable[[Iterator[list[ExportedEvent]]], Iterator[bytes]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
}
