"""The text of a page as HTML: what was found in it marked by its kind, what speaks for a label underlined.

The text content of the HTML is the text of the page, character for character: scripts count offsets in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from api.web.names_desk import GROUPS

Kind = Callable[[str, str | None], str]
"""The name of an entity's kind and role."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity of a page: its place in the list of all, and where it stands (code points)."""

    index: int
    start: int
    end: int
    label: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """A span that speaks for a label of `field`."""

    field: str
    start: int
    end: int


def marked(text: str, entities: Sequence[Found], grounds: Sequence[Ground], kind: Kind) -> Markup:
    """The page as HTML. Of entities that overlap, the one that begins first counts."""
    found = apart(entities, len(text))
    spans = [ground for ground in grounds if 0 <= ground.start < ground.end <= len(text)]
    cuts = {0, len(text)}
    cuts |= {at for one in found for at in (one.start, one.end)}
    cuts |= {at for span in spans for at in (span.start, span.end)}
    edges = sorted(cuts)
    return Markup("").join(
        _piece(text[start:end], _at(found, start), _fields(spans, start), end, kind)
        for start, end in itertools.pairwise(edges)
    )


def quote(pages: Iterable[Mapping[str, Any]], span: Mapping[str, Any]) -> str:
    """The words of a span of the contract (page, start, end), on one line; empty where there are none."""
    text = next((page["text"] for page in pages if page["page"] == span.get("page", 1)), "")
    return " ".join(text[span["start"] : span["end"]].split())


def apart(found: Sequence[Found], length: int) -> list[Found]:
    """Those that lie in the text and do not overlap, in order."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if 0 <= one.start < one.end <= length and (not kept or one.start >= kept[-1].end):
            kept.append(one)
    return kept


def _at(found: list[Found], start: int) -> Found | None:
    """The entity over a piece; pieces are asked for in order, so that what is passed is dropped."""
    while found and found[0].end <= start:
        found.pop(0)
    return found[0] if found and found[0].start <= start else None


def _fields(spans: Sequence[Ground], start: int) -> str:
    return " ".join(sorted({span.field for span in spans if span.start <= start < span.end}))


def _piece(text: str, found: Found | None, fields: str, end: int, kind: Kind) -> Markup:
    # A carriage return as it stands would become a line feed, and two of them one.
    told = Markup(str(escape(text)).replace("\r", "&#13;"))  # noqa: S704 - escaped
    if fields:
        told = Markup('<u class="ev" data-for="{}">{}</u>').format(fields, told)
    if found is None:
        return told
    name = kind(found.label, found.role)
    group = GROUPS.get(found.label, "id")
    last = Markup(' data-kind="{}"').format(name) if end == found.end else ""
    return Markup('<mark class="dk-ent k-{}" data-e="{}" title="{}"{}>{}</mark>').format(
        group, found.index, name, last, told
    )
