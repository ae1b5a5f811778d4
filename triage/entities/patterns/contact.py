"""PHONE and EMAIL.

The value of a phone is E.164 (ITU-T) by libphonenumber, Azerbaijani where no country is given; that of an
address is in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.entities.patterns.anchors import Anchored, matches
from triage.types import Entity

_EMAIL = re.compile(r"(?<![\w.+-])\w[\w.+-]{0,63}@\w[\w-]{0,62}(?:\.[\w-]{1,62}){1,4}(?![\w-])")
_GAP = r"[ \-.()]{0,3}"
_PHONE = re.compile(
    rf"(?<![\w+])(?<!\d[.,/-])(?:\(?(?:\+|00)(?=[1-9]){_GAP}\d(?:{_GAP}\d){{8,13}}|\(?0(?:{_GAP}\d){{9}})(?![\w/])(?!-\d)"
)

_DATE = re.compile(r"\(?\d\d\.\d\d\.(?:19|20)\d\d")


def find(source: Anchored) -> Iterator[Entity]:
    """Every EMAIL, and every PHONE that libphonenumber finds possible."""
    if "@" in source.text:
        for match in _EMAIL.finditer(source.text):
            yield source.entity("EMAIL", *match.span(), match.group().lower())
    for match in matches(_PHONE, source.folded, sorted([*source.signs, *source.digits])):
        number = match.group()
        if not _DATE.match(number) and (value := e164(number)):
            start = match.start() + (number[0] == "(" and ")" not in number)  # a bracket around it all
            yield source.entity("PHONE", start, match.end(), value)


def e164(number: str) -> str | None:
    """`+994501234567` for `(050) 123-45-67`; None where no such number can exist."""
    import phonenumbers  # noqa: PLC0415 -- slow to import, and most papers need it once or never

    digits = re.sub(r"[^\d+]", "", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    try:
        parsed = phonenumbers.parse(digits, "AZ")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
