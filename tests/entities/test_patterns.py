"""What the rules find: spans as `labelling.md` draws them, values in their normal form."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from triage.entities.patterns import find_patterns

DATES = [
    ("14 yanvar 2025-ci ildə baxılıb", "14 yanvar 2025-ci ildə", "2025-01-14"),
    ("14.01.2025 tarixli", "14.01.2025", "2025-01-14"),
    ("14/01/25 tarixli", "14/01/25", "2025-01-14"),
    ("14.01.2025-də gəldi", "14.01.2025", "2025-01-14"),
    ("Yanvar 2026-dan bəri", "Yanvar 2026-dan", "2026-01"),
    ("01.02.2025 dönemi", "01.02.2025", "2025-02-01"),
    ("2025-08-01 jurnalı", "2025-08-01", "2025-08-01"),
    ("2025-ci il yanvarın 14-ü idi", "2025-ci il yanvarın 14-ü", "2025-01-14"),
    ("2025-ci ilin 21 sentyabrında", "2025-ci ilin 21 sentyabrında", "2025-09-21"),
    ("2024-cü ilin avqustunda alınıb", "2024-cü ilin avqustunda", "2024-08"),
    ("2025-ci ilin mart-iyul aylarında", "2025-ci ilin mart-iyul aylarında", "2025-03/2025-07"),
    ("yanvarın 14-də gəldi", "yanvarın 14-də", "--01-14"),
    ("yanvarin 14-de geldi", "yanvarin 14-de", "--01-14"),
    ("iyul ayının 3-ü idi", "iyul ayının 3-ü", "--07-03"),
    ("9, 12 və 15 yanvar 2026-cı il", "9, 12 və 15 yanvar 2026-cı il", "2026-01-09/2026-01-15"),
    ("23 dekabradək gözlə", "23 dekabradək", "--12-23"),
    ("27 iyul 2O25 oxunub", "27 iyul 2O25", "2025-07-27"),
    ("«06» noyabr 2025-ci il", "06» noyabr 2025-ci il", "2025-11-06"),
    ("14 января 2025 года он", "14 января 2025 года", "2025-01-14"),
    ("14.01.2025 г. вынесено", "14.01.2025 г.", "2025-01-14"),
    ("12.04.1979 г. р., прораб", "12.04.1979", "1979-04-12"),
    ("с 3 по 5 февраля были", "3 по 5 февраля", "--02-03/--02-05"),
    ("Двадцать первого октября я", "Двадцать первого октября", "--10-21"),
    ("в марте 2025 года", "марте 2025 года", "2025-03"),
    ("14 Ocak 2025'te geldi", "14 Ocak 2025", "2025-01-14"),
    ("30 Kasım 2026 ile biter", "30 Kasım 2026", "2026-11-30"),
    ("on 14th of January 2025 he", "14th of January 2025", "2025-01-14"),
    ("on January 14, 2025 he", "January 14, 2025", "2025-01-14"),
    ("31 fevral 2025 yazılıb", "31 fevral 2025", None),
]
MONEY = [
    ("cəmi 1 640 manatdan çox", "1 640 manatdan", "1640.00 AZN"),
    ("61 930,40 AZN qalıb", "61 930,40 AZN", "61930.40 AZN"),
    ("9 min dollar borc", "9 min dollar", "9000.00 USD"),
    ("4 min 700 manatdı", "4 min 700 manatdı", "4700.00 AZN"),
    ("1,3 milyon manatın yarısı", "1,3 milyon manatın", "1300000.00 AZN"),
    ("2 manat 20 qəpiyə satılır", "2 manat 20 qəpiyə", "2.20 AZN"),
    ("380-950 manatlıq hissələr", "380-950 manatlıq", "380.00/950.00 AZN"),
    ("altı min beş yüz manat", "altı min beş yüz manat", "6500.00 AZN"),
    ("38 650 долларов, частями", "38 650 долларов", "38650.00 USD"),
    ("три тысячи рублей отдал", "три тысячи рублей", "3000.00 RUB"),
    ("2.800 dolar verdi", "2.800 dolar", "2800.00 USD"),
    ("offered EUR 2,000 for it", "EUR 2,000", "2000.00 EUR"),
    ("paid €1,500.50 then", "€1,500.50", "1500.50 EUR"),
]
LAW = [
    ("CM-in 178.2.4-cü maddəsi üzrə", "CM-in 178.2.4-cü maddəsi", "CM 178.2.4"),
    (
        "Cinayət Məcəlləsinin 206.3.2, 206.4 və 234.4.1-cü maddələrinə uyğun",
        "Cinayət Məcəlləsinin 206.3.2, 206.4 və 234.4.1-cü maddələrinə",
        "CM 206.3.2; CM 206.4; CM 234.4.1",
    ),
    ("cinayet mecellesinin 178-ci maddesi", "cinayet mecellesinin 178-ci maddesi", "CM 178"),
    ("CM-in 145-ci maddəsinin 2-ci hissəsi", "CM-in 145-ci maddəsinin 2-ci hissəsi", "CM 145.2"),
    ("CPM-in 223-226-cı maddələri", "CPM-in 223-226-cı maddələri", "CPM 223-226"),
    ("CM-in 193-1.3.2-ci maddəsi", "CM-in 193-1.3.2-ci maddəsi", "CM 193-1.3.2"),
    ("qanunda var: CM 131.", "CM 131", "CM 131"),
    ("«İcra haqqında» Qanunun 5-ci maddəsi", "İcra haqqında» Qanunun 5-ci maddəsi", "İcra haqqında Qanun 5"),
    (
        "Halbuki Əmək pensiyaları haqqında Qanunun 27-ci maddəsi",
        "Əmək pensiyaları haqqında Qanunun 27-ci maddəsi",
        "Əmək pensiyaları haqqında Qanun 27",
    ),
    ("İHAK-ın 3-cü maddəsi", "İHAK-ın 3-cü maddəsi", "İHAK 3"),
    (
        "ст. 256.2.1, 256.2.2 и 256.2.4 УК.",
        "ст. 256.2.1, 256.2.2 и 256.2.4 УК",
        "CM 256.2.1; CM 256.2.2; CM 256.2.4",
    ),
    ("по статье 124 УК АР", "статье 124 УК АР", "CM 124"),
    ("по ч. 2 ст. 158 УК РФ", "ч. 2 ст. 158 УК РФ", "УК РФ 158.2"),
    ("Türk Ceza Kanunu'nun 157. maddesi", "Türk Ceza Kanunu'nun 157. maddesi", "TCK 157"),
    ("under Article 6 of the Criminal Code", "Article 6 of the Criminal Code", "CM 6"),
    ("Article 3 of the European Convention on Human Rights", None, "İHAK 3"),
]
NUMBERS = [
    ("CASE_NO", "iş № 1(009)-123/2026 üzrə", "1(009)-123/2026", "1(009)-123/2026"),
    ("CASE_NO", "E-123/2026 saylı iş", "E-123/2026", "E-123/2026"),
    ("CASE_NO", "material № 411/26-s", "411/26-s", "411/26-S"),
    ("CASE_NO", "по делу № 260663108 я", "260663108", "260663108"),
    ("FIN", "FİN-im 5nb1xq7, tel", "5nb1xq7", "5NB1XQ7"),
    ("FIN", "Dilarə (7MC3YZ9)", "7MC3YZ9", "7MC3YZ9"),
    ("ID_DOC", "vəsiqə AZE12345678", "AZE12345678", "AZE 12345678"),
    ("ID_DOC", "vəsiqə AA 3318207", "AA 3318207", "AA 3318207"),
    ("ID_DOC", "Pasaportum (U 24718365)", "U 24718365", "U 24718365"),
    ("VOEN", "VÖEN 1500417261 olan", "1500417261", "1500417261"),
    ("PHONE", "tel (050) 671-20-95", "(050) 671-20-95", "+994506712095"),
    ("PHONE", "telefonla (+994 51 733 08 25) gəlib", "+994 51 733 08 25", "+994517330825"),
    ("PHONE", "вотсап: +7 922 115 40 36", "+7 922 115 40 36", "+79221154036"),
    ("EMAIL", "yazın: A.Quliyeva@Post.example.", "A.Quliyeva@Post.example", "a.quliyeva@post.example"),
    ("IBAN", "hesab AZ21NABZ00000000137010001944", None, "AZ21NABZ00000000137010001944"),
    ("IBAN", "hesab AZ41NABZ00000000137010001944", "AZ41NABZ00000000137010001944", None),
    ("CARD", "kart 4111 1111 1111 1111", "4111 1111 1111 1111", "4111111111111111"),
    ("CARD", "kart 4111 1111 1111 1112", "4111 1111 1111 1112", None),
    ("CARD", "kart 4169 73** **** 2280", "4169 73** **** 2280", "416973******2280"),
    ("PLATE", "maşın 10-AB-123 idi", "10-AB-123", "10-AB-123"),
    ("PLATE", "maşın 90 XX 456 idi", "90 XX 456", "90-XX-456"),
    ("PLATE", "maşın 99XA123 idi", "99XA123", "99-XA-123"),
]
TABLE = (
    [("DATE", *row) for row in DATES]
    + [("MONEY", *row) for row in MONEY]
    + [("LEGAL_REF", *row) for row in LAW]
    + NUMBERS
)


@pytest.mark.parametrize(("label", "text", "surface", "value"), TABLE)
def test_finds_the_span_and_its_value(label: str, text: str, surface: str | None, value: str | None) -> None:
    found = [e for e in find_patterns(text) if e.label == label]
    assert [e.value for e in found] == [value]
    if surface is not None:
        assert [e.text for e in found] == [surface]
    assert all(text[e.start : e.end] == e.text for e in found)


@pytest.mark.parametrize(
    "text",
    [
        "2025-ci ildə üç ay gözlədim",
        "28 May küçəsi",
        "mayda 5 nəfər gəldi",
        "iyulda 3-cü dəfə yazdım",
        "iki nişan üzüyü",
        "saat 14.20-də",
        "178-ci maddə yazılıb",
        "Məktəb № 264 bağlıdır",
        "№1 paket, №2 paket",
        "IMEI 356812097713340",
        "one man came",
        "müqavilə nömrəsi yoxdur",
        "",
        "😀😀\ud800\x00",
    ],
)
def test_leaves_alone_what_is_no_entity(text: str) -> None:
    assert find_patterns(text) == []


def test_entities_are_sorted_and_do_not_overlap() -> None:
    text = "İş № 250091847, 14.01.2025, CM-in 178.2.4-cü maddəsi, 1 640 manat, 055 267 71 30, 10-AB-123"
    found = find_patterns(text)
    assert [e.label for e in found] == ["CASE_NO", "DATE", "LEGAL_REF", "MONEY", "PHONE", "PLATE"]
    assert all(a.end <= b.start for a, b in pairwise(found))


HOSTILE = [
    "1", ".", " ", "a", "1 ", "1.", "bir ", "№1 ", '"', "CM 1, ", "CM 1-", "(", "+994 ", "a@a.", "AZ11A1B2",
    "*", "1, ", "2025-ci il ", "ст. 1, ", "2(001)-", "1 saylı iş ", "Aaa ", "haqqında Qanun ", "vəsiqə A1 ",
    "100 000 ",
]  # fmt: skip


def _seconds(text: str) -> float:
    start = time.process_time()
    find_patterns(text)
    return time.process_time() - start


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_on_hostile_input(unit: str) -> None:
    """Four times the text may take ten times as long, to leave room for noise; a square takes sixteen."""
    small, large = 2_000, 8_000
    _seconds(unit * 100)
    short = min(_seconds((unit * small)[:small]) for _ in range(3))
    assert _seconds((unit * large)[:large]) < 10 * short + 0.05
