"""PDF by pypdfium2: the text layer with a box for each character; pages without one are recognised.

All of it runs in a child process (see `triage.documents.isolate`). PDFium must not be entered from two
threads at once, so `timed` is held around every use of it, closing included; recognition runs outside,
on two threads.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from PIL import Image

from triage.documents import ocr
from triage.documents.content import Content, safe
from triage.documents.isolate import isolated, timed
from triage.documents.limits import Limits
from triage.documents.streams import check_streams
from triage.errors import CorruptError, EncryptedError, OcrFailedError, OcrUnavailableError, TooLargeError
from triage.types import Page

_POINTS = 72.0  # an inch
_DPI = 300.0
_LONGEST_SIDE = 30_000  # pixels of a rendered page
_WORKERS = 2
_FEW_LETTERS = 20
_COVERING = 0.5  # share of the page that pictures cover on a scanned page
_OBJECTS_LOOKED_AT = 2_000
_GARBAGE = 0.3  # share of signs without meaning in a text layer whose font has no usable encoding
_NO_MEANING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff\ue000-\uf8ff]")
_LINE_HYPHEN = re.compile("[\x02\ufffe]")
_BREAK = re.compile("\r\n?")

Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One page; `needs_ocr` where its text layer is of no use, `fault` why it could not be recognised."""

    page: Page
    needs_ocr: bool = False
    fault: OcrFailedError | OcrUnavailableError | TooLargeError | None = None
    notes: tuple[str, ...] = ()


def read(data: bytes, limits: Limits) -> Content:
    """The pages of a PDF, in PDFium's order of text, with boxes.

    A hyphen that divides a word at the end of a line is a soft hyphen (U+00AD) in the text. Raises
    `EncryptedError`, `CorruptError`, `TooLargeError`; `OcrUnavailableError` and `OcrFailedError` where
    no page has text otherwise (else a note tells it).
    """
    longest = 2 * limits.parse_seconds + limits.ocr_pages * limits.ocr_seconds_per_page
    return isolated(lambda: _read(data, limits), seconds=longest, memory=limits.parse_memory)


def _read(data: bytes, limits: Limits) -> Content:
    check_streams(data, limits)
    budget = [limits.parse_seconds]
    with opened(data, budget) as document:
        with timed(budget):
            count = len(document)
        if count == 0:
            raise CorruptError("The PDF has no pages, or is too damaged to find them.")
        read_pages = min(count, limits.max_pages)
        outcomes = []
        room = limits.max_chars
        for index in range(read_pages):
            outcomes.append(_layer(document, index, budget))
            room -= len(outcomes[-1].page.text)
            if room < 0:  # the caller cuts and notes it
                break
        notes, truncated = _too_many(count, limits)
        scanned = [index for index, outcome in enumerate(outcomes) if outcome.needs_ocr]
        if len(scanned) > limits.ocr_pages:
            notes = (*notes, f"Of {len(scanned)} scanned pages the first {limits.ocr_pages} were recognised.")
            truncated = True
            scanned = scanned[: limits.ocr_pages]
        _recognise(document, outcomes, scanned, limits, budget)
    return _gathered(outcomes, notes, truncated)


def _too_many(count: int, limits: Limits) -> tuple[tuple[str, ...], bool]:
    if count <= limits.max_pages:
        return (), False
    return (f"Of {count} pages the first {limits.max_pages} were read.",), True


@contextmanager
def opened(data: bytes, budget: list[float]) -> Iterator[Any]:
    """The document of PDFium, closed at the end. Raises `EncryptedError` and `CorruptError`."""
    with timed(budget):
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
                raise EncryptedError("The PDF is protected by a password; send it without one.") from error
            raise CorruptError("The file begins like a PDF but is damaged or cut.") from error
    try:
        yield document
    finally:
        with timed(budget):
            document.close()


