"""Markdown that came with a bundle, as HTML that can be shown: no HTML of its own, no pictures, safe links alone.

By markdown-it-py (CommonMark, with tables). What it is given is escaped, and its headings stand below those of the
page.
"""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

_BELOW = 2
"""The first heading of a text becomes one of this level below the page's own."""


def markdown(text: str) -> Markup:
    """The text as HTML."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + _BELOW, 6)}"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - the renderer escapes all text


@cache
def _parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "html_block", "html_inline"])
    )
