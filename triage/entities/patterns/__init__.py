"""Entities that rules can tell: a module for each family; the clearer label wins."""

from __future__ import annotations

from triage.entities.patterns import bank, cases, contact, dates, law, money, papers
from triage.entities.patterns.anchors import Anchored
from triage.types import Entity

# Where two labels claim the same characters, the one whose form leaves less doubt keeps them.
_PRECEDENCE = (
    "EMAIL", "IBAN", "LEGAL_REF", "VOEN", "ID_DOC", "FIN", "CARD", "MONEY", "PLATE", "PHONE", "DATE",
    "CASE_NO",
)  # fmt: skip
_RANK = {label: rank for rank, label in enumerate(_PRECEDENCE)}
_FAMILIES = (contact, bank, law, papers, money, dates, cases)


def find_patterns(text: str) -> list[Entity]:
    """The entities of `text` (its comparable form), sorted, without overlaps; `value` is the normalised form.

    Labels: those of `_PRECEDENCE`; of two spans with one label the longer is kept. Time is linear in the
    length of the text.
    """
    source = Anchored.read(text)
    found = [entity for family in _FAMILIES for entity in family.find(source)]
    found.sort(key=lambda e: (_RANK[e.label], e.start - e.end, e.start))
    taken = bytearray(len(text))
    kept = []
    for entity in found:
        if not any(taken[entity.start : entity.end]):
            taken[entity.start : entity.end] = b"\x01" * (entity.end - entity.start)
            kept.append(entity)
    return sorted(kept, key=lambda e: e.start)
