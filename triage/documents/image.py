"""Pictures (PNG, JPEG, TIFF, BMP, WebP) by Pillow, read by the recogniser."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from triage.documents import ocr
from triage.documents.content import Content
from triage.documents.limits import Limits
from triage.errors import CorruptError, OcrFailedError, TooLargeError
from triage.types import Page

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_A4_LONG_SIDE = 11.69  # inches
_DPI = (100.0, 1200.0)  # what a scanner states; cameras and screens state 72 or 96, which means nothing
_READABLE_DPI = 150.0


def read(data: bytes, limits: Limits) -> Content:
    """A page for each frame. The picture is turned as its EXIF data says.

    Raises `TooLargeError` for a picture of more pixels than `limits.max_image_pixels` (told from its header,
    before it is unpacked), `CorruptError`, `OcrUnavailableError`, and `OcrFailedError` where no frame
    can be read.
    """
    pages: list[Page] = []
    notes: list[str] = []
    faults: list[OcrFailedError] = []
    truncated = False
    for number, frame in enumerate(frames(data, limits), 1):
        if number > limits.ocr_pages or number > limits.max_pages:
            notes.append(f"Only the first {number - 1} pages of the picture were read.")
            truncated = True
            break
        try:
            page, found = _page(number, frame, limits)
        except OcrFailedError as error:
            faults.append(error)
            page, found = Page(number, ""), (f"Page {number}: {error}",)
        pages.append(page)
        notes.extend(found)
    if faults and len(faults) == len(pages):
        raise faults[0]
    return Content(tuple(pages), truncated or bool(faults), tuple(dict.fromkeys(notes)))


def frames(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """The frames of a picture, each unpacked. Raises `TooLargeError` and `CorruptError`."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            for frame in ImageSequence.Iterator(image):
                if frame.width * frame.height > limits.max_image_pixels:
                    raise TooLargeError(
                        f"The picture has {frame.width} by {frame.height} pixels; it is too large."
                    )
                frame.load()  # here, where its errors are understood
                yield frame
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError("The picture has too many pixels.") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
    ) as error:  # Pillow raises all these
        raise CorruptError("The picture is damaged or cut.") from error


def _page(number: int, frame: Image.Image, limits: Limits) -> tuple[Page, tuple[str, ...]]:
    dpi = _resolution(frame)
    grey = ImageOps.exif_transpose(on_white(frame).convert("L"))  # grey first: a quarter of the memory
    shown = grey.size
    bounded = (limits.max_pixels / (shown[0] * shown[1])) ** 0.5
    scale = min(2.0 if dpi < _READABLE_DPI else 1.0, bounded)
    if scale != 1.0:
        grey = grey.resize(
            (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale))), Image.Resampling.BICUBIC
        )
    result = ocr.recognise(grey, dpi=dpi * scale, seconds=limits.ocr_seconds_per_page)
    boxes = (result.boxes * np.float32(72.0 / (dpi * scale))).astype(np.float32)
    size = (shown[0] / dpi * 72.0, shown[1] / dpi * 72.0)
    return Page(number, result.text, boxes, result.confidence, size), result.notes


def _resolution(frame: Image.Image) -> float:
    """Dots an inch: as stated where that is credible, else as if the picture were an A4 sheet."""
    stated = frame.info.get("dpi", (0, 0))[0]
    if _DPI[0] <= stated <= _DPI[1]:
        return float(stated)
    return float(max(frame.size)) / _A4_LONG_SIDE


def on_white(frame: Image.Image) -> Image.Image:
    """Transparent parts become paper, not ink."""
    if "A" not in frame.getbands() and "transparency" not in frame.info:
        return frame
    colours = frame.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", frame.size, "white"), colours)
