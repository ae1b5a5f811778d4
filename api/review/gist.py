"""The sentence of a paper that says most of its subject: taken from it as it stands, never made up.

It is the sentence around the heaviest evidence of the suggestion for the subject (else for the type).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 240
"""Characters of a gist; a longer sentence is cut at a word, with an ellipsis."""
_END = re.compile(r"(?<!\b\w)[.!?…]+(?=\s)|\n\s*\n")
_FIELDS = ("subject", "document_type")


def gist(facts: Mapping[str, Any], pages: Mapping[str, Any]) -> str | None:
    """The gist of a paper by the facts and pages of its suggestion (`stored.py`); None where there is no evidence."""
    texts = {page["page"]: page["text"] for page in pages["pages"]}
    for field in _FIELDS:
        spans = [e for e in facts["evidence"] if e["for"] == field and e.get("page") in texts]
        if spans:
            best = max(spans, key=lambda e: float(e["weight"]))
            return sentence(texts[best["page"]], best["start"], best["end"]) or None
    return None


def sentence(text: str, start: int, end: int) -> str:
    """The sentence of `text` in which the span lies, on one line."""
    before = [match.end() for match in _END.finditer(text, 0, max(start, 0))]
    after = _END.search(text, max(end - 1, 0))
    words = " ".join(text[before[-1] if before else 0 : after.end() if after else len(text)].split())
    if len(words) <= LONGEST:
        return words
    return words[:LONGEST].rsplit(" ", 1)[0] + "…"
