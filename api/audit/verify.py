"""Verification of the audit chain: every link, every checkpoint, every recorded row, and what protects them.

One pass over the links through a cursor of the server, in one snapshot of the database. Memory is for a chunk of
links, the checkpoints (one for a thousand links), and a bit for each recorded row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from api.audit import integrity, repository
from api.audit.canonical import rfc3339
from api.audit.chain import START, VERSION, ZERO, link_hash
from api.audit.keys import PublicKeys
from api.audit.recorded import RecordedRows
from api.audit.report import Kind, Report
from api.audit.repository import EventRow
from api.audit.signed import SignedTips
from api.audit.statements import CheckpointFile

Progress = Callable[[int], None]
Fault = tuple[Kind, str]


def verify(
    session: Session, keys: PublicKeys, file: CheckpointFile, progress: Progress = lambda _: None
) -> Report:
    """Check everything. The session's transaction must not have begun; `progress` is told how many links are done.

    Problems are part of the report, never raised; errors of the database and of reading the file are raised.
    """
    report = Report()
    length = file.size()  # what is written to it later may speak of links that this snapshot does not have
    repository.begin_snapshot(session)
    signed = SignedTips(report, keys, repository.checkpoints(session), file, length)
    rows = RecordedRows(session, report)
    before = _Link(0, None, ZERO, ZERO)
    for chunk in repository.stream_events(session):
        for event in chunk:
            before = _check(event, before, report, rows)
            signed.compare(event.seq, event.hash)
        rows.check()
        report.events += len(chunk)
        progress(report.events)
    report.tip = before.hash.hex() if report.events else None
    signed.finish(before.seq)
    rows.finish()
    integrity.check(session, report)
    return report


class _Link(NamedTuple):
    """What the next link is compared with; `computed` is the hash that this one should have."""

    seq: int
    at: datetime | None
    hash: bytes
    computed: bytes


def _check(event: EventRow, before: _Link, report: Report, rows: RecordedRows) -> _Link:
    seq, at, _, _, _, body, previous, stored = event
    computed = link_hash(previous, body)
    follows = seq == before.seq + 1 and previous == before.hash and before.at is not None and at >= before.at
    if not (follows and computed == stored and _is_framed(event)):
        if computed != stored:
            report.add("content", seq, f"Link {seq} was changed: its content does not give its hash.")
        for kind, message in _faults(event, _parse(body), before):
            report.add(kind, seq, message)
    if '"table":' in body and isinstance(details := (_parse(body) or {}).get("details"), dict):
        rows.expect(seq, details)
    return _Link(seq, at, stored, computed)


def _is_framed(event: EventRow) -> bool:
    """Whether the content begins and ends as the columns say: the quick look that nearly all links pass."""
    seq, at, actor, action, document, body, _, _ = event
    head = f'{{"action":"{action}","actor":"{actor}","at":"{rfc3339(at)}","details":{{'
    tail = f'}},"document":{"null" if document is None else document},"seq":{seq},"v":{VERSION}}}'
    return body.startswith(head) and body.endswith(tail) and '"' not in actor and '"' not in action


def _faults(event: EventRow, fields: dict[str, Any] | None, before: _Link) -> Iterator[Fault]:
    seq, at, _, action, _, _, previous, _ = event
    if seq != before.seq + 1:
        yield "gap", f"Links {before.seq + 1} to {seq - 1} are missing."
    elif previous not in (before.hash, before.computed):
        yield "link", f"Link {seq} does not continue link {before.seq}: one of them was replaced."
    if before.at is not None and at < before.at:
        yield "order", f"Link {seq} is dated before the link before it."
    if seq == 1 and (action != START or previous != ZERO):
        yield "start", "The first link is not the beginning of a chain."
    if fields is None:
        yield "unreadable", f"The content of link {seq} is not that of an event."
    elif wrong := _differing(event, fields):
        yield "column", f"Link {seq} was changed: {wrong} differs from its content."


def _parse(body: str) -> dict[str, Any] | None:
    """The members of an event, None unless it has them all and is of the version that is known."""
    try:
        fields = json.loads(body)
        if fields.keys() == _MEMBERS and fields["v"] == VERSION:
            fields["at"] = datetime.fromisoformat(fields["at"])
            return dict(fields)
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    return None


_MEMBERS = {"v", "seq", "at", "actor", "action", "document", "details"}


def _differing(event: EventRow, fields: Mapping[str, Any]) -> str | None:
    """The name of the first column that is not what the body says."""
    columns = {
        "seq": event.seq, "at": event.at, "actor": event.actor, "action": event.action,
        "document": event.document_id,
    }  # fmt: skip
    return next((name for name, value in columns.items() if fields[name] != value), None)
