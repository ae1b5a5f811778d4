"""PDF, DOCX and e-mail: text in order, boxes aligned with it, attachments as pages."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest

from tests.documents import made
from triage.documents import Limits, read_bytes, read_file
from triage.documents.html import text_of
from triage.types import Document, Page

CODES = Path(__file__).parents[3] / "shared" / "data" / "az_codes" / "pdf"


def assert_aligned(page: Page) -> None:
    """A box for each character, inside the page; every visible character has one."""
    assert page.boxes is not None
    assert page.size is not None
    assert page.boxes.dtype == np.float32
    assert page.boxes.shape == (len(page.text), 4)
    placed = page.boxes[~np.isnan(page.boxes[:, 0])]
    assert (placed >= 0).all()
    assert (placed <= np.array([*page.size, *page.size]) + 0.01).all()
    assert (placed[:, :2] <= placed[:, 2:]).all()


def test_pdf_text_has_boxes_from_the_top_left_corner() -> None:
    page = read_bytes(made.pdf_of(["First line\nSecond line"]), id="p").pages[0]
    assert_aligned(page)
    assert page.boxes is not None
    assert page.text == "First line\nSecond line"
    assert page.confidence is None
    assert page.size == pytest.approx((595.28, 841.89), abs=0.1)
    left, top, right, bottom = page.boxes[0]
    assert 25 < left < right < 50
    assert 25 < top < bottom < 60
    assert page.boxes[page.text.index("S"), 1] > bottom - 5
    assert np.isnan(page.boxes[page.text.index("\n")]).all()


@pytest.mark.parametrize(
    ("turn", "place"), [(0, (100, 142)), (90, (700, 100)), (180, (495, 700)), (270, (142, 495))]
)
def test_boxes_follow_the_rotation_of_the_page(turn: int, place: tuple[int, int]) -> None:
    content = b"BT /F 12 Tf 100 700 Td (A petition with text enough to be a text layer) Tj ET"
    data = made.raw_pdf(content, resources=made.HELVETICA, page=f"/Rotate {turn}")
    page = read_bytes(data, id="p").pages[0]
    assert_aligned(page)
    assert page.boxes is not None
    left, top, right, bottom = page.boxes[0]
    # The first sign's corner on the base line, turned with the page, lies within or at the sign's box.
    assert left - 5 <= place[0] <= right + 5
    assert top - 5 <= place[1] <= bottom + 5


def test_a_divided_word_keeps_a_soft_hyphen_and_a_compound_its_hyphen() -> None:
    lines = ["The infor-", "mation of article 178-", "2 about Smith-", "Jones and others is here"]
    moves = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    data = made.raw_pdf(f"BT /F 12 Tf 50 700 Td {moves} ET".encode(), resources=made.HELVETICA)
    page = read_bytes(data, id="p").pages[0]
    assert_aligned(page)
    assert "infor\u00admation" in page.text
    assert "178-\n2" in page.text
    assert "Smith-" in page.text


def test_a_pdf_without_any_text_is_a_document_with_an_empty_page() -> None:
    document = read_bytes(made.pdf_of([made.PETITION, ""]), id="p")
    assert document.pages[1].text == ""
    assert len(document.pages) == 2


def test_a_user_password_that_is_empty_opens_the_pdf() -> None:
    document = read_bytes(made.pdf_of([made.PETITION], password=""), id="p")
    assert "sikayetime" in document.text


def test_threads_read_the_same_as_one() -> None:
    papers = [made.pdf_of([f"Paper number {n} with text on its page."]) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda data: read_bytes(data, id="p").text, papers))
    assert texts == [f"Paper number {n} with text on its page." for n in range(8)]


@pytest.mark.skipif(
    not CODES.is_dir(), reason="the PDF codes are not on this machine (../shared/data/az_codes)"
)
def test_a_code_of_law_goes_through() -> None:
    document = read_file(CODES / "water_law_code.pdf")
    assert not document.truncated
    assert document.notes == ()
    assert "maddə" in document.text.lower()
    for page in document.pages:
        assert_aligned(page)


def test_docx_reads_header_body_and_table_in_order() -> None:
    document = read_file(made.SAMPLES / "petition.docx")
    text = document.text
    order = ["keçmiş işçilərinin", "Sumqayıt Şəhər", "İşçi\tBorc olan aylar\tMəbləğ", "2 010 AZN", "İmza"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert document.format == "docx"
    assert document.pages[0].boxes is None


def test_docx_leaves_deleted_text_out_and_reads_inserted_text_and_signs() -> None:
    body = (
        "<w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>three</w:t></w:r></w:ins></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>form field</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"
    )
    text = read_bytes(made.docx_with(made.word_xml(body)), id="d").text
    assert text.endswith("one\ttwo\nthree\nform field\n\nbox")
    assert "gone" not in text


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"From": "a@example.az", "Subject": "Şikayət"} | headers).items():
        message[name] = value
    return message


def parse(message: EmailMessage, limits: Limits | None = None) -> Document:
    return read_bytes(message.as_bytes(), limits or Limits(), id="m")


def test_mail_sample_has_header_block_body_and_attachment() -> None:
    document = read_file(made.SAMPLES / "message.eml")
    body, act = document.pages
    assert document.format == "email"
    assert body.text.startswith("From: Ирина Власова <i.vlasova@example.az>\nTo: Прокуратура Наримановского")
    assert "Subject: Жалоба на отказ" in body.text
    assert body.source is None
    assert act.source == "акт_осмотра.pdf"
    assert act.number == 2
    assert "АКТ ОСМОТРА" in act.text
    assert_aligned(act)


def test_mail_html_is_read_where_there_is_no_plain_text() -> None:
    message = mail()
    message.set_content("<style>p{}</style><p>Bir&nbsp;&amp; iki</p><p>üç<br>dörd</p>", subtype="html")
    assert parse(message).text.endswith("Bir & iki\n\nüç\ndörd")


def test_mail_plain_text_is_preferred() -> None:
    message = mail()
    message.set_content("düz mətn")
    message.add_alternative("<p>html</p>", subtype="html")
    assert parse(message).text.endswith("düz mətn")
    assert "html" not in parse(message).text


def test_an_attachment_that_cannot_be_read_leaves_a_note() -> None:
    message = mail()
    message.set_content("mətn")
    message.add_attachment(made.noise(999), maintype="application", subtype="pdf", filename="akt.pdf")
    message.add_attachment("Əlavə mətn burada.", filename="qeyd.txt")
    document = parse(message)
    assert [page.source for page in document.pages] == [None, "qeyd.txt"]
    assert document.notes[0].startswith("akt.pdf: ")


def test_forwarded_messages_are_followed_to_a_depth() -> None:
    message = mail()
    message.set_content("level 0")
    for level in itertools.islice(itertools.count(1), 4):
        outer = mail()
        outer.set_content(f"level {level}")
        outer.add_attachment(message, filename=f"{level - 1}.eml")
        message = outer
    document = parse(message)
    assert [page.source for page in document.pages] == [None, "3.eml", "3.eml / 2.eml"]
    assert document.truncated


def test_attachments_beyond_the_limit_are_left_out() -> None:
    message = mail()
    message.set_content("mətn")
    for number in range(5):
        message.add_attachment(f"Əlavə {number}", filename=f"{number}.txt")
    document = parse(message, Limits(max_attachments=3))
    assert len(document.pages) == 4
    assert document.truncated


@pytest.mark.parametrize("unit", ["<", "<!--", "<a ", '<a x="', "<script>", "</script ", "&", "<p> "])
def test_hostile_html_takes_linear_time(unit: str) -> None:
    assert len(text_of(unit * 200_000)) <= 200_000 * len(unit)


def test_hostile_headers_take_bounded_time() -> None:
    data = (
        b"From: "
        + b"a <b@c>, " * 50_000
        + b"\r\nTo: "
        + b"=?utf-8?q?" * 25_000
        + b"\r\nSubject: x\r\n\r\ntext"
    )
    assert read_bytes(data, id="m").text.endswith("text")
