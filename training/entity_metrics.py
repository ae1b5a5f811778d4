"""How well entities are found: exact spans, as `labelling.md` defines them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from training.corpus import ENTITY_LABELS, ROLES
from triage.types import Entity

Pair = tuple[Sequence[Entity], Sequence[Entity]]
"""Entities that should be found in a text, and those that were."""


def entity_metrics(pairs: Iterable[Pair]) -> dict[str, Any]:
    """Precision, recall and F1 by label, micro and macro; by role, where span and role must be right."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold, tagged in pairs:
        gold_keys, tagged_keys = _keys(gold), _keys(tagged)
        wanted.update(key[0] for key in gold_keys)
        found.update(key[0] for key in tagged_keys)
        right.update(key[0] for key in gold_keys & tagged_keys)
    return {
        "labels": _table(ENTITY_LABELS, wanted, found, right),
        "roles": _table(ROLES, wanted, found, right),
    }


def _keys(entities: Sequence[Entity]) -> set[tuple[str, int, int]]:
    spans = {(e.label, e.start, e.end) for e in entities}
    return spans | {(e.role, e.start, e.end) for e in entities if e.role}


def _table(
    names: Sequence[str], wanted: Counter[str], found: Counter[str], right: Counter[str]
) -> dict[str, dict[str, float]]:
    rows = {name: _row(wanted[name], found[name], right[name]) for name in names}
    present = [rows[name]["f1"] for name in names if wanted[name]]
    rows["micro"] = _row(*(sum(counts[name] for name in names) for counts in (wanted, found, right)))
    rows["macro"] = {"f1": sum(present) / max(len(present), 1)}
    return rows


def _row(wanted: int, found: int, right: int) -> dict[str, float]:
    return {
        "precision": right / found if found else 0.0,
        "recall": right / wanted if wanted else 0.0,
        "f1": 2 * right / (wanted + found) if wanted + found else 0.0,
        "wanted": wanted,
    }
