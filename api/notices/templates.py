"""The office's letters and names as data: `templates/*.toml` and `names.toml`, read and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from api.errors import InvalidError

KINDS = ("registered", "forwarded", "returned")
"""What a letter tells: the paper has its number; it was sent to a department or a body; it could not be read."""
FORMS = (("az", "latin"), ("az", "cyrillic"), ("ru", "cyrillic"), ("en", "latin"), ("tr", "latin"))
"""Languages and scripts in which every kind must exist; the first is that of papers in any other."""
PLACEHOLDERS = frozenset({
    "number", "received", "answer_by", "department", "unit", "body", "answer_rule", "forward_rule",
})  # fmt: skip
"""What a paragraph may name."""
NAMED = ("az", "ru", "en", "tr")
_HERE = Path(__file__).parent
_RULES = ("answer", "forward")
_RULED = ("default", "information_request", "crime_report")


@dataclass(frozen=True, slots=True)
class DateForm:
    """How a language writes a day; `endings` follow the year by its last digit, `round_endings` by its tens."""

    form: str
    months: tuple[str, ...]
    endings: tuple[str, ...]
    round_endings: tuple[str, ...]

    def write(self, day: date) -> str:
        """The day in words: `22 noyabr 2026-cı il`."""
        tens, last = divmod(day.year % 100, 10)
        ending = (self.endings[last] if last else self.round_endings[tens]) if self.endings else ""
        return self.form.format(day=day.day, month=self.months[day.month - 1], year=day.year, ending=ending)


@dataclass(frozen=True, slots=True)
class Wording:
    """What one kind of letter says: its title, and paragraphs with placeholders."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """The letters in one language and script. `rules` are sentences of the law by (answer or forward, type)."""

    language: str
    script: str
    version: int
    date: DateForm
    words: Mapping[str, str]
    rules: Mapping[tuple[str, str], str]
    letters: Mapping[str, Wording]

    def rule(self, what: str, document_type: str | None) -> str:
        """The sentence on a limit of that type of document, with `{days}` in it."""
        return self.rules.get((what, document_type or ""), self.rules[what, "default"])


@dataclass(frozen=True, slots=True)
class Names:
    """The office's name and place by language, and names of departments that the taxonomy does not have."""

    office: Mapping[str, str]
    place: Mapping[str, str]
    departments: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=4)
def templates(folder: Path | None = None) -> Mapping[tuple[str, str], Template]:
    """The letters of an office's folder, or those that are shipped, by language and script.

    Raises InvalidError where one is missing or not in form: which, and why.
    """
    where = folder or _HERE / "templates"
    return {(language, script): _template(where, language, script) for language, script in FORMS}


@lru_cache(maxsize=4)
def names(folder: Path | None = None) -> Names:
    """The names of an office's folder, or those that are shipped. Raises InvalidError where they are not in form."""
    path = (folder or _HERE) / "names.toml"
    data = _read(path)
    try:
        office, place = _texts(data["office"], NAMED), _texts(data["place"], NAMED)
        departments = {code: _texts(table, table.keys()) for code, table in data["departments"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(path, error) from error
    return Names(office, place, departments)


def _template(folder: Path, language: str, script: str) -> Template:
    path = folder / f"{language}_{script}.toml"
    data = _read(path)
    try:
        _check_head(data, language, script)
        return Template(
            language,
            script,
            data["version"],
            _date_form(data["form"]),
            _texts(data["form"], ("number", "author", "another_body", "signature")),
            {
                (what, kind): _checked(data["rules"][what][kind], {"days"})
                for what in _RULES
                for kind in _RULED
            },
            {kind: _wording(data[kind]) for kind in KINDS},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(path, error) from error


def _check_head(data: dict[str, Any], language: str, script: str) -> None:
    if (data["language"], data["script"]) != (language, script) or type(data["version"]) is not int:
        raise ValueError(f"language, script and version must be “{language}”, “{script}” and a number")


def _date_form(form: dict[str, Any]) -> DateForm:
    """Raises ValueError where a list is too short or long."""
    lists = [tuple(map(str, form.get(name, ()))) for name in ("months", "endings", "round_endings")]
    if len(lists[0]) != 12 or len(lists[1]) != len(lists[2]) or len(lists[1]) not in (0, 10):
        raise ValueError("there are twelve months, and ten endings of years or none")
    return DateForm(_checked(form["date"], {"day", "month", "year", "ending"}), *lists)


def _wording(table: dict[str, Any]) -> Wording:
    paragraphs = table["paragraphs"]
    if not isinstance(paragraphs, list) or not paragraphs:
        raise ValueError("paragraphs are a list of sentences")
    return Wording(_checked(table["title"], set()), tuple(_checked(p, PLACEHOLDERS) for p in paragraphs))


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError for anything in braces that is not a plain name."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None:
            if not name.isidentifier() or spec or conversion:
                raise ValueError(f"“{text}”: only plain names stand in braces")
            found.add(name)
    return found


def _checked(text: Any, allowed: set[str] | frozenset[str]) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a sentence is missing")
    if unknown := placeholders(text) - allowed:
        raise ValueError(f"“{text}” names {{{min(unknown)}}}, which is not known here")
    return text


def _texts(table: dict[str, Any], keys: Any) -> dict[str, str]:
    if not all(isinstance(table[key], str) and table[key].strip() for key in keys):
        raise ValueError("a name is empty")
    return {key: table[key] for key in keys}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _bad(path, error) from error


def _bad(path: Path, error: Exception) -> InvalidError:
    return InvalidError(
        f"{path.name} of the letters cannot be used: {error}. See the file that the service ships."
    )
