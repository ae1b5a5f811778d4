"""MONEY: an amount with its currency, before or after it, in digits or words.

The value is `1640.00 AZN`: two decimals and the ISO 4217 code; a span of amounts is `380.00/950.00 AZN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.entities.patterns.numbers import NUMBER_WORDS, SCALES, alternation, words_value
from triage.types import Entity

_DOLLAR = r"(?:abs|amerika|us|abd)\s?(?=dol)"
_CURRENCIES = {
    "AZN": r"azn(?:\w{0,4})|manat\w{0,10}|манат\w{0,5}|man(?:\.|(?!\w))|ман\.|₼",
    "USD": rf"usd|(?:{_DOLLAR})?dol(?:l)?ar\w{{0,9}}|доллар\w{{0,4}}(?:\sсша)?|us\$|\$",
    "EUR": r"eur(?:o\w{0,6})?|avro\w{0,6}|евро|€",
    "RUB": r"rub(?:l\w{0,8}|\.)?|рубл\w{0,4}|руб\.?|₽",
    "TRY": r"try|tl|(?:turk\s)?lira\w{0,8}|турецк\w{1,3}\sлир\w{0,3}|лир\w{0,2}|₺",
    "GEL": r"gel|lari\w{0,6}|лари",
    "GBP": r"gbp|(?:ingilis\s)?funt\s?sterlin\w{0,6}|pounds?(?:\ssterling)?|фунт\w{0,3}(?:\sстерлингов)?|£",
    "KZT": r"kzt|tenge\w{0,6}|тенге",
    "UAH": r"uah|гр(?:и)?вен\w{0,3}",
    "CHF": r"chf",
}
_OTHER = ("inr", "cny", "jpy", "aed", "pln", "sek", "nok", "dkk", "czk", "ils", "irr", "cad", "aud")
_CODES = "|".join(
    [*(f"(?P<{code}>{forms})" for code, forms in _CURRENCIES.items()), f"(?P<other>{'|'.join(_OTHER)})"]
)
_CURRENCY = rf"(?:{_CODES})(?:(?<=\W)|(?!\w))"
_SIGN_WORDS = (*(code.lower() for code in _CURRENCIES), *_OTHER, "us$")
_BEFORE = rf"(?P<sign>{'|'.join(re.escape(word) for word in _SIGN_WORDS)}|\$|€|₼|₽|₺|£)"
_SIGNS = {"us$": "USD", "$": "USD", "€": "EUR", "₼": "AZN", "₽": "RUB", "₺": "TRY", "£": "GBP"}

_NUMBER = r"(?:\d{1,3}(?:[ .,]\d{3}(?!\d)){1,4}(?:[.,]\d{1,2}(?!\d))?|\d{1,12}(?:[.,]\d{1,2}(?!\d))?)"
_SCALE = rf"(?:{alternation(tuple(SCALES))})(?!\w)\.?"
_DIGITS = (
    rf"(?<![\w.,/])(?:(?P<low>{_NUMBER})\s?-\s?)?(?P<high>{_NUMBER})"
    rf"(?:\s?(?P<scale>{_SCALE})(?:\s(?P<rest>\d{{1,3}}(?!\d)))?)?"
)
_WORD = rf"(?:{alternation(NUMBER_WORDS)})(?!\w)"
_WORDS = rf"(?<!\w)(?P<words>{_WORD}(?:\s{_WORD}){{0,7}})"
_CENTS = (
    r"(?:\s{1,2}(?P<cents>\d{1,2})\s?"
    r"(?:qepi[ky]\w{0,6}|q\.|гяпик\w{0,3}|копе\w{1,3}|коп\.|cents?|sent|kurus)(?!\w))?"
)
_SUBUNIT = r"(?P<subunits>\d{1,3})\s?(?:qepi[ky]\w{0,6}|гяпик\w{0,3})(?!\w)"

_AT_DIGITS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_DIGITS}\s{{0,2}}{_CURRENCY}{_CENTS}",
        rf"(?<![\w.,]){_SUBUNIT}",
    )
)
_AT_WORDS = re.compile(rf"{_WORDS}\s{{1,2}}(?!man(?!at)){_CURRENCY}{_CENTS}")
_AT_SIGNS = re.compile(rf"(?<!\w){_BEFORE}\s?(?P<high>{_NUMBER})(?:\s(?P<scale>{_SCALE}))?(?!\w)")
_WORD_STARTS = prefixes_of(NUMBER_WORDS)
_SIGN_STARTS = prefixes_of(_SIGN_WORDS)


def find(source: Anchored) -> Iterator[Entity]:
    """Every MONEY; spans of several patterns may overlap, the longest should be kept."""
    for pattern in _AT_DIGITS:
        yield from _entities(source, pattern, source.digits)
    yield from _entities(source, _AT_WORDS, source.places(_WORD_STARTS))
    yield from _entities(source, _AT_SIGNS, [*source.signs, *source.places(_SIGN_STARTS)])


def _entities(source: Anchored, pattern: re.Pattern[str], places: list[int]) -> Iterator[Entity]:
    for match in matches(pattern, source.folded, places):
        yield source.entity("MONEY", match.start(), match.end(), _value(match.groupdict()))


def _decimal(digits: str) -> Decimal:
    """`1 640`, `1.640`, `1,640` -> 1640; `61 930,40`, `1,3` -> with decimals."""
    whole, mark, cents = digits.rpartition("," if digits.rfind(",") > digits.rfind(".") else ".")
    if not mark or len(cents) == 3 or " " in cents:
        whole, cents = digits, "0"
    return Decimal(re.sub(r"[ .,]", "", whole) + "." + cents)


def _currency(groups: dict[str, str | None]) -> str:
    if sign := groups.get("sign"):
        return _SIGNS.get(sign, sign.upper())
    if other := groups.get("other"):
        return other.upper()
    return next((code for code in _CURRENCIES if groups.get(code)), "AZN")


def _value(groups: dict[str, str | None]) -> str | None:
    if subunits := groups.get("subunits"):
        return f"{Decimal(subunits) / 100:.2f} AZN"
    scale = Decimal(SCALES.get((groups.get("scale") or "").rstrip("."), 1))
    if words := groups.get("words"):
        amount = words_value(words.split())
        if amount is None:
            return None
        amounts = [amount]
    else:
        digits = [d for d in (groups.get("low"), groups["high"]) if d]
        amounts = [_decimal(d) * scale + Decimal(groups.get("rest") or 0) for d in digits]
    cents = Decimal(groups.get("cents") or 0) / 100
    return "/".join(f"{amount + cents:.2f}" for amount in amounts) + f" {_currency(groups)}"
