"""What happens when: deeds in the order of their time, each of which may plan further ones."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

from api.demo.clock import Clock

Deed = Callable[[], object]


class Diary:
    """Deeds to come. While one is done the clock shows its time; of two at the same time the first planned is done."""

    def __init__(self, clock: Clock, until: datetime) -> None:
        self._clock, self._until = clock, until
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._order = count()

    def plan(self, when: datetime, deed: Deed) -> None:
        """Have something done at a moment; what lies beyond the end of the diary is never done."""
        if when < self._until:
            heapq.heappush(self._deeds, (when, next(self._order), deed))

    def live(self) -> None:
        """Do everything up to the end."""
        while self._deeds:
            self._clock.now, _, deed = heapq.heappop(self._deeds)
            deed()
        self._clock.now = self._until
