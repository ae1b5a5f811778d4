"""Normalised values of PERSON, ORG and LOC: the nominative where it can be told, else None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from triage.entities import names_az, names_ru
from triage.text.casing import az_lower, az_upper
from triage.text.cyrillic import az_from_cyrillic
from triage.types import Language

_GIVEN_NAMES = Path(__file__).with_name("given_names.tsv")
_CYRILLIC = re.compile(r"[а-яёА-ЯЁәҹҝғүөһјӘҸҜҒҮӨҺЈ]")
# Russian letters as Azerbaijani papers write Russian names in Latin: Г is Q, Х is X, Ж is J.
_RUSSIAN = {
    **dict(zip("абвгдежзийклмнопрстуфхчшыэ", "abvqdejziyklmnoprstufxçşıe", strict=True)),
    "ё": "yo", "ц": "ts", "щ": "şç", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
}  # fmt: skip
# Several letters, or a letter in its place, that have a spelling of their own.
_RUSSIAN_UNITS = {
    "оглы": "oğlu", "оглу": "oğlu", "кызы": "qızı", "гызы": "qızı", "дж": "c", "г": "g", "е": "ye", "ю": "ü",
}  # fmt: skip
_RUSSIAN_UNIT = re.compile(
    r"(?P<own>\b(?:оглы|оглу|кызы|гызы)\b|дж|г(?=[еиюёья])|(?<=[гкшчжбмрсд])ю|(?<![бвгджзклмнпрстфхцчшщ])е)|"
    r"[а-яё]",
    re.IGNORECASE,
)


def person_value(surface: str, language: Language, others: Iterable[str] = ()) -> str | None:
    """A person's name in the nominative, in Latin letters; initials, `oğlu` and `qızı` stay.

    `surface` may be in Latin or Cyrillic letters; `others` are other mentions of persons in the same text,
    which settle what one mention leaves open (`Əliyevin` beside `Əliyev`). None where nothing settles it.
    """
    words = _words(surface)
    if not words:
        return None
    if language == "ru" and _CYRILLIC.search(surface):
        return _russian_person(words, others)
    if language in ("az", "other") or _CYRILLIC.search(surface):
        return _azerbaijani_person([az_from_cyrillic(word).text for word in words], others)
    return _before_apostrophe(words)


def org_value(surface: str, language: Language) -> str | None:
    """A body's name without the case ending of its last word; None where a Russian head is not known.

    Azerbaijani comes in Latin letters, the other languages in their own.
    """
    words = _words(surface)
    if language == "ru" and _CYRILLIC.search(surface):
        named = re.search(r"[«\"]|^[А-ЯЁ]{2,}\b", surface)
        return " ".join(words) if named else names_ru.head_nominative(words)
    if not words:
        return None
    if language not in ("az", "other"):
        return _before_apostrophe(words)
    words = [az_from_cyrillic(word).text for word in words]
    return " ".join([*words[:-1], names_az.kind_nominative(words[-1])])


def loc_value(surface: str, language: Language, known: Iterable[str] = ()) -> str | None:
    """A place's name without the case ending of its last word.

    `known` are names of places in the nominative (a gazetteer's); they settle names that look like a case
    of another (`Laçın`, `Bərdə`). None where an ending cannot be told from the name. Azerbaijani comes in
    Latin letters, the other languages in their own.
    """
    words = _words(surface)
    if not words:
        return None
    if language == "ru" and _CYRILLIC.search(surface):
        return names_ru.head_nominative(words) or (surface if words[-1][-1] not in "аеиоуыюя" else None)
    if language not in ("az", "other"):
        return _before_apostrophe(words)
    *first, last = [az_from_cyrillic(word).text for word in words]
    if first and (kind := names_az.possessed(last)):
        return " ".join([*first, kind])
    if not last.isalpha():
        return " ".join([*first, last])
    place = names_az.place_nominative(az_lower(last), {az_lower(name) for name in known})
    return " ".join([*first, _cased(place, last)]) if place else None


def _words(surface: str) -> list[str]:
    return surface.split()


def _before_apostrophe(words: list[str]) -> str:
    """Turkish and English write endings of names after an apostrophe."""
    return " ".join([*words[:-1], re.split(r"['’]", words[-1])[0] or words[-1]])


def _azerbaijani_person(words: list[str], others: Iterable[str]) -> str:
    """The last word without its ending; initials written onto a surname (`S.Yaqublu`) stay before it."""
    genders = _given_names()
    elsewhere = {az_lower(az_from_cyrillic(w).text) for other in others for w in _words(other)}
    initials, last = re.fullmatch(r"((?:\w\.)*)(.*)", words[-1], re.DOTALL).groups()  # type: ignore[union-attr]
    lower = az_lower(last)
    if lower:
        male = len(words) > 1 and genders.get(az_lower(words[0])) == "m"
        lower = names_az.nominative(lower, genders, elsewhere - {lower}, male)
    cased = [_cased(az_lower(word), word) for word in words[:-1]]
    return " ".join([*cased, initials + _cased(lower, last)])


def _russian_person(words: list[str], others: Iterable[str]) -> str | None:
    lower = [word.lower().replace("ё", "е") for word in words]
    elsewhere = {w.lower().replace("ё", "е") for other in others for w in _words(other)}
    nominative = names_ru.nominative(lower, _given_names(), elsewhere - set(lower))
    if nominative is None:
        return None
    return " ".join(
        _latin_russian(low if word.islower() else _title(low))
        for low, word in zip(nominative, words, strict=True)
    )


def _title(word: str) -> str:
    """A name in small letters with capitals after hyphens and points: `б.к.` -> `Б.К.`."""
    return re.sub(r"(^|[-.])(\w)", lambda m: m[1] + m[2].upper(), word)


def _cased(lower: str, like: str) -> str:
    """`lower` with a capital where `like` has one: `əliyev`, `ƏLİYEVİN` -> `Əliyev`."""
    if like.islower():
        return lower
    return re.sub(r"(^|[-.])(\w)", lambda m: m[1] + az_upper(m[2]), lower)


def _latin_russian(name: str) -> str:
    """Russian letters as Latin ones, capitals kept: `Джавид оглы` -> `Cavid oğlu`, `Агаева` -> `Aqayeva`."""
    return _RUSSIAN_UNIT.sub(_latin_unit, name)


def _latin_unit(found: re.Match[str]) -> str:
    unit = found.group().lower()
    latin = _RUSSIAN_UNITS[unit] if found.lastgroup else _RUSSIAN[unit]
    return az_upper(latin[:1]) + latin[1:] if found.group()[0].isupper() else latin


@cache
def _given_names() -> dict[str, str]:
    """Given names in lower case and their gender: `m`, `f`, or `-` where it is not known."""
    lines = _GIVEN_NAMES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {az_lower(name): gender for name, gender in pairs}
