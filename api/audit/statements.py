"""A checkpoint: a signed statement that the chain had this hash at this length; and the file that keeps them.

Signed is the canonical JSON of {v: 1, seq, hash, at, key}. A line of the file is the canonical JSON of the same with
`signature` (base64). The file lies outside the database: copy it, now and then, to where the administrator of neither
can reach it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from cryptography.exceptions import InvalidSignature

from api.audit.canonical import canonical, rfc3339
from api.audit.keys import PublicKeys, SigningKey
from api.db.tables import Checkpoint
from api.errors import ServiceError

VERSION = 1
LONGEST_LINE = 4096


class CheckpointLineError(ServiceError):
    """A line of the checkpoint file is not what was written there."""

    code: ClassVar[str] = "checkpoint_line"


@dataclass(frozen=True, slots=True)
class Statement:
    """The chain had `hash` at link `seq`, says the key `key` at the moment `at`."""

    seq: int
    hash: bytes
    at: datetime
    key: str
    signature: bytes = b""

    def signed_by(self, key: SigningKey) -> Self:
        """The same with its signature."""
        return type(self)(self.seq, self.hash, self.at, key.id, key.sign(self._message()))

    def is_genuine(self, keys: PublicKeys) -> bool | None:
        """Whether the signature is right; None where the key is not known."""
        if self.key not in keys:
            return None
        try:
            keys[self.key].verify(self.signature, self._message())
        except InvalidSignature:
            return False
        return True

    def _message(self) -> bytes:
        return canonical(self._fields()).encode()

    def _fields(self) -> dict[str, Any]:
        return {
            "v": VERSION, "seq": self.seq, "hash": self.hash.hex(), "at": rfc3339(self.at), "key": self.key,
        }  # fmt: skip

    def line(self) -> bytes:
        """The line of the file, with its end."""
        signature = base64.b64encode(self.signature).decode()
        return canonical({**self._fields(), "signature": signature}).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """A statement from its line. Raises CheckpointLineError unless it is, byte for byte, as `line` writes it."""
        try:
            fields = json.loads(line)
            found = cls(
                seq=fields["seq"],
                hash=bytes.fromhex(fields["hash"]),
                at=datetime.fromisoformat(fields["at"]),
                key=fields["key"],
                signature=base64.b64decode(fields["signature"], validate=True),
            )
            intact = type(found.seq) is int and found.line() == line
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error):
            intact = False
        if not intact:
            raise CheckpointLineError("A line of the checkpoint file is damaged, or was edited.")
        return found

    @classmethod
    def of(cls, row: Checkpoint) -> Self:
        """The statement in a row."""
        return cls(row.seq, row.hash, row.signed_at, row.key_id, row.signature)

    def row(self) -> Checkpoint:
        """The row for the statement."""
        return Checkpoint(
            seq=self.seq, hash=self.hash, signed_at=self.at, key_id=self.key, signature=self.signature
        )


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The file of statements, a line each, oldest first. A last line without its end was being written at a crash."""

    path: Path

    def size(self) -> int:
        """Bytes; 0 where there is no file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Each whole line with the offset where it begins. Overlong ones come in pieces, none of them a statement."""
        offset = 0
        with self.path.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE):
                if line.endswith(b"\n") or len(line) == LONGEST_LINE:
                    yield offset, line
                offset += len(line)

    def last(self) -> Statement | None:
        """The last whole line. Raises CheckpointLineError if it is not a statement."""
        _, tail = self._tail()
        lines = tail.rpartition(b"\n")[0].rpartition(b"\n")
        return Statement.parse(lines[2] + b"\n") if lines[2] else None

    def append(self, statement: Statement) -> None:
        """Write a line, on the disk when this returns; what a crash left unfinished is cut off before."""
        new = not self.path.exists()
        with self.path.open("ab") as stream:
            begin, tail = self._tail()
            stream.truncate(begin + tail.rfind(b"\n") + 1)
            stream.write(statement.line())
            stream.flush()
            os.fsync(stream.fileno())
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _tail(self) -> tuple[int, bytes]:
        """The end of the file, more than a line of it, and the offset where it begins."""
        if not self.path.exists():
            return 0, b""
        with self.path.open("rb") as stream:
            begin = max(0, stream.seek(0, os.SEEK_END) - 2 * LONGEST_LINE)
            stream.seek(begin)
            return begin, stream.read()
