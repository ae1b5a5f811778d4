"""Checking the rows that events record against the digests in those events."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy.orm import Session

from api.audit import repository
from api.audit.report import Report
from api.audit.rows import RECORDED, values_digest

_BITS = 1 << 16


class _Seen:
    """A set of ids in a bit each: in blocks, so that a large id costs one block."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = defaultdict(lambda: bytearray(_BITS // 8))

    def add(self, number: int) -> None:
        """Put an id in."""
        block, bit = divmod(number, _BITS)
        self._blocks[block][bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, number: int) -> bool:
        block, bit = divmod(number, _BITS)
        return block in self._blocks and bool(self._blocks[block][bit >> 3] & (1 << (bit & 7)))


class RecordedRows:
    """The rows of `RECORDED` tables: every one must be as its event says, and have one."""

    def __init__(self, session: Session, report: Report) -> None:
        self._session = session
        self._report = report
        self._due: dict[str, dict[int, tuple[int, str]]] = {table: {} for table in RECORDED}
        self._seen = {table: _Seen() for table in RECORDED}

    def expect(self, seq: int, details: dict[str, Any]) -> None:
        """Note that link `seq` records a row by `table`, `row` and `sha256`; of other tables nothing is checked."""
        table, row, digest = details.get("table"), details.get("row"), details.get("sha256")
        if table not in RECORDED:
            return
        if type(row) is not int or not isinstance(digest, str) or not 0 < row < 1 << 63:
            self._report.add("unreadable", seq, f"Link {seq} does not say which row of {table} it records.")
        elif row in self._seen[table] or row in self._due[table]:
            self._report.add("unrecorded", seq, f"Link {seq} records row {row} of {table} a second time.")
        else:
            self._due[table][row] = (seq, digest)

    def check(self) -> None:
        """Compare the rows that are due."""
        for table, due in self._due.items():
            if not due:
                continue
            for row in repository.rows(self._session, RECORDED[table], due.keys()):
                number = row["id"]
                seq, digest = due.pop(number)
                self._seen[table].add(number)
                self._report.rows[table] = self._report.rows.get(table, 0) + 1
                if not _fits(table, row, digest):
                    self._report.add(
                        "changed", seq, f"Row {number} of {table}, recorded by link {seq}, was changed."
                    )
            for number, (seq, _) in due.items():
                self._report.add(
                    "deleted", seq, f"Row {number} of {table}, recorded by link {seq}, was deleted."
                )
                self._seen[table].add(number)
            due.clear()

    def finish(self) -> None:
        """After the last link: rows that no link records were brought in by another way."""
        for table, seen in self._seen.items():
            for number in repository.stream_ids(self._session, RECORDED[table]):
                if number not in seen:
                    self._report.add("unrecorded", None, f"Row {number} of {table} is recorded by no link.")


def _fits(table: str, row: Any, digest: str) -> bool:
    try:
        return values_digest(table, row) == digest
    except (ValueError, TypeError, RecursionError):  # something that the service would not have written
        return False