def _layer(document: Any, index: int, budget: list[float]) -> _Outcome:
    """The text layer of a page, and whether it must be recognised instead."""
    with timed(budget):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            return _Outcome(Page(index + 1, ""), notes=(f"Page {index + 1} is damaged and was left out.",))
        try:
            size = page.get_size()
            text, boxes = _text(page)
            few = sum(map(str.isalpha, text)) < _FEW_LETTERS
            needs_ocr = _is_garbage(text) or (few and (not text.strip() or _is_picture(page)))
        except pdfium.PdfiumError:
            return _Outcome(Page(index + 1, ""), notes=(f"Page {index + 1} is damaged and was left out.",))
        finally:
            page.close()
    return _Outcome(Page(index + 1, text, boxes, size=size), needs_ocr)


def _text(page: Any) -> tuple[str, Boxes]:
    """The text of a page and its boxes, shape (len(text), 4)."""
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count <= 0:
            return "", np.empty((0, 4), dtype=np.float32)
        units = _units(textpage.raw, count)
        low, high = (units & 0xFC00) == 0xDC00, (units & 0xFC00) == 0xD800
        starts = ~low
        starts[1:] |= ~high[:-1]  # the second half of a surrogate pair begins no code point
        starts[0] = True
        boxes = _boxes(textpage.raw, np.flatnonzero(starts))
    finally:
        textpage.close()
    text = safe(units.tobytes().decode("utf-16-le", "surrogatepass"))
    return _without_returns(_hyphens(text), _upright(boxes, page))


def _units(textpage: Any, count: int) -> NDArray[np.uint16]:
    """UTF-16 code units, one a character of PDFium's text page."""
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium_c.FPDFText_GetText(textpage, 0, count, buffer) != count + 1:
        # Characters without a Unicode value are missing from the text: ask one by one to stay aligned.
        for index in range(count):
            buffer[index] = pdfium_c.FPDFText_GetUnicode(textpage, index) & 0xFFFF or 0xFFFD
    return np.frombuffer(bytes(buffer)[: 2 * count], dtype=np.uint16)


def _boxes(textpage: Any, indices: NDArray[np.int64]) -> Boxes:
    """Left, top, right, bottom in PDF space; the height is the font's, so that lines are even."""
    rectangles = (pdfium_c.FS_RECTF * len(indices))()
    step = ctypes.sizeof(pdfium_c.FS_RECTF)
    get, first = pdfium_c.FPDFText_GetLooseCharBox, rectangles[0]
    for row, index in enumerate(indices.tolist()):
        get(textpage, index, ctypes.byref(first, row * step))
    return np.frombuffer(bytes(rectangles), dtype=np.float32).reshape(-1, 4)


def _upright(boxes: Boxes, page: Any) -> Boxes:
    """Boxes as the page is shown: from its top left corner, turned by its /Rotate, NaN without area."""
    left, bottom, right, top = page.get_bbox()
    x0, y1, x1, y0 = boxes.T
    sides = {
        0: (x0 - left, top - y1, x1 - left, top - y0),
        90: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
        180: (right - x1, y0 - bottom, right - x0, y1 - bottom),
        270: (top - y1, right - x1, top - y0, right - x0),
    }[page.get_rotation()]
    width, height = page.get_size()
    shown = np.stack(sides, axis=1)
    placed = (shown[:, 2] > shown[:, 0]) & (shown[:, 3] > shown[:, 1])
    shown = np.clip(shown, 0, np.array([width, height, width, height], dtype=np.float32))
    shown[~placed] = np.nan
    return np.asarray(shown, dtype=np.float32)


def _hyphens(text: str) -> str:
    """PDFium's mark for a hyphen at a line's end becomes a soft hyphen within a word, else a plain one."""

    def mend(mark: re.Match[str]) -> str:
        before, after = text[: mark.start()][-1:], text[mark.end() :][:1]
        return "\u00ad" if before.islower() and after.islower() else "-"

    return _LINE_HYPHEN.sub(mend, text) if _LINE_HYPHEN.search(text) else text


