"""Azerbaijani case endings taken off names, by vowel harmony and by the names themselves.

Only the last word of an Azerbaijani name takes an ending (`Vüsal Əliyevin`, `Əliyev Vüsal Rasim oğluna`).
What looks like an ending may belong to the name (Aydın, Nərmin, Ayda): a given name of the list, or one that
stands whole elsewhere in the text, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_BACK, _FRONT = "aıou", "əeiöü"
_VOWELS = _BACK + _FRONT
# Endings after a vowel and after a consonant (genitive, dative, accusative, locative, ablative, with, is).
_AFTER_VOWEL = re.compile(
    r"(?:n[ıiuü]n(?:d[ıiuü]r)?|y[aə]|n[ıiuü]|d[aə](?:k[ıi])?|d[aə]n(?:d[ıiuü]r)?|yl[aə]|d[ıiuü]r|g[i]l\w{0,4})$"
)
_AFTER_CONSONANT = re.compile(
    r"(?:[ıiuü]n(?:d[ıiuü]r)?|[aə]|[ıiuü]|d[aə](?:k[ıi])?|d[aə]n(?:d[ıiuü]r)?|l[aə]|d[ıiuü]r|g[i]l\w{0,4})$"
)
_SURNAME = re.compile(r"(?:[oe]v|[oe]va|zadə|zade|ski|skaya|b[əe]yli|b[əe]yov|xanl[ıi]|o[ğg]lu|q[ıi]z[ıi])$")
_SURNAME_LI = re.compile(r"\w{3,}l[ıiuü]$")
_PARENT = re.compile(r"(o[ğg]lu|q[ıi]z[ıi])(?:n[ıiuü]n|n[aəe]|n[ıiuü]|n?d[aəe]n?|yla|yl[əe]|d[ıiuü]r)?$")
# Short endings are also how many names end (Rübabə, Vəli); they come off only where the stem is known.
_SHORT = 2


def nominative(word: str, given: Collection[str], others: Collection[str], male: bool) -> str:
    """The last word of a name, lower case, without its case ending.

    `given` holds given names in the nominative, `others` words of other mentions in the text, lower case.
    `male` says that a man's given name stands before, so that `-ova` is a man's dative, not a woman's name.
    """
    if parent := _PARENT.fullmatch(word):
        return parent[1]
    if male and word.endswith(("ova", "eva")):
        return word[:-1]
    if word in given or _SURNAME.search(word):
        return word
    stems = list(_stems(word))
    sure = next((stem for stem, ending in stems if _is_name(stem, ending, given, others)), None)
    if sure is not None or _SURNAME_LI.fullmatch(word):
        return sure or word
    return next((stem for stem, ending in stems if _like_a_name(stem, ending)), word)


def _is_name(stem: str, ending: str, given: Collection[str], others: Collection[str]) -> bool:
    """Whether the stem is a name. Səidə is a woman's name and Səid's dative: only another mention tells."""
    if stem in others or (stem in given and ending != "ə"):
        return True
    return bool(_SURNAME.search(stem) or (len(ending) >= _SHORT and _SURNAME_LI.fullmatch(stem)))


def _like_a_name(stem: str, ending: str) -> bool:
    """Whether an unknown stem can be a name before an ending of two letters or more.

    `-dır` and `-la` end names too (Bahadır, Leyla); before `-ın` a name seldom ends in two consonants
    (`Nərmin` is whole, `Cavidin` is not).
    """
    if len(ending) < _SHORT or ending[0] in "lg" or re.fullmatch("d[ıiuü]r", ending):
        return False
    if stem[-1] in _VOWELS:
        return len(ending) > _SHORT and len(stem) > 2
    return len(stem) > 3 and (stem[-2] in _VOWELS or ending[0] == "d")


def _stems(word: str) -> Iterator[tuple[str, str]]:
    """Stems and the endings that fit their last sound and vowel, the longest ending first."""
    for cut in range(2, len(word)):
        stem, ending = word[:cut], word[cut:]
        pattern = _AFTER_VOWEL if stem[-1] in _VOWELS else _AFTER_CONSONANT
        if pattern.fullmatch(ending) and _in_harmony(stem, ending):
            yield stem, ending
            if stem[-1] in "yğ":  # Məlik, Məliyin; İsaq, İsağın
                yield stem[:-1] + {"y": "k", "ğ": "q"}[stem[-1]], ending


def _in_harmony(stem: str, ending: str) -> bool:
    """Front endings follow a front vowel, back ones a back vowel (text typed without ə is let through)."""
    last = next((c for c in reversed(stem) if c in _VOWELS), "")
    first = next((c for c in ending if c in _VOWELS), "")
    return not first or not last or (last in _BACK) == (first in _BACK) or last == "e" or first == "i"


# A body's or place's kind ends in the possessive -(s)ı, and a case follows with n: `İdarəsinin`, `kəndində`.
_POSSESSED = re.compile(
    r"(.{2,}?(?:s[ıiuü]|[^\Waeıioöuüə\d_][ıiuü]))"
    r"(?:n(?:[ıiuü]n|[aəe]|[ıiuü]|d[aəe](?:k[ıi])?|d[aəe]n)(?:d[ıiuü]r)?|d[ıiuü]r)$",
    re.IGNORECASE,
)
_BARE_POSSESSED = re.compile(r".{2,}(?:s[ıiuü]|[^\Waeıioöuüə\d_][ıiuü])$", re.IGNORECASE)
_LIK = re.compile(r"(.+l)([ıu]ğa|[iü]yə)$", re.IGNORECASE)
_HEADS = re.compile(
    r"(bank|klub|fond|mərkəz|məktəb|universitet|hospital|lisey|kollec|hissə|komitə)\w{1,4}$", re.I
)
# Names that end as a genitive does.
_WHOLE = frozenset(["laçın", "pekin", "berlin", "dublin", "bərdə", "ağdərə"])
_LOCATIVE = re.compile(r"d[aə](?:k[ıi]|n|d[ıiuü]r?)?(?:d[ıiuü]r?)?$")


def possessed(word: str) -> str | None:
    """`İdarəsinin` -> `İdarəsi`, `kəndində` -> `kəndi`; None for a word without the possessive."""
    if match := _POSSESSED.fullmatch(word):
        return match[1]
    return word if _BARE_POSSESSED.fullmatch(word) else None


def kind_nominative(word: str) -> str:
    """The last word of a body's name without its case ending; words of other shapes as they are."""
    if found := possessed(word):
        return found
    if lik := _LIK.fullmatch(word):
        return lik[1] + {"ı": "ıq", "u": "uq", "i": "ik", "ü": "ük"}[lik[2][0]]
    head = _HEADS.match(word)
    return head[1] if head else word


