"""One plain form for words of any keyboard and script, so that what is typed finds what was written.

*Folded* is lower case, without diacritics or apostrophes, Cyrillic in Latin letters: `Məhkəməsinə`, `МӘҺКӘМӘСИНӘ` and
`mehkemesine` are one. Letters that the alphabets share differently are merged: Latin q and g (Cyrillic г is either),
ц is the s of Azerbaijani loan words (`полиция`, `polisiya`), ё is е, ch and sh stand with c and s for ч and ш.

A *stem* is a folded word without its endings of case, possession, number and copula (Azerbaijani, Turkish) and of
declension (Russian). It is cut for finding, not for reading: what matters is that the forms of a word meet. Where an
ending may as well be the end of the word (`Rövşən-in`, `Səbinə-nin`), both are cut.

The *sound* of a name is what is left of it in every spelling: `Əliyev`, `Алиев`, `Aliyev`; `Həsənov`, `Гасанов`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from triage.text.normalise import normalise

LONGEST = 40
"""Characters of a word that count."""
SHORTEST_STEM = 3

_CYRILLIC = {
    **dict(zip("абвгғдеәжзиыјйкҝлмноөпрстуүфхһчҹцшщэіїєґ", "abvggdeejziiyykglmnooprstuufxhccssseiieg", strict=True)),
    "ё": "e", "ю": "yu", "я": "ya", "ъ": "", "ь": "",
}  # fmt: skip
_LATIN = {
    "ə": "e",
    "ǝ": "e",
    "ı": "i",
    "q": "g",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
}
_DROPPED = dict.fromkeys("'’‘‚‛′ʻʼ`´ʹˈ", "") | {"№": " "}
_PLAIN = str.maketrans(_DROPPED | _LATIN | _CYRILLIC)
_WORD = re.compile(r"[^\W_]+")

_AFTER_VOWEL = (
    "nin nun ya ye na ne ni nu yi yu nda nde ndan nden yla yle nla nle ndaki ndeki "  # cases, -dakı
    "si su"  # his, her, its, their
)
_AZERBAIJANI = (
    "lar ler in un a e i u da de ta te dan den tan ten la le daki deki "  # plural, the same cases
    "dir dur tir tur im um imiz umuz iniz unuz "  # is; my, our, your
    # what may be the buffer before an ending that was cut: Səbinə-nin, müraciət-iniz, -lik and -liyi
    "(?<=[aeiou])n (?<=[aeou])s (?<=[aeou])y (?<=[ieu])[ky] "
) + " ".join(f"(?<=[aeiou]){ending}" for ending in _AFTER_VOWEL.split())
_RUSSIAN = (
    "a u om e i ami am ax ya yu em yami yam yax oy ey iy y "  # nouns; -ов stays: surnames end so
    "aya uyu oe ee ie ogo ego omu emu im imi ix"  # adjectives
)


def _cut(endings: str) -> re.Pattern[str]:
    """What finds the longest ending that leaves enough of a word."""
    by_length = sorted(endings.split(), key=lambda ending: -len(re.sub(r"\(.*\)|\[.*\]", "", ending)))
    return re.compile(f"(?<=[^\\W_]{{{SHORTEST_STEM}}})(?:{'|'.join(by_length)})$")


_CUT, _CUT_RUSSIAN = _cut(_AZERBAIJANI), _cut(_RUSSIAN)
_SOUNDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("dzh|dj|zh|j", "c"), ("sh", "s"), ("ch", "c"), ("kh|gh|[gqhx]", "k"), ("w", "v"), ("e", "a"), ("y", ""),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


def fold(text: str) -> str:
    """The folded form of a text; what stands between words stays."""
    return folded(normalise(text).text)


def folded(text: str) -> str:
    """The same, for text that was brought to one written form already (`triage.text.normalise`)."""
    plain = text.lower().translate(_PLAIN)
    if plain.isascii():
        return plain
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).lower()


def words(text: str) -> list[str]:
    """The folded words of a text in order, numbers among them."""
    return split(fold(text))


def split(plain: str) -> list[str]:
    """The words of a folded text, each no longer than what counts of it."""
    return [word[:LONGEST] for word in _WORD.findall(plain)]


def compact(text: str) -> str:
    """A number as its letters and digits alone: `1-45/2026` and `1 45 2026` are one."""
    return "".join(_WORD.findall(fold(text)))[:LONGEST]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Azerbaijani or Turkish stem of a folded word, at least three letters; words with digits are their own."""
    return _shorn(word, _CUT)


@lru_cache(maxsize=50_000)
def russian_stem(word: str) -> str:
    """The Russian stem of a folded word, at least three letters; words with digits are their own."""
    return _shorn(word, _CUT_RUSSIAN)


def _shorn(word: str, endings: re.Pattern[str]) -> str:
    if word.isalpha():
        while (cut := endings.sub("", word, count=1)) != word:
            word = cut
    return word


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """What is left of a folded name in every spelling; empty where that is too little to tell names apart."""
    plain = stem(word)
    for pattern, letters in _SOUNDS:
        plain = pattern.sub(letters, plain)
    return plain if len(plain) >= SHORTEST_STEM else ""
