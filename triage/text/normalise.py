"""One written form for text from any keyboard, encoding, PDF or recogniser, with exact offsets back.

What changes: letters written as a base and a combining mark become one letter (Unicode NFC, UAX #15; also
`i` + U+0307, which NFC leaves apart); look-alike letters of the other alphabet inside a word are mended
(Unicode UTS #39 calls such words mixed-script confusables); soft hyphens and zero-width characters go;
special spaces and control characters become spaces; ligatures and full-width forms become plain letters;
a word cut by a hyphen at a line's end is joined. Line breaks and spaces are otherwise kept.
"""

from __future__ import annotations

import re
import unicodedata

from triage.text.spans import Edit, Mapped

_KEPT_CONTROLS = "\t\n\r"
_PLAIN = (
    {code: " " for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"}
    | {code: " " for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs"}
    | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    | {0x01DD: "ə", 0x018E: "Ə", 0x2028: "\n", 0x2029: "\n", 0x0085: "\n"}
)
for _kept in _KEPT_CONTROLS:
    del _PLAIN[ord(_kept)]

_LOWER = "a-zß-öø-ÿəğışа-яёәғҝҹһөүјіїєґ"
_HYPHENS = "-\u2010\u00ad"
_MARKS = "\u0300-\u036f"
_DROPPED = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_LIGATURES = "\ufb00-\ufb06\u01c4-\u01cc\u0132\u0133"
# It begins with one class of rare characters so that the engine can skip from one to the next.
_SPECIAL = re.compile(
    f"[{_HYPHENS}{_MARKS}{_DROPPED}{_LIGATURES}]"
    f"(?:(?<=[{_LOWER}][{_HYPHENS}])[ \\t]{{0,3}}\\r?\\n[ \\t]{{0,40}}(?=[{_LOWER}])"
    f"|(?<=[{_MARKS}])[{_MARKS}]{{1,7}})?"
)

# Letters of the two alphabets that look the same in print (UTS #39 confusables), one for one.
_LATIN = "AaBCcEeHhIiJjKMOoPpTXxyYƏə"
_CYRILLIC = "АаВСсЕеНһІіЈјКМОоРрТХхуҮӘә"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC + "ҺУкмтЅѕ", _LATIN + "HYkmtSs")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_RANGE, _CYRILLIC_RANGE = "A-Za-zÀ-ÖØ-öø-ɏə", "\u0400-\u052f"
_LATIN_LETTER = re.compile(f"[{_LATIN_RANGE}]")
_CYRILLIC_LETTER = re.compile(f"[{_CYRILLIC_RANGE}]")
_MIXED = re.compile(f"(?<=[{_LATIN_RANGE}])[{_CYRILLIC_RANGE}]|(?<=[{_CYRILLIC_RANGE}])[{_LATIN_RANGE}]")


def normalise(source: str) -> Mapped:
    """`source` in the form that everything else here reads; see the module for what changes."""
    plain = source if source.isascii() and source.isprintable() else source.translate(_PLAIN)
    joined = Mapped.edited(plain, _edits(plain))
    return joined.with_text(_one_script_a_word(joined.text))


def _edits(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for found in _SPECIAL.finditer(text):
        start, end = found.span()
        first = text[start]
        if "\u0300" <= first <= "\u036f":
            # The letter before the marks, unless it is part of the edit before.
            if start > (edits[-1][1] if edits else 0):
                edits.append((start - 1, end, _composed(text[start - 1 : end])))
        elif (first >= "\ufb00" and first <= "\ufb06") or "\u0132" <= first <= "\u01cc":
            edits.append((start, end, unicodedata.normalize("NFKC", first)))
        elif end - start > 1 or first not in "-\u2010":
            edits.append((start, end, ""))
    return edits


def _composed(text: str) -> str:
    """A base letter with its marks as one letter; a dot over i, ı or j goes, other marks stay."""
    if text[0] in "iıj" and "\u0307" in text:
        text = text.replace("ı", "i").replace("\u0307", "")
    return unicodedata.normalize("NFC", text)


def _one_script_a_word(text: str) -> str:
    """Words that mix Latin and Cyrillic letters brought to one alphabet, where every letter allows it."""
    if text.isascii() or _MIXED.search(text) is None:
        return text
    return _WORD.sub(lambda word: _mended(word.group()), text)


def _mended(word: str) -> str:
    if word.isascii() or _MIXED.search(word) is None:
        return word
    cyrillic, latin = word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)
    fits_cyrillic = _LATIN_LETTER.search(cyrillic) is None
    fits_latin = _CYRILLIC_LETTER.search(latin) is None
    if fits_cyrillic and fits_latin:  # every letter is in both alphabets: the more frequent one wins
        fits_cyrillic = 2 * len(_CYRILLIC_LETTER.findall(word)) > len(word)
    if fits_cyrillic:
        return cyrillic
    return latin if fits_latin else word
