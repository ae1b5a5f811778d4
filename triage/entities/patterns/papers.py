"""FIN, ID_DOC, VOEN and PLATE: what a person, a paper, a taxpayer and a vehicle are registered under."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.types import Entity

_FIN = re.compile(
    r"(?<!\w)(?:fin|фин|pin|fin[- ]?(?:kod|im)\w{0,4}|ferdi identifikasiya\w{0,12}(?: nomresi)?)"
    r"(?:[- ]?(?:kod|код|im|i|u|прежний|nomre)\w{0,4})?\s{0,2}[:№-]?\s{0,3}(?P<code>[a-z0-9]{7})(?!\w)"
)
# Without the word: seven capitals and digits, at least two of each, as the register makes them (no I, no O).
_FIN_SHAPE = re.compile(
    r"(?<![\w/-])(?!\d\d[A-Z]{2}\d{3})(?=[A-Z]{0,5}\d[A-Z]{0,5}\d)(?=\d{0,5}[A-Z]\d{0,5}[A-Z])\d[0-9A-HJ-NP-Z]{6}(?![\w/-])"
)
_ID_SHAPE = re.compile(
    r"(?<!\w)(?:(?:AZE|АЗЕ)\s?(?:№\s?)?\d{7,8}|(?:AA|АА)\s?(?:№\s?)?\d{7}|[UC]\d{8})(?!\w)"
)
_ID_WORD = re.compile(
    r"pas+aport|pasport|passport|паспорт|vesiqe|удостоверени|kimli[kg]|identity card|id card|"
    r"(?<!\w)s\.? ?/? ?v(?!\w)"
)
_ID_CODE = re.compile(
    r"(?<!\w)(?:[a-zа-я]{1,3}\s?(?:№\s?)?\d{6,9}[a-z]?|\d\d\s?\d\d\s?(?:№\s?)?\d{6}|[1-9]\d{8}|[1-9]\d{10})(?!\w)"
)
_ID_REACH, _ID_LIST = 60, 4  # characters to the next number, numbers in a list
_VOEN = re.compile(
    r"(?<!\w)(?:v[o0]en|воен|вөен|инн|tin|vkn|vergi\s(?:kimlik|no|numara)|tax\sid|taxpayer|"
    r"mmc|asc|qsc|ооо|оао|зао|oao|ooo)(?!\d)[^\d\n]{0,24}(?P<code>[1-9]\d{9})(?!\w)"
)
_PLATE = re.compile(r"(?<![\w/-])(\d\d)[- ]?([A-ZАВЕКМНОРСТУХ]{2})[- ]?(\d{3})(?![\w/])(?!-\d)")
_PLATE_SMALL = re.compile(r"(?<![\w/-])(\d\d)-([a-z]{2})-(\d{3})(?![\w/-])")
_PLATE_CODE = (
    r"(?P<code>\d\d[- ]?[a-z]{1,3}[- ]?\d{2,4}|[a-z]{2}-\d{3}-[a-z]{2}|"
    r"[авекмнорстух]\d{3}[авекмнорстух]{2}\s?\d{2,3})"
)
_PLATE_WORDS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:nomre|nisan|masin|avtomobil|номер|машин|автомобил|plaka|plate|arac|araba|cekici|dorse)\w{0,8}[^\w]{0,3}\s?"
        rf"(?<!\w){_PLATE_CODE}(?!\w)",
        rf"(?<![\w/-]){_PLATE_CODE}(?='?\s?(?:plakali|nisanli|dovlet\snomre|qeydiyyat\snisan|госномер))",
    )
)
# Cyrillic capitals that look like the Latin ones on a plate or a passport.
_LOOKALIKES = str.maketrans("АВЕЗКМНОРСТУХ", "ABEZKMHOPCTYX")


_FIN_STARTS = prefixes_of(["fin", "фин", "pin", "ferdi"])
_ID_STARTS = prefixes_of(["aze", "азе", "aa", "аа", "u", "c"])
_ID_WORD_STARTS = prefixes_of(
    ["pasport", "passport", "паспорт", "vesiqe", "удостоверение", "kimlik", "identity", "id", "s", "sv"]
)
_VOEN_STARTS = prefixes_of(
    [
        "voen",
        "v",
        "воен",
        "вөен",
        "инн",
        "tin",
        "vkn",
        "vergi",
        "tax",
        "mmc",
        "asc",
        "qsc",
        "ооо",
        "оао",
        "зао",
        "oao",
    ]
)
_PLATE_STARTS = prefixes_of(
    ["nomre", "nisan", "masin", "avto", "номер", "машина", "автомобиль", "plaka", "araba", "cekici", "dorse"]
)


def find(source: Anchored) -> Iterator[Entity]:
    """Every FIN, ID_DOC, VOEN and PLATE by its shape or by the word before it."""
    yield from _fins(source)
    yield from _id_documents(source)
    for match in matches(_VOEN, source.folded, source.places(_VOEN_STARTS)):
        yield source.entity("VOEN", *match.span("code"), match["code"])
    yield from _plates(source)


def _fins(source: Anchored) -> Iterator[Entity]:
    for match in matches(_FIN, source.folded, source.places(_FIN_STARTS)):
        if any(c.isdigit() for c in match["code"]):
            yield source.entity("FIN", *match.span("code"), match["code"].upper())
    for match in matches(_FIN_SHAPE, source.text, source.digits):
        yield source.entity("FIN", *match.span(), match.group())


def _id_documents(source: Anchored) -> Iterator[Entity]:
    for match in matches(_ID_SHAPE, source.text, source.places(_ID_STARTS)):
        yield source.entity("ID_DOC", *match.span(), _id_value(match.group()))
    for word in matches(_ID_WORD, source.folded, source.places(_ID_WORD_STARTS)):
        end = word.end()
        for _ in range(_ID_LIST):
            code = _ID_CODE.search(source.folded, end, end + _ID_REACH)
            if code is None or "\n" in source.folded[end : code.start()]:
                break
            end = code.end()
            first = source.text[code.start()]
            if first.isupper() or first.isdigit():
                yield source.entity("ID_DOC", code.start(), end, _id_value(source.text[code.start() : end]))


def _id_value(surface: str) -> str:
    """`AZE 12345678`: series, a space, number."""
    code = re.sub(r"[\s№]", "", surface.upper().translate(_LOOKALIKES))
    number = code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f"{code[: len(code) - len(number)]} {number}".strip()


def _plates(source: Anchored) -> Iterator[Entity]:
    for pattern, where in ((_PLATE, source.text), (_PLATE_SMALL, source.folded)):
        for match in matches(pattern, where, source.digits):
            yield source.entity("PLATE", *match.span(), _plate_value(match.group()))
    for pattern, places in zip(_PLATE_WORDS, (source.places(_PLATE_STARTS), source.digits), strict=True):
        for match in matches(pattern, source.folded, places):
            yield source.entity("PLATE", *match.span("code"), _plate_value(match["code"]))


def _plate_value(surface: str) -> str:
    """`10-AB-123`: groups of letters and digits joined by hyphens, Latin capitals."""
    return "-".join(re.findall(r"\d+|[^\W\d]+", surface.upper().translate(_LOOKALIKES)))
