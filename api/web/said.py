"""What the machine said of a paper, in people's words: rankings, the rule and its ground, and quotes as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.documents.schemas import TextOut
from api.web import names
from api.web.language import N_
from api.web.render import Page

_AROUND = 60
"""Characters of the text that are shown around evidence."""
_QUOTES, _RANKED = 4, 5
Fact = tuple[str, str]


@dataclass(frozen=True)
class Quote:
    """A stretch of the text that spoke for a label: `text` with a little `before` and `after` it."""

    page: int
    before: str
    text: str
    after: str


@dataclass(frozen=True)
class Said:
    """What the machine said. Rankings are (name, probability); `quotes` are by what they speak for."""

    facts: Mapping[str, Any]
    rankings: Sequence[tuple[str, Sequence[tuple[str, float]]]]
    candidates: Sequence[str]
    quotes: Sequence[tuple[str, Sequence[Quote]]]
    facts_told: Sequence[Fact]
    of: str | None
    made_by: Sequence[Fact]


_MADE_BY = {
    "bundle": N_("Model"), "bundle_sha256": N_("Hash of the model"), "policy": N_("Rules"),
    "input_sha256": N_("Hash of what was read"), "content_sha256": N_("Hash of the suggestion"),
}  # fmt: skip
_KINDS = {
    "department": "department", "unit": "unit", "document_type": "document_type", "subject": "subject",
    "territory": "unit", "urgency": "urgency",
}  # fmt: skip
"""Labels in the order in which they are told, with what they are called by."""


def labels(page: Page, given: Mapping[str, Any]) -> list[Fact]:
    """Labels with the names of their fields, those that there are; the place where it is not the unit again."""
    there = {name: given[name] for name in _KINDS if given.get(name)}
    if there.get("territory") == there.get("unit"):
        there.pop("territory", None)
    return [(page.name("field", name), page.name(_KINDS[name], code)) for name, code in there.items()]


def rule(page: Page, code: str, ground: str | None = None) -> str:
    """A rule of competence with its ground in words: of the rules in force where none was kept."""
    known = next((each.ground for each in page.services.taxonomy.rules if each.id == code), None)
    sentence = ground or known
    return f"{code}: {names.ground(page.words, sentence)}" if sentence else code


def said(page: Page, row: Mapping[str, Any], text: TextOut | None) -> Said:
    """What the machine said, from the row of a suggestion with its facts in today's form."""
    facts, words = row["facts"], page.words
    rankings = [
        (page.name("field", name), [(page.name(name, each["label"]), each["probability"])
                                    for each in facts[name]["ranking"][:_RANKED]])
        for name in ("subject", "document_type")
    ]  # fmt: skip
    if urgencies := sorted(facts.get("urgencies", {}).items(), key=lambda pair: -pair[1]):
        rankings.append((page.name("field", "urgency"), [(page.name("urgency", u), p) for u, p in urgencies]))
    if shares := sorted(facts.get("departments", {}).items(), key=lambda pair: (-pair[1], pair[0])):
        ranked = [(page.name("department", code), p) for code, p in shares[:_RANKED]]
        rankings.insert(0, (page.name("field", "department"), ranked))
    told = labels(page, {name: facts[name] for name in ("department", "unit", "territory")})
    told.append((words.text("Rule"), rule(page, facts["rule"], facts["ground"])))
    return Said(
        facts=facts,
        rankings=rankings,
        candidates=[page.name("department", code) for code in facts["candidates"]],
        quotes=_quotes(page, row, text),
        facts_told=told,
        of=row.get("of"),
        made_by=[(words.text(told), row[name]) for name, told in _MADE_BY.items() if name in row],
    )  # fmt: skip


def _quotes(page: Page, row: Mapping[str, Any], text: TextOut | None) -> list[tuple[str, list[Quote]]]:
    """Evidence by field, the weightiest first; nothing where the text is gone or of another run."""
    if text is None or text.run != row["run"]:
        return []
    pages = {each.page: each.text for each in text.pages}
    found: dict[str, list[Quote]] = {}
    for each in sorted(row["facts"]["evidence"], key=lambda span: -span["weight"]):
        quotes, whole = found.setdefault(each["for"], []), pages.get(each.get("page", 1), "")
        start, end = each["start"], each["end"]
        if len(quotes) < _QUOTES and whole[start:end].strip():
            quotes.append(
                Quote(each.get("page", 1), _before(whole, start), whole[start:end], _after(whole, end))
            )
    return [(page.name("field", name), quotes) for name, quotes in found.items() if quotes]


def marked(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text in pieces, and whether each is within one of the spans (start and end, exclusive)."""
    pieces, at = [], 0
    for begins, ends in sorted(spans):
        start, end = max(begins, at), min(ends, len(text))
        if start < end:
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]


def _before(whole: str, start: int) -> str:
    cut = whole[max(start - _AROUND, 0) : start]
    return ("…" + cut.partition(" ")[2]) if start > _AROUND else cut


def _after(whole: str, end: int) -> str:
    cut = whole[end : end + _AROUND]
    return (cut.rpartition(" ")[0] + "…") if end + _AROUND < len(whole) else cut
