"""What the machine said of a paper, in people's words: rankings, the rule and its ground, and quotes as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.documents.schemas import TextOut
from api.web import names
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
    urgencies = sorted(facts["urgencies"].items(), key=lambda pair: -pair[1])
    rankings.append((page.name("field", "urgency"), [(page.name("urgency", u), p) for u, p in urgencies]))
    told = labels(page, {name: facts[name] for name in ("department", "unit", "territory")})
    told.append((words.text("Rule"), rule(page, facts["rule"], facts["ground"])))
    return Said(
        facts=facts,
        rankings=rankings,
        candidates=[page.name("department", code) for code in facts["candidates"]],
        quotes=_quotes(page, row, text),
        facts_told=told,
        of=row.get("of"),
        made_by=[
            (words.text("Model"), row["bundle"]), (words.text("Hash of the model"), row["bundle_sha256"]),
            (words.text("Rules"), row["policy"]), (words.text("Hash of what was read"), row["input_sha256"]),
            (words.text("Hash of the suggestion"), row["content_sha256"]),
        ],
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


def _before(whole: str, start: int) -> str:
    cut = whole[max(start - _AROUND, 0) : start]
    return ("…" + cut.partition(" ")[2]) if start > _AROUND else cut


def _after(whole: str, end: int) -> str:
    cut = whole[end : end + _AROUND]
    return (cut.rpartition(" ")[0] + "…") if end + _AROUND < len(whole) else cut
