"""Signing the chain's tip at intervals: a cut or rewritten chain then contradicts what was signed.

The line goes into the file, and onto the disk, before the row of the same statement is committed. A crash in between
leaves a last line that fits the chain and has no row; the next signing adds it. Everything else that differs between
file and rows is somebody's doing. Signing happens under a lock, so that processes that share the folder take turns.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from api.audit import repository
from api.audit.keys import SigningKey, load_key
from api.audit.statements import CheckpointFile, CheckpointLineError, Statement
from api.db.session import Database
from api.errors import ServiceError

log = logging.getLogger(__name__)

FILE_NAME = "checkpoints.jsonl"
"""The checkpoint file in TRIAGE_HOME."""
BEAT = 15.0
"""Seconds between looks whether it is time to sign."""


@dataclass(frozen=True, slots=True)
class Interval:
    """How often the tip is signed: after `events` links, or after `every` if there are any."""

    events: int
    every: timedelta

    def is_due(self, unsigned: int, age: timedelta | None) -> bool:
        """Whether to sign with so many links since the last checkpoint, which is `age` old; None: there is none.

        A negative age means that the clock went back: then it is time.
        """
        if unsigned <= 0:
            return False
        return unsigned >= self.events or age is None or not timedelta(0) <= age < self.every


def sign_checkpoint(database: Database, key: SigningKey, file: CheckpointFile) -> Statement | None:
    """Sign the tip, if links were added since the last checkpoint; in the file and in the table when this returns.

    Raises UnavailableError, and OSError where the file cannot be written: then nothing was signed.
    """
    with database.transaction() as session:
        repository.lock_signing(session)
        _add_lost_row(session, key, file)
        tip, last = repository.tip(session), repository.newest_checkpoint(session)
        if tip is None or (last is not None and last.seq >= tip.seq):
            return None
        moment = max(repository.now(session), tip.at)
        statement = Statement(tip.seq, tip.hash, moment, key.id).signed_by(key)
        file.append(statement)
        session.add(statement.row())
        return statement


@contextmanager
def signing(database: Database, home: Path, interval: Interval) -> Iterator[None]:
    """Sign in a thread for as long as the block lasts, and what is left at its end.

    One process of an installation does this: the one whose `home` holds the key and the file. Raises AuditKeyError.
    """
    key, file, stop = load_key(home / "keys"), CheckpointFile(home / FILE_NAME), threading.Event()
    arguments = (database, key, file, interval, stop)
    thread = threading.Thread(target=keep_signing, args=arguments, name="audit-signing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        _attempt(lambda: sign_checkpoint(database, key, file))


def keep_signing(
    database: Database, key: SigningKey, file: CheckpointFile, interval: Interval, stop: threading.Event
) -> None:
    """Sign whenever it is due, until `stop` is set. What goes wrong is logged and tried again at the next look."""
    while not stop.wait(BEAT):
        _attempt(lambda: _sign_if_due(database, key, file, interval))


def _attempt(work: Callable[[], object]) -> None:
    try:
        work()
    except (ServiceError, OSError) as error:
        log.warning("the audit chain could not be signed: %s", type(error).__name__)


def _sign_if_due(database: Database, key: SigningKey, file: CheckpointFile, interval: Interval) -> None:
    with database.transaction() as session:
        tip, last = repository.tip(session), repository.newest_checkpoint(session)
        unsigned = (tip.seq if tip else 0) - (last.seq if last else 0)
        age = repository.now(session) - last.signed_at if last else None
    if interval.is_due(unsigned, age):
        sign_checkpoint(database, key, file)


def _add_lost_row(session: Session, key: SigningKey, file: CheckpointFile) -> None:
    """Add the row of the file's last line where a crash came between the two; anything odd is left for `verify`."""
    try:
        line = file.last()
    except CheckpointLineError:
        return
    if line is None or not line.is_genuine({key.id: key.private.public_key()}):
        return
    last, link = repository.newest_checkpoint(session), repository.link(session, line.seq)
    if link is not None and link.hash == line.hash and (last is None or last.seq < line.seq):
        session.add(line.row())
        session.flush()
