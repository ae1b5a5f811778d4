"""Written forms of place names: endings of declension, and a key for how a name sounds.

Endings are folded (`triage.text.casing.fold`): `-də`, `-dan` and the like stand without marks.
"""

from __future__ import annotations

from functools import lru_cache


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_CASES = _words("in un nin nun ya ye a e i u ni nu yi yu da de ta te dan den tan ten la le yla yle ca ce")
_POSSESSED = _words("na ne nda nde ndan nden ndaki ndeki nca nce")
_DERIVED = _words(
    """
    daki deki taki teki dakilar dekiler dakinin dekinin dadir dedir tadir tedir dayam deyem dayiq deyik dayik
    dandir dendir danam denem li lu liyam liyem luyam luyem lilar liler lular lilerin lularin linin ninki
    nindir dir dur yam yem daydi deydi dayken deyken dadirlar
    """
)
ENDINGS = _CASES | _DERIVED
"""What may follow a name in Azerbaijani or Turkish, written together."""

POSSESSED_ENDINGS = ENDINGS | _POSSESSED
"""The same for names of several words, whose last may be possessed (`Neft Daşları`, `Nizami küçəsi`)."""

LOCATIVE = frozenset(e for e in POSSESSED_ENDINGS if e.startswith(("da", "de", "ta", "te", "nda", "nde")))
"""Endings that say where something is, or from where."""

_LONGEST = max(map(len, POSSESSED_ENDINGS))
_SHORTEST_STEM = 3
_HARDENED = {"g": "q", "y": "k"}  # Xınalıq: Xınalığın; Sədərək: Sədərəyə (ğ is folded to g)

# Russian: adjectives in -ский with or without the -ин- of names in a vowel, then noun endings.
_ADJECTIVE = tuple(
    link + ending
    for link in ("инск", "ьск", "ск")
    for ending in ("ого", "ому", "ими", "ий", "ая", "ой", "ую", "им", "ом", "их", "ие", "ое", "ю")
)
_NOUN = ("ами", "ями", "ах", "ях", "ой", "ей", "ом", "ем", "ью", "ий", *"ыиаяеуюоьй")
_RUSSIAN = tuple(sorted(_ADJECTIVE + _NOUN, key=len, reverse=True))

# Sounds that Russian, English and Turkish write differently for one Azerbaijani letter share a key.
_DIGRAPHS = (
    ("дж", "J"), ("sh", "W"), ("ch", "Q"), ("kh", "G"), ("gh", "G"), ("zh", "J"), ("dzh", "J"),
    ("ya", "A"), ("ye", "A"), ("yo", "A"), ("yu", "U"), ("йя", "A"), ("йе", "A"),
)  # fmt: skip
_SINGLE = str.maketrans(
    "aeoаяеэоuуюiıyиыйqgkhxгкхsczсзjцçşчшщвvwбbпpдdтtфfлlмmнnрrжöüğə",
    "AAAAAAAAUUUIIIIIIGGGGGGGGSJSSSJSQWQWWVVVBBPPDDTTFFLLMMNNRRJAUGA",
)


def is_cyrillic(word: str) -> bool:
    """Whether the word begins with a Cyrillic letter."""
    return "\u0400" <= word[:1] <= "\u052f"


@lru_cache(maxsize=1 << 14)
def latin_stems(word: str, possessed: bool) -> tuple[tuple[str, str], ...]:
    """The folded word and what it may be an inflected form of, with the ending: longest stem first."""
    endings = POSSESSED_ENDINGS if possessed else ENDINGS
    stems = [(word, "")]
    for cut in range(len(word) - 1, max(_SHORTEST_STEM, len(word) - _LONGEST) - 1, -1):
        ending = word[cut:]
        if ending in endings:
            stem = word[:cut]
            stems.append((stem, ending))
            if stem[-1] in _HARDENED and ending[0] in "aeiu":
                stems.append((stem[:-1] + _HARDENED[stem[-1]], ending))
    return tuple(stems)


@lru_cache(maxsize=1 << 14)
def cyrillic_stem(word: str) -> tuple[str, str]:
    """A folded Russian word without its ending, and the ending (empty where the rest would be too short)."""
    for ending in _RUSSIAN:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)], ending
    return word, ""


@lru_cache(maxsize=1 << 14)
def sound(word: str) -> str:
    """A key that is the same for the usual renderings of a name (Biləsuvar, Билясувар, Bilasuvar).

    Vowels are three classes, sibilants and velars one each; doubled classes and a last vowel go.
    """
    if is_cyrillic(word):
        word = cyrillic_stem(word)[0].replace("ь", "").replace("ъ", "")
    for written, key in _DIGRAPHS:
        word = word.replace(written, key)
    key = word.translate(_SINGLE)
    key = "".join(c for place, c in enumerate(key) if place == 0 or c != key[place - 1])
    return key[:-1] if len(key) > _SHORTEST_STEM and key[-1] in "AUI" else key
