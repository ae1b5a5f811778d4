"""A letter as DOCX and PDF: the same letter gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from api.notices.letter import Letter
from api.pdf import Block, pdf_of

_FONT = "Times New Roman"  # every office has it or its like, with all letters that are needed
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP archive can tell
_ALIGNED = {
    "head": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT, "title": WD_ALIGN_PARAGRAPH.CENTER,
    "body": WD_ALIGN_PARAGRAPH.JUSTIFY, "line": WD_ALIGN_PARAGRAPH.LEFT,
}  # fmt: skip
_BOLD = ("head", "title")


def pdf(letter: Letter) -> bytes:
    """The letter to be printed."""
    return pdf_of(_blocks(letter), letter.title)


def docx_file(letter: Letter) -> bytes:
    """The letter to be edited before it is printed."""
    document = docx.Document()
    _set_up(document, letter)
    for style, text in _blocks(letter):
        paragraph = document.add_paragraph()
        paragraph.alignment = _ALIGNED[style]
        paragraph.add_run(text).bold = style in _BOLD
    out = io.BytesIO()
    document.save(out)
    return _without_times(out.getvalue())


def _blocks(letter: Letter) -> list[Block]:
    return [
        Block("head", letter.office),
        Block("line", letter.place),
        Block("line", letter.date),
        Block("line", letter.number),
        Block("right", letter.to),
        Block("title", letter.title),
        *(Block("body", text) for text in letter.paragraphs),
        Block("line", letter.signature),
    ]


def _set_up(document: Document, letter: Letter) -> None:
    """A page of A4 in one font; of the file's properties only what the letter says itself."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(25)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(12)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    about = document.core_properties
    about.title, about.author, about.comments, about.language = letter.title, "", "", letter.language
    about.created = about.modified = datetime(letter.day.year, letter.day.month, letter.day.day)


def _without_times(data: bytes) -> bytes:
    """The archive with its parts in order of their names, none of them dated."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w") as plain:
        for name in sorted(made.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            plain.writestr(entry, made.read(name))
    return out.getvalue()
