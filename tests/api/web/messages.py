"""Everything that pages say to people, extracted from templates, Python, scripts, and the service's own sentences.

`python -m tests.api.web.messages` prints what the catalogues lack, ready to be pasted into a `.po` file.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from jinja2.ext import babel_extract

from api.web import language, statics
from triage.taxonomy import Taxonomy

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "api" / "web"
TONGUES = ("az", "ru")
Message = str | tuple[str, str]
_KEYWORDS: Any = {"N_": None, "text": None, "_": None, "plural": (1, 2)}
_ERRORS = frozenset({
    "InvalidError", "ForbiddenError", "NotFoundError", "ConflictError", "UnauthenticatedError", "GoneError",
    "PreconditionError", "TooManyError", "UnsupportedError", "TooLargeError", "UnavailableError", "CorruptError",
    "EncryptedError", "EmptyFileError", "UnsupportedFormatError", "PageMissingError", "HTTPException",
    "StorageFullError", "problem", "CalendarError", "ChangedError", "DocumentError", "PreconditionRequiredError",
    "TaxonomyError", "_require",
})  # fmt: skip
_TOLD = (
    "api/audit", "api/auth", "api/automation", "api/bundles/service.py", "api/bundles/shelf.py", "api/departments",
    "api/documents", "api/intake", "api/notices",
    "api/notifications", "api/operation", "api/policy", "api/related", "api/retention", "api/review", "api/search",
    "api/supervision", "api/triaging", "api/webhooks", "api/work", "api/problems.py", "api/cursors.py",
    "api/db/session.py", "api/jobs", "triage/documents", "triage/taxonomy.py",
)  # fmt: skip
"""Whose sentences reach people at pages: a page of another feature names its folder here."""
_FILES = (
    "api/review/catalogue.py",
    "api/retention/schedule.py",
    "api/departments/reasons.py",
    "api/intake/calendar.py",
)
"""What an office decides on by files: that one cannot be used is told at the page of rules, by a ValueError, too."""


def messages(taxonomy: Taxonomy, code: str) -> set[Message]:
    """Every message that the catalogues of a language must have."""
    told = {*of_templates(), *of_python(), *of_scripts(), *of_errors(), *of_taxonomy(taxonomy, code)}
    return {message for message in told if any(sign.isalpha() for sign in str(message))}


def of_templates() -> Iterator[Message]:
    """Messages of `_("…")` and `plural("…", "…", count)` in templates."""
    for path in sorted((WEB / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, _KEYWORDS, [], {}):
                if any(found) if isinstance(found, tuple) else found:
                    yield _message(found)


def of_python() -> Iterator[Message]:
    """Messages of `N_("…")`, `words.text("…")` and `words.plural("…", "…", count)` in Python."""
    for path in sorted(WEB.rglob("*.py")):
        with path.open("rb") as file:
            for _, found, _, _ in extract("python", file, _KEYWORDS):
                yield _message(found)


def of_scripts() -> Iterator[Message]:
    """Messages of `t("…")` and `plural("…", "…", count)` in scripts."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(statics.FOLDER.rglob("*.js")))
    for found in statics.said(scripts):
        yield _message(found)


def of_errors() -> set[str]:
    """The sentences of errors that people can meet, with `{}` for each value."""
    found: set[str] = set()
    for place in _TOLD:
        for path in [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"):
            told = _sentences(ast.parse(path.read_text(encoding="utf-8")), _ERRORS)
            found |= {sentence for sentence in told if " " in sentence}
    for place in _FILES:
        found |= set(_sentences(ast.parse((ROOT / place).read_text(encoding="utf-8")), {"ValueError"}))
    return found


def of_taxonomy(taxonomy: Taxonomy, code: str) -> Iterator[str]:
    """Names that the taxonomy lacks in a language, by their English names; places; grounds of rules."""
    for told in taxonomy.names.values():
        if code not in told:
            yield told["en"].replace("%", "%%")
    if code != "az":
        yield from taxonomy.unit_names.values()
    yield from (rule.ground for rule in taxonomy.rules)


def _message(found: Any) -> Message:
    if isinstance(found, (tuple, list)):
        forms = [part for part in found if isinstance(part, str)]
        return (forms[0], forms[1]) if len(forms) > 1 else forms[0]
    return str(found)


def _sentences(tree: ast.Module, kinds: Set[str]) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in kinds:
            for argument in node.args:
                yield from _texts(argument, constants)
    if "_DETAILS" in constants:
        yield from _texts(constants["_DETAILS"], {})


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr, constants: dict[str, ast.expr]) -> Iterable[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)]
        case ast.Name(id=name) if name in constants:
            return _texts(constants[name], {})
        case ast.Subscript(value=ast.Name(id=name)) if name in constants:
            return _texts(constants[name], {})
        case ast.Dict(values=values):
            return [text for value in values for text in _texts(value, {})]
    return []


def catalogued(code: str) -> list[Message]:
    """Every message that the catalogues of a language have words for."""
    whole = [m for _, part in language.catalogue(code) for m in part if m.id and not m.fuzzy]
    return [_message(m.id) for m in whole if (all(m.string) if isinstance(m.string, tuple) else m.string)]


if __name__ == "__main__":
    active = Taxonomy.parse((ROOT / "training/config/taxonomy.yaml").read_text(encoding="utf-8"))
    for tongue in TONGUES:
        print(f"# {tongue}")  # noqa: T201
        for message in sorted(messages(active, tongue) - set(catalogued(tongue)), key=str):
            forms = message if isinstance(message, tuple) else (message,)
            keywords = ("msgid", "msgid_plural")
            print(*(f"{k} {json.dumps(f, ensure_ascii=False)}" for k, f in zip(keywords, forms)), sep="\n")  # noqa: B905, T201
            print('msgstr ""\n')  # noqa: T201
