"""Which mentions in one text speak of the same person or body."""

from __future__ import annotations

from collections.abc import Sequence

from triage.entities.features import skeleton, stem

_LINKS = {"oglu", "ogli", "oqlu", "ogly", "oqli", "oqly", "qizi", "kizi", "kyzy", "kizy", "qyzy"}
_LOOK_BACK = 200  # names compared with, which keeps the time linear
_SAME = 4  # letters that two forms of one name share at least, but for the ending


def same_names(surfaces: Sequence[Sequence[str]], labels: Sequence[str]) -> list[int]:
    """The number of its name for each mention, numbers given in order of first appearance.

    `surfaces` are the words of each mention, in the order of the text. A mention joins the latest name of
    its label that it agrees with: a person's shorter form agrees where each of its words, an initial
    included, is a word of the longer one (`O. Kərimbəyli`, `Kərimbəyli Oruc Həmid oğlu`); a body's forms
    agree where all words do.
    """
    names: list[tuple[str, list[str]]] = []
    numbers = []
    for surface, label in zip(surfaces, labels, strict=True):
        words = _name_words(surface)
        found = _latest(names, words, label)
        if found is None:
            found = len(names)
            names.append((label, words))
        elif len(words) > len(names[found][1]):
            names[found] = (label, words)
        numbers.append(found)
    return numbers


def _latest(names: Sequence[tuple[str, list[str]]], words: list[str], label: str) -> int | None:
    for number in range(len(names) - 1, max(len(names) - _LOOK_BACK, 0) - 1, -1):
        if names[number][0] == label and _agree(names[number][1], words, label):
            return number
    return None


def _name_words(surface: Sequence[str]) -> list[str]:
    plain = (skeleton(word).strip(".") for word in surface)
    return [word for word in plain if word and word[0].isalnum() and word not in _LINKS]


def _agree(one: list[str], other: list[str], label: str) -> bool:
    short, long = sorted((one, other), key=len)
    if not short or (label == "ORG" and len(short) != len(long)):
        return False
    if all(len(word) == 1 for word in short):
        return short == long
    return all(any(_same_word(word, place) for place in long) for word in short)


def _same_word(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    short, long = sorted((stem(one), stem(other)), key=len)
    return long.startswith(short) and (len(short) >= _SAME or one == other or len(long) - len(short) <= 1)
