"""Pictures of single pages, for people to look at."""

from __future__ import annotations

import io
import itertools
from typing import Any

from PIL import Image, ImageOps

from triage.documents import image as images
from triage.documents import pdf
from triage.documents.isolate import isolated
from triage.documents.limits import Limits
from triage.documents.sniff import sniff
from triage.errors import PageMissingError, UnsupportedFormatError

WIDTH = 1240
"""Pixels: an A4 page at 150 dpi."""
LONGEST = 20_000
"""Pixels of the height of a picture: a page that is a long stripe is drawn narrower."""
_IMAGES = ("png", "jpeg", "tiff", "bmp", "webp")
_DEFAULT = Limits()


def picture(data: bytes, number: int, *, width: int = WIDTH, limits: Limits = _DEFAULT) -> bytes:
    """Page `number` (from 1) of a PDF or picture as PNG of at most `width` by `LONGEST` pixels.

    It is made in a bounded child process. Raises `PageMissingError` where there is no such page,
    `UnsupportedFormatError` for what has text alone, and the errors of reading a document.
    """
    kind = sniff(data)
    if kind not in ("pdf", *_IMAGES):
        raise UnsupportedFormatError("This kind of paper has no pictures of pages. Read its text.")
    work = _of_pdf if kind == "pdf" else _of_image
    return isolated(
        lambda: work(data, number, width, limits), seconds=limits.parse_seconds, memory=limits.parse_memory
    )


def _of_pdf(data: bytes, number: int, width: int, limits: Limits) -> bytes:
    with pdf.opened(data, [limits.parse_seconds]) as document:
        if not 1 <= number <= len(document):
            raise _missing(number)
        page = document[number - 1]
        pdf.check_images(page, limits)
        across, down = page.get_size()
        if not (across > 0 and down > 0):
            raise _missing(number)
        scale = min(width / across, LONGEST / down, (limits.max_pixels / (across * down)) ** 0.5)
        shown: Any = page.render(scale=scale, limit_image_cache=True).to_pil()
        return _png(shown)


def _of_image(data: bytes, number: int, width: int, limits: Limits) -> bytes:
    frame = (
        next(itertools.islice(images.frames(data, limits), number - 1, None), None) if number > 0 else None
    )
    if frame is None:
        raise _missing(number)
    shown = ImageOps.exif_transpose(images.on_white(frame).convert("RGB"))
    shown.thumbnail((width, LONGEST), Image.Resampling.LANCZOS)  # never made larger
    return _png(shown)


def _png(shown: Image.Image) -> bytes:
    held = io.BytesIO()
    shown.save(held, "PNG", compress_level=4)
    return held.getvalue()


def _missing(number: int) -> PageMissingError:
    return PageMissingError(f"There is no page {number}.")
