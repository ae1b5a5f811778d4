"""The kinds of notifications and their sentences: data, in `kinds.toml` beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("az", "en", "ru")
_FILE = Path(__file__).with_name("kinds.toml")
_NAMES = re.compile(r"\{(\w+)\}")
_LABEL = re.compile(r"[\w.:/+-]{0,100}")
_WORDS = {"paper": {"number"}, "hidden": set(), "subject": {"count"}, "closing": {"url"}}
"""The words around sentences, and what each names."""

Fact = int | str | bool | None
"""A number or a label: no spaces, so that no name or sentence gets in."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its sentence by language, the facts it names, and whether the digest does not wait with it.

    `named`: the paper is named also to who may see it no more.
    """

    sentences: Mapping[str, str]
    facts: frozenset[str]
    at_once: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds by name, and the words around their sentences."""

    kinds: Mapping[str, Kind]
    words: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, path: Path = _FILE) -> Kinds:
        """Read and check the file. Raises ValueError where a language, a word or a fact is missing or unknown."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        words = {name: _sentences(name, data["words"][name], facts) for name, facts in _WORDS.items()}
        return cls({name: _kind(name, table) for name, table in data["kinds"].items()}, words)

    def of(self, name: str, facts: Mapping[str, Fact]) -> Kind:
        """The kind of this name. Raises ValueError where there is none or a fact that it names is not given."""
        found = self.kinds.get(name)
        if found is None:
            raise ValueError(f"There is no kind of notification {name!r}: see kinds.toml.")
        if missing := found.facts - facts.keys():
            raise ValueError(f"A notification of {name} needs {', '.join(sorted(missing))}.")
        return found

    def is_named(self, name: str) -> bool:
        """Whether the paper is named also to who may see it no more."""
        return name in self.kinds and self.kinds[name].named

    def sentence(self, name: str, language: str, number: str | None, facts: Mapping[str, Fact]) -> str:
        """What is told; `number` None: of a paper that the reader may not see. A kind of the past: its name."""
        kind = self.kinds.get(name)
        if kind is None or not kind.facts <= facts.keys():
            return name
        paper = self.word("paper", language, number=number) if number else self.word("hidden", language)
        return _in(kind.sentences, language).format_map({**facts, "paper": paper})

    def word(self, name: str, language: str, **values: Fact) -> str:
        """Words around sentences."""
        return _in(self.words[name], language).format_map(values)


@lru_cache(maxsize=1)
def load() -> Kinds:
    """The kinds that the service ships with, read once."""
    return Kinds.load()


def check_facts(facts: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts, if all are numbers or labels. Raises ValueError on anything that could be a name or words."""
    for name, value in facts.items():
        if not (
            value is None or isinstance(value, int) or (isinstance(value, str) and _LABEL.fullmatch(value))
        ):
            raise ValueError(f"The fact {name} must be a number or a label without spaces.")
    return dict(facts)


def _kind(name: str, table: dict[str, Any]) -> Kind:
    facts = frozenset(table.get("facts", ()))
    if unknown := table.keys() - {"facts", "at_once", "named", *LANGUAGES}:
        raise ValueError(f"{name}: unknown key {min(unknown)}.")
    marks = (bool(table.get(mark, False)) for mark in ("at_once", "named"))
    return Kind(_sentences(name, table, facts | {"paper"}), facts, *marks)


def _sentences(name: str, table: Mapping[str, Any], facts: frozenset[str] | set[str]) -> dict[str, str]:
    sentences = {language: str(table.get(language, "")) for language in LANGUAGES}
    for language, sentence in sentences.items():
        if not sentence.strip() or not set(_NAMES.findall(sentence)) <= facts:
            raise ValueError(f"{name}: the {language} sentence is missing, or names what is not given.")
    return sentences


def _in(sentences: Mapping[str, str], language: str) -> str:
    return sentences.get(language) or sentences[LANGUAGES[0]]
