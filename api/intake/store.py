"""The store of originals: each kept byte for byte under the SHA-256 of its plain bytes.

    ab/cd/<sha256>              a plain copy
    ab/cd/<sha256>.<key id>     a copy sealed under a data key of its own (see `cipher`)

A paper arrives in two steps. `stage` reads the stream once, in chunks of 1 MiB, into a `.part` file on a local disk
and says what the hash is; the caller looks into his database, under a lock on the hash, whether he knows it, and then
keeps or discards. A kept file is never overwritten by different bytes: a plain copy can only be replaced by the same
bytes, a sealed copy has a name of its own. So an upload that lost its database connection, or a race between two,
can at worst leave a copy that no row names, never make a copy unreadable that a row names.

The store is a local folder or anything that fsspec opens. Local: the part lies in the same file system, is flushed to
the disk, renamed, and the folders are flushed. Remote: the part lies in the spool folder and is uploaded to its
address by one `put_file`, which S3-compatible stores make visible only when it is whole. The name that a file had
where it came from is never used.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import fsspec.core  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from api.durable import flush_folder
from api.errors import TooLargeError, UnavailableError
from api.intake import cipher
from api.intake.cipher import CHUNK, KEY_BYTES, DataKey, Seal, StoreError, WrongKeyError

_ADDRESS = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_INCOMING = ".incoming"


class StorageFullError(StoreError, UnavailableError):
    """The disk, quota or bucket takes no more bytes."""

    code = "storage_full"


class MissingError(StoreError):
    """Nothing is stored under the address."""

    code = "missing_original"


@dataclass(slots=True)
class Staged:
    """An original that was read whole and is not yet at its address. Leaving `with` discards it unless kept.

    `sha256` (64 hexadecimal digits) and `size` (bytes) are those of the plain bytes; `wrapped_key` belongs into the
    caller's row if he keeps this copy, None where the store does not encrypt.
    """

    sha256: str
    size: int
    wrapped_key: bytes | None
    _part: Path = field(repr=False)
    _store: Store = field(repr=False)

    def keep(self) -> None:
        """Puts the copy at its address; when this returns, it is durable. Raises StorageFullError."""
        self._store.place(self._part, self.sha256, self.wrapped_key)

    def discard(self) -> None:
        """Removes the staged copy; after `keep` there is none, and nothing happens."""
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.discard()


class Store:
    """Originals by content address, in the folder or bucket at an fsspec URL.

    `keys` are master keys of 32 bytes: the first seals what comes, all are tried on what is there (so that a rotation
    by `cipher.rewrap` can run beside the service); none means that originals are kept plain. `spool` is the folder,
    private to the service, where uploads to a remote store wait. `options` go to the file system. Many threads may
    use one store.
    """

    def __init__(
        self,
        url: str,
        keys: Sequence[bytes] = (),
        spool: Path | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        if any(len(key) != KEY_BYTES for key in keys):
            raise WrongKeyError("A master key of the store is not 32 bytes long. Correct the key setting.")
        self._keys = tuple(keys)
        # A cached listing would hide what another process has just stored.
        self._fs, self._root = fsspec.core.url_to_fs(url, use_listings_cache=False, **(options or {}))
        self._local = isinstance(self._fs, LocalFileSystem)
        if not self._local and spool is None:
            raise ValueError("a remote store needs a spool folder")
        self._incoming = Path(self._root) / _INCOMING if self._local or spool is None else spool

    def stage(self, stream: BinaryIO, limit: int) -> Staged:
        """Reads the stream to its end beside the store, in constant memory.

        Raises TooLargeError before more than `limit` bytes are written, StorageFullError, and whatever the stream
        raises (the client is gone); nothing is left behind then.
        """
        key = DataKey.new() if self._keys else None
        part = self._incoming / f"{uuid.uuid4().hex}.part"
        try:
            with _clear_when_full():
                _make_private(self._incoming.parent, self._incoming)
                sha256, size = _write(part, _chunks(stream, limit), key)
            wrapped = key.wrap(self._keys[0], sha256) if key else None
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return Staged(sha256, size, wrapped, part, self)

    def place(self, part: Path, sha256: str, wrapped_key: bytes | None) -> None:
        """Moves a staged part to its address, durably; `Staged.keep` calls it."""
        target = self._path(sha256, wrapped_key)
        with _clear_when_full():
            if self._local:
                _rename(part, Path(target), Path(self._root))
            else:
                if not (self._fs.exists(target) and self._fs.size(target) == part.stat().st_size):
                    self._fs.put_file(str(part), target)
                part.unlink()

    def open(self, sha256: str, wrapped_key: bytes | None = None) -> BinaryIO:
        """The plain bytes, to be read from the start to the end.

        Raises MissingError and WrongKeyError at once, DamagedError while reading: a sealed chunk is checked before
        it is given out, the hash of the whole at the end. Who reads plain copies must read to the end to be sure.
        """
        key = DataKey.unwrap(wrapped_key, self._keys, sha256) if wrapped_key is not None else None
        try:
            file = cast(BinaryIO, self._fs.open(self._path(sha256, wrapped_key), "rb", block_size=4 * CHUNK))
        except FileNotFoundError:
            raise _missing(sha256) from None
        chunks = cipher.unseal(file, key.secret, sha256) if key else iter(lambda: file.read(CHUNK), b"")
        return cast(BinaryIO, io.BufferedReader(_Verified(chunks, file, sha256), CHUNK))

    def exists(self, sha256: str, wrapped_key: bytes | None = None) -> bool:
        """Whether this copy (plain, or the one sealed under that key) is stored."""
        return bool(self._fs.exists(self._path(sha256, wrapped_key)))

    def size(self, sha256: str, wrapped_key: bytes | None = None) -> int:
        """How many plain bytes the copy has, told by the size of its file. Raises MissingError."""
        try:
            stored = int(self._fs.size(self._path(sha256, wrapped_key)))
        except FileNotFoundError:
            raise _missing(sha256) from None
        return stored if wrapped_key is None else cipher.plain_size(stored)

    def erase(self, sha256: str) -> int:
        """Deletes every copy of this original, plain and sealed, for good; returns how many there were."""
        folder = str(PurePosixPath(self._path(sha256, None)).parent)
        try:
            names = [str(name) for name in self._fs.ls(folder, detail=False)]
        except FileNotFoundError:
            return 0
        copies = [name for name in names if PurePosixPath(name).name.partition(".")[0] == sha256]
        for name in copies:
            self._fs.rm_file(name)
        if self._local:
            flush_folder(Path(folder))
        return len(copies)

    def sweep(self, older_than: timedelta) -> int:
        """Removes parts left by processes that were killed; returns how many.

        A part counts as left when nothing was written to it for that long: choose longer than a stalled upload is
        allowed to last.
        """
        before = time.time() - older_than.total_seconds()
        left = [part for part in self._incoming.glob("*.part") if _modified(part) < before]
        for part in left:
            part.unlink(missing_ok=True)
        return len(left)

    def _path(self, sha256: str, wrapped_key: bytes | None) -> str:
        if not _ADDRESS.fullmatch(sha256):
            raise ValueError("an address is 64 lower-case hexadecimal digits")
        copy = f".{cipher.wrapped_id(wrapped_key).hex()}" if wrapped_key is not None else ""
        return f"{self._root.rstrip('/')}/{sha256[:2]}/{sha256[2:4]}/{sha256}{copy}"


class _Verified(io.RawIOBase):
    """Plain chunks as a readable file that raises DamagedError at its end when the hash is not the address."""

    def __init__(self, chunks: Iterator[bytes], file: BinaryIO, sha256: str) -> None:
        self._chunks, self._file, self._sha256 = chunks, file, sha256
        self._hash = hashlib.sha256()
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._held:
            chunk = next(self._chunks, b"")
            self._hash.update(chunk)
            if not chunk and self._hash.hexdigest() != self._sha256:
                raise cipher.damaged(self._sha256)
            self._held = memoryview(chunk)
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _chunks(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """The stream as (chunk, whether it is the last): each of CHUNK bytes but the last, which may be empty if alone."""
    held, total = bytearray(), 0
    while block := stream.read(CHUNK):
        total += len(block)
        if total > limit:
            raise TooLargeError(
                f"The file is larger than the {limit} bytes that are accepted. Send it in parts."
            )
        held += block
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    if block is None:  # a stream that would block says None: its end was not seen
        raise BlockingIOError("the upload stream had no bytes ready")
    yield bytes(held), True


def _write(part: Path, chunks: Iterator[tuple[bytes, bool]], key: DataKey | None) -> tuple[str, int]:
    """Writes the chunks, sealed if there is a key, to a new file and the disk; the plain bytes' SHA-256 and count."""
    digest, size, seal = hashlib.sha256(), 0, Seal(key.secret) if key else None
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if seal:
            file.write(seal.header)
        for chunk, last in chunks:
            digest.update(chunk)
            size += len(chunk)
            file.write(seal.chunk(chunk, last=last) if seal else chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _rename(part: Path, target: Path, root: Path) -> None:
    """Renames within a file system and flushes each folder on the way, some of which may be new."""
    folders = root, target.parent.parent, target.parent
    _make_private(*folders)
    part.replace(target)
    for folder in reversed(folders):
        flush_folder(folder)


def _make_private(*folders: Path) -> None:
    """Makes the folders, outer ones first, that are not there, durably and for this user alone."""
    for folder in folders:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            continue
        flush_folder(folder.parent)


def _modified(part: Path) -> float:
    """When the file was last written to; never, if it has just gone."""
    try:
        return part.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@contextmanager
def _clear_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFullError(
            "The store of originals is full; nothing was saved. Make room, then send again."
        ) from error


def _missing(sha256: str) -> MissingError:
    return MissingError(f"No original is stored under {sha256}. Restore it from a backup of the store.")
