"""Why a department may send a paper back: the codes of `return_reasons.toml`, read and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.errors import InvalidError

_FILE = Path(__file__).with_name("return_reasons.toml")
_LANGUAGES = ("az", "en", "ru")
_WRONG = (None, "subject", "territory", "department", "body")


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its names by language, what it says was wrong in the decision, whether words must be added."""

    code: str
    names: Mapping[str, str]
    wrong: str | None
    remark: bool


@lru_cache
def load(path: Path = _FILE) -> dict[str, Reason]:
    """The reasons by code, in the order of the file. Raises InvalidError where the file cannot be used."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {code: _reason(code, table) for code, table in tables.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InvalidError(f"{path.name}: {error!r}. See the file that the service ships.") from error


def _reason(code: str, table: dict[str, Any]) -> Reason:
    """A reason from its table; a missing name is a KeyError, anything unknown a ValueError."""
    names = {language: str(table[language]) for language in _LANGUAGES}
    wrong, remark = table.get("wrong"), table.get("remark", False)
    if unknown := table.keys() - {*_LANGUAGES, "wrong", "remark"}:
        raise ValueError(f"{code} has an unknown key: {min(unknown)}")
    if wrong not in _WRONG or type(remark) is not bool:
        raise ValueError(f"{code}: `wrong` is one of {_WRONG[1:]}, `remark` true or false")
    return Reason(code, names, wrong, remark)
