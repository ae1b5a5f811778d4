"""What normalisation mends, what it leaves, and that it stays fast."""

from __future__ import annotations

import time

import pytest

from triage.text import normalise


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("s\u0327ika\u0306yət", "şikăyət"),
        ("mu\u0308raciət g\u0306 c\u0327", "müraciət ğ ç"),
        ("i\u0307ş I\u0307ş", "iş İş"),
        ("m\u01ddn \u018eli", "mən Əli"),
        ("m\u04d9hk\u04d9m\u04d9", "məhkəmə"),
        ("мән", "мән"),
        ("ПРOTOKOЛ", "ПРОТОКОЛ"),
        ("prоkurоr", "prokuror"),
        ("SMSлар", "SMSлар"),
        ("mü\u00adra\u200bciət\ufeff", "müraciət"),
        ("a\u00a0b\u2007c\x00d", "a b c d"),
        ("oﬁs ﬂora", "ofis flora"),
        ("ＦＩＮ：１２", "FIN:12"),
        ("\ud800x", "\ufffdx"),
        ("məh-\nkəmə", "məhkəmə"),
        ("про-\r\n   курор", "прокурор"),
        ("Bakı-\nGəncə", "Bakı-\nGəncə"),
        ("178-\nci", "178-\nci"),
        ("- birinci\n- ikinci", "- birinci\n- ikinci"),
        ("bir\n\n  iki\tüç\r\n", "bir\n\n  iki\tüç\r\n"),
        ("😀👍", "😀👍"),
    ],
)
def test_written_forms(source: str, expected: str) -> None:
    assert normalise(source).text == expected


def test_offsets_lead_back_over_a_joined_word() -> None:
    source = "Rayon məh-\nkəməsinə"
    mapped = normalise(source)
    start = mapped.text.index("məhkəməsinə")
    assert mapped.to_source(start, len(mapped.text)) == (6, len(source))
    assert mapped.to_text(6, len(source)) == (start, len(mapped.text))


@pytest.mark.parametrize(
    "unit", ["i\u0307", "\u0301", "aа", "а-\n", "a\u00ad", "-", "\x00", "ə", "😀", "\ud800", "söz "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    source = unit * (300_000 // len(unit))
    begin = time.process_time()
    normalise(source)
    assert time.process_time() - begin < 5
