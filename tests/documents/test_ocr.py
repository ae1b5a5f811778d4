"""Recognition of scanned pages; skipped where Tesseract or a language is not installed."""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import fill

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.documents import made
from tests.documents.test_layout import assert_aligned
from triage.documents import Limits, ocr, read_bytes, read_file
from triage.errors import OcrFailedError, OcrUnavailableError


def missing() -> str:
    """What is not installed, in words; empty where all is there."""
    try:
        return ", ".join(sorted({"aze", "rus", "eng", "osd"} - ocr.installed()))
    except OcrUnavailableError as error:
        return str(error)


needs_tesseract = pytest.mark.skipif(bool(missing()), reason=f"no recognition here: {missing()}")
EXPECTED = (Path(__file__).parent / "scan_az.txt").read_text(encoding="utf-8")


def error_rate(read: str, truth: str) -> float:
    """Levenshtein distance, white space aside, over the length of the truth."""
    a, b = " ".join(read.split()), " ".join(truth.split())
    row = np.arange(len(b) + 1)
    codes, steps = np.array([ord(c) for c in b]), np.arange(len(b) + 1)
    for number, sign in enumerate(a, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(sign)))
        row = np.minimum.accumulate(np.concatenate([[number], best]) - steps) + steps
    return float(row[-1]) / len(b)


def scan() -> Image.Image:
    """The sample scan's picture."""
    with pdfium.PdfDocument(made.SAMPLES / "scan_az.pdf") as document:
        image: Image.Image = document[0].render(scale=200 / 72, grayscale=True).to_pil().copy()
    return image


@needs_tesseract
def test_scanned_pdf_is_recognised_with_boxes_on_the_ink() -> None:
    document = read_file(made.SAMPLES / "scan_az.pdf")
    page = document.pages[0]
    assert error_rate(page.text, EXPECTED) < 0.05
    assert page.confidence is not None
    assert page.confidence > 0.9
    assert "\n\n" in page.text
    assert_aligned(page)
    grey = np.asarray(scan())
    assert page.boxes is not None
    boxes = (page.boxes[~np.isnan(page.boxes[:, 0])] * 200 / 72).astype(int)
    inked = [grey[y0 : y1 + 1, x0 : x1 + 1].min() < 128 for x0, y0, x1, y1 in boxes]
    assert np.mean(inked) > 0.95


@needs_tesseract
def test_picture_upside_down_is_read_and_its_boxes_stay_in_place() -> None:
    top = scan().crop((0, 150, 1654, 1100)).rotate(180)
    buffer = io.BytesIO()
    top.save(buffer, "PNG", dpi=(200, 200))
    page = read_bytes(buffer.getvalue(), id="turned").pages[0]
    assert "Rayon Prokurorluğuna" in page.text
    assert_aligned(page)
    assert page.boxes is not None
    assert np.nanmean(page.boxes[:10, 1]) > np.nanmean(page.boxes[-10:, 1])


@needs_tesseract
def test_azerbaijani_in_cyrillic_is_read_with_its_own_letters() -> None:
    if "aze_cyrl" not in ocr.installed():
        pytest.skip("Tesseract lacks the language aze_cyrl")
    fonts = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
    if not fonts.exists():
        pytest.skip("no DejaVu font to draw the page with")
    text = (made.SAMPLES / "cyrillic_az.txt").read_text(encoding="utf-8")
    page = read_bytes(drawn(text, fonts), id="cyrillic").pages[0]
    assert "ә" in page.text
    assert error_rate(page.text, text) < 0.10


def drawn(text: str, font: Path) -> bytes:
    """The text as a TIFF of 200 dpi."""
    image = Image.new("L", (1654, 1500), 250)
    lines = "\n".join(fill(line, 75) for line in text.splitlines())
    face = ImageFont.truetype(str(font), 30)
    ImageDraw.Draw(image).multiline_text((150, 100), lines, font=face, fill=30, spacing=14)
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", dpi=(200, 200))
    return buffer.getvalue()


@needs_tesseract
def test_blank_picture_is_an_empty_page() -> None:
    page = read_bytes(made.picture((600, 800)), id="blank").pages[0]
    assert (page.text, page.confidence) == ("", 0.0)


@needs_tesseract
def test_huge_page_is_rendered_within_the_pixel_limit() -> None:
    data = made.raw_pdf(b"9 9 400 400 re f", box="0 0 14400 14400")
    document = read_bytes(data, Limits(max_pixels=1_000_000), id="huge")
    assert document.pages[0].size == (14400, 14400)


@needs_tesseract
def test_time_that_is_not_enough_is_an_error() -> None:
    with pytest.raises(OcrFailedError, match="time"):
        read_file(made.SAMPLES / "scan_az.pdf", Limits(ocr_seconds_per_page=0.01))


def test_without_tesseract_a_scan_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ocr.installed.cache_clear()
    try:
        with pytest.raises(OcrUnavailableError, match="apt install"):
            read_file(made.SAMPLES / "scan_az.pdf")
        assert made.PETITION[:20] in read_bytes(made.pdf_of([made.PETITION]), id="p").text
    finally:
        ocr.installed.cache_clear()
