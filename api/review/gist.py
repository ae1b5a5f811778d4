"""The sentence of a paper that says most of its subject: taken from it as it stands, never made up.

It is the sentence around the heaviest evidence of the suggestion for the subject (else for the type). Only the piece
of the page around that is fetched from the database, so that a list costs little however long its papers are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import Suggestion
from api.review import repository
from api.review.repository import Span

LONGEST = 240
"""Characters of a gist; a longer sentence is cut at a word, with an ellipsis."""
_END = re.compile(r"(?<!\b\w)[.!?…]+(?=\s)|\n\s*\n")
_FIELDS = ("subject", "document_type")


def gists(session: Session, suggestions: Iterable[Suggestion]) -> dict[int, str]:
    """The gist by the suggestion's id; none where there is no evidence or the content is gone."""
    spans = {row.id: span for row in suggestions if (span := _span(row)) is not None}
    pieces = repository.pieces(session, spans)
    found = {key: sentence(piece.text, piece.start, piece.end) for key, piece in pieces.items()}
    return {key: words for key, words in found.items() if words}


def _span(row: Suggestion) -> Span | None:
    for field in _FIELDS:
        spans: list[Mapping[str, Any]] = [
            e for e in row.facts["evidence"] if e["for"] == field and "page" in e
        ]
        if spans:
            best = max(spans, key=lambda e: float(e["weight"]))
            return Span(row.document_id, row.run, best["page"], best["start"], best["end"])
    return None


def sentence(text: str, start: int, end: int) -> str:
    """The sentence of `text` in which the span lies, on one line."""
    before = [match.end() for match in _END.finditer(text, 0, max(start, 0))]
    after = _END.search(text, max(end - 1, 0))
    words = " ".join(text[before[-1] if before else 0 : after.end() if after else len(text)].split())
    if len(words) <= LONGEST:
        return words
    return words[:LONGEST].rsplit(" ", 1)[0] + "…"
