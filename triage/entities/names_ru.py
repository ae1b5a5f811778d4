"""Russian declension of personal names and of the heads of names of bodies and places, undone.

The words of a name stand in one case and agree in gender, so each word's possible readings are kept and only
those that all words share survive (A. A. Zaliznyak, Grammatical Dictionary of Russian, tables of names).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# Endings by pattern of declension: nominative first, then genitive, dative, accusative, instrumental,
# prepositional. The words are in lower case.
_CASES = 6
_PARADIGMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # gender, what the stem must end in, endings
    ("m", r"(?:[её]в|ов|ин|ын)", ("", "а", "у", "а", "ым", "е")),
    ("f", r"(?:[её]в|ов|ин|ын)", ("а", "ой", "ой", "у", "ой", "ой")),
    ("m", r"(?:ск|цк)", ("ий", "ого", "ому", "ого", "им", "ом")),
    ("f", r"(?:ск|цк)", ("ая", "ой", "ой", "ую", "ой", "ой")),
    ("m", r"(?:ович|евич|ич)", ("", "а", "у", "а", "ем", "е")),
    ("f", r"(?:овн|евн|ичн)", ("а", "ы", "е", "у", "ой", "е")),
    ("m", r"[бвгдзклмнпрстфхжчшц]", ("", "а", "у", "а", "ом", "е")),
    ("m", r"(?:[аеиуюэ]|[^в]о)", ("й", "я", "ю", "я", "ем", "е")),
    ("m", r"[лнрст]", ("ь", "я", "ю", "я", "ем", "е")),
    ("f", r"[бвдзлмнпрстфц]", ("а", "ы", "е", "у", "ой", "е")),
    ("f", r"[гкхжчшщ]", ("а", "и", "е", "у", "ой", "е")),
    ("f", r"[аеоулнрь]", ("я", "и", "е", "ю", "ей", "е")),
    ("f", r"и", ("я", "и", "и", "ю", "ей", "и")),
)
_STEMS = tuple((gender, re.compile(stem + "$"), endings) for gender, stem, endings in _PARADIGMS)
# These do not change: -заде, -ли, -оглы, initials, names in -и, -у, -о, -е.
_FIXED = re.compile(r"(?:заде|[^лаи]л[иы]|бейли|[оиэ])$|\.$")
_PARENT = {"оглы": "m", "оглу": "m", "кызы": "f", "гызы": "f"}
# Endings that only surnames and patronymics have: such a word is read by their tables alone.
_SURNAME = re.compile(r"..[её]?[ое]в(?:а|у|ым|е|ой)?$")
_PATRONYMIC = re.compile(r"(?:[ое]вич|ьич)(?:а|у|ем|е)?$|(?:овн|евн|ичн)(?:а|ы|е|у|ой)$")

_Reading = tuple[str, int]  # gender, case


def _readings(word: str) -> dict[_Reading, set[str]]:
    """Nominatives of a word in lower case by gender and case."""
    everything = [(gender, case) for gender in "mf" for case in range(_CASES)]
    found: dict[_Reading, set[str]] = {}
    if word in _PARENT:
        return {(_PARENT[word], case): {word} for case in range(_CASES)}
    if _FIXED.search(word):
        found = {reading: {word} for reading in everything}
    elif not word.endswith(("а", "я", "й", "ь", "ы", "е", "ой")):
        # A woman's name or surname in a consonant does not change: Нигяр, Рейхан.
        found = {("f", case): {word} for case in range(_CASES)}
    stems = _STEMS
    if _PATRONYMIC.search(word):
        stems, found = _STEMS[4:6], {}
    elif _SURNAME.search(word):
        stems, found = _STEMS[:2], {}
    for gender, stem, endings in stems:
        for case, ending in enumerate(endings):
            base = word[: len(word) - len(ending)] if ending else word
            if word.endswith(ending) and len(base) > 1 and stem.search(base):
                found.setdefault((gender, case), set()).add(base + endings[0])
    return found


def nominative(words: list[str], known: Mapping[str, str], others: Collection[str]) -> list[str] | None:
    """The words of one Russian name in the nominative, lower case; None where two readings are as good.

    `known` maps given names in lower case to their gender (`m`, `f` or `-`); `others` holds words of other
    mentions of names in the same text, lower case: a nominative that stands there is believed.
    """
    best: list[tuple[int, list[str]]] = []
    analysed = [_readings(word) for word in words]
    for at, word in enumerate(words[1:]):
        if word in _PARENT:  # the father's name before `оглы` does not change
            analysed[at] = {(gender, case): {words[at]} for gender in "mf" for case in range(_CASES)}
    for reading in [(gender, case) for case in range(_CASES) for gender in "fm"]:
        if not all(reading in readings for readings in analysed):
            continue
        chosen = [max(sorted(r[reading]), key=lambda w: (w in known, w in others)) for r in analysed]
        score = sum(_credit(word, reading[0], known, others) for word in chosen)
        score += 2 * (chosen == words)
        best.append((score, chosen))
    if not best:
        return None
    top = max(score for score, _ in best)
    answers = {tuple(chosen) for score, chosen in best if score == top}
    if len(words) == 1 and top <= 2 and len({tuple(chosen) for _, chosen in best}) > 1:
        return None
    return list(answers.pop()) if len(answers) == 1 else None


def _credit(word: str, gender: str, known: Mapping[str, str], others: Collection[str]) -> int:
    given = known.get(word)
    return (3 if given in {gender, "-"} else 0) + (4 if word in others else 0)


_HEADS = {
    "прокуратура": ("f", "прокуратур"), "суд": ("m", "суд"), "управление": ("n", "управлени"),
    "отдел": ("m", "отдел"), "отделение": ("n", "отделени"), "министерство": ("n", "министерств"),
    "банк": ("m", "банк"), "компания": ("f", "компани"), "полиция": ("f", "полици"), "служба": ("f", "служб"),
    "комитет": ("m", "комитет"), "школа": ("f", "школ"), "больница": ("f", "больниц"),
    "университет": ("m", "университет"), "агентство": ("n", "агентств"), "колония": ("f", "колони"),
    "район": ("m", "район"), "город": ("m", "город"), "село": ("n", "сел"), "улица": ("f", "улиц"),
    "поселок": ("m", "посёлк"), "область": ("f", "област"), "проспект": ("m", "проспект"),
    "республика": ("f", "республик"), "коллегия": ("f", "коллеги"), "инспекция": ("f", "инспекци"),
}  # fmt: skip
_HEAD = {
    ending: (nominative, gender)
    for nominative, (gender, stem) in _HEADS.items()
    for ending in (
        nominative,
        *(stem + e for e in ("а", "у", "е", "ом", "ы", "ой", "и", "ю", "ей", "ем", "я")),
    )
}
_ANY_ADJECTIVE = re.compile(r"(?:ый|ий|ой|ая|яя|ое|ее|ого|его|ому|ему|ым|им|ом|ем|ей|ую|юю)$")
_ADJECTIVE = re.compile(r"(.+?)(?:ого|его|ому|ему|ым|им|ом|ем|ой|ей|ую|юю)$")


def head_nominative(words: list[str]) -> str | None:
    """A body's or place's name with its head and the adjectives before it in the nominative.

    None where no head is known or something other than adjectives stands before it.
    """
    at = next((i for i, word in enumerate(words) if word.lower() in _HEAD), None)
    if at is None or not all(_ANY_ADJECTIVE.search(word) for word in words[:at]):
        return None
    head, gender = _HEAD[words[at].lower()]
    head = head.capitalize() if words[at][0].isupper() else head
    return " ".join([*(_adjective(word, gender) for word in words[:at]), head, *words[at + 1 :]])


def _adjective(word: str, gender: str) -> str:
    match = _ADJECTIVE.match(word)
    if not match or len(match[1]) < 3:
        return word
    soft = match[1][-1] in "гкхжшчщ"
    return match[1] + {"m": "ий" if soft else "ый", "f": "ая", "n": "ое"}[gender]
