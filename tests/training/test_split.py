"""Splits keep families and author groups apart."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.split import fold_of


@dataclass(frozen=True)
class Item:
    group: str
    family: str


ITEMS = st.lists(
    st.builds(Item, st.sampled_from("ABCDEFGHIJ"), st.integers(0, 40).map(str)), min_size=60, max_size=120
)


@given(ITEMS)
def test_no_group_and_no_family_stands_in_two_folds(items: list[Item]) -> None:
    unique = [Item(i.group, f"{i.group}{i.family}") for i in items]
    if len({i.group for i in unique}) < 3:
        return
    fold = fold_of(unique, 3, seed=1)
    assert set(fold) == {0, 1, 2}
    for name in ("group", "family"):
        homes: dict[str, int] = {}
        for item, f in zip(unique, fold, strict=True):
            assert homes.setdefault(getattr(item, name), f) == f


def test_a_family_across_groups_pulls_them_together() -> None:
    items = [Item(g, g) for g in "ABCDEF"] + [Item("A", "shared"), Item("F", "shared")]
    fold = fold_of(items, 3, seed=0)
    assert fold[0] == fold[5] == fold[6] == fold[7]


def test_impossible_splits_are_refused() -> None:
    items = [Item("A", "1"), Item("B", "2")]
    with pytest.raises(ValueError, match="author groups"):
        fold_of(items, 3, seed=0)
