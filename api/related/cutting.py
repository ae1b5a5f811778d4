"""Cutting an original into parts by its pages: a PDF, or a text with form feeds between its pages."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2 as pdfium

from api.errors import InvalidError, UnsupportedError
from triage.documents import pdf, plain
from triage.documents.isolate import isolated, timed
from triage.documents.limits import Limits
from triage.errors import DocumentError

Range = tuple[int, int]
"""The first and the last page of a part, from 1."""
_LIMITS = Limits()
_DAMAGED = "This paper cannot be cut: a page of it is damaged."


def cut(data: bytes, kind: str, ranges: Sequence[Range]) -> list[bytes]:
    """The parts of an original, as files of their own. PDFs are cut in a bounded child process.

    Raises InvalidError where the ranges do not cover every page once, in order, or the file cannot be cut, and
    UnsupportedError for what has no pages.
    """
    _check_order(ranges)
    if kind == "text":
        return _text(data, ranges)
    if kind != "pdf":
        raise UnsupportedError(
            "Only PDFs and texts of several pages can be split. Send the parts one by one."
        )
    try:
        pages, parts = isolated(
            lambda: _pdf(data, ranges), seconds=_LIMITS.parse_seconds, memory=_LIMITS.parse_memory
        )
    except DocumentError as error:
        raise InvalidError(f"This paper cannot be split. {error}") from None
    _check_count(ranges, pages)
    return parts


def _check_order(ranges: Sequence[Range]) -> None:
    following = 1
    for first, last in ranges:
        if first != following or last < first:
            raise InvalidError("The parts must hold every page once, in order, from page 1 on.")
        following = last + 1


def _check_count(ranges: Sequence[Range], pages: int) -> None:
    if ranges[-1][1] != pages:
        raise InvalidError(f"The paper has {pages} pages. The parts must hold every page once, in order.")


def _pdf(data: bytes, ranges: Sequence[Range]) -> tuple[int, list[bytes]]:
    """The number of pages, and the parts where the ranges end with the last page."""
    budget = [_LIMITS.parse_seconds]
    with pdf.opened(data, budget) as document, timed(budget):
        pages = len(document)
        if ranges[-1][1] != pages:
            return pages, []
        try:
            return pages, [_pages(document, first, last) for first, last in ranges]
        except pdfium.PdfiumError:
            raise DocumentError(_DAMAGED) from None


def _pages(document: pdfium.PdfDocument, first: int, last: int) -> bytes:
    part = pdfium.PdfDocument.new()
    try:
        part.import_pages(document, list(range(first - 1, last)))
        held = io.BytesIO()
        part.save(held)
        return held.getvalue()
    finally:
        part.close()


def _text(data: bytes, ranges: Sequence[Range]) -> list[bytes]:
    """Parts in UTF-8; the form feeds within a part stay."""
    encoding = plain.detect(data)
    if encoding is None:
        raise UnsupportedError("This paper is no text that can be split.")
    pages = plain.pages_of(data.decode(encoding, "replace"))
    _check_count(ranges, len(pages))
    parts = ["\f".join(pages[first - 1 : last]) for first, last in ranges]
    if not all(part.strip() for part in parts):
        raise InvalidError("A part would be empty. Put an empty page with the one before it.")
    return [part.encode() for part in parts]
