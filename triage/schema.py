"""The JSON form of a suggestion, as `docs/contract.md` fixes it. One builder; offsets are into the pages."""

from __future__ import annotations

import json
from typing import Any

from triage.types import PAGE_BREAK, Document, Prediction, Suggestion

PLACES = 6
"""Decimal places of a probability: beyond them processors differ, and the same input must give the same bytes."""


def to_dict(suggestion: Suggestion, document: Document | None = None) -> dict[str, Any]:
    """The suggestion as JSON values.

    With a `document`, offsets are into `pages[].text` and every span names its `page` (from 1); without one
    they are into the text as received.
    """
    route = suggestion.route
    result: dict[str, Any] = {
        "id": suggestion.id,
        "document_type": _prediction(suggestion.document_type),
        "subject": _prediction(suggestion.subject),
        "territory": suggestion.territory,
        "department": route.department,
        "unit": route.unit,
        "rule": route.rule,
        "ground": route.ground,
        "candidates": list(suggestion.candidates),
        "urgency": suggestion.urgency.label,
        "language": suggestion.language,
        "script": suggestion.script,
        "decision": suggestion.decision,
        "review_reasons": list(suggestion.review_reasons),
        "evidence": [
            {"for": e.field, "start": e.start, "end": e.end, "weight": round(e.weight, 4)}
            for e in suggestion.evidence
        ],
        "entities": [
            {
                "label": e.label,
                "start": e.start,
                "end": e.end,
                "text": e.text,
                "role": e.role,
                "value": e.value,
            }
            for e in suggestion.entities
        ],
        "bundle": suggestion.bundle,
        "bundle_sha256": suggestion.bundle_sha256,
        "policy": suggestion.policy,
        "input_sha256": suggestion.input_sha256,
    }
    if document is not None:
        _place_on_pages(result, document)
        result["notes"] = list(document.notes)
    return result


def to_json(value: dict[str, Any]) -> str:
    """One line of JSON, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prediction(prediction: Prediction) -> dict[str, Any]:
    ranking = [{"label": label, "probability": p} for label, p in _rounded(prediction.ranking)]
    return {**ranking[0], "ranking": ranking}


def _rounded(ranking: tuple[tuple[str, float], ...]) -> list[tuple[str, float]]:
    """Probabilities at `PLACES` decimals that still sum to 1: the first takes what rounding left over."""
    unit = 10**PLACES
    whole = [round(p * unit) for _, p in ranking]
    whole[0] += unit - sum(whole)
    return [(label, n / unit) for (label, _), n in zip(ranking, whole, strict=True)]


def _place_on_pages(result: dict[str, Any], document: Document) -> None:
    starts, at = [], 0
    for page in document.pages:
        starts.append(at)
        at += len(page.text) + len(PAGE_BREAK)
    for span in [*result["evidence"], *result["entities"]]:
        index = max(i for i, start in enumerate(starts) if start <= span["start"])
        length = len(document.pages[index].text)
        span["page"] = document.pages[index].number
        span["start"] = min(span["start"] - starts[index], length)
        span["end"] = min(span["end"] - starts[index], length)
        if "text" in span:
            span["text"] = document.pages[index].text[span["start"] : span["end"]]
    result["pages"] = [
        {"page": page.number, "text": page.text, "confidence": page.confidence, "source": page.source}
        for page in document.pages
    ]
