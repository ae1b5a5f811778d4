"""CASE_NO: the number of a case, file, ruling, order or letter, by its shape or by the words around it.

The value is the number in capitals without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.types import Entity

# Letters, digits and the marks between them; holds a digit; never longer than a court's longest number.
_CODE = r"(?P<code>(?=[^\s\d]{0,12}\d)[\w][\w/().-]{0,38})"

# 1(009)-123/2026, 2-1(103)-456/2025, 2-(018)-455/2024: court, panel, running number, year.
_COURT = re.compile(
    r"(?<![\w/-])(?P<code>\d{1,2}(?:-\d)?-?\([\dol]{2,3}\)-[\dolia]{1,6}/[12][\dol]{3})(?![\w/])"
)

# The nine digits of a criminal case: year, body, running number.
_INVESTIGATION = re.compile(r"(?<![\w+/(.,-])(?<!\d )(?P<code>2[2-7]\d{7})(?![\w/-])(?! ?\d|[.,]\d)")

_SIGN = r"(?:№|(?<!\w)(?:n°|nº|no?\.?:|nr\.|no\.?(?=\s?[\da-z]{1,6}[-/\d])))"
_PAPER = (
    r"(?:cinayet isi|ceza isi|mulki is|inzibati is|kommersiya isi|is|isin|isi|material|materiali|"
    r"cixis|cix\.|qeyd\.|qeydiyyat|serencam|order|emr|rey|akt|qerar|vereqe|vereqesi|protokol|mektub|dosye|"
    r"muraciet|teleqram|sened|sorgu|dosya|sorusturma|esas|karar|sayi(?=\s?:)|"
    r"дел[оаеу]|материал\w{0,2}|исх\.|исходящий|вх\.|входящий|(?:nomre|номер)(?=\s[\w-]{1,8}/)|приказ\w{0,2}|ордер\w{0,2}|постановлени\w|рег\.|"
    r"(?:our |your |claims )?ref(?:\.|erence)|case(?: no)?|file(?: no)?|proceedings|accreditation)"
)
_NUMBERED = r"(?:\s{0,2}(?:nomresi|nomre|номер|number|no|sayli|qeydiyyat nomresi)\.?(?!\w))?\s{0,2}"
_BEFORE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<what>(?:[^\W\d]{{2,20}}\.?[ ])?){_SIGN}\s{{0,2}}{_CODE}",
        rf"(?<!\w)(?P<what>){_PAPER}{_NUMBERED}\s{{0,2}}[:№]?\s{{0,3}}{_CODE}",
        rf"(?<!\w)(?P<what>)(?:(?:is|isin|rey|reyin|sened|senedin|material|materialin|vereqin|qerarin|emrin|"
        rf"mektubun|muracietin)\snomresi|nomresi|номер(?:ом)?\s(?:дела|материала|приказа)|дел[оаеу]\sпод\sномером|"
        rf"назвал[иа]?\sномер)\s{{0,2}}[:№-]?\s{{0,2}}{_CODE}",
    )
)
_NOUN = (
    r"(?:(?:cinayet|mulki|inzibati|icra|ceza)\s)?"
    r"(?:is(?!\w)|is[ield]|material|mektub|serencam|qerar|order|sorgu|qetname|hokm|emr|teqdimat|protokol|akt|"
    r"rey|muraciet|erize|sikayet|icraat|vereqe|xidmeti|cavab|dosya|karar|dava)"
)
_AFTER = re.compile(
    rf"(?<![\w/.-]){_CODE}(?:\s|-)\s?(?:nomreli|sayili|sayli|nomre\sile|numarali|no'lu|№-li|li)(?!\w),?\s(?=(?:[^\s]{{1,24}}\s){{0,4}}?{_NOUN})"
)
_NOT_PAPERS = re.compile(
    r"(?:mekteb|bagca|otaq|menzil|xestexana|poliklinika|muessise|kamera|avtobus|marsrut|ev|bina|hesab|bilet|"
    r"kart|voen|forma|lisey|korpus|cezacekme|tecridxana|usaq|pasport|hisse|"
    r"школ\w{1,2}|больниц\w|поликлиник\w|сад\w?|учреждени\w|колони\w|кв|дом\w?|автобус\w?|маршрут\w?|"
    r"консультаци\w|прилож\w{0,5}\.?|част[ьи]|лице[йяе]|гимнази\w|station|счет\w?|карт\w|изолятор\w?|камер\w|форм\w|паспорт\w?|school|hospital|flat|bus|"
    r"elave|cedvel|sekil|vopros|bend|paket)\w{0,6}\s"
)
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2}(?!\d)")
_TAIL = re.compile(r"-(?:c[iu]|li|l[iu]|d[ae]n?|in|un|nin|nun|ye|ya|a|e|i|u|si|dir)$")


def find(text: str, folded: str) -> Iterator[Entity]:
    """Every CASE_NO; spans of several patterns may overlap."""
    for pattern in (_COURT, _INVESTIGATION):
        for match in pattern.finditer(folded):
            yield _entity(text, *match.span("code"))
    for pattern in (*_BEFORE, _AFTER):
        sure = pattern in (_BEFORE[0], _AFTER)
        for match in pattern.finditer(folded):
            if _NOT_PAPERS.fullmatch(match.groupdict().get("what") or ""):
                continue
            start, end = match.start("code"), _end_of(folded, *match.span("code"))
            if _is_number(folded[start:end], sure):
                yield _entity(text, start, end)


def _entity(text: str, start: int, end: int) -> Entity:
    surface = text[start:end]
    return Entity("CASE_NO", start, end, surface, value="".join(surface.split()).upper())


def _end_of(folded: str, start: int, end: int) -> int:
    """The end without punctuation, an unopened bracket and an ending after a hyphen."""
    code = folded[start:end].rstrip(".-/(")
    while code.endswith(")") and code.count(")") > code.count("("):
        code = code[:-1].rstrip(".-/(")
    return start + len(_TAIL.sub("", code))


def _is_number(code: str, sure: bool) -> bool:
    """Whether `code` can be a number of a paper; where the context is not `sure`, by its length and marks."""
    digits = sum(c.isdigit() for c in code)
    if not digits or len(code) < 2 or _YEAR_OR_DATE.fullmatch(code):
        return False
    return sure or digits >= 4 or any(c in code for c in "/-(")
