"""LEGAL_REF: an act and its articles, parts and points; a list of articles of one act is one span.

The value names each article: `CM 206.3.2; CM 206.4`; a part or point written apart is joined by a dot
(`178-ci maddəsinin 2-ci hissəsi` -> `CM 178.2`), as the codes of Azerbaijan number their parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.entities.patterns.acts import ACT, ACT_STARTS, code_name
from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.types import Entity

_NUMBER = (
    r"\d{1,3}(?:-\d{1,2}(?!\d))?(?:\.\d{1,2}(?!\d)(?:-\d(?!\d))?){0,3}(?:/\d{1,2}(?:-[a-z](?!\w))?)?(?!\d)"
)
_ORDINAL = r"(?:\s?[-']?\s?(?:n?c[iu]|inci)(?!\w)|-(?:й|я|е|ой)(?!\w)|\.(?=\s(?:ve\s\d|madde)))?"
_JOIN = (
    r"(?:\s{0,2}[,;]\s{0,2}(?:(?:ve|и|and|habele|hemcinin)\s)?|\s{1,2}(?:ve(?:\sya)?|и|или|and|or|до|по|to|ile|habele|hemcinin)\s{1,2}|"
    r"\s{0,2}-\s{0,2})"
)
_LIST = rf"{_NUMBER}{_ORDINAL}(?:{_JOIN}{_NUMBER}{_ORDINAL}){{0,14}}"
_ARTICLES = rf"(?P<list>{_LIST})"
_MADDE = r"(?:madd[ei]\w{0,12}|mad\.|m\.)"
_PARTS = (
    rf"(?:\s{{1,2}}(?:{_NUMBER}|[ivx]{{1,4}}(?!\w)){_ORDINAL}(?:{_JOIN}{_NUMBER}{_ORDINAL}){{0,4}}\s{{1,2}}"
    r"(?:hisse|bend|qeyd|abzas|fikra|yarimbend)\w{0,12}){0,3}"
)
_GENITIVE = r"(?:\s?[-']?\s?n?[iu]n(?:[ae]|d[ae])?(?!\w))?"
_STATYA = r"(?:стать[яеию]\w{0,2}|статей|ст\.?\s?ст\.|ст\.?|articles?|arts?\.?|sections?)"
_PART = (
    r"(?P<part>(?:(?:ч\.|част[ьи]\w{0,2}|пп?\.|(?:под)?пункт\w{0,3}|part|paragraph|point)\s?"
    r"\"?[\dа-я]{1,2}\"?(?:\.\d)?,?\s(?:of\s)?){0,3})"
)
_PART_AFTER = r"(?:,?\s(?:ч\.|част\w{1,2}|п\.|пункт\w?)\s?\"?[\dа-я.]{1,4}\"?){0,2}"
_AFTER_YEAR = r"(?P<year>\s(?:от\s)?(?:19|20)\d\d\s(?:года|г\.))?"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # CM-in 178.2.4-cü maddəsi, CPM 211, TCK m. 81, Konstitusiyanın 60-cı maddəsinin I hissəsi
        rf"(?<!\w){ACT}(?:\s\(\w{{2,4}}\))?{_GENITIVE}\s{{1,3}}(?P<before>{_MADDE}\s?)?{_ARTICLES}"
        rf"(?:\s{{0,3}}(?P<noun>{_MADDE})(?P<parts>{_PARTS}))?",
        # ст. 49, 51 УПК; ч. 2 ст. 158 УК РФ; Article 6 of the Criminal Code
        rf"(?<!\w){_PART}{_STATYA}\s{{0,2}}{_ARTICLES}{_PART_AFTER},?\s{{1,2}}(?:of\s(?:the\s)?)?{ACT}{_AFTER_YEAR}",
        # 178.2.4 УК, 178-й статьи УК
        rf"(?<![\w.,/-]){_ARTICLES}(?:\sстать\w{{1,3}})?\s{{1,2}}{ACT}",
        # УК, статья 178; the Convention on Extradition, Article 12
        rf"(?<!\w){ACT}(?:\s\w{{2,20}}){{0,5}},?\s{{1,2}}{_STATYA}\s{{0,2}}{_ARTICLES}",
    )
)
_ARTICLE_STARTS = prefixes_of(
    ["ст", "часть", "ч", "п", "пп", "пункт", "подпункт", "ar", "section", "part", "point"]
)
# Abbreviations that mean other things too: they count only beside a word for an article.
_WEAK = frozenset(
    [
        "mm",
        "am",
        "em",
        "tm",
        "vm",
        "cim",
        "gm",
        "sm",
        "ipm",
        "hm",
        "cc",
        "cpc",
        "ск",
        "тк",
        "зк",
        "жк",
        "нк",
        "гк",
    ]
)
_NAME_WORDS, _NAME_LETTERS = 12, 160
_WORD_BEFORE = re.compile(r"[^\W\d][\w-]*[ ]|[,.;:!?)\"»”\n]")
_ENGLISH = re.compile(r"(?:law|convention)\son\s")
_CAPITALS = re.compile(r"(?:\s(?:(?:of|and|in|to|for|the)\s){0,2}[A-Z][\w-]{0,30}){0,8}")
_ABOUT = frozenset(["haqqında", "haqqinda", "hakkında", "hakkinda", "üzrə", "uzre", "dair"])
_LINKS = frozenset(["və", "ve", "ile", "ilə"])


def find(source: Anchored) -> Iterator[Entity]:
    """Every LEGAL_REF; spans of several patterns may overlap, the longest should be kept."""
    text, folded = source.text, source.folded
    for index, match in _candidates(source):
        groups = match.groupdict()
        if not _is_act(text, match, groups, index):
            continue
        start, act, end = match.start(), match.start("act"), match.end()
        named = groups["named"]
        if named and _ENGLISH.search(named):
            end = next(_CAPITALS.finditer(text, end)).end()
        if named and named[0] not in '"з' and match.start("named") == match.start():
            start = _name_start(text, start, text[start] == "h")
        start += folded[start] == '"'
        value = _value(text[start if act == match.start() else act : match.end("act")], groups)
        yield source.entity("LEGAL_REF", start, end, value)


def _candidates(source: Anchored) -> Iterator[tuple[int, re.Match[str]]]:
    acts = sorted([*source.places(ACT_STARTS), *source.signs, *source.digits])
    for index, places in enumerate((acts, source.places(_ARTICLE_STARTS), source.digits, acts)):
        for match in matches(_PATTERNS[index], source.folded, places):
            yield index, match


def _is_act(text: str, match: re.Match[str], groups: dict[str, str | None], index: int) -> bool:
    """Whether an abbreviation stands in capitals, and one with other meanings with the word for an article.

    A number right before the act (`index` 2) counts only with an abbreviation: `178 УК`.
    """
    if groups["short"] is None:
        article = groups.get("noun") or groups.get("before") or index in (1, 3) or groups["full"]
        return bool(article) and index != 2
    beside = index in (1, 3) or bool(groups.get("noun") or groups.get("before"))
    capitals = text[match.start("short") : match.end("short")].isupper()
    return (capitals or beside) and (beside or groups["short"] not in _WEAK)


def _name_start(text: str, at: int, law: bool) -> int:
    """Where the name of a law or treaty that ends before `at` begins.

    As far as words with capitals and linking words go on (`Suçluların İadesine Dair Avrupa Sözleşmesi`);
    where small letters stand before `haqqında`, the nearest word with a capital (`Əmək pensiyaları`).
    """
    offset = max(0, at - _NAME_LETTERS)
    begin, inside = at, law
    for word in reversed(list(_WORD_BEFORE.finditer(text, offset, at))[-_NAME_WORDS:]):
        plain = word.group().rstrip()
        if not plain[:1].isalpha():
            break
        if plain.lower() in _ABOUT:
            inside = inside or plain.islower()
        elif plain[0].isupper():
            begin = word.start()
            if inside:
                break
            continue
        elif not inside and plain not in _LINKS:
            break
        begin = word.start() if plain[0].isupper() else begin
    return begin


def _value(act: str, groups: dict[str, str | None]) -> str | None:
    if groups["named"]:
        name: str | None = _plain_name(act)
    else:
        name = code_name(groups["short"], groups["full"], groups["state"])
    if not name:
        return None
    numbers = re.sub(r"\s?[-']?\s?(?:n?c[iu]|inci)(?!\w)|-(?:й|я|е|ой)(?!\w)", "", groups["list"] or "")
    articles = re.findall(rf"{_NUMBER}(?:\s?-\s?{_NUMBER})?", numbers)
    return "; ".join(f"{name} {re.sub(' ', '', article)}{_part(groups)}" for article in articles)


def _plain_name(act: str) -> str:
    """A name without quotes and case ending: `İcra haqqında Qanun`, `Minsk Konvensiyası`."""
    name = " ".join(re.sub(r"[\"«»“”„]", "", act).split())
    name = re.sub(r"(qanun|kanun)\w*$", r"\1", name, flags=re.IGNORECASE)
    return re.sub(r"(konvensiya|sözleşme)(s[iı])?\w*$", r"\1\2", name, flags=re.IGNORECASE)


def _part(groups: dict[str, str | None]) -> str:
    """The part, or nothing: `.2`."""
    if parts := groups.get("parts"):
        return "".join(
            f".{number.upper()}" for number in re.findall(r"\d+(?:\.\d+)*|(?<!\w)[ivx]+(?!\w)", parts)
        )
    part = re.search(r"(?:ч\w*\.?|part|paragraph)\s?(\d+)", groups.get("part") or "")
    return f".{part[1]}" if part else ""
