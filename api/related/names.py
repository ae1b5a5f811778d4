"""Names and addresses as keys that are the same in every script, spelling and order of the words."""

from __future__ import annotations

import re

from triage.entities.place_forms import sound
from triage.text import az_from_cyrillic, fold

# How Russian and English write one Azerbaijani letter, after Cyrillic has become Latin and marks are gone.
_UNITS = re.compile("dzh|dj|sh|ch|kh|gh|zh")
_UNIT = {"dzh": "c", "dj": "c", "sh": "s", "ch": "c", "kh": "x", "gh": "q", "zh": "j"}
_WORD = re.compile(r"[^\W\d_]+")
# oğlu, qızı, оглы, кызы, oghlu, gyzy, kızı - in any case
_CHILD = re.compile(r"(?:o(?:g|q)l[uiy]|[gqk][iy]z[iy])\w{0,4}")
_PATRONYMIC = re.compile(r"\w{2,}(?:ovic|evic|yevic|ovna|evna|yevna|icna)\w{0,2}")
_SURNAME = re.compile(r"\w{2,}(?:[oe]v|[oe]va|l[iu]|zade|beyli|oglu|sk[iy]|skaya|yan)")
_STREET = re.compile(
    r"(?:kuc|ulic|prosp|mehel|qeseb|dalan|dong|seher|rayon|kend|menzil|kvartir|bina|mikro|massiv|street|avenue)\w*"
    r"|ul|pr|pros|ev|evi|dom|mkr|der|per|pereulok|g|gor|gorod|s|m|d|k|kv|blok|korpus|kor|saylı|nomreli|no"
)
_SHORT = 3  # letters of a word of an address that tells something


def words(text: str) -> list[str]:
    """The words of a name in small ASCII letters, as far as its script and spelling allow."""
    latin = _UNITS.sub(lambda unit: _UNIT[unit.group()], fold(az_from_cyrillic(text).text))
    return _WORD.findall(latin)


def name_key(name: str) -> str | None:
    """The key of a person's name: surname and given name by sound; None where it does not have both.

    `Əliyev Rəşad Kamal oğlu`, `ЭЛИЕВ РАШАД`, `Рашад Камалович Алиев` and `Reshad Aliyev` have the same. The father's
    name does not count, nor does the last vowel of a word, so a case ending may stay: hence the sexes are not told
    apart (`Əliyev`, `Əliyeva`) but by the given name. Initials tell too little.
    """
    found = _without_father(words(name))
    if len(found) < 2 or any(len(word) < 2 for word in found[:2]):
        return None
    family = next((word for word in found if _SURNAME.fullmatch(word)), found[0])
    given = next((word for word in found if word is not family), family)
    parts = sorted((sound(family), sound(given)))
    return " ".join(parts) if all(parts) else None


def _without_father(found: list[str]) -> list[str]:
    kept: list[str] = []
    for word in found:
        if len(found) > 2 and _CHILD.fullmatch(word) and kept:
            kept.pop()
        elif len(found) <= 2 or not _PATRONYMIC.fullmatch(word):
            kept.append(word)
    return kept


def address_key(place: str) -> str | None:
    """The key of an address: the sound of its names, in any order, and its numbers; None without both."""
    named = {sound(word) for word in words(place) if len(word) >= _SHORT and not _STREET.fullmatch(word)}
    numbers = re.findall(r"\d+", place)
    return f"{' '.join(sorted(named))} {'-'.join(numbers)}" if named and numbers else None


def case_key(number: str) -> str | None:
    """The key of a case's number: its letters and digits; None for fewer than six, or fewer than five digits.

    So short numbers (`42/1`, `A-17`), which many offices give again every year, tie nothing together.
    """
    plain = "".join(c for c in fold(az_from_cyrillic(number).text) if c.isalnum())
    return plain if len(plain) >= 6 and sum(c.isdigit() for c in plain) >= 5 else None
