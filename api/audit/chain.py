"""The audit chain: every read of a paper and every change is a link, hashed together with the link before it.

    hash = SHA-256(previous ‖ body)
    body = canonical JSON of {v: 1, seq, at, actor, action, document, details}

The chain begins with `chain.started` (seq 1, previous: 32 zero bytes), whose random salt makes each installation's
chain its own. `seq` has no gaps; `at` is the database's clock and never goes back: if the clock did, the link takes
the time of the one before and says `"clock": "behind"`.

What is appended is written when the transaction commits, as its last statements, in the same transaction. Writers
queue for one advisory lock there and hold it for one insertion and the commit; nothing else is waited for while it is
held, so the lock can take part in no deadlock, and links are ordered as transactions are.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session, SessionTransaction

from api.audit.canonical import JsonValue, canonical, rfc3339
from api.db.tables import Event

__all__ = ["CHAIN_LOCK", "START", "ZERO", "JsonValue", "append", "link_hash"]

CHAIN_LOCK = int.from_bytes(b"DERKENAR", "big")
"""The key of the advisory lock that orders all writers."""
START = "chain.started"
ZERO = bytes(32)
"""What stands for the hash before the first link."""
VERSION = 1
LONGEST_STRING = 200

_ACTOR = re.compile(r"[a-z]+(:[A-Za-z0-9_.-]{1,64})?", re.ASCII)
_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", re.ASCII)
_PENDING = "audit.pending"
_LOCK_AND_TIP = f"""
SELECT pg_advisory_xact_lock({CHAIN_LOCK});
SELECT clock_timestamp(), tip.seq, tip.at, tip.hash
  FROM (VALUES (1)) AS one
  LEFT JOIN (SELECT seq, at, hash FROM events ORDER BY seq DESC LIMIT 1) AS tip ON true
"""  # noqa: S608 - a constant
"""Two statements in one round trip; the second takes its snapshot when the lock is held."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is to be appended, and the transaction (or savepoint) that it shares the fate of."""

    transaction: SessionTransaction
    actor: str
    action: str
    document_id: int | None
    details: Mapping[str, JsonValue]


def append(
    session: Session, actor: str, action: str, document_id: int | None = None, **details: JsonValue
) -> None:
    """Record that `actor` (`Principal.id`) did `action` (dotted words: `document.read`), on a paper if one is named.

    May be called anywhere in a transaction: the link is written when it commits, and not if it, or the savepoint
    around the call, is rolled back. `details` hold ids, labels, counts and hashes as integers, booleans, strings of
    up to 200 characters, lists and dictionaries; never a name, an address, a file name or words of a paper, because a
    link can not be erased. Where a row of an append-only table was written, give `**api.audit.rows.recorded(row)`.

    Raises ValueError or TypeError, at once, on what cannot stand in the chain.
    """
    if not _ACTOR.fullmatch(actor) or not _ACTION.fullmatch(action):
        raise ValueError("The actor is a kind and an id, the action dotted words in lower case.")
    _check(details)
    canonical(details)
    transaction = session.get_nested_transaction() or session.get_transaction() or session.begin()
    entry = _Entry(transaction, actor, action, document_id, details)
    session.info.setdefault(_PENDING, []).append(entry)


def link_hash(previous: bytes, body: str) -> bytes:
    """The hash of a link."""
    return hashlib.sha256(previous + body.encode()).digest()


def _check(value: JsonValue) -> None:
    """Raises ValueError on a fraction or a long string."""
    if isinstance(value, float):
        raise ValueError("Fractions do not stand in the chain: give an integer, or a string.")  # noqa: TRY004
    if isinstance(value, str):
        if len(value) > LONGEST_STRING:
            raise ValueError(f"A detail of an event is longer than {LONGEST_STRING} characters.")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check(key)
            _check(item)
    elif isinstance(value, Sequence):
        for item in value:
            _check(item)


@event.listens_for(Session, "before_commit")
def _on_commit(session: Session) -> None:
    """Write what is pending; what was appended in a savepoint that is released passes to the one around it."""
    if not (pending := session.info.pop(_PENDING, None)):
        return
    if savepoint := session.get_nested_transaction():
        session.info[_PENDING] = [_released(entry, savepoint) for entry in pending]
    else:
        current = session.get_transaction()
        _write(session, [entry for entry in pending if entry.transaction is current])


@event.listens_for(Session, "after_soft_rollback")
def _on_rollback(session: Session, undone: SessionTransaction) -> None:
    """Forget what was appended in a transaction or savepoint that was rolled back."""
    pending: list[_Entry] = session.info.get(_PENDING, [])
    pending[:] = [entry for entry in pending if entry.transaction is not undone]


def _released(entry: _Entry, savepoint: SessionTransaction) -> _Entry:
    if entry.transaction is not savepoint or savepoint.parent is None:
        return entry
    return _Entry(savepoint.parent, entry.actor, entry.action, entry.document_id, entry.details)


def _write(session: Session, entries: Sequence[_Entry]) -> None:
    if not entries:
        return
    session.flush()  # all other statements first: from here on others wait for us
    connection = session.connection()
    cursor: Any = connection.exec_driver_sql(_LOCK_AND_TIP).cursor
    cursor.nextset()
    now, seq, last_at, last_hash = cursor.fetchone()
    cursor.close()
    links = _links(entries, now, (seq or 0, last_at or now, last_hash or ZERO))
    connection.execute(insert(Event), list(links))


def _links(
    entries: Sequence[_Entry], now: datetime, tip: tuple[int, datetime, bytes]
) -> Iterator[dict[str, Any]]:
    """The rows for `entries` after the link `tip` (seq, at, hash); seq 0 means that the chain has yet to begin."""
    seq, last_at, previous = tip
    at = max(now, last_at)
    clock = {"clock": "behind"} if now < last_at else {}
    if seq == 0:
        salt = _Entry(entries[0].transaction, "system", START, None, {"salt": secrets.token_hex(16)})
        entries = [salt, *entries]
    for entry in entries:
        seq += 1
        body = canonical(
            {
                "v": VERSION,
                "seq": seq,
                "at": rfc3339(at),
                "actor": entry.actor,
                "action": entry.action,
                "document": entry.document_id,
                "details": {**entry.details, **clock},
            }
        )
        columns = {
            "at": at, "actor": entry.actor, "action": entry.action, "document_id": entry.document_id,
        }  # fmt: skip
        link = link_hash(previous, body)
        yield {"seq": seq, **columns, "body": body, "previous": previous, "hash": link}
        previous = link
