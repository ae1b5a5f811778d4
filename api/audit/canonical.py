"""Canonical JSON after RFC 8785 (JCS): one value, one sequence of bytes, so that hashes and signatures are exact.

Keys are sorted by UTF-16 code units, there is no white space, only what must be escaped is. Numbers beyond ±(2^53 - 1)
are refused: the RFC writes numbers as IEEE 754 doubles, which are not exact there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""JSON without fractions."""

LARGEST = 2**53 - 1


def canonical(value: Any) -> str:
    """The canonical JSON of `value`: null, booleans, numbers, strings, lists (tuples), dictionaries with text keys.

    Raises TypeError on other types; ValueError on NaN, infinities, numbers beyond ±(2^53 - 1), and lone surrogates.
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: _utf16(member[0]))
        return "{" + ",".join(f"{_string(key)}:{canonical(item)}" for key, item in members) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ",".join(map(canonical, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no canonical JSON.")


def rfc3339(moment: datetime) -> str:
    """A moment as text: UTC, always six digits of a second, `2026-03-01T08:00:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _string(text: str) -> str:
    text.encode()  # a lone surrogate has no UTF-8
    return json.dumps(text, ensure_ascii=False)  # escapes as the RFC wants: short forms, else \u00xx


def _utf16(key: Any) -> bytes:
    if not isinstance(key, str):
        raise TypeError("Keys of canonical JSON are text.")
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    """A number as ECMAScript writes it (RFC 8785, 3.2.2.3)."""
    if not abs(value) <= LARGEST:  # so that NaN is caught, too
        raise ValueError("A number is beyond what canonical JSON holds exactly.")
    if value == int(value):
        return str(int(value))  # 1.0 is 1, and minus zero is zero
    digits = repr(float(value))  # the shortest that reads back the same, as in ECMAScript
    return format(Decimal(digits), "f") if abs(value) >= 1e-6 else digits.replace("e-0", "e-")
