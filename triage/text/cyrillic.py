"""Azerbaijani in Cyrillic, as written from 1939 to 1991, brought to the Latin alphabet.

The letters are those of the alphabet of 1958 (decree of the Presidium of the Supreme Soviet of the
Azerbaijan SSR) with the Latin counterparts of the law of 25 December 1991 on the restoration of the Latin
script. Letters that the alphabet of 1939 still had (э, ю, я, й, ё, ц, щ, ъ, ь), and that people with a
Russian keyboard type, have the sound that they have in Russian.
"""

from __future__ import annotations

import re

from triage.text.spans import Edit, Mapped

_SINGLE = str.maketrans(
    "абвгғдеәжзиыјкҝлмноөпрстуүфхһчҹшэйщіАБВГҒДЕӘЖЗИЫЈКҜЛМНОӨПРСТУҮФХҺЧҸШЭЙЩІ",
    "abvqğdeəjziıykglmnoöprstuüfxhçcşeyşiABVQĞDEƏJZİIYKGLMNOÖPRSTUÜFXHÇCŞEYŞİ",
)
_SEVERAL = {"ю": "yu", "я": "ya", "ё": "yo", "ц": "ts", "ъ": "", "ь": ""}
_SEVERAL_FOUND = re.compile(r"\w?[ъь]+|[юяёц]", re.IGNORECASE)
"""A sign without a sound goes with the letter before it, so that a span up to that letter holds the sign too."""


def az_from_cyrillic(text: str) -> Mapped:
    """Azerbaijani Cyrillic letters as Latin ones, case kept; everything else as it is."""
    edits = [_edit(text, *found.span()) for found in _SEVERAL_FOUND.finditer(text)]
    mapped = Mapped.edited(text, edits)
    return mapped.with_text(mapped.text.translate(_SINGLE))


def _edit(text: str, start: int, end: int) -> Edit:
    return start, end, "".join(_latin(text, place) for place in range(start, end))


def _latin(text: str, place: int) -> str:
    letter = text[place]
    latin = _SEVERAL.get(letter.lower(), letter)
    if letter.isupper():
        neighbours = text[place + 1 : place + 2] or text[max(place - 1, 0) : place]
        latin = latin.upper() if neighbours.isupper() else latin.capitalize()
    return latin
