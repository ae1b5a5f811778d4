"""IBAN (ISO 13616) and CARD (ISO/IEC 7812). The value is None where the check digits do not agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.entities.patterns.anchors import Anchored, matches, prefixes_of
from triage.types import Entity

# Lengths from the IBAN registry of SWIFT, for countries that write to an Azerbaijani office.
_LENGTHS = {
    "AZ": 28, "TR": 26, "GE": 22, "DE": 22, "GB": 22, "LV": 21, "LT": 20, "EE": 20, "CH": 21, "AT": 20,
    "NL": 18, "FR": 27, "IT": 27, "ES": 24, "PL": 28, "CY": 28, "AE": 23, "KZ": 20, "UA": 29, "MD": 24,
    "BE": 16, "CZ": 24, "BY": 28, "SE": 24, "FI": 18, "NO": 15, "DK": 18, "GR": 27, "IL": 23, "SA": 24,
}  # fmt: skip
_IBAN = re.compile(r"(?<!\w)([A-Za-z]{2})\d\d(?: ?[A-Za-z0-9]){11,30}")
_HIDDEN = r"[\d*xXхХ•#]"
_CARD = re.compile(
    rf"(?<![\w*-])(?<!\d )[2-6]\d{{3}}([ -]?){_HIDDEN}{{4}}\1{_HIDDEN}{{4}}\1{_HIDDEN}{{0,2}}\d{{2,4}}"
    r"(?![\w*])"
    rf"|(?<![\w*])\*{{4}}(?:[ -]?\*{{4}}){{0,2}}[ -]?\d{{4}}(?![\w*])"
)


_COUNTRIES = prefixes_of(country.lower() for country in _LENGTHS)


def find(source: Anchored) -> Iterator[Entity]:
    """Every IBAN of a registered length and every card number, masked ones included."""
    text = source.text
    for match in matches(_IBAN, text, source.places(_COUNTRIES)):
        length = _LENGTHS.get(match[1].upper())
        if length and (end := _end_of(text, match.start(), match.end(), length)):
            code = text[match.start() : end].replace(" ", "").upper()
            yield source.entity("IBAN", match.start(), end, code if iban_is_valid(code) else None)
    for match in matches(_CARD, text, sorted([*source.signs, *source.digits])):
        digits = re.sub(r"[^\d]", "*", re.sub(r"[ -]", "", match.group()))
        masked = "*" in digits
        if len(digits) == 16 or (len(digits) >= 8 and masked):
            yield source.entity("CARD", *match.span(), digits if masked or luhn_is_valid(digits) else None)


def _end_of(text: str, start: int, limit: int, length: int) -> int | None:
    """Where the code of `length` letters and digits ends; None where it does not end at a word's end."""
    seen = 0
    for at in range(start, limit):
        seen += text[at] != " "
        if seen == length:
            return at + 1 if at + 1 == len(text) or not text[at + 1].isalnum() else None
    return None


def iban_is_valid(code: str) -> bool:
    """The check of ISO 7064 MOD 97-10 over a code without spaces."""
    moved = code[4:] + code[:4]
    return moved.isascii() and moved.isalnum() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def luhn_is_valid(digits: str) -> bool:
    """Annex B of ISO/IEC 7812-1: every second digit from the right doubled, the sum mod 10 is 0."""
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
