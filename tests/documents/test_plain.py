"""Text in every encoding that occurs."""

from __future__ import annotations

import pytest

from tests.documents import made
from triage.documents import Limits, read_bytes
from triage.documents.plain import detect
from triage.errors import UnsupportedFormatError

AZ = "Hörmətli prokuror! Xahiş edirəm, şikayətimə baxasınız: işçilərə üç aydır maaş ödənilmir."
AZ_1254 = AZ.replace("ə", "e")  # the code page has no ə; people wrote e
RU = "Уважаемый прокурор! Прошу проверить законность действий следователя № 4 — он бездействует."
CYRILLIC_AZ = "Һөрмәтли прокурор! Хаһиш едирәм, шикајәтимә бахасыныз, үч ајдыр мааш өдәнилмир."

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
CASES = [(text, encoding) for text in (AZ, RU, CYRILLIC_AZ) for encoding in UNICODE] + [
    (RU, "cp1251"),
    (RU.upper(), "cp1251"),
    (RU.replace("—", "-"), "koi8-r"),
    (RU.replace("—", "-"), "cp866"),
    (AZ_1254, "cp1254"),
    ("İŞÇİLƏRİN ŞİKAYƏTİ: ÜÇ AYDIR MAAŞ YOXDUR".replace("Ə", "E"), "cp1254"),
    ("Sayın savcı, şikâyetçiyim: kardeşimin dükkânı soyuldu, gereğini arz ederim.", "cp1254"),
    ("Plain English text, nothing else.", "ascii"),
]


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_encoding_is_told_from_the_bytes(text: str, encoding: str) -> None:
    data = text.encode(encoding, "ignore")
    expected = data.decode(encoding).removeprefix("\ufeff")
    document = read_bytes(data, id="t")
    assert document.format == "text"
    assert document.text == expected


@pytest.mark.parametrize("text", ["Привет", "прошу помочь", "Çox sağ ol", "şikayət"])
def test_few_words_suffice(text: str) -> None:
    encoding = "cp1251" if text > "z" and text[0] >= "А" else "cp1254"
    data = text.replace("ə", "e").encode(encoding)
    assert read_bytes(data, id="t").text == text.replace("ə", "e")


def test_line_ends_become_newlines() -> None:
    assert read_bytes(b"one\r\ntwo\rthree\n", id="t").text == "one\ntwo\nthree\n"


def test_a_form_feed_begins_a_new_page_and_joins_no_words() -> None:
    document = read_bytes("birinci səhifə\fikinci\f\fdördüncü\f\n".encode(), id="t")
    assert [page.text for page in document.pages] == ["birinci səhifə", "ikinci", "", "dördüncü"]
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert "səhifə\n\nikinci" in document.text
    assert [page.text for page in read_bytes(b"one page\f", id="t").pages] == ["one page"]


def test_of_a_text_with_too_many_pages_the_first_are_read() -> None:
    document = read_bytes(b"a\fb\fc", Limits(max_pages=2), id="t")
    assert ([page.text for page in document.pages], document.truncated) == (["a", "b"], True)
    assert document.notes == ("Of 3 pages the first 2 were read.",)


def test_a_form_feed_in_the_body_of_a_message_loses_nothing() -> None:
    message = b"From: a@b.az\nSubject: x\nContent-Type: text/plain\n\nfirst\fsecond\n"
    (page,) = read_bytes(message, id="t").pages
    assert page.text.split() == ["From:", "a@b.az", "Subject:", "x", "first", "second"]


def test_a_damaged_byte_in_utf8_is_marked_and_noted() -> None:
    document = read_bytes(RU.encode() + b"\xff" + (RU * 4).encode(), id="t")
    assert document.text.count("\ufffd") == 1
    assert document.notes == ("Some characters of the text are damaged.",)


def test_a_sequence_divided_by_the_cut_is_left_out() -> None:
    assert detect("ə".encode() * 100 + b"\xc9") == "utf-8"


def test_scripts_mixed_within_words_do_not_hide_the_encoding() -> None:
    text = "Пpошу пpовepить зaконноcть peшения cледоватeля, которое вынeceно вчера без оснований."
    assert read_bytes(text.encode(), id="t").text == text
    assert read_bytes((RU + text).encode("cp1251"), id="t").text == RU + text


def test_binary_is_no_text() -> None:
    for data in (bytes(100), made.noise(50), made.noise(5_000), b"\xff\xfe" + made.noise(1_000)):
        with pytest.raises(UnsupportedFormatError):
            read_bytes(data, id="t")
