"""FIN, ID_DOC, VOEN and PLATE: what a person, a paper, a taxpayer and a vehicle are registered under."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.types import Entity

_FIN = re.compile(
    r"(?<!\w)(?:fin|фин|pin|fin[- ]?(?:kod|im)\w{0,4}|ferdi identifikasiya\w{0,12}(?: nomresi)?)"
    r"(?:[- ]?(?:kod|код|im|i|u|прежний|nomre)\w{0,4})?\s{0,2}[:№-]?\s{0,3}(?P<code>[a-z0-9]{7})(?!\w)"
)
# Without the word: seven capitals and digits, at least two of each, as the register makes them (no I, no O).
_FIN_SHAPE = re.compile(
    r"(?<![\w/-])(?=[A-Z]{0,5}\d[A-Z]{0,5}\d)(?=\d{0,5}[A-Z]\d{0,5}[A-Z])\d[0-9A-HJ-NP-Z]{6}(?![\w/-])"
)
_ID_SHAPE = re.compile(r"(?<!\w)(?:(?:AZE|АЗЕ)\s?(?:№\s?)?\d{7,8}|(?:AA|АА)\s?(?:№\s?)?\d{7})(?!\w)")
_ID_WORD = re.compile(
    r"pas+aport|pasport|passport|паспорт|vesiqe|удостоверени|kimli[kg]|identity card|id card|"
    r"(?<!\w)s\.? ?/? ?v(?!\w)"
)
_ID_CODE = re.compile(
    r"(?<!\w)(?:[a-zа-я]{1,3}\s?(?:№\s?)?\d{6,9}|\d\d\s?\d\d\s?(?:№\s?)?\d{6}|[1-9]\d{8}|[1-9]\d{10})(?!\w)"
)
_ID_REACH = 60
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


def find(text: str, folded: str) -> Iterator[Entity]:
    """Every FIN, ID_DOC, VOEN and PLATE by its shape or by the word before it."""
    yield from _fins(text, folded)
    yield from _id_documents(text, folded)
    for match in _VOEN.finditer(folded):
        yield _entity("VOEN", text, match.span("code"), match["code"])
    yield from _plates(text, folded)


def _entity(label: str, text: str, span: tuple[int, int], value: str | None) -> Entity:
    return Entity(label, span[0], span[1], text[span[0] : span[1]], value=value)


def _fins(text: str, folded: str) -> Iterator[Entity]:
    for match in _FIN.finditer(folded):
        if any(c.isdigit() for c in match["code"]):
            yield _entity("FIN", text, match.span("code"), match["code"].upper())
    for match in _FIN_SHAPE.finditer(text):
        yield _entity("FIN", text, match.span(), match.group())


def _id_documents(text: str, folded: str) -> Iterator[Entity]:
    for match in _ID_SHAPE.finditer(text):
        yield _entity("ID_DOC", text, match.span(), _id_value(match.group()))
    until = -1
    words = _ID_WORD.finditer(folded)
    word = next(words, None)
    if word is None:
        return
    for match in _ID_CODE.finditer(folded, word.end()):
        while word is not None and word.end() <= match.start():
            until, word = word.end() + _ID_REACH, next(words, None)
        first = text[match.start()]
        if match.start() <= until and (first.isupper() or first.isdigit()):
            yield _entity("ID_DOC", text, match.span(), _id_value(match.group()))
            until = match.end() + _ID_REACH


def _id_value(surface: str) -> str:
    """`AZE 12345678`: series, a space, number."""
    code = re.sub(r"[\s№]", "", surface.upper().translate(_LOOKALIKES))
    number = code.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f"{code[: len(code) - len(number)]} {number}".strip()


def _plates(text: str, folded: str) -> Iterator[Entity]:
    for pattern, where in ((_PLATE, text), (_PLATE_SMALL, folded)):
        for match in pattern.finditer(where):
            yield _entity("PLATE", text, match.span(), _plate_value(match.group()))
    for pattern in _PLATE_WORDS:
        for match in pattern.finditer(folded):
            yield _entity("PLATE", text, match.span("code"), _plate_value(match["code"]))


def _plate_value(surface: str) -> str:
    """`10-AB-123`: groups of letters and digits joined by hyphens, Latin capitals."""
    return "-".join(re.findall(r"\d+|[^\W\d]+", surface.upper().translate(_LOOKALIKES)))
