"""A file on its way into the store: what it is, told from its bytes, and what it was called."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, cast

from api.deps import Services
from api.errors import InvalidError, UnsupportedError
from api.intake.store import Staged
from triage.documents.sniff import sniff_head
from triage.errors import DocumentError

_ENDS = 65_536
_NAME_LENGTH = 255
_WORD = b"word/document.xml"


@dataclass(frozen=True)
class Upload:
    """One file as it came: its name is only shown, never used as a path; its bytes are read once, to the end."""

    name: str | None
    stream: BinaryIO


@dataclass(frozen=True)
class Paper:
    """A file that lies beside the store, and is discarded with its stack unless it is kept."""

    staged: Staged
    name: str | None
    kind: str


def stage(services: Services, stack: ExitStack, upload: Upload) -> Paper:
    """Read a file beside the store. Whether it can be read as a paper is found out later; it is kept in any case.

    Raises InvalidError for an empty one, UnsupportedError where its first bytes say that it cannot be read here,
    TooLargeError and StorageFullError.
    """
    name = clean(upload.name)
    ends = _Ends(upload.stream)
    if not ends.head:
        raise InvalidError(f"{name or 'The file'} is empty.")
    try:
        kind = sniff_head(ends.head)
    except DocumentError as error:
        raise UnsupportedError(f"{name or 'The file'}: {error}") from None
    limit = services.settings.upload_bytes
    staged = stack.enter_context(services.store.stage(cast(BinaryIO, ends), limit))
    # The directory of a ZIP archive, with the names of its parts, stands at its end.
    return Paper(staged, name, "docx" if kind == "zip" and _WORD in ends.tail else kind)


def clean(name: str | None) -> str | None:
    """A name to show: the last part of a path, without control characters."""
    if name is None:
        return None
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:_NAME_LENGTH].strip() or None


class _Ends:
    """A stream that is read through once, of which the first and the last bytes are remembered."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.head = stream.read(_ENDS)
        self._again, self.tail = self.head, b""

    def read(self, size: int) -> bytes:
        block, self._again = self._again or self._stream.read(size), b""
        self.tail = (self.tail + block)[-_ENDS:]
        return block
