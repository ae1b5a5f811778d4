"""Cursors of lists that go by one id: opaque to callers."""

from __future__ import annotations

import base64

from api.errors import InvalidError


def encode(id: int) -> str:
    """The cursor of the page that goes on after this id."""
    return base64.urlsafe_b64encode(str(id).encode()).decode()


def decode(cursor: str | None) -> int | None:
    """The id of a cursor, None for none. Raises InvalidError for one that is none of ours."""
    if cursor is None:
        return None
    try:
        found = int(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except ValueError:  # binascii.Error and UnicodeEncodeError are some
        found = 0
    if not 0 < found < 2**63:
        raise InvalidError("This cursor is none of ours. Start without one.")
    return found