def _without_returns(text: str, boxes: Boxes) -> tuple[str, Boxes]:
    """Line ends as `\\n` alone; text and boxes stay aligned."""
    keep = np.ones(len(text), dtype=bool)
    for match in _BREAK.finditer(text):
        keep[match.start()] = match.end() - match.start() == 1
    return _BREAK.sub("\n", text), boxes[keep]


def _is_garbage(text: str) -> bool:
    return len(_NO_MEANING.findall(text)) > _GARBAGE * len("".join(text.split()))


def _is_picture(page: Any) -> bool:
    """Whether pictures cover most of the page."""
    width, height = page.get_size()
    covered = 0.0
    images = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    for image in itertools.islice(images, _OBJECTS_LOOKED_AT):
        left, bottom, right, top = image.get_bounds()
        covered += abs((right - left) * (top - bottom))
        if covered >= _COVERING * width * height:
            return True
    return False


def _recognise(
    document: Any, outcomes: list[_Outcome], indices: list[int], limits: Limits, budget: list[float]
) -> None:
    """Put what is recognised into `outcomes`. At most `_WORKERS` rendered pages are in memory."""
    if len(indices) <= 1:
        for index in indices:
            outcomes[index] = _recognised(document, outcomes[index], limits, budget)
        return
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda index: _recognised(document, outcomes[index], limits, budget), indices)
        for index, outcome in zip(indices, found, strict=True):
            outcomes[index] = outcome


def _recognised(document: Any, outcome: _Outcome, limits: Limits, budget: list[float]) -> _Outcome:
    page = outcome.page
    try:
        image, scale = _rendered(document, page.number - 1, limits, budget)
        if image is None:
            return outcome
        result = ocr.recognise(image, dpi=scale * _POINTS, seconds=limits.ocr_seconds_per_page)
    except (OcrFailedError, OcrUnavailableError, TooLargeError) as error:
        return replace(outcome, fault=error, notes=(f"Page {page.number}: {error}",))
    boxes = (result.boxes / np.float32(scale)).astype(np.float32)
    return _Outcome(
        replace(page, text=result.text, boxes=boxes, confidence=result.confidence), notes=result.notes
    )


def _rendered(
    document: Any, index: int, limits: Limits, budget: list[float]
) -> tuple[Image.Image | None, float]:
    """The page in grey and its scale in pixels a point; None for a page without extent.

    Raises `TooLargeError` for a picture of more pixels than the limit, before it is unpacked.
    """
    with timed(budget):
        page = document[index]
        try:
            width, height = page.get_size()
            if not (0 < width < math.inf and 0 < height < math.inf):
                return None, 1.0
            check_images(page, limits)
            bounded = math.sqrt(limits.max_pixels / (width * height))
            scale = min(_DPI / _POINTS, bounded, _LONGEST_SIDE / max(width, height))
            bitmap = page.render(scale=scale, grayscale=True, limit_image_cache=True)
            try:
                return bitmap.to_pil().copy(), scale
            finally:
                bitmap.close()
        finally:
            page.close()


def check_images(page: Any, limits: Limits) -> None:
    """Raises `TooLargeError` for a page with a picture of too many pixels, before that is unpacked."""
    images = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    for image in itertools.islice(images, _OBJECTS_LOOKED_AT):
        width, height = image.get_px_size()
        if width * height > limits.max_image_pixels:
            raise TooLargeError(f"A picture of {width} by {height} pixels is too large to be read.")


def _gathered(outcomes: list[_Outcome], notes: tuple[str, ...], truncated: bool) -> Content:
    """All pages and notes; a fault becomes an error where nothing at all could be read."""
    faults = [outcome.fault for outcome in outcomes if outcome.fault is not None]
    if faults and not any(outcome.page.text.strip() for outcome in outcomes):
        raise faults[0]
    found = itertools.chain(notes, *(outcome.notes for outcome in outcomes))
    pages = tuple(outcome.page for outcome in outcomes)
    return Content(pages, truncated or bool(faults), tuple(dict.fromkeys(found)))
