"""What a reader of one format gives back, and how text is made safe on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from triage.documents.limits import Limits
from triage.types import Page

_NEWLINE = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Content:
    """The pages of a file; `truncated` and `notes` as in `triage.types.Document`."""

    pages: tuple[Page, ...]
    truncated: bool = False
    notes: tuple[str, ...] = ()


def safe(text: str) -> str:
    """`text` with U+FFFD for each lone surrogate; the length stays the same."""
    return _SURROGATE.sub("\ufffd", text)


def tidy(text: str) -> str:
    """`safe` text whose line ends are all `\\n`, with U+FFFD for NUL (which no database takes)."""
    return safe(_NEWLINE.sub("\n", text)).replace("\0", "\ufffd")


def single(text: str, notes: tuple[str, ...] = ()) -> Content:
    """One page without layout."""
    return Content((Page(1, text),), notes=notes)


def capped(content: Content, limits: Limits) -> Content:
    """Cut the text at `limits.max_chars`, over all pages; empty pages are kept as long as there is room."""
    kept: list[Page] = []
    room = limits.max_chars
    for page in content.pages:
        if len(page.text) > room:
            boxes = None if page.boxes is None else page.boxes[:room]
            kept.append(replace(page, text=page.text[:room], boxes=boxes))
            note = f"The text was cut after {limits.max_chars:,} characters."
            return Content(tuple(kept), truncated=True, notes=(*content.notes, note))
        kept.append(page)
        room -= len(page.text)
    return content
