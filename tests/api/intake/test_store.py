"""The store of originals: nothing lost, nothing twice, nothing left behind."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import resource
import subprocess
import sys
import threading
import tracemalloc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import fsspec  # type: ignore[import-untyped]
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

from api.errors import TooLargeError
from api.intake.cipher import CHUNK, DamagedError, WrongKeyError, rewrap
from api.intake.store import MissingError, StorageFullError, Store

LIMIT = 8 * CHUNK
KEY = bytes(range(32))
PLAIN = os.urandom(3 * CHUNK)
PAPER = b"\xc3\x87ox h\xc3\xb6rm\xc9\x99tli prokuror!"
ADDRESS = hashlib.sha256(PAPER).hexdigest()


@dataclass
class Place:
    """A store to try and where its files lie, so that a test can look at them and harm them."""

    url: str
    spool: Path

    def open(self, *keys: bytes) -> Store:
        return Store(self.url, keys, self.spool)

    def files(self) -> list[str]:
        fs, root = fsspec.core.url_to_fs(self.url)
        return sorted(name.removeprefix(root).lstrip("/") for name in fs.find(root))

    def left(self) -> list[Path]:
        return [*self.spool.rglob("*.part"), *Path(self.url).rglob("*.part")]

    def change(self, name: str, content: bytes) -> None:
        fs, root = fsspec.core.url_to_fs(self.url)
        fs.pipe_file(f"{root}/{name}", content)

    def read(self, name: str) -> bytes:
        fs, root = fsspec.core.url_to_fs(self.url)
        return bytes(fs.cat_file(f"{root}/{name}"))


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    url = str(tmp_path / "store") if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    return Place(url, tmp_path / "spool")


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "store"), tmp_path / "spool")


@pytest.fixture(params=["plain", "sealed"])
def keys(request: pytest.FixtureRequest) -> tuple[bytes, ...]:
    return (KEY,) if request.param == "sealed" else ()


def keep(store: Store, content: bytes) -> tuple[str, bytes | None]:
    with store.stage(io.BytesIO(content), LIMIT) as staged:
        staged.keep()
    return staged.sha256, staged.wrapped_key


def content(store: Store, sha256: str, wrapped_key: bytes | None) -> bytes:
    with store.open(sha256, wrapped_key) as file:
        return file.read()


class Endless(io.RawIOBase):
    """A sender that never stops."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = bytes(len(buffer))
        return len(buffer)


class Dribble(io.BytesIO):
    """A sender whose every read gives a few bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 70_001))


class Repeated(io.BytesIO):
    """`size` bytes of one letter, never all in memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def read(self, size: int | None = -1, /) -> bytes:
        count = min(size or 0, self.left)
        self.left -= count
        return b"a" * count


