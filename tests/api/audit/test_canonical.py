"""Canonical JSON against RFC 8785 and its own promises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit.canonical import LARGEST, canonical, rfc3339

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(-LARGEST, LARGEST, allow_nan=False)
    | _TEXT
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_it_reads_back_as_the_same_value_and_is_its_own_canonical_form(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(_TEXT, st.integers(0, 9), min_size=2), st.randoms())
def test_the_order_of_members_does_not_matter(value: dict[str, int], random: Any) -> None:
    members = list(value.items())
    random.shuffle(members)
    assert canonical(dict(members)) == canonical(value)


@given(st.dictionaries(_TEXT, st.none()))
def test_keys_are_sorted_by_utf16_code_units(value: dict[str, None]) -> None:
    keys = list(json.loads(canonical(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 8785, 3.2.3: the order of these keys, and 3.2.2.2: the escapes
        ({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7},
         '{"\\r":2,"1":4,"\x80":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'),
        ("\u20ac$\x0f\nA'B\"\\\\\"/", '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\x00\x1f\x7f\u2028ə", '"\\u0000\\u001f\x7f\u2028ə"'),
        # Appendix B and ECMAScript's Number::toString, within ±(2^53 - 1)
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-5, "-5"), (4.5, "4.5"), (0.002, "0.002"), (1e-6, "0.000001"),
        (0.000015, "0.000015"), (1e-7, "1e-7"), (1.5e-9, "1.5e-9"), (5e-324, "5e-324"), (1e-27, "1e-27"),
        (333333333.33333329, "333333333.3333333"), (2**53 - 1, "9007199254740991"), (True, "true"), (None, "null"),
        ((1, [2]), "[1,[2]]"),
    ],
)  # fmt: skip
def test_known_values(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), 1e300, float("nan"), float("inf"), "\ud800", {"\udc00": 1}]
)
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"beyond|surrogates"):
        canonical(value)


@pytest.mark.parametrize("value", [b"bytes", {1: 2}, {None: 1}, object(), {1, 2}, datetime.now(UTC)])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical([value])


def test_a_moment_is_in_utc_with_six_digits() -> None:
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=4)))
    assert rfc3339(moment) == "2026-03-01T08:00:00.000000Z"
