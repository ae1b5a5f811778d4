"""The shape of a mark: what a span may begin and end with, and which labels bear a role."""

from __future__ import annotations

import re
import unicodedata

from triage.types import Entity

_ROLES_OF = frozenset({"PERSON", "ORG"})
_ENDINGS_INSIDE = frozenset({"DATE", "LEGAL_REF", "MONEY", "CASE_NO"})
# A case ending after a hyphen or an apostrophe stands outside the span (`DSX`-nin).
_ENDING = re.compile(r"['’‘-](?:n?[ıiuü]n|[ny]?[aəeıiuü]|[dt][aəe](?:n|k[ıi])?|n[ıiuü]|l[aəe]|d[ıiuü]r)$")
_ABBREVIATION = re.compile(r"(?:^|[\s.])\w{1,4}\.$")  # `г.`, `man.`, `Şti.`, `Р. Т.`


def mark_fault(entity: Entity) -> tuple[str, str] | None:
    """What is wrong with a mark and what to do, None where nothing is."""
    name = f"the mark {entity.label}|{entity.text!r}"
    if entity.role is not None and entity.label not in _ROLES_OF:
        return f"{name} has the role {entity.role}", "only PERSON and ORG have roles: remove it"
    if not entity.text.strip():
        return f"{name} holds nothing", "remove the mark"
    if entity.text != entity.text.strip() or _bad_start(entity) or _bad_end(entity):
        return f"{name} begins or ends with a space or punctuation", "move the border inwards"
    if entity.label not in _ENDINGS_INSIDE and _ENDING.search(entity.text):
        return f"{name} holds a case ending", "end the mark before the hyphen or apostrophe"
    return None


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" or character == "№"


def _bad_start(entity: Entity) -> bool:
    first = entity.text[0]
    if first == "*":
        return entity.label != "CARD"  # a masked number
    return _punctuation(first) and not (first == "(" and ")" in entity.text)


def _bad_end(entity: Entity) -> bool:
    last = entity.text[-1]
    if last == "*":
        return entity.label != "CARD"
    if last == ".":
        return _ABBREVIATION.search(entity.text) is None
    return _punctuation(last) and not (last == ")" and "(" in entity.text)
