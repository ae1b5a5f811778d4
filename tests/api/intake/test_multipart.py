"""Forms are read part by part, however their bytes are cut, and never held."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator

import pytest

from api.errors import InvalidError
from api.intake.multipart import parts

KIND = "multipart/form-data; boundary=x"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="sender"\r\n\r\n\xc6\x8fli\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xc9\x99rize.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
    b"one\r\n--y\r\ntwo\r\n--x\r\n"
    b'Content-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\nepilogue'
)


def cut(body: bytes, *sizes: int) -> Iterator[bytes]:
    """The body in chunks of these sizes, over and over."""
    at = 0
    while at < len(body):
        for size in sizes:
            yield body[at : at + size]
            at += size


def read(chunks: Iterator[bytes], kind: str = KIND) -> list[tuple[str, str | None, bytes]]:
    """All parts."""
    return [(part.name, part.file_name, part.stream.read()) for part in parts(chunks, kind)]


@pytest.mark.parametrize("sizes", [(1,), (2, 3), (7,), (64,), (10_000,)])
def test_a_form_is_the_same_however_it_is_cut(sizes: tuple[int, ...]) -> None:
    assert read(cut(FORM, *sizes)) == [
        ("sender", None, "Əli".encode()),
        ("file", "ərize.txt", b"one\r\n--y\r\ntwo"),
        ("file", "", b""),
    ]


def test_what_is_not_read_of_a_part_is_skipped() -> None:
    assert [part.name for part in parts(cut(FORM, 5), KIND)] == ["sender", "file", "file"]


@pytest.mark.parametrize("end", range(0, len(FORM) - 11, 7))
def test_a_form_that_ends_too_early_is_refused(end: int) -> None:
    with pytest.raises(InvalidError):
        read(cut(FORM[:end], 50))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (FORM, "multipart/form-data"),
        (FORM, "multipart/form-data; boundary=" + "z" * 5000),
        (b"no form", KIND),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--x--\r\n", KIND),
        (b"--x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n\r\n--x--\r\n", KIND),
        (b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n\r\n--x--\r\n", KIND),
        (random.Random(1).randbytes(1000), KIND),  # noqa: S311
    ],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidError):
        read(cut(body, 1000), kind)


def test_files_are_not_held_in_memory() -> None:
    def chunks() -> Iterator[bytes]:
        for number in range(200):
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="%d"\r\n\r\n' % number
            yield from (b"a" * 65_536 for _ in range(8))
            yield b"\r\n"
        yield b"--x--\r\n"

    tracemalloc.start()
    try:
        size = sum(len(part.stream.read(10_000)) for part in parts(chunks(), KIND))
        assert size == 200 * 10_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
