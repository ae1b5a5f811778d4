"""The bounds within which a document is read, so that no file can take the service down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost.

    Beyond `max_pages`, `max_chars` and `ocr_pages` the rest is left out: the document comes back with
    `truncated` and a note. Beyond the others the file is refused with `TooLargeError`, except plain text,
    which is cut at `max_chars` however large the file is.
    """

    max_bytes: int = 100_000_000
    """Size of a file in bytes, plain text excepted."""
    max_pages: int = 500
    """Pages (of a PDF, of a TIFF) that are read."""
    max_chars: int = 1_000_000
    """Code points of text over all pages."""
    ocr_pages: int = 60
    """Pages of one file that are recognised."""
    ocr_seconds_per_page: float = 60.0
    """Wall-clock seconds of all recogniser runs for one page."""
    parse_seconds: float = 60.0
    """Wall-clock seconds of parsing one PDF or DOCX, recognition not counted."""
    parse_memory: int = 1_000_000_000
    """Bytes of memory that parsing one PDF or DOCX may take."""
    max_pixels: int = 25_000_000
    """Pixels of a rendered page: A4 at 500 dpi; a larger page is rendered coarser."""
    max_image_pixels: int = 80_000_000
    """Pixels of one picture, as its header states: A3 at 600 dpi."""
    max_unpacked: int = 200_000_000
    """Bytes that the parts of a compressed container unpack to, all together."""
    max_ratio: int = 200
    """How many times larger than packed a part of more than 10 MB may unpack to."""
    max_depth: int = 2
    """How deep messages and attachments are followed into each other."""
    max_attachments: int = 30
    """Attachments of one message that are read."""
