"""Checking what was signed: the checkpoints of the table and of the file against the chain and each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from api.audit.keys import PublicKeys
from api.audit.report import Report
from api.audit.statements import CheckpointFile, CheckpointLineError, Statement
from api.db.tables import Checkpoint


class SignedTips:
    """All signed statements, to be compared with the links as they pass by.

    Lines of the file from the offset `length` on were written after the snapshot of the database was ordered.
    """

    def __init__(
        self,
        report: Report,
        keys: PublicKeys,
        rows: Sequence[Checkpoint],
        file: CheckpointFile,
        length: int,
    ) -> None:
        self._report = report
        self._keys = keys
        self._unknown: set[str] = set()
        self._due: dict[int, set[bytes]] = defaultdict(set)
        self._fitting = 0
        self._rows = {row.seq: Statement.of(row) for row in rows}
        self._lines: set[Statement] = set()
        for statement in self._rows.values():
            self._take(statement, "row")
        self._spare: Statement | None = None
        if file.path.exists():
            self._read(file, length)
            self._compare_rows_with_lines()
        elif rows:
            report.doubts.append(
                f"There is no checkpoint file {file.path}: whether the chain's end was cut off together with its "
                "checkpoints cannot be told. Give the file, or a copy of it."
            )
        report.checkpoints = len(self._rows)

    def compare(self, seq: int, hash: bytes) -> None:
        """Compare a link of the chain with what was signed of it."""
        if seq not in self._due:
            return
        if self._due.pop(seq) == {hash}:
            self._fitting = seq
            return
        self._report.add(
            "rewritten", seq,
            f"The signed checkpoint at link {seq} has another hash: what came after link {self._fitting} was "
            "replaced, or an older backup was restored and went on.",
        )  # fmt: skip

    def finish(self, tip: int) -> None:
        """After the last link: what was signed beyond it is gone."""
        if beyond := [seq for seq in self._due if seq > tip]:
            self._report.add(
                "tail", tip + 1,
                f"Link {max(beyond)} was signed, but the chain ends at link {tip}: its tail was deleted, or an "
                "older backup was restored.",
            )  # fmt: skip
        self._report.signed_up_to = self._fitting or None
        for key in sorted(self._unknown):
            self._report.doubts.append(
                f"The public key {key}, by which checkpoints are signed, is not known. Give it (--keys)."
            )

    def _read(self, file: CheckpointFile, length: int) -> None:
        last_seq, number = 0, 0
        for offset, line in file.lines():
            number += 1
            try:
                statement = Statement.parse(line)
            except CheckpointLineError:
                self._report.add("file", None, f"Line {number} of the checkpoint file was edited or damaged.")
                continue
            self._lines.add(statement)
            if offset >= length:
                continue
            self._take(statement, f"line {number} of the checkpoint file")
            if statement.seq <= last_seq:
                self._report.add(
                    "file", statement.seq,
                    f"Line {number} of the checkpoint file goes back to link {statement.seq}: lines were moved, or "
                    "an older backup was restored.",
                )  # fmt: skip
            last_seq = statement.seq
            self._miss_row(number - 1)
            self._spare = None if self._rows.get(statement.seq) == statement else statement

    def _miss_row(self, number: int) -> None:
        """A line without its row, and another line after it: no crash leaves that."""
        if self._spare is not None:
            self._report.add(
                "row", self._spare.seq,
                f"The checkpoint at link {self._spare.seq} stands in line {number} of the file, but not in the "
                "database: it was deleted there or changed.",
            )  # fmt: skip

    def _compare_rows_with_lines(self) -> None:
        """Whoever signed a line of this file also wrote a line for every row."""
        if self._spare is not None:
            self._settle_last_line(self._spare)
        here = {line.key for line in self._lines}
        for seq, statement in sorted(self._rows.items()):
            if statement not in self._lines and (statement.key in here or not here):
                self._report.add(
                    "file", seq,
                    f"The checkpoint at link {seq} is not in the checkpoint file as it is in the database: one of "
                    "them was cut or edited.",
                )  # fmt: skip

    def _settle_last_line(self, line: Statement) -> None:
        if line.seq in self._rows:
            return  # told as a row that is not in the file
        self._report.notes.append(
            f"The last checkpoint, at link {line.seq}, is in the file but not yet in the database: the service "
            "stopped in between, or is at it now. The next checkpoint mends it."
        )

    def _take(self, statement: Statement, where: str) -> None:
        """Check a signature; only what is not forged counts against the chain."""
        genuine = statement.is_genuine(self._keys)
        if genuine is None:
            self._unknown.add(statement.key)
        if genuine is False:
            self._report.add(
                "signature", statement.seq,
                f"The checkpoint at link {statement.seq} ({where}) is forged: its signature is wrong.",
            )  # fmt: skip
        else:
            self._due[statement.seq].add(statement.hash)
