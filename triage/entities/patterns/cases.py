"""CASE_NO: the number of a case, file, ruling, order or letter, by its shape or by the words around it.

The value is the number in capitals without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.types import Entity

# Letters, digits and the marks between them; holds a digit; never longer than a court's longest number.
_CODE = r"(?P<code>(?=[^\s\d]{0,12}\d)\w[\w/().-]{0,38})"

# 1(009)-123/2026, 2-1(103)-456/2025, 2-(018)-455/2024: court, panel, running number, year.
_COURT = re.compile(
    r"(?<![\w/-])(?P<code>\d{1,2}(?:-\d)?-?\([\dol]{2,3}\)-[\dolia]{1,6}/[12][\dol]{3})(?![\w/])"
)
# The nine digits of a criminal case: year, body, running number.
_INVESTIGATION = re.compile(r"(?<![\w+/(.,-])(?<!\d )(?P<code>2[2-7]\d{7})(?![\w/-])(?! ?\d|[.,]\d)")

_SIGN = re.compile(rf"(?:№|(?<!\w)(?:n°|nº|no?\.?:|nr\.|no\.?(?=\s?[\da-z]{{1,6}}[-/\d])))\s{{0,2}}{_CODE}")
_PAPERS_AZ = (
    "cinayet isi", "ceza isi", "mulki is", "inzibati is", "kommersiya isi", "is", "isin", "isi", "material",
    "materiali", "cixis", r"cix\.", r"qeyd\.", "qeydiyyat", "serencam", "order", "emr", "rey", "akt", "qerar",
    "vereqe", "vereqesi", "protokol", r"mektub\w{0,8}", "dosye", "muraciet", "teleqram", "sened",
    r"sorgu\w{0,8}",    r"nomre(?=\s[\w-]{1,8}/)", "dosya", "sorusturma", "esas", "karar", r"sayi(?=\s?:)",
)  # fmt: skip
_PAPERS_RU_EN = (
    r"дел[оаеу]", r"материал\w{0,2}", r"исх\.", "исходящий", r"вх\.", "входящий", r"номер(?=\s[\w-]{1,8}/)",
    r"приказ\w{0,2}", r"ордер\w{0,2}", r"постановлени\w", r"рег\.", r"ref(?:\.|erence)?", r"case(?: no)?",
    r"file(?: no)?", "proceedings", "accreditation",
)  # fmt: skip
_NUMBERED = r"(?:\s{0,2}(?:nomresi|nomre|номер|number|no|sayli|qeydiyyat nomresi)\.?(?!\w))?"
_PAPER = re.compile(
    rf"(?<!\w)(?:{'|'.join((*_PAPERS_AZ, *_PAPERS_RU_EN))}){_NUMBERED}\s{{0,2}}[:№(]?\s{{0,3}}{_CODE}"
)
_NUMBER_OF = re.compile(
    r"(?<!\w)(?:[a-z]{2,12}\snomresi|nomresi|номер(?:ом)?\s(?:дела|материала|приказа)|дел[оаеу]\sпод\sномером|"
    rf"назвал[иа]?\sномер)\s{{0,2}}[:№-]?\s{{0,2}}{_CODE}"
)
_PAPER_STARTS = prefixes_of(
    [*_PAPERS_AZ, *_PAPERS_RU_EN, *("rey", "sened", "mektub", "vereq", "emr", "nomresi", "номер", "назвал")]
)
_SIGN_STARTS = prefixes_of(["n", "no", "nr"])

_SAYLI = re.compile(r"(?:nomreli|sayili|sayli|nomre\sile|numarali|no'lu)(?!\w)")
_SAYLI_STARTS = prefixes_of(["nomreli", "sayili", "numarali", "no"])
_BEFORE_SAYLI = re.compile(rf"(?<![\w/.-]){_CODE}[\s-]{{1,2}}$")
_NOUN = re.compile(
    r",?\s(?:[^\s]{1,24}\s){0,4}?(?:is(?!\w)|is[ield]|material|mektub|serencam|qerar|order|sorgu|qetname|hokm|emr|"
    r"teqdimat|protokol|akt|rey|muraciet|erize|sikayet|icraat|vereqe|xidmeti|cavab|dosya|karar|dava)"
)
_NOT_PAPERS = re.compile(
    r"(?<!\w)(?:mekteb|bagca|otaq|menzil|xestexana|poliklinika|muessise|kamera|avtobus|marsrut|ev|bina|hesab|"
    r"bilet|kart|voen|forma|lisey|korpus|cezacekme|tecridxana|usaq|pasport|hisse|elave|cedvel|sekil|bend|"
    r"paket|muqavile|школ|больниц|поликлиник|сад|учреждени|колони|кв|дом|автобус|маршрут|консультаци|прилож|"
    r"част[ьи]|лице|гимнази|счет|карт|изолятор|камер|форм|паспорт|школ|school|hospital|flat|bus|station|room)"
    r"\w{0,8}\.?[ ]$"
)
_WORD_REACH, _CODE_REACH = 24, 44
_DATE_OR_TIME = re.compile(r"(?:19|20)\d\d|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2}|\d{1,2}[.:]\d\d")
_TAIL = re.compile(r"-(?:c[iu]\w{0,6}|li|l[iu]|d[ae]n?|in|un|nin|nun|ye|ya|a|e|i|u|si|dir)$")


def find(source: Anchored) -> Iterator[Entity]:
    """Every CASE_NO; spans of several patterns may overlap."""
    folded = source.folded
    for pattern in (_COURT, _INVESTIGATION):
        for match in matches(pattern, folded, source.digits):
            yield _entity(source, *match.span())
    for match, sure in _by_words(source):
        before = folded[max(0, match.start() - _WORD_REACH) : match.start()]
        start, end = match.start("code"), _end_of(folded, *match.span("code"))
        if _is_number(folded[start:end], sure) and not _NOT_PAPERS.search(before):
            yield _entity(source, start, end)
    yield from _before_sayli(source)


def _by_words(source: Anchored) -> Iterator[tuple[re.Match[str], bool]]:
    """Numbers after a sign (sure) or after a word for a paper."""
    folded, papers = source.folded, source.places(_PAPER_STARTS)
    for match in matches(_SIGN, folded, [*source.signs, *source.places(_SIGN_STARTS)]):
        yield match, True
    for pattern in (_PAPER, _NUMBER_OF):
        for match in matches(pattern, folded, papers):
            yield match, False


def _before_sayli(source: Anchored) -> Iterator[Entity]:
    """Numbers before `nömrəli`, `saylı` where a word for a paper follows."""
    for word in matches(_SAYLI, source.folded, source.places(_SAYLI_STARTS)):
        offset = max(0, word.start() - _CODE_REACH)
        code = _BEFORE_SAYLI.search(source.folded[offset : word.start()])
        if code and _NOUN.match(source.folded, word.end()) and _is_number(code["code"], sure=True):
            yield _entity(source, offset + code.start("code"), offset + code.end("code"))


def _entity(source: Anchored, start: int, end: int) -> Entity:
    return source.entity("CASE_NO", start, end, "".join(source.text[start:end].split()).upper())


def _end_of(folded: str, start: int, end: int) -> int:
    """The end without punctuation, an unopened bracket and an ending after a hyphen."""
    code = folded[start:end].rstrip(".-/(")
    while code.endswith(")") and code.count(")") > code.count("("):
        code = code[:-1].rstrip(".-/(")
    return start + len(_TAIL.sub("", code))


def _is_number(code: str, sure: bool) -> bool:
    """Whether `code` can be a number of a paper; where the context is not `sure`, by its length and marks."""
    digits = sum(c.isdigit() for c in code)
    if not digits or len(code) < 2 or _DATE_OR_TIME.fullmatch(code):
        return False
    marked = "/" in code or "(" in code or ("-" in code and any(c.isalpha() for c in code))
    return sure or digits >= 4 or marked
