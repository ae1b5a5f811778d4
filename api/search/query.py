"""What was typed into the search box, understood. Nothing that is typed is wrong: what has no meaning is left out.

Words must all be found, in any form; `"words in quotes"` one after another; `-word` must not be there;
`number:2026-B-1` is the beginning of a paper's own or its sender's number, `case:…` of the number of a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.search.folding import compact, russian_stem, sound, stem, words
from api.search.repository import Terms
from api.search.terms import in_country, typed_for

MOST_PARTS = 12
"""Words, phrases and numbers that count."""
_PART = re.compile(
    r"(?P<no>[-–−]?)(?P<kind>(?:number|case):)?"
    r'(?:["“”„«](?P<quoted>[^"“”„«»]*)["“”„»]?|(?P<word>\S+))',
    re.IGNORECASE,
)
_KINDS = {"number:": "n", "case:": "c"}
_RUN = re.compile(r"(?:[+(]{0,2}\d[\d()]*[ -]){2,8}\d+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Part:
    """One condition, as tsqueries: `words` that must be there, `phrase` where they must stand together.

    `like` is the folded word where names may resemble it, `slips` are the terms of names that do.
    """

    words: str
    wanted: bool = True
    phrase: str = ""
    like: str = ""
    slips: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search. `keys` are the stems, sounds and numbers by which matches in a text are shown."""

    parts: tuple[Part, ...]
    keys: frozenset[str]

    @property
    def terms(self) -> Terms | None:
        """What must hold; None where nothing is asked for."""
        return self._terms([part.words for part in self._wanted])

    @property
    def loose_terms(self) -> Terms | None:
        """The same, where names may resemble what was asked; None where none may."""
        like = tuple(part.like for part in self._wanted if part.like)
        words = [_any([part.words, part.slips]) if part.like else part.words for part in self._wanted]
        return self._terms(words, like) if like else None

    @property
    def _wanted(self) -> list[Part]:
        return [part for part in self.parts if part.wanted]

    def _terms(self, words: list[str], like: tuple[str, ...] = ()) -> Terms | None:
        without = [f"!{part.words}" for part in self.parts if not part.wanted and not part.phrase]
        together = [f"{'' if part.wanted else '!'}{part.phrase}" for part in self.parts if part.phrase]
        return Terms(" & ".join(words + without), " & ".join(together), like) if words else None


def understand(typed: str) -> Asked:
    """What is asked for."""
    parts: list[Part] = []
    keys: set[str] = set()
    for part, shown in _parts(typed):
        if len(parts) == MOST_PARTS:
            break
        if part not in parts:
            parts.append(part)
            keys |= shown if part.wanted else set()
    return Asked(tuple(parts), frozenset(keys))


def _parts(typed: str) -> Iterator[tuple[Part, set[str]]]:
    for found in _PART.finditer(_runs_joined(typed)):
        wanted = not found["no"]
        kind = _KINDS.get((found["kind"] or "").lower())
        text = found["word"] if found["quoted"] is None else found["quoted"]
        if kind:
            if whole := compact(text):
                yield Part(_lexeme(f"{kind}/{whole}", begins=True), wanted), {whole}
        elif found["quoted"] is not None:
            yield from _phrase(words(text), wanted)
        else:
            yield from _word(text, wanted)


def _runs_joined(typed: str) -> str:
    """Numbers written in groups, such as telephones, as one."""
    return _RUN.sub(lambda run: re.sub(r"\D", "", run.group()), typed)


def _word(text: str, wanted: bool) -> Iterator[tuple[Part, set[str]]]:
    """A word, or several that punctuation joins, as in numbers and addresses: those also as one."""
    found = words(text)
    if not found:
        return
    if len(found) > 1 or any(map(str.isdigit, found[0])):
        whole = compact(text)
        wholes = [number for number in (whole, in_country(whole)) if number]
        spelt = [_all(map(_form, found))] if len(found) > 1 else []
        yield Part(_any([*map(_lexeme, wholes), *spelt]), wanted), {*wholes, *map(stem, found)}
        return
    word = found[0]
    slips = list(map(_lexeme, typed_for(sound(word))))
    like = {"like": word, "slips": _any(slips)} if slips else {}
    yield Part(_form(word, named=True), wanted, **like), _keys(word)


def _phrase(found: list[str], wanted: bool) -> Iterator[tuple[Part, set[str]]]:
    forms = list(map(_form, found))
    if found:
        keys = {key for word in found for key in (stem(word), f"r/{russian_stem(word)}")}
        phrase = f"({' <-> '.join(forms)})" if len(found) > 1 else ""
        yield Part(_all(forms), wanted, phrase), keys


def _form(word: str, *, named: bool = False) -> str:
    heard = [f"~{sound(word)}"] if named and sound(word) else []
    return _any(map(_lexeme, dict.fromkeys([stem(word), f"r/{russian_stem(word)}", *heard])))


def _keys(word: str) -> set[str]:
    return {stem(word), f"r/{russian_stem(word)}", *([f"~{sound(word)}"] if sound(word) else [])}


def number_begins(text: str) -> str | None:
    """The tsquery for papers whose own or sender's number begins so; None for no letter and no digit."""
    whole = compact(text)
    return _lexeme(f"n/{whole}", begins=True) if whole else None


def _lexeme(text: str, *, begins: bool = False) -> str:
    """A lexeme as a tsquery has it. Folded words hold letters and digits alone, so that nothing needs escaping."""
    return f"'{text}'{':*' if begins else ''}"


def _any(parts: Iterable[str]) -> str:
    return f"({' | '.join(parts)})"


def _all(parts: Iterable[str]) -> str:
    return f"({' & '.join(parts)})"
