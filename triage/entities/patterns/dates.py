"""DATE: calendar dates, days of a month, months of a year, with the endings written onto them.

Values are ISO 8601: `2025-01-14`, `2025-01`, `--07-28` (a day without its year, as in ISO 8601:2000 and
vCard), ranges `2026-01-03/2026-01-05`. Day comes before month in numeric dates, as in all four languages.
Letters that a recogniser puts for digits (`2O25`, `9.1l.2025`) are read as digits.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator

from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.entities.patterns.numbers import alternation, words_value
from triage.types import Entity

_MONTHS: dict[str, int] = {}
for _month_number, _stems in enumerate(
    (
        "yanvar ocak january январ", "fevral fevra1 subat february феврал",
        "mart march март",
        "aprel apre1 nisan april апрел", "may mayis май мая мае маю маем", "iyun haziran june июн",
        "iyul iyu1 temmuz july июл", "avqust agustos august август",
        "sentyabr sentabr eylul september сентябр",
        "oktyabr oktabr ekim october октябр", "noyabr kasim november ноябр", "dekabr aralik december декабр",
    ),
    1,
):  # fmt: skip
    _MONTHS.update(dict.fromkeys(_stems.split(), _month_number))
_SHORT: dict[str, int] = {}
for _month_number, _stems in enumerate(
    (
        "yan jan янв", "fev feb фев", "mar мар", "apr апр", "may май", "iyn jun июн", "iyl jul июл",
        "avq aug авг", "sen sent sep sept сен сент", "okt oct окт", "noy nov ноя нояб", "dek dec дек",
    ),
    1,
):  # fmt: skip
    _SHORT.update(dict.fromkeys(_stems.split(), _month_number))

_DAYS_RU = {
    "перв": 1, "втор": 2, "треть": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9,
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15,
    "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
_DAYS_AZ = (
    "bir", "iki", "uc", "dord", "dort", "bes", "alti", "yeddi", "yedi", "sekkiz", "sekiz", "doqquz", "dokuz",
    "on", "iyirmi", "yirmi", "otuz",
)  # fmt: skip

_CYRILLIC = tuple(stem for stem in _MONTHS if stem[0] > "z")
_LATIN = tuple(stem for stem in _MONTHS if stem[0] <= "z")
# Case endings of Azerbaijani months: -ın, -da, -dan, -a, -ı, -ında, -adək, -dır, -dandır, -dakı, -lıq.
_ENDING = (
    r"(?:[iu]n)?(?:[ae]?(?:dek|can|cen)|d[ae](?:n|k|ki)?(?:d[iu]r?)?|[aeiu]|d[iu]r?|l[aei]\w{0,6}|"
    r"cu|ci)?(?:s[iu]z)?"
)
_MONTH = rf"(?:(?:{alternation(_LATIN)}){_ENDING}|(?:{alternation(_CYRILLIC)})[а-я]{{0,3}})(?!\w)"
_AY = r"(?:\s{1,3}ay\w{0,8}(?!\w)|\s{1,3}месяц\w{0,3})?"
_ABBREVIATED = rf"(?:{alternation(tuple(_SHORT))})\.?"
_YEAR = r"(?:19|2[0o])[\dol]{2}(?![\dol])"
_YEAR_ENDING = (
    r"(?:\s?-?\s?c[iu](?:\s{1,3}i[l1](?:in|i|e|d[ae]n?|[ae]d[ae]k|ler\w{0,6}|den)?)?(?!\w)|"
    r"\s{1,3}(?:il(?:in|de|den)?|yil(?:i|in)?\w{0,4}|год\w{0,2}(?!\sрожд)|г(?:\.(?!\s?р)|(?![\w.])))(?![^\W.])|"
    r"\s?г\.(?!\s?р))?"
)
# Yanvar 2025-dən; in `14.01.2025-də` the ending stands outside, as after any number.
_WORDED_YEAR_ENDING = rf"(?:-d[ae][nk]?(?!\w)|{_YEAR_ENDING})"
_DAY = r"(?:[0-3o][\dol]|[\d])(?![\dol])"
_QUOTED_DAY = rf"(?:\"\s?{_DAY}\s?\"|{_DAY})"
_DAY_ENDING = r"(?:\s?-\s?[a-z]{1,6}|[a-z]{1,6})?(?!\w)"
_ORDINAL = r"(?:-?(?:c[iu]|st|nd|rd|th|го|е|ое)(?!\w))?(?:\s{1,3}of(?!\w))?"
_JOIN = r"\s?(?:-|\s(?:ve|и|and|по|на|до|ile|to)\s|/)\s?"
_DAYS = rf"(?:(?:{_DAY},\s?){{0,4}}{_DAY}{_JOIN})?{_QUOTED_DAY}{_ORDINAL}"
_DAY_WORD = (
    rf"(?:(?:{alternation(_DAYS_AZ)})(?:\s(?:{alternation(_DAYS_AZ[:-4])}))?|"
    rf"(?:(?:двадцать|тридцать)\s)?(?:{alternation(tuple(_DAYS_RU))})(?:ого|его|ое|ье))"
)
_YEAR_FIRST = r"\s?-?\s?c[iu]\s{1,3}i[l1](?:in)?"

_ENGLISH = frozenset(
    stem for stem in _MONTHS if stem[-4:] in ("uary", "arch", "pril", "june", "july", "gust", "mber", "ober")
)
_AT_DIGITS = tuple(
    re.compile(pattern)
    for pattern in (
        # 2025-ci il yanvarın 14-ü, 2025-ci ilin 21 sentyabrında, 2025-ci ilin mart-iyul aylarında
        rf"(?<!\w)(?P<year>{_YEAR}){_YEAR_FIRST}\s{{1,3}}(?:(?P<days>{_DAYS})\s{{1,3}})?"
        rf"(?:(?P<from>{_MONTH})\s?-\s?)?(?P<month>{_MONTH}){_AY}"
        rf"(?:(?<=[iu]n)\s{{1,3}}(?P<day>{_DAY}){_DAY_ENDING})?",
        # 14 yanvar 2025-ci ildə, 9, 12 və 15 yanvar, 3 по 5 февраля 2025 года, 14th of January 2025
        rf"(?<![\w/-])(?<!\d[.,])(?P<days>{_DAYS})\s{{0,3}}(?P<month>{_MONTH}){_AY}"
        rf"(?:,?\s{{1,3}}(?P<year>{_YEAR}){_WORDED_YEAR_ENDING})?",
        # 28 noy. 2025
        rf"(?<![\w/-])(?<!\d[.,])(?P<days>{_DAY})\s{{1,3}}(?P<month>{_ABBREVIATED})\s{{0,3}}(?P<year>{_YEAR}){_WORDED_YEAR_ENDING}",
        # 14.01.2025, 14/01/25, 14-01-2025 with the year's endings; 2025-08-01
        rf"(?<![\w/])(?<!\d[.,])(?<!\b\d-)(?<!\b\d\d-)(?P<days>{_DAY})(?P<mark>[./-])\s?(?P<month>[01o]?[\dol])(?P=mark)\s?"
        rf"(?P<year>{_YEAR}|(?<!-)\d\d)(?![\w/])(?!\.\d){_YEAR_ENDING}",
        rf"(?<![\w/.-])(?P<year>{_YEAR})-(?P<month>[01]\d)-(?P<days>[0-3]\d)(?![\w/-])",
    )
)
_AT_MONTHS = tuple(
    re.compile(pattern)
    for pattern in (
        # yanvarın 14-ü, iyul ayının 3-ü, January 14, 2025
        rf"(?<!\w)(?P<month>{_MONTH})(?P<ay>{_AY})\s{{1,3}}(?P<day>{_DAY})(?P<ending>{_DAY_ENDING})"
        rf"(?:,?\s{{1,3}}(?P<year>{_YEAR})(?!\w))?",
        # may 2025, ноября 2024 года, fevral 2025-ci ildə
        rf"(?<!\w)(?:(?P<from>{_MONTH})\s?-\s?)?(?P<month>{_MONTH}){_AY},?\s{{1,3}}(?P<year>{_YEAR}){_WORDED_YEAR_ENDING}",
    )
)
# двадцатого октября, iki oktyabrda
_AT_DAY_WORDS = re.compile(
    rf"(?<!\w)(?P<word>{_DAY_WORD})\s{{1,3}}(?P<month>{_MONTH})(?:\s{{1,3}}(?P<year>{_YEAR}){_WORDED_YEAR_ENDING})?"
)
_MONTH_STARTS = prefixes_of(_MONTHS)
_DAY_WORD_STARTS = prefixes_of([*_DAYS_AZ, *_DAYS_RU])
_PLACE = re.compile(
    r"\s{1,3}(?:kuc|metro|stans|prosp|meydan|qeseb|park|stre|stat|ул|станц|просп|площ|bulvar)"
)
_DIGITS = str.maketrans("oli", "011")


def find(source: Anchored) -> Iterator[Entity]:
    """Every DATE; spans of several patterns may overlap, the longest should be kept."""
    folded = source.folded
    for match in _candidates(source):
        groups = match.groupdict()
        start, end = match.span()
        end -= folded[end - 1].isspace()
        start += folded[start] == '"'
        if _plausible(groups) and not _is_name(groups, source.text[start:end], folded[end : end + 12]):
            yield source.entity("DATE", start, end, _value(groups))


def _candidates(source: Anchored) -> Iterator[re.Match[str]]:
    quoted = [at for at in source.signs if source.folded[at] == '"']
    for pattern in _AT_DIGITS:
        yield from matches(pattern, source.folded, source.digits)
    yield from matches(_AT_DIGITS[1], source.folded, quoted)
    months = source.places(_MONTH_STARTS)
    for pattern in _AT_MONTHS:
        yield from matches(pattern, source.folded, months)
    yield from matches(_AT_DAY_WORDS, source.folded, source.places(_DAY_WORD_STARTS))


def _is_name(groups: dict[str, str | None], surface: str, after: str) -> bool:
    """Whether it names a place (`28 May küçəsi`), or `nişan` (a sign) was folded into Turkish `nisan`."""
    named = not groups.get("year") and _PLACE.match(after) is not None
    return named or ((groups["month"] or "").startswith("nisan") and "ş" in surface)


def _plausible(groups: dict[str, str | None]) -> bool:
    """Whether a month before a number is a date: `mayın 5` and `May 5, 2025` are, `mayda 5 nəfər` is none."""
    if groups.get("ending") is None or groups.get("year"):
        return True
    month, ending = groups["month"] or "", (groups["ending"] or "").lstrip("- ")
    if groups.get("ay") or month.endswith(("in", "un")):
        return not groups.get("ay") or (groups["ay"] or "").endswith("in")
    return month in _ENGLISH or (month in _MONTHS and bool(ending) and ending not in ("ci", "cu"))


def _number(digits: str) -> int:
    return int(digits.translate(_DIGITS))


def _month(word: str) -> int | None:
    if word.translate(_DIGITS).isdigit():
        return _number(word)
    word = word.rstrip(".")
    if word in _SHORT:
        return _SHORT[word]
    return next((number for stem, number in _MONTHS.items() if word.startswith(stem)), None)


def _days(groups: dict[str, str | None]) -> list[int]:
    if word := groups.get("word"):
        return [day] if (day := _day_word(word)) else []
    found = groups.get("day") or groups.get("days") or ""
    return [_number(d) for d in re.findall(r"(?<![a-z])(?=[\dol]?\d)[\dol]{1,2}(?![\dol])", found)]


def _day_word(word: str) -> int | None:
    if word[0] <= "z":
        value = words_value(word.split())
        return int(value) if value else None
    tens = {"двадцать": 20, "тридцать": 30}
    *before, last = word.split()
    stem = max((s for s in _DAYS_RU if last.startswith(s)), key=len)
    return sum(tens[w] for w in before) + _DAYS_RU[stem]


def _year(digits: str | None) -> int | None:
    if not digits:
        return None
    year = _number(digits)
    # Two digits: people alive today were born after 1935, and no paper is dated later than that.
    return year if year > 99 else year + (1900 if year > 35 else 2000)


def _value(groups: dict[str, str | None]) -> str | None:
    """ISO 8601 for the parts of a match; None where they make no date of the calendar."""
    year, month = _year(groups.get("year")), _month(groups["month"] or "")
    if month is None or not 1 <= month <= 12:
        return None
    prefix = f"{year:04d}-" if year else "--"
    days = _days(groups)
    if any(not 1 <= day <= monthrange(year or 2000, month)[1] for day in days):
        return None
    if days:
        ends = [f"{prefix}{month:02d}-{day:02d}" for day in (days[0], days[-1])]
    elif year:
        first = _month(groups.get("from") or "") or month
        ends = [f"{prefix}{first:02d}", f"{prefix}{month:02d}"]
    else:
        return None
    return ends[0] if ends[0] == ends[1] else "/".join(ends)
