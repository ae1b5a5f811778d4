"""Plain pages as PDF: paragraphs in a font that has the letters of all languages of the service.

The font is Noto Serif (SIL Open Font License 1.1, which allows to embed it), from the package fontpkg-noto-serif. The
same blocks give the same bytes: no time and no random id stands in the file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

_FONT = "Noto Serif"
_SIZE = 11
_MARGIN = 25 * mm
_writing = Lock()  # the library keeps the state of fonts for the whole process

Style = Literal["head", "right", "title", "body", "line"]


class Block(NamedTuple):
    """A paragraph of plain text, and how it stands on the page."""

    style: Style
    text: str


def pdf_of(blocks: Sequence[Block], title: str) -> bytes:
    """The blocks as pages of A4. Control characters of the text are left out."""
    out = io.BytesIO()
    with _writing:
        _register()
        page = SimpleDocTemplate(
            out, pagesize=A4, title=printable(title), author="", invariant=1,
            leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        )  # fmt: skip
        story: list[Flowable] = [
            Paragraph(escape(printable(block.text)), _styles()[block.style]) for block in blocks
        ]
        page.build(story)
    return out.getvalue()


def printable(text: str) -> str:
    """The text without control characters, direction marks, and what no font has: nothing hidden is printed."""
    return "".join(c if c.isprintable() else " " for c in text)


@lru_cache(maxsize=1)
def _register() -> None:
    """Make the font known, once a process."""
    font = files("fontpkg_noto_serif") / "files" / "NotoSerif[wdth,wght].ttf"
    pdfmetrics.registerFont(TTFont(_FONT, io.BytesIO(font.read_bytes())))


@lru_cache(maxsize=1)
def _styles() -> dict[Style, ParagraphStyle]:
    base = ParagraphStyle(
        "base", fontName=_FONT, fontSize=_SIZE, leading=1.4 * _SIZE, spaceAfter=_SIZE, splitLongWords=1
    )
    return {
        "head": ParagraphStyle(
            "head", base, alignment=TA_CENTER, fontSize=_SIZE + 2, leading=1.4 * (_SIZE + 2)
        ),
        "right": ParagraphStyle("right", base, alignment=TA_RIGHT),
        "title": ParagraphStyle(
            "title", base, alignment=TA_CENTER, fontSize=_SIZE + 1, spaceBefore=_SIZE, spaceAfter=1.5 * _SIZE
        ),
        "body": ParagraphStyle("body", base, alignment=TA_JUSTIFY, firstLineIndent=2 * _SIZE),
        "line": ParagraphStyle("line", base, alignment=TA_LEFT),
    }
