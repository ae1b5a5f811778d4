"""Offsets survive edits, composition and joining, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.text import Mapped, normalise
from triage.text.spans import Edit, join

EDITS: list[Edit] = [(1, 2, ""), (3, 5, "x"), (6, 7, "yz")]  # abcdefgh -> acxfyzh


def test_an_edited_text_knows_where_its_characters_came_from() -> None:
    mapped = Mapped.edited("abcdefgh", EDITS)
    assert mapped.text == "acxfyzh"
    assert [mapped.to_source(k, k + 1) for k in range(7)] == [
        (0, 1), (2, 3), (3, 5), (5, 6), (6, 7), (6, 7), (7, 8),
    ]  # fmt: skip
    assert mapped.to_source(0, 7) == (0, 8)
    assert mapped.to_source(3, 3) == (5, 5)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 8), (0, 7)),
        ((3, 4), (2, 3)),
        ((6, 7), (4, 6)),
        ((1, 2), (1, 1)),
        ((8, 8), (7, 7)),
        ((0, 2), (0, 1)),
    ],
)
def test_a_source_span_is_found_in_the_text(span: tuple[int, int], expected: tuple[int, int]) -> None:
    assert Mapped.edited("abcdefgh", EDITS).to_text(*span) == expected


def test_two_mappings_compose() -> None:
    first = Mapped.edited("abcdefgh", EDITS)
    second = Mapped.edited(first.text, [(0, 2, "Q"), (5, 6, "")]).over(first)
    assert second.text == "Qxfyh"
    assert [second.to_source(k, k + 1) for k in range(5)] == [(0, 3), (3, 5), (5, 6), (6, 7), (7, 8)]
    assert second.to_source(5, 5) == (8, 8)


def test_stretches_join_to_the_whole() -> None:
    whole = join([Mapped.edited("abcdefgh", EDITS), Mapped.identity("ij"), Mapped.edited("kl", [(0, 2, "")])])
    assert whole.text == "acxfyzhij"
    assert whole.to_source(7, 9) == (8, 10)
    assert whole.to_source(9, 9) == (12, 12)


def test_another_text_must_have_the_same_length() -> None:
    with pytest.raises(ValueError, match="2 characters"):
        Mapped.identity("abc").with_text("ab")


@given(st.text(alphabet="abиİi\u0307\u0301\u200b\u00ad-\n ﬁəә\ud800\x00", max_size=60))
def test_offsets_of_any_text_rise_and_stay_inside(source: str) -> None:
    mapped = normalise(source)
    count = len(mapped.text)
    assert len(mapped.starts) == len(mapped.ends) == count + 1
    spans = [mapped.to_source(k, k + 1) for k in range(count)]
    assert all(0 <= start < end <= len(source) for start, end in spans)
    assert spans == sorted(spans)
    for k, (start, end) in enumerate(spans):
        first, last = mapped.to_text(start, end)
        assert first <= k < last
