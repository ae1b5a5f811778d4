"""What a file is, told from its content and never from its name."""

from __future__ import annotations

import io
import re
import zipfile

from triage.documents.plain import is_text
from triage.errors import CorruptError, EncryptedError, UnsupportedFormatError

_PDF_WITHIN = 1024  # bytes before `%PDF-` that readers accept: ISO 32000-1, annex H, note 13

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)

_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "a Rich Text (RTF) file"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x7fELF", "a program (ELF)"),
    (b"OggS", "a sound or video file"),
    (b"ID3", "a sound file (MP3)"),
    (b"SQLite format 3\0", "a database file (SQLite)"),
    (b"%!PS", "a PostScript file"),
)

_ZIP_KINDS: tuple[tuple[str, str], ...] = (
    ("xl/workbook", "an Excel workbook (.xlsx)"),
    ("ppt/presentation", "a PowerPoint presentation (.pptx)"),
    ("META-INF/container.xml", "an electronic book (EPUB)"),
    ("META-INF/signatures", "a signed container (ASiC)"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    ("content.xml", "an OpenDocument file"),
)

_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO 2.3.4.4
_MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|\?xml|svg)\b", re.IGNORECASE)
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_MAIL_HEADERS = frozenset(
    b"from to date subject message-id received mime-version return-path content-type reply-to".split()
)


def sniff(data: bytes) -> str:
    """The format of `data`: pdf, docx, email, png, jpeg, tiff, bmp, webp or text.

    The first kilobytes suffice for all but ZIP and OLE containers, whose directories stand further on.
    Raises `UnsupportedFormatError`, naming what was found, `EncryptedError` for a protected Office
    document and `CorruptError` for a damaged archive.
    """
    kind = sniff_head(data)
    if kind == "ole":
        if _ENCRYPTED_OFFICE in data:
            raise EncryptedError("The Office document is protected by a password; send it without one.")
        raise _unsupported("an old Office or Outlook file (.doc, .xls, .msg)")
    return _inside_zip(data) if kind == "zip" else kind


def sniff_head(head: bytes) -> str:
    """As `sniff`, from the beginning alone; any ZIP archive is `zip`, any OLE container `ole`."""
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None) or _container(head)
    if found is not None:
        return found
    for magic, name in _REFUSED:
        if head.startswith(magic):
            raise _unsupported(name)
    return _textual(head)


def _container(head: bytes) -> str | None:
    """Formats whose mark does not stand at the first byte, or is too short to be trusted alone."""
    if b"%PDF-" in head[: _PDF_WITHIN + 5]:
        return "pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if head[4:8] == b"ftyp":
        raise _unsupported("a HEIC picture or a video")
    if head[:4] == b"RIFF":
        raise _unsupported("a sound or video file")
    if head[:2] == b"MZ" and b"\0" in head[:64]:
        raise _unsupported("a program (Windows)")
    return None


def _textual(head: bytes) -> str:
    if not is_text(head):
        raise UnsupportedFormatError("The file is neither a known format nor text: it holds binary data.")
    body = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(body):
        raise _unsupported("a web page or XML")
    return "email" if _is_email(body) else "text"


def _is_email(head: bytes) -> bool:
    """Header fields from the first line on (RFC 5322, 2.2), `From` and another well-known one among them."""
    if head.startswith(b"From "):  # the separator line of an mbox file
        head = head.partition(b"\n")[2]
    names: set[bytes] = set()
    position = 0
    while field := _HEADER.match(head, position):
        names.add(field.group(1).lower())
        position = field.end()
    return b"from" in names and len(names & _MAIL_HEADERS) > 1


def _inside_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise CorruptError("The file begins like a ZIP archive or a DOCX, but is damaged or cut.") from error
    if "word/document.xml" in names:
        return "docx"
    for prefix, name in _ZIP_KINDS:
        if any(entry.startswith(prefix) for entry in names):
            raise _unsupported(name)
    raise _unsupported("a ZIP archive that is no Word document")


def _unsupported(name: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(
        f"This is {name}, which cannot be read; send PDF, DOCX, e-mail, picture or text."
    )
