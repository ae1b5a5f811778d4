"""Pictures of pages: of PDF and scans, turned as they say, never of pages that are not there."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.documents.made import PETITION, form_bomb, pdf_of, picture, raw_pdf
from triage.documents.limits import Limits
from triage.documents.picture import LONGEST, WIDTH
from triage.documents.picture import picture as page_picture
from triage.errors import CorruptError, DocumentError, PageMissingError, TooLargeError, UnsupportedFormatError


def shown(data: bytes, number: int = 1, width: int = WIDTH) -> Image.Image:
    """The picture of a page."""
    made = Image.open(io.BytesIO(page_picture(data, number, width=width)))
    assert made.format == "PNG"
    return made


def frames(*colours: str) -> bytes:
    """A TIFF of a page of each colour."""
    pages = [Image.new("RGB", (20, 30), colour) for colour in colours]
    held = io.BytesIO()
    pages[0].save(held, "TIFF", save_all=True, append_images=pages[1:])
    return held.getvalue()


def test_a_page_of_a_pdf_is_drawn_at_its_width() -> None:
    page = shown(pdf_of(["", PETITION]), 2)
    assert page.width in (WIDTH, WIDTH + 1)
    assert page.height == pytest.approx(WIDTH * 297 / 210, abs=3)
    assert page.convert("L").histogram()[0] > 0, "there is ink on it"
    assert shown(pdf_of([PETITION]), width=300).width in (300, 301)


def test_pages_of_a_tiff_are_told_apart() -> None:
    scan = frames("red", "lime")
    assert [shown(scan, n).getpixel((5, 5)) for n in (1, 2)] == [(255, 0, 0), (0, 255, 0)]


def test_a_photograph_is_turned_as_it_says() -> None:
    photo = Image.new("RGB", (40, 20), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    held = io.BytesIO()
    photo.save(held, "JPEG", exif=exif)
    assert shown(held.getvalue()).size == (20, 40)


def test_a_large_picture_is_made_smaller_and_a_small_one_left() -> None:
    assert shown(picture((3000, 1000))).size == (WIDTH, round(1000 * WIDTH / 3000))
    assert shown(picture((30, 10))).size == (30, 10)


def test_transparent_parts_are_paper() -> None:
    held = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(held, "PNG")
    assert shown(held.getvalue()).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("number", [0, -1, 3, 10**9])
@pytest.mark.parametrize("data", [pdf_of(["", ""]), frames("red", "lime")])
def test_there_is_no_picture_of_a_page_that_is_not_there(data: bytes, number: int) -> None:
    with pytest.raises(PageMissingError):
        page_picture(data, number)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"Text.", UnsupportedFormatError),
        (b"%PDF-1.5 cut", CorruptError),
        (pdf_of([PETITION])[:-400].replace(b"obj", b"jbo"), DocumentError),
        (b"\xff\xd8\xff\xe0 cut", CorruptError),
        (pdf_of([PETITION], password="secret"), DocumentError),  # noqa: S106
        (picture((10_000, 10_000)), TooLargeError),
    ],
)
def test_what_cannot_be_drawn_says_why(data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error):
        page_picture(data, 1)


def test_a_page_that_would_take_years_is_given_up() -> None:
    with pytest.raises(TooLargeError):
        page_picture(form_bomb(), 1, limits=Limits(parse_seconds=0.5))


@pytest.mark.parametrize(
    "box", ["0 0 14400 1", "0 0 1 14400", "0 0 0 0", "0 0 -5 -5", "0 0 1e30 1e30", "0 0 .001 900"]
)
def test_pages_of_odd_shapes_stay_within_bounds(box: str) -> None:
    try:
        page = shown(raw_pdf(b"", box=box))
    except DocumentError:
        return
    assert page.width <= WIDTH + 1
    assert page.height <= LONGEST + 1
