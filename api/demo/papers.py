"""The papers of the demo, and the files that they come as."""

from __future__ import annotations

import io
import shutil
import tomllib
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import docx
from PIL import Image

from api.intake.schemas import Channel
from api.pdf import Block, pdf_of
from triage.documents.picture import picture

_DATA = Path(__file__).with_name("data") / "papers.toml"
_OF_BODIES = frozenset({
    "court_decision", "expert_opinion", "indictment", "legal_assistance", "official_letter", "procedural_decision",
    "record",
})  # fmt: skip
_ADDRESS = "numune@example.org"
_SCAN_WIDTH, _SCAN_TILT = 1500, 0.4


@dataclass(frozen=True, slots=True)
class Sample:
    """An invented paper and what is true of it. Papers of one `family` belong together; the first bears its name.

    `also` are other subjects that could be defended.
    """

    id: str
    family: str
    text: str
    document_type: str
    subject: str
    urgency: str
    language: str
    also: tuple[str, ...] = ()
    territory: str | None = None
    sender: str | None = None


class File(NamedTuple):
    """A paper as it comes in."""

    channel: Channel
    name: str | None
    data: bytes


@lru_cache(maxsize=1)
def samples() -> tuple[Sample, ...]:
    """All papers, in the order of the file."""
    rows = tomllib.loads(_DATA.read_text(encoding="utf-8"))["paper"]
    return tuple(_sample(row) for row in rows)


def file_of(sample: Sample, number: int) -> File:
    """The file of the paper that comes as the `number`-th: letters of bodies on paper, those of people in all ways."""
    if sample.document_type in _OF_BODIES:
        return _docx(sample) if number % 2 else _pdf(sample, "court")
    forms = (_pdf, _plain, _mail, _docx, _pdf)
    return forms[number % len(forms)](sample)


def scan_of(sample: Sample) -> File:
    """The paper as somebody scanned it, where it can be read again here; else as it was typed."""
    typed = _pdf(sample)
    if shutil.which("tesseract") is None:
        return typed
    page = Image.open(io.BytesIO(picture(typed.data, 1))).convert("L")
    height = page.height * _SCAN_WIDTH // page.width
    out = io.BytesIO()
    page.resize((_SCAN_WIDTH, height)).rotate(_SCAN_TILT, fillcolor=255).save(out, "PNG", dpi=(180, 180))
    return File("paper", "skan.png", out.getvalue())


def damaged() -> File:
    """A file that cannot be read: it was cut off on its way."""
    return File("mail", "qosma.pdf", pdf_of([Block("body", "Nümunə")], "Nümunə")[:300])


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(**{**row, "text": row["text"].strip(), "also": tuple(row.get("also", ()))})


def _paragraphs(sample: Sample) -> list[str]:
    return [line.strip() for line in sample.text.splitlines() if line.strip()]


def _plain(sample: Sample) -> File:
    return File("portal", None, sample.text.encode())


def _pdf(sample: Sample, channel: Channel = "paper") -> File:
    blocks = [Block("line", line) for line in _paragraphs(sample)]
    return File(channel, "skan.pdf" if channel == "paper" else "sened.pdf", pdf_of(blocks, "Nümunə"))


def _docx(sample: Sample) -> File:
    document = docx.Document()
    for line in _paragraphs(sample):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return File("desk", "müraciət.docx", out.getvalue())


def _mail(sample: Sample) -> File:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = _ADDRESS, "qebul@example.org", "Müraciət"
    letter.set_content(sample.text)
    return File("mail", "mektub.eml", letter.as_bytes())
