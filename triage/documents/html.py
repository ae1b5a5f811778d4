"""The text of an HTML mail body.

Not by `html.parser`, which takes quadratic time on unclosed tags and comments (CVE-2025-6069 and its
kin, unfixed in the Python of Debian 12): every pattern here reads each character a bounded number of times.
"""

from __future__ import annotations

import html
import re

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"</?([a-z][a-z0-9]*)[^<>]*>|<[!?][^<>]*>", re.IGNORECASE)
_LINES = re.compile(r"address|blockquote|br|div|dl|dt|dd|h[1-6]|hr|li|ol|p|pre|table|tr|ul")
_CELLS = re.compile(r"t[dh]")
_GAP = re.compile(r"\n{3,}")


def text_of(markup: str) -> str:
    """What a reader of the page sees: block elements on lines of their own, entities as characters."""

    def replaced(tag: re.Match[str]) -> str:
        name = (tag.group(1) or "").lower()
        return "\n" if _LINES.fullmatch(name) else " " if _CELLS.fullmatch(name) else ""

    flowing = " ".join(_HIDDEN.sub(" ", markup).split())
    text = html.unescape(_TAG.sub(replaced, flowing))
    return _GAP.sub("\n\n", "\n".join(" ".join(line.split()) for line in text.split("\n"))).strip()