class Gone(io.BytesIO):
    """A client that breaks off after 2 MiB."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 2 * CHUNK:
            raise ConnectionResetError("client gone")
        return super().read(size)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_original_comes_back_byte_for_byte(place: Place, keys: tuple[bytes, ...], size: int) -> None:
    store = place.open(*keys)
    with store.stage(io.BytesIO(PLAIN[:size]), LIMIT) as staged:
        assert (staged.sha256, staged.size) == (hashlib.sha256(PLAIN[:size]).hexdigest(), size)
        staged.keep()
    assert content(store, staged.sha256, staged.wrapped_key) == PLAIN[:size]
    assert store.exists(staged.sha256, staged.wrapped_key)
    assert store.size(staged.sha256, staged.wrapped_key) == size
    assert place.left() == []


def test_original_that_comes_in_small_pieces_is_the_same(place: Place, keys: tuple[bytes, ...]) -> None:
    store = place.open(*keys)
    with store.stage(Dribble(PLAIN), LIMIT) as staged:
        staged.keep()
    assert content(store, staged.sha256, staged.wrapped_key) == PLAIN


def test_staged_original_is_not_at_its_address_until_kept(place: Place, keys: tuple[bytes, ...]) -> None:
    store = place.open(*keys)
    with store.stage(io.BytesIO(PAPER), LIMIT) as staged:
        assert not store.exists(staged.sha256, staged.wrapped_key)
    assert not store.exists(staged.sha256, staged.wrapped_key)
    assert (place.left(), place.files()) == ([], [])


def test_same_bytes_again_are_stored_once(place: Place) -> None:
    store = place.open()
    for _ in range(2):
        store.stage(io.BytesIO(PAPER), LIMIT).keep()
    assert place.left() == []
    assert content(store, ADDRESS, None) == PAPER
    assert place.files() == [f"{ADDRESS[:2]}/{ADDRESS[2:4]}/{ADDRESS}"]


def test_names_of_files_are_hashes_only(place: Place, keys: tuple[bytes, ...]) -> None:
    keep(place.open(*keys), PAPER)
    assert all(
        re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}(\.[0-9a-f]{16})?", name) for name in place.files()
    )


def test_sealed_copy_shows_nothing_without_its_key(place: Place) -> None:
    store = place.open(KEY)
    sha256, wrapped = keep(store, PAPER)
    (name,) = place.files()
    assert PAPER not in place.read(name)
    with pytest.raises(MissingError):
        store.open(sha256)
    with pytest.raises(WrongKeyError):
        place.open(bytes(32)).open(sha256, wrapped)


def test_second_sealed_copy_never_harms_the_first(place: Place) -> None:
    store = place.open(KEY)
    first, second = keep(store, PAPER), keep(store, PAPER)
    assert content(store, *first) == content(store, *second) == PAPER
    assert store.erase(ADDRESS) == 2


def test_plain_and_sealed_copies_of_one_original_live_side_by_side(place: Place) -> None:
    """Encryption was switched on later: what was stored before it is still read."""
    before = keep(place.open(), PAPER)
    store = place.open(KEY)
    after = keep(store, PAPER)
    assert content(store, *before) == content(store, *after) == PAPER


def test_master_key_is_rotated_beside_a_running_service(place: Place) -> None:
    new = bytes(reversed(KEY))
    sha256, wrapped = keep(place.open(KEY), PAPER)
    assert wrapped is not None
    both = place.open(new, KEY)
    assert content(both, sha256, wrapped) == PAPER
    assert content(place.open(new), sha256, rewrap(wrapped, sha256, KEY, new)) == PAPER
    assert content(place.open(new), *keep(both, PAPER)) == PAPER


@pytest.mark.parametrize("harmed", [b"", PAPER[:-1], PAPER + b" ", PAPER.swapcase()])
def test_damaged_plain_copy_is_found_when_read_and_healed_by_the_same_paper(
    folder: Place, harmed: bytes
) -> None:
    store = folder.open()
    keep(store, PAPER)
    folder.change(f"{ADDRESS[:2]}/{ADDRESS[2:4]}/{ADDRESS}", harmed)
    with pytest.raises(DamagedError, match=ADDRESS):
        content(store, ADDRESS, None)
    keep(store, PAPER)
    assert content(store, ADDRESS, None) == PAPER


def test_damaged_sealed_copy_is_found_when_read(place: Place) -> None:
    store = place.open(KEY)
    sha256, wrapped = keep(store, PLAIN)
    (name,) = place.files()
    sealed = place.read(name)
    place.change(name, sealed[: 2 * CHUNK] + b"\0" + sealed[2 * CHUNK + 1 :])
    with store.open(sha256, wrapped) as file:
        assert file.read(CHUNK) == PLAIN[:CHUNK]
        with pytest.raises(DamagedError, match=sha256):
            file.read()


def test_sealed_copy_put_in_place_of_another_is_found(place: Place) -> None:
    store = place.open(KEY)
    keep(store, PLAIN)
    (other,) = place.files()
    sha256, wrapped = keep(store, PAPER)
    (name,) = set(place.files()) - {other}
    place.change(name, place.read(other))
    with pytest.raises(DamagedError, match=ADDRESS):
        content(store, sha256, wrapped)


def test_endless_upload_is_cut_at_the_limit_and_leaves_nothing(
    folder: Place, keys: tuple[bytes, ...]
) -> None:
    store = folder.open(*keys)
    with limited_file_size(LIMIT + 1024), pytest.raises(TooLargeError, match=str(LIMIT)):
        store.stage(io.BufferedReader(Endless()), LIMIT)
    assert (folder.left(), folder.files()) == ([], [])


@pytest.mark.parametrize(("size", "fits"), [(99, True), (100, True), (101, False)])
def test_limit_is_exact(place: Place, size: int, fits: bool) -> None:
    store = place.open()
    if fits:
        store.stage(io.BytesIO(bytes(size)), 100).discard()
    else:
        with pytest.raises(TooLargeError):
            store.stage(io.BytesIO(bytes(size)), 100)
    assert place.left() == []


def test_client_gone_midway_leaves_nothing(place: Place, keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ConnectionResetError):
        place.open(*keys).stage(Gone(PLAIN), LIMIT)
    assert (place.left(), place.files()) == ([], [])


@pytest.mark.parametrize("lie", [None, "text"])
def test_stream_that_gives_no_bytes_is_not_taken_for_an_empty_paper(place: Place, lie: str | None) -> None:
    stream = io.BytesIO()
    stream.read = lambda size=-1: lie  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises((BlockingIOError, TypeError)):
        place.open().stage(stream, LIMIT)
    assert place.left() == []


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow over that size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_that_takes_no_more_is_a_clear_error_and_leaves_nothing(
    place: Place, keys: tuple[bytes, ...]
) -> None:
    store = place.open(*keys)
    with limited_file_size(2 * CHUNK), pytest.raises(StorageFullError, match="full"):
        store.stage(io.BytesIO(PLAIN), LIMIT)
    assert (place.left(), place.files()) == ([], [])
    assert content(store, *keep(store, PLAIN)) == PLAIN


class FullFileSystem(MemoryFileSystem):  # type: ignore[misc]
    """A remote store without room."""

    protocol = "full"

    def put_file(self, *args: Any, **options: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_remote_store_without_room_is_a_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    fsspec.register_implementation("full", FullFileSystem, clobber=True)
    store = Store("full://bucket", (), tmp_path)
    with pytest.raises(StorageFullError), store.stage(io.BytesIO(PAPER), LIMIT) as staged:
        staged.keep()
    assert not store.exists(ADDRESS)
    assert list(tmp_path.iterdir()) == []


def test_leftover_of_a_killed_process_is_swept_and_a_running_upload_is_not(folder: Place) -> None:
    script = (
        "import sys, io; from api.intake.store import Store\n"
        "class Slow(io.RawIOBase):\n"
        "    def read(self, size=-1):\n"
        "        if self.seen: print('midway', flush=True); sys.stdin.read()\n"
        "        self.seen = True; return bytes(size)\n"
        "    seen = False\n"
        "Store(sys.argv[1]).stage(Slow(), 1 << 30)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, folder.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"midway\n"
        process.kill()
    store = folder.open()
    assert len(folder.left()) == 1
    assert store.sweep(timedelta(hours=1)) == 0
    assert len(folder.left()) == 1
    assert store.sweep(timedelta(0)) == 1
    assert folder.left() == []
    assert store.sweep(timedelta(0)) == 0


def test_same_paper_from_many_threads_at_once_is_readable_by_each(
    place: Place, keys: tuple[bytes, ...]
) -> None:
    store, barrier = place.open(*keys), threading.Barrier(8)
    kept: list[tuple[str, bytes | None]] = []

    def send() -> None:
        with store.stage(io.BytesIO(PLAIN), LIMIT) as staged:
            barrier.wait()
            staged.keep()
        kept.append((staged.sha256, staged.wrapped_key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 8
    assert all(content(store, *copy) == PLAIN for copy in kept)
    assert len(place.files()) == (8 if keys else 1)
    assert place.left() == []


def test_erased_original_is_gone_and_others_stay(place: Place, keys: tuple[bytes, ...]) -> None:
    store = place.open(*keys)
    paper, other = keep(store, PAPER), keep(store, PLAIN)
    assert store.erase(ADDRESS) == 1
    assert not store.exists(*paper)
    for read in (store.open, store.size):
        with pytest.raises(MissingError, match=ADDRESS):
            read(*paper)
    assert content(store, *other) == PLAIN
    assert store.erase(ADDRESS) == 0


@pytest.mark.parametrize(
    "sha256", ["", "../../etc/passwd", ADDRESS.upper(), ADDRESS + "/..", "g" * 64, ADDRESS + "\n"]
)
def test_address_that_is_no_hash_is_refused(place: Place, sha256: str) -> None:
    store = place.open()
    for use in (store.open, store.exists, store.size, store.erase):
        with pytest.raises(ValueError, match="64"):
            use(sha256)


@pytest.mark.parametrize("sealed", [False, True])
def test_memory_does_not_grow_with_the_file(folder: Place, sealed: bool) -> None:
    store = folder.open(*((KEY,) if sealed else ()))
    size = 40 * CHUNK
    tracemalloc.start()
    try:
        with store.stage(Repeated(size), size) as staged:
            staged.keep()
        with store.open(staged.sha256, staged.wrapped_key) as file:
            assert sum(len(block) for block in iter(lambda: file.read(CHUNK), b"")) == size
        assert tracemalloc.get_traced_memory()[1] < 12 * CHUNK
    finally:
        tracemalloc.stop()


def test_files_are_readable_by_the_service_alone(folder: Place) -> None:
    keep(folder.open(), PAPER)
    for path in Path(folder.url).rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_store_refuses_a_key_of_another_length_and_a_remote_place_without_spool() -> None:
    with pytest.raises(WrongKeyError, match="32 bytes"):
        Store("memory://x", [b"short"], Path())
    with pytest.raises(ValueError, match="spool"):
        Store("memory://x")
