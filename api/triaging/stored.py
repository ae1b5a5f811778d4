"""What is kept of a suggestion, and in which form: one builder and one reader for each, with a version.

Four things are kept. The *content* is the suggestion in the form of `docs/contract.md`, names and text included. The
*facts* are all of it that holds no word of the paper, so that they outlive the blanking of the content: labels,
probabilities, route, candidates, reasons, offsets, and the thresholds that it was measured against. The *pages* are
the text that was read, the *layouts* where its words stand (`layout.py`). Only the facts cannot be blanked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import ConflictError
from api.triaging import layout
from triage.schema import PLACES, to_dict, to_json
from triage.types import Document, Suggestion

VERSION = 1
"""Of facts and pages as they are written now."""

_WORDLESS = (
    "document_type", "subject", "territory", "department", "unit", "rule", "ground", "candidates", "urgency",
    "language", "script", "decision", "review_reasons", "evidence",
)  # fmt: skip
_SPAN = ("label", "role", "page", "start", "end")


@dataclass(frozen=True, slots=True)
class Kept:
    """A suggestion as it is kept; `content` is one line of JSON, `content_sha256` of its UTF-8 form.

    `layouts` are by the numbers of pages, of those that have a layout.
    """

    content: str
    content_sha256: str
    facts: dict[str, Any]
    pages: dict[str, Any]
    layouts: dict[int, bytes]


def kept(suggestion: Suggestion, document: Document, thresholds: Mapping[str, float]) -> Kept:
    """The forms of a suggestion. The same document and bundle give the same bytes."""
    value = to_dict(suggestion, document)
    content = to_json(value)
    facts = {name: value[name] for name in _WORDLESS}
    facts["entities"] = [{name: entity[name] for name in _SPAN} for entity in value["entities"]]
    facts["urgencies"] = {label: round(p, PLACES) for label, p in suggestion.urgency.ranking}
    facts["confidence"] = round(suggestion.confidence, PLACES)
    if suggestion.departments:
        facts["departments"] = {label: round(p, PLACES) for label, p in suggestion.departments}
    if suggestion.familiarity is not None:
        facts["familiarity"] = round(suggestion.familiarity, PLACES)
    facts["thresholds"] = dict(thresholds)
    layouts = {page.number: words for page in document.pages if (words := layout.packed(page)) is not None}
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return Kept(content, sha256, facts, _pages(document, value), layouts)


def read_facts(version: int, facts: dict[str, Any]) -> dict[str, Any]:
    """Stored facts in today's form. Raises ConflictError for a version that is not known here."""
    return _known(version, facts)


def read_pages(version: int, pages: dict[str, Any]) -> dict[str, Any]:
    """Stored pages in today's form. Raises ConflictError for a version that is not known here."""
    return _known(version, pages)


def _pages(document: Document, value: dict[str, Any]) -> dict[str, Any]:
    sizes = [list(page.size) if page.size else None for page in document.pages]
    pages = [{**page, "size": size} for page, size in zip(value["pages"], sizes, strict=True)]
    return {
        "format": document.format,
        "truncated": document.truncated,
        "notes": list(document.notes),
        "pages": pages,
    }


def _known(version: int, value: dict[str, Any]) -> dict[str, Any]:
    if version != VERSION:
        raise ConflictError("This was kept by a newer version of the service. Bring this one up to date.")
    return value
