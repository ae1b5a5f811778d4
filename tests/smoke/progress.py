"""The steps of the day, told as they are done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Steps:
    """Prints a line a step: a tick, when it was done, what was done, how long it took, and what was noted."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._out = Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """One step; notes put into the list are told with it. A cross where it raises."""
        began, notes = time.monotonic(), list[str]()
        try:
            yield notes
        except BaseException:
            self._tell("[red]✗[/]", what, began, notes)
            raise
        self._tell("[green]✓[/]", what, began, notes)

    def say(self, line: str) -> None:
        """A line between steps."""
        self._out.print(line, markup=False)

    def _tell(self, sign: str, what: str, began: float, notes: list[str]) -> None:
        now = time.monotonic()
        told = escape(f" — {'; '.join(notes)}") if notes else ""
        self._out.print(f"{sign} {now - self._began:6.1f} s  {what} ({now - began:.1f} s){told}")