def place_nominative(word: str, known: Collection[str]) -> str | None:
    """A bare place name, lower case: `bakıda` -> `bakı`; None where the ending may belong to the name."""
    stems = list(_stems(word))
    for name in (word, *(stem for stem, _ in stems)):
        if name in known or name in _WHOLE:
            return name
    locative = _LOCATIVE.search(word)
    if locative and locative.start() > 3 and _in_harmony(word[: locative.start()], locative.group()):
        return word[: locative.start()]
    sure = next((stem for stem, ending in stems if _like_a_place(stem, ending)), None)
    if sure is None and not any(ending[0] in "aəny" for _, ending in stems):
        return word
    return sure


def _like_a_place(stem: str, ending: str) -> bool:
    """Whether an unknown stem before a case other than the locative is a place's name.

    `-nın` after a or ə tells nothing (Gəncə-nin, Siyəzən-in), `-ya` after i neither (Almaniya, Batumi-yə).
    """
    if ending in ("ya", "yə"):
        return stem[-1] not in "iaə" and len(stem) > 3
    if re.fullmatch("n[ıiuü]n", ending):
        return stem[-1] in "ıiuü"
    if re.fullmatch("[ıiuü]n", ending):
        return len(stem) > 4 and stem[-2] in _VOWELS and stem[-1] != "n"
    return ending == "a" and stem.endswith(("stan", "abad"))
