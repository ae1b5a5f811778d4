"""From a path, bytes or text to a `Document`."""

from __future__ import annotations

import hashlib
import importlib
import stat
from pathlib import Path
from typing import BinaryIO

from triage.documents import plain
from triage.documents.content import Content, capped, safe
from triage.documents.limits import Limits
from triage.documents.sniff import sniff, sniff_head
from triage.errors import (
    EmptyFileError,
    FileForbiddenError,
    FileMissingError,
    TooLargeError,
    UnsupportedFormatError,
)
from triage.types import Document, Page

_HEAD = 65_536
_CHUNK = 1 << 20
_IMAGES = frozenset(("png", "jpeg", "tiff", "bmp", "webp"))
_DEFAULT = Limits()


def read_file(path: Path | str, limits: Limits = _DEFAULT, *, id: str | None = None) -> Document:
    """The document in a file; its content decides the format, never its name. `id` is the name by default.

    Plain text of any size is read as far as `limits.max_chars` reaches; all else up to `limits.max_bytes`.
    Raises `FileMissingError`, `FileForbiddenError`, `UnsupportedFormatError` (a folder or device, too),
    `EmptyFileError`, `TooLargeError`, `EncryptedError`, `CorruptError`, `OcrUnavailableError` and
    `OcrFailedError`.
    """
    path = Path(path)
    name = path.name if id is None else id
    try:
        _check_regular(path)
        file = path.open("rb")
    except PermissionError as error:
        raise FileForbiddenError(f"No permission to read {path.name}.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileMissingError(f"No file can be opened at {safe(str(path))!r}.") from error
    with file:
        return _read_open(file, limits, name)


def read_bytes(data: bytes, limits: Limits = _DEFAULT, *, id: str) -> Document:
    """The document that `data` holds. Raises as `read_file` does, but for the path."""
    if not data:
        raise EmptyFileError("The file is empty.")
    kind, content = _parse(data, limits, 0)
    return _document(id, kind, content, hashlib.sha256(data).hexdigest(), limits)


def from_text(text: str, *, id: str, limits: Limits = _DEFAULT) -> Document:
    """The document of a bare text. Nothing moves; each lone surrogate becomes U+FFFD."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return _document(id, "text", Content((Page(1, safe(text)),)), digest, limits)


def _check_regular(path: Path) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnsupportedFormatError(f"{path.name or path} is a folder, not a file.")
    if not stat.S_ISREG(mode):  # opening a pipe would wait for its writer
        raise UnsupportedFormatError(f"{path.name} is a pipe, socket or device, not a file.")


def _read_open(file: BinaryIO, limits: Limits, name: str) -> Document:
    head = file.read(_HEAD)
    if not head:
        raise EmptyFileError("The file is empty.")
    if sniff_head(head) == "text":
        return _read_text(file, head, limits, name)
    data = head + file.read(max(0, limits.max_bytes + 1 - len(head)))
    return read_bytes(data, limits, id=name)


def _read_text(file: BinaryIO, head: bytes, limits: Limits, name: str) -> Document:
    """Plain text: hash all of the file, keep what `limits.max_chars` needs."""
    digest = hashlib.sha256(head)
    kept = bytearray(head)
    wanted = 4 * limits.max_chars + 4  # bytes of the longest encoding
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        kept += chunk[: max(0, wanted - len(kept))]
    return _document(name, "text", plain.read(bytes(kept), limits), digest.hexdigest(), limits)


def _document(name: str, kind: str, content: Content, digest: str, limits: Limits) -> Document:
    content = capped(content, limits)
    return Document(name, content.pages, kind, digest, content.truncated, content.notes)


def _parse(data: bytes, limits: Limits, depth: int) -> tuple[str, Content]:
    """The format of `data` and what it holds; the readers are imported when first needed."""
    if sniff_head(data[:_HEAD]) == "text":
        return "text", plain.read(data, limits)
    if len(data) > limits.max_bytes:
        raise TooLargeError(f"The file has more than {limits.max_bytes // 1_000_000} MB.")
    kind = sniff(data)
    if kind == "email":
        from triage.documents import email  # noqa: PLC0415

        return kind, email.read(data, limits, depth, _attachment)
    reader = importlib.import_module(f"triage.documents.{'image' if kind in _IMAGES else kind}")
    content: Content = reader.read(data, limits)
    return kind, content


def _attachment(data: bytes, limits: Limits, depth: int) -> Content:
    if not data:
        raise EmptyFileError("The attachment is empty.")
    return _parse(data, limits, depth)[1]
