"""The reader's language: words from the catalogues, and dates and numbers in the reader's form.

Message ids are English sentences. `i18n/<language>/*.po` are read once, at start, and are one catalogue together, so
that each part of the pages has a file of its own. English is the message ids themselves.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from operator import ne
from pathlib import Path
from typing import Any, Final

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from api.intake.calendar import BAKU

LANGUAGES: Final = {"az": "Azərbaycanca", "en": "English", "ru": "Русский"}
"""The languages of the interface, each in its own words."""
DEFAULT: Final = "az"
FOLDER = Path(__file__).parent / "i18n"
_LOCALES = {"az": "az", "en": "en_GB", "ru": "ru"}
_HOLE = "{}"
_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)


def N_(message: str) -> str:  # noqa: N802 - the name that tools for gettext look for
    """Marks a message that is translated later, where the reader is known."""
    return message


@dataclass(frozen=True)
class Words:
    """One language of the interface."""

    code: str

    @cached_property
    def locale(self) -> Locale:
        """What Babel knows of the language's dates and numbers."""
        return Locale.parse(_LOCALES[self.code])

    def read(self) -> None:
        """Read the catalogues, and what dates and numbers look like, so that nobody waits for them."""
        now = datetime.now(BAKU)
        self.told(self.moment(now))
        self.ago(now, now)
        self.percent(0.5)
        self.number(len(_patterns(self.code)))

    def text(self, message: str, /, **values: Any) -> str:
        """A message in this language; `%(name)s` stands for a value."""
        found = _messages(self.code).gettext(message)
        return found % values if values else found.replace("%%", "%")

    def plural(self, one: str, many: str, count: int, /, **values: Any) -> str:
        """A message that depends on a number, which is `%(num)s` in it."""
        return _messages(self.code).ngettext(one, many, count) % {"num": self.number(count), **values}

    def forms(self, one: str, many: str | None = None, /) -> str | list[str]:
        """A message of a script, or the forms of a plural, as the language counts (CLDR's categories in order)."""
        if many is None:
            return self.text(one)
        samples = {"az": (1, 2), "en": (1, 2), "ru": (1, 2, 5)}[self.code]
        return [_messages(self.code).ngettext(one, many, count) for count in samples]

    def told(self, message: str) -> str:
        """A sentence of the service (api/errors.py) in this language; as it is where no catalogue has it.

        Sentences with values are catalogued with `{}` in their places: the longest that fits counts, and what stands
        in the places is translated in turn.
        """
        catalogue = _messages(self.code)
        if (found := catalogue.gettext(message)) != message:
            return found
        for pattern, msgid in _patterns(self.code):
            if fit := pattern.fullmatch(message):
                return catalogue.gettext(msgid).format(*map(self._value, fit.groups()))
        return message

    def _value(self, value: str) -> str:
        """What stands in a sentence: a day, a list of which each is known, or a sentence in turn."""
        if _DAY.fullmatch(value):
            with suppress(ValueError):
                return self.date(date.fromisoformat(value))
        parts = value.split(", ")
        told = [self.told(part) for part in parts]
        return ", ".join(told) if len(parts) == 1 or all(map(ne, told, parts)) else self.told(value)

    def date(self, day: date | datetime) -> str:
        """A day, such as 2 Mar 2026; moments as the day that it is in Baku."""
        return dates.format_date(_local(day), "medium", self.locale)

    def moment(self, at: datetime) -> str:
        """A day and time in Baku."""
        return f"{self.date(at)}, {dates.format_time(_local(at), 'short', locale=self.locale)}"

    def field(self, at: datetime) -> str:
        """A moment as the value of a field of a form."""
        return f"{_local(at):%Y-%m-%dT%H:%M}"

    def ago(self, at: datetime, now: datetime) -> str:
        """How long ago a moment was, or how far ahead it is."""
        return dates.format_timedelta(at - now, add_direction=True, locale=self.locale)

    def number(self, value: float) -> str:
        """A number with the language's separators."""
        return numbers.format_decimal(value, locale=self.locale)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share (0..1) as a percentage."""
        form = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        pattern = form.replace("%", " %") if self.code == "ru" else form
        return numbers.format_percent(share, pattern, locale=self.locale)

    def bytes(self, size: int) -> str:
        """A number of bytes, in a unit that is easy to read."""
        step = next((s for s in (30, 20, 10) if size >= 2**s), 0)
        unit = {30: "GB", 20: "MB", 10: "KB", 0: "B"}[step]
        return f"{numbers.format_decimal(round(size / 2**step, 1 if step else 0), locale=self.locale)} {unit}"


def words(code: str | None) -> Words:
    """The language of this code, or the default one."""
    return _words(code if code in LANGUAGES else DEFAULT)


def catalogue(code: str) -> Iterator[tuple[Path, Catalog]]:
    """The files of a language."""
    for path in sorted((FOLDER / code).glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=code)


@cache
def _words(code: str) -> Words:
    return Words(code)


@cache
def _messages(code: str) -> gettext.NullTranslations:
    """All files of a language as one catalogue."""
    whole = Catalog(locale=code)
    for _, part in catalogue(code):
        for message in part:
            if message.id and message.string and not message.fuzzy:
                whole.add(message.id, message.string)
    if not len(whole):
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _patterns(code: str) -> list[tuple[re.Pattern[str], str]]:
    """Catalogued sentences with places for values, the most telling first."""
    ids = {str(message.id) for _, part in catalogue(code) for message in part if _HOLE in str(message.id)}
    by_length = sorted(ids, key=lambda msgid: -len(msgid))
    return [
        (re.compile("(.+?)".join(map(re.escape, msgid.split(_HOLE))), re.DOTALL), msgid)
        for msgid in by_length
    ]


def _local(at: date | datetime) -> Any:
    return at.astimezone(BAKU).replace(tzinfo=None) if isinstance(at, datetime) else at
