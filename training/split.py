"""Disjoint folds from one function: no family and no author group stands on both sides."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol


class Grouped(Protocol):
    """Something written by an author group and belonging to a family."""

    @property
    def group(self) -> str: ...  # noqa: D102

    @property
    def family(self) -> str: ...  # noqa: D102


def fold_of(items: Sequence[Grouped], folds: int, seed: int) -> list[int]:
    """The fold, 0 to `folds` - 1, of every item: all that one author group wrote goes into one fold.

    Groups are dealt out largest first to the smallest fold, after a shuffle by `seed`, and a family that
    crosses groups pulls its groups together.
    """
    leader = _joined_groups(items)
    sizes: dict[str, int] = {}
    for item in items:
        sizes[leader[item.group]] = sizes.get(leader[item.group], 0) + 1
    if len(sizes) < folds:
        raise ValueError(f"{folds} folds need as many author groups; there are {len(sizes)}")
    order = sorted(sizes)
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible shuffle, not a secret
    order.sort(key=lambda group: -sizes[group])
    load, home = [0] * folds, dict[str, int]()
    for group in order:
        home[group] = load.index(min(load))
        load[home[group]] += sizes[group]
    return [home[leader[item.group]] for item in items]


def _joined_groups(items: Sequence[Grouped]) -> dict[str, str]:
    leader = {item.group: item.group for item in items}
    seen: dict[str, str] = {}
    for item in items:
        other = seen.setdefault(item.family, item.group)
        if leader[other] != leader[item.group]:
            old, new = leader[item.group], leader[other]
            leader = {group: new if lead == old else lead for group, lead in leader.items()}
    return leader
