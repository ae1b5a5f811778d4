"""What stands around a name, and whether it makes the name a place.

All windows are of bounded length; the patterns are anchored and have no nested repetition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from triage.entities.place_forms import LOCATIVE
from triage.text.casing import fold
from triage.types import Entity

TypeWord = Literal["unit", "town", "village", "street", "venue", "none"]
_REACH = 40

# What follows the name, folded. The whole word is taken, with its endings.
_AFTER_WORDS: tuple[tuple[TypeWord, str], ...] = (
    (
        "unit",
        r"[\s\"']{0,2}(?:(?:seher[\s-]{1,2})?rayon\w{0,12}|r-n\w{0,6}|seher\w{0,12}|district|region|city|ilce\w{0,10}"
        r"|rayonu|muxtar \w{0,16}|район\w{0,4}|р-н\w{0,3}|город\w{0,4}|autonomous \w{0,10}|sehri\w{0,6}"
        r"|vilayet\w{0,8})(?!\w)",
    ),
    (
        "town",
        r"[\s\"']{0,2}(?:qesebe\w{0,12}|settlement|township|qes\.|stansiya\w{0,8}|mikrorayon\w{0,8}|mkr\w{0,3}"
        r"|adasi\w{0,6}|massivi\w{0,6}|kasaba\w{0,8}|bagla\w{0,10})(?!\w)",
    ),
    (
        "village",
        r"[\s\"']{0,2}(?:kend[id]\w{0,10}|kend|koy[ude]\w{0,8}|village|icra numayende\w{0,12}"
        r"|belediyye\w{0,10})(?!\w)",
    ),
    (
        "street",
        r"[\s\"']{0,2}(?:kuc(?:esi\w{0,8}|e\w{0,8}|\.)|pr(?:ospekt\w{0,8}|\.)|cad(?:desi\w{0,8}|\.)|sokak\w{0,6}"
        r"|street|avenue|road|st\.|dalan\w{0,8}|donge\w{0,8}|dong\.)",
    ),
    (
        "venue",
        r"[\s\"']{0,2}(?:bazari?\w{0,8}|kinoteatr\w{0,8}|restoran\w{0,8}|universitet\w{0,8}"
        r"|heykel\w{0,8}|mmc|asc|bank\w{0,6}"
        r"|adina\s|televiziya\w{0,6}|teatr\w{0,8}|muzey\w{0,8}|denizi\w{0,10}|sea|mukafat\w{0,8}"
        r"|milli park\w{0,8}"
        r"|\S{1,14}(?:oglu|qizi)(?!\w))",
    ),
)
_AFTER = tuple((kind, re.compile(pattern)) for kind, pattern in _AFTER_WORDS)


def _before(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})[\s\"']{{0,2}}$")


# What stands before the name, folded; the search is in the last `_REACH` characters.
_BEFORE: tuple[tuple[TypeWord, re.Pattern[str]], ...] = (
    ("town", _before(r"посел\w{1,4}|пос\.|пгт|п\.|settlement of")),
    ("village", _before(r"сел[оаеу]|селения?|с\.|village of")),
    ("unit", _before(r"город\w{0,4}|г\.|район\w{0,2}|district of|city of|sehri|seheri|s\.")),
    ("street", _before(r"улиц\w{1,2}|ул\.|проспект\w{0,2}|пр-т|пр\.|переул\w{1,4}|шоссе")),
    ("venue", _before(r"им\.|имени|adina|m/s|метро")),
)
_PREPOSITION = re.compile(r"(?<!\w)(?:в|во|из|на|под|около|in|near|at|from)\s(?:\w{1,12}\s)?$")
_SURNAME_AFTER = re.compile(
    r"\s[A-ZƏİÖÜŞÇĞА-ЯЁ]\w{2,20}(?:ov|yev|ova|yeva|zadə|zade|ов|ев|ова|ева|заде|skiy)(?:\w{0,3})(?!\w)"
)
_LOCATED_WORD = re.compile(r"\w{2,20}(?:nda|nde|ndan|nden|da|de)(?:ki\w{0,6})?$")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Units that are called like people or things; written small they are common words.
_LIKE_PEOPLE = _words(
    """
    nizami xetai hatai babek nerimanov narimanov nesimi fuzuli fizuli xezer hezer sirvan seki oguz tovuz qax
    низами нариманов бабек физули насими хатаи ширван казах губа куба огуз гах ках шеки шуша барда
    khazar lerik astara
    """
)
_MISREAD_SMALL = _words(
    """
    gence quba qax seki susa samux kuba guba barda berde lacin oguz sirvan astara salyan gadabay kah qazax
    qusar babek culfa ucar xizi tovuz sabran губа куба барда шуша казах тауз ках гах шеки лачин огуз закатала
    """
)
_ASKS_CONTEXT = _LIKE_PEOPLE - _words("sirvan seki tovuz qax astara lerik oguz ширван шеки барда шуша")
_SURNAME = re.compile(r"(?:ov|yev|ova|zadə|zade|ов|ев|lı|li|lu|lü)$")
# Names of places that are also everyday words or first names (folded): only with a sign beside them.
_AMBIGUOUS = _words(
    """
    sahil sabir ulduz qala genclik orta umid mayak mugan cala razin sovetski azad aran mil serq kur tala oba
    payiz tovle tapan liman bina turkan sagan heybet cavad bagdan milli qosa sehriyar turxan gulustan savalan
    samur aslan mazim bildik arzu farhad cinar cinarli bulbul bulbule nabur hal sur qaya xanegah sayad
    нового сахил сабир
    """
)
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a name where it stands.

    `label` is the entity that covers it: P person, L place, O body, X other, empty none or not known.
    `begins` is True where it begins
    that entity. `end` is where the type word ends (or the name); `ending` is the name's own ending.
    """

    capital: bool
    type_word: TypeWord
    end: int
    located: bool
    ending: str
    label: str
    begins: bool
    surname_after: bool
    name: str


