"""Every bad input has its error, or is cut with a note, in bounded time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents import made
from triage.documents import Limits, from_text, read_bytes, read_file
from triage.errors import (
    CorruptError,
    DocumentError,
    EmptyFileError,
    EncryptedError,
    FileForbiddenError,
    FileMissingError,
    TooLargeError,
    UnsupportedFormatError,
)

LIMITS = Limits(parse_seconds=5, parse_memory=500_000_000)
SECONDS = 30.0  # generous: the machine may be busy

REFUSED: list[tuple[str, Callable[[], bytes], type[DocumentError], str]] = [
    ("empty", lambda: b"", EmptyFileError, "empty"),
    ("header alone", lambda: b"%PDF-1.7\n", CorruptError, "damaged"),
    ("cut PDF", lambda: made.pdf_of(["x" * 500])[:300], CorruptError, "damaged"),
    ("encrypted PDF", lambda: made.pdf_of(["text"], password="user"), EncryptedError, "password"),  # noqa: S106
    ("stream bomb", made.stream_bomb, TooLargeError, "unpacks"),
    ("form bomb", made.form_bomb, DocumentError, ""),
    (
        "streams without end",
        lambda: b"%PDF-1.5\n" + b"</FlateDecode>stream\n" * 120_000,
        TooLargeError,
        "unpacks",
    ),
    ("brackets", lambda: b"%PDF-1.5\n1 0 obj\n" + b"[" * 1_000_000, CorruptError, ""),
    ("zip", lambda: made.zip_of({"a.txt": b"text"}), UnsupportedFormatError, "ZIP"),
    ("xlsx", lambda: made.zip_of({"xl/workbook.xml": b"<x/>"}), UnsupportedFormatError, "Excel"),
    ("cut zip", lambda: made.zip_of({"a.txt": made.noise(5_000)})[:2_000], CorruptError, "damaged"),
    ("cut docx", lambda: (made.SAMPLES / "petition.docx").read_bytes()[:20_000], CorruptError, "damaged"),
    ("no XML", lambda: made.docx_with(b"\x01\x02"), CorruptError, "damaged"),
    ("zip bomb", lambda: made.docx_with(b" " * 60_000_000), TooLargeError, "unpacks"),
    ("entity bomb", made.entity_bomb, CorruptError, "entities"),
    ("random bytes", lambda: made.noise(100_000), UnsupportedFormatError, "binary"),
    ("few random bytes", lambda: made.noise(40), UnsupportedFormatError, "binary"),
    ("zeros", lambda: bytes(1_000_000), UnsupportedFormatError, "binary"),
    ("program", lambda: b"\x7fELF" + made.noise(100), UnsupportedFormatError, "program"),
    (
        "old Word",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        UnsupportedFormatError,
        "old Office",
    ),
    (
        "protected Word",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        EncryptedError,
        "password",
    ),
    ("RTF", lambda: rb"{\rtf1 text}", UnsupportedFormatError, "RTF"),
    ("web page", lambda: b"<!DOCTYPE html><p>text", UnsupportedFormatError, "web page"),
    ("GIF", lambda: b"GIF89a" + bytes(20), UnsupportedFormatError, "GIF"),
    ("picture bomb", lambda: made.picture((10_000, 9_000)), TooLargeError, "pixels"),
    ("larger picture bomb", lambda: made.picture((13_500, 13_500)), TooLargeError, "pixels"),
    ("cut picture", lambda: made.picture((500, 500))[:60], CorruptError, "damaged"),
]


@pytest.mark.parametrize(("name", "make", "error", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_is_refused_with_one_clear_line(
    name: str, make: Callable[[], bytes], error: type[DocumentError], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "paper.pdf"  # the name claims a PDF whatever is in it
    path.write_bytes(make())
    before = time.monotonic()
    with pytest.raises(error) as caught:
        read_file(path, LIMITS)
    assert time.monotonic() - before < SECONDS
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert len(message) > 10


def test_paths_that_are_no_readable_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, error in (
        (tmp_path / "nowhere.pdf", FileMissingError),
        (tmp_path / "nul\0.pdf", FileMissingError),
        (tmp_path / "loop", FileMissingError),
        (tmp_path / ("x" * 300), FileMissingError),
        (tmp_path, UnsupportedFormatError),
        (tmp_path / "pipe", UnsupportedFormatError),
        (Path("/dev/zero"), UnsupportedFormatError),
    ):
        with pytest.raises(error):
            read_file(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(FileForbiddenError):
        read_file(path)


def test_more_bytes_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(made.pdf_of(["text"]))
    with pytest.raises(TooLargeError, match="MB"):
        read_file(path, Limits(max_bytes=100))


def test_two_gigabytes_of_zeros_are_refused_at_the_first_look(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    path.touch()
    os.truncate(path, 2 << 30)
    with pytest.raises(UnsupportedFormatError):
        read_file(path)


@pytest.mark.parametrize("line", ["Mən şikayət edirəm. ", "Прошу принять меры.\n"])
def test_large_text_is_cut_and_hashed_whole(tmp_path: Path, line: str) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(line.encode() * 500_000)
    document = read_file(path)
    assert document.truncated
    assert len(document.text) == Limits().max_chars
    assert document.text.startswith(line)
    assert document.sha256 == read_bytes(path.read_bytes(), id="large").sha256
    assert "1,000,000" in document.notes[0]


def test_pages_beyond_the_limit_are_left_out() -> None:
    data = made.pdf_of([f"Page {n} holds this line of text." for n in range(30)])
    document = read_bytes(data, Limits(max_pages=10), id="long")
    assert document.truncated
    assert len(document.pages) == 10
    assert document.notes == ("Of 30 pages the first 10 were read.",)


def test_five_hundred_pages_are_read() -> None:
    document = read_bytes(made.pdf_of([f"Page {n} holds this line of text." for n in range(500)]), id="long")
    assert not document.truncated
    assert document.pages[-1].text == "Page 499 holds this line of text."


def test_text_beyond_the_limit_is_cut_with_its_boxes() -> None:
    document = read_bytes(made.pdf_of([made.PETITION] * 3), Limits(max_chars=100), id="cut")
    assert document.truncated
    assert sum(len(page.text) for page in document.pages) == 100
    boxes = document.pages[-1].boxes
    assert boxes is not None
    assert len(boxes) == len(document.pages[-1].text)


@pytest.mark.parametrize("text", ["", "😀😡🤷", "a\0b", "\ud800 lone \udfff", "Пpивeт" * 10, "\r\n\r"])
def test_bare_text_keeps_its_offsets(text: str) -> None:
    document = from_text(text, id="t")
    assert len(document.text) == len(text)
    document.text.encode()  # no lone surrogate is left


def test_only_emoji_in_a_file() -> None:
    assert read_bytes("😀😡🤷\n".encode(), id="e").text == "😀😡🤷\n"


def test_same_bytes_same_document() -> None:
    data = (made.SAMPLES / "message.eml").read_bytes()
    first, second = read_bytes(data, id="m"), read_bytes(data, id="m")
    assert first.text == second.text
    assert first.sha256 == second.sha256


_KILLED = """
import os, signal
from triage.documents.isolate import isolated
def work():
    os.kill(os.getppid(), signal.SIGKILL)
    return b"x" * 10_000_000  # more than a pipe holds
isolated(work, seconds=60, memory=1 << 30)
"""


def test_the_child_of_a_killed_process_ends() -> None:
    # Its standard output is ours: that it is closed says that nobody is left.
    killed = subprocess.run([sys.executable, "-c", _KILLED], capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
