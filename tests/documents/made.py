"""Files made for the tests: small PDFs, archives, pictures, and hostile ones of each kind."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import AccessPermission
from PIL import Image

SAMPLES = Path(__file__).parents[1] / "golden" / "documents"

PETITION = "Hormatli prokuror! Xahis edirem ki, sikayetime baxasiniz. Telefon 050 317 46 82."

Objects = list[bytes]


def pdf_of(pages: list[str], *, password: str | None = None) -> bytes:
    """A PDF with a line of text on each page."""
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    if password is not None:
        pdf.set_encryption("owner", password, permissions=AccessPermission.none())
    for text in pages:
        pdf.add_page()
        if text:
            pdf.multi_cell(120, 8, text)
    return bytes(pdf.output())


def raw_pdf(
    content: bytes,
    *,
    box: str = "0 0 595 842",
    resources: str = "",
    page: str = "",
    filters: str = "",
    extra: Objects | None = None,
) -> bytes:
    """A one-page PDF written by hand; `extra` objects are numbered from 5."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R{page}/Resources<<{resources}>>>>".encode(),
        stream(content, filters),
        *(extra or []),
    ]
    body, offsets = b"%PDF-1.5\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def stream(content: bytes, dictionary: str = "") -> bytes:
    """A PDF stream object."""
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (dictionary.encode(), len(content), content)


HELVETICA = "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def stream_bomb() -> bytes:
    """A page whose content unpacks to 40 MB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m 1 1 l S\n" * 70_000) for _ in range(40)) + packer.flush()
    return raw_pdf(packed, filters="/Filter/FlateDecode")


def form_bomb() -> bytes:
    """Forms in forms: 10 to the power of 13 drawings in three kilobytes."""
    forms = []
    for number in range(6, 18):
        inner = f"/Resources<</XObject<</X {number} 0 R>>>>"
        forms.append(stream(b"/X Do " * 10, f"/Type/XObject/Subtype/Form/BBox[0 0 9 9]{inner}"))
    forms.append(stream(b"0 0 m 9 9 l S", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"))
    return raw_pdf(b"/X Do " * 10, resources="/XObject<</X 5 0 R>>", extra=forms)


def zip_of(files: dict[str, bytes]) -> bytes:
    """A deflated ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def docx_with(document: bytes, **more: bytes) -> bytes:
    """The sample DOCX with another `word/document.xml`, and further parts."""
    with zipfile.ZipFile(SAMPLES / "petition.docx") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return zip_of(files | {"word/document.xml": document} | more)


def word_xml(body: str) -> bytes:
    """A `word/document.xml` with this body."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'.encode()


def entity_bomb() -> bytes:
    """The billion laughs as a DOCX."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE w:document [<!ENTITY e0 "ha">{entities}]>'.encode()
    return docx_with(head + word_xml("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>"))


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "1") -> bytes:
    """A white picture."""
    buffer = io.BytesIO()
    Image.new(mode, size, 1).save(buffer, kind)
    return buffer.getvalue()


def noise(size: int) -> bytes:
    """Random bytes, the same at every call."""
    return random.Random(1).randbytes(size)  # noqa: S311