def label_marks(entities: Sequence[Entity], length: int) -> bytes:
    """For each character of the text: `P` in a person's name, `L` in a place, `O` in a body, `X` in other."""
    marks = bytearray(length + 1)
    codes = {"PERSON": b"P", "LOC": b"L", "ORG": b"O"}
    for entity in entities:
        start, end = max(entity.start, 0), min(entity.end, length)
        marks[start:end] = codes.get(entity.label, b"X") * max(end - start, 0)
    return bytes(marks)


def context_at(text: str, folded: str, span: tuple[int, int], ending: str, labels: bytes) -> Context:
    """The context of the name at `span`."""
    start, end = span
    after = folded[end : end + _REACH]
    before = folded[max(start - _REACH, 0) : start]
    type_word, type_end = _type_word(after, before)
    last = folded[end : end + type_end] if type_end else folded[start:end]
    located = ending in LOCATIVE or _PREPOSITION.search(before) is not None
    if type_end:
        located = located or _LOCATED_WORD.search(last) is not None
    return Context(
        capital=_first_letter(text[start:end]).isupper(),
        type_word=type_word,
        end=end + type_end,
        located=located,
        ending=ending,
        label=chr(labels[start]) if labels[start] else "",
        begins=start == 0 or labels[start] != labels[start - 1],
        surname_after=not type_end and _SURNAME_AFTER.match(text, end) is not None,
        name=folded[start : end - len(ending)],
    )


def _type_word(after: str, before: str) -> tuple[TypeWord, int]:
    """The type word, and how many characters after the name it takes (0 where it stands before)."""
    for kind, pattern in _AFTER:
        found = pattern.match(after)
        if found is not None:
            return kind, found.end() if kind in ("unit", "town", "village") else 0
    for kind, pattern in _BEFORE:
        if pattern.search(before) is not None:
            return kind, 0
    return "none", 0


def _first_letter(name: str) -> str:
    """The first letter of a name that may begin with a number (`20 Yanvar`)."""
    return next((c for c in name if c.isalpha()), "")


def marked(context: Context) -> bool:
    """Whether something outside the name says that it is a place."""
    return context.type_word in ("unit", "town", "village") or context.label in ("L", "O")


def accepts(kind: str, name: str, words: int, context: Context) -> bool:
    """Whether a place called `name` (of `words` words), of this kind, is meant here."""
    if context.label in ("P", "X") or (context.surname_after and words == 1 and context.label != "L"):
        return False
    if kind == "unit":
        return _accepts_unit(context)
    if kind == "street":
        return context.type_word == "street" or words > 1
    if kind in ("foreign", "wide", "metro"):
        return context.capital
    return _accepts_place(kind, name, words, context)


def _accepts_place(kind: str, name: str, words: int, context: Context) -> bool:
    if context.type_word in ("street", "venue"):
        return words > 1 and kind != "village"
    if context.type_word in ("town", "village") or (
        context.label == "L" and context.begins and context.capital
    ):
        return True
    return context.capital and _accepts_unmarked(kind, name, words, context)


def _accepts_unit(context: Context) -> bool:
    if context.type_word == "unit" or context.label == "O":
        return True
    if context.type_word == "street" or (context.type_word == "venue" and context.name in _LIKE_PEOPLE):
        return False
    if context.label == "L" and context.begins:
        return True
    if not context.capital:
        return context.name not in _MISREAD_SMALL | _LIKE_PEOPLE and len(context.name) > _SHORT
    return context.name not in _ASKS_CONTEXT or context.located


def _accepts_unmarked(kind: str, name: str, words: int, context: Context) -> bool:
    """A capitalised name with no sign around it that it is a place."""
    if words > 1:
        return True
    if fold(name) in _AMBIGUOUS or len(name) < _SHORT:
        return False
    return context.located if kind == "village" or _SURNAME.search(name) else True
