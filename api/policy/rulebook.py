"""The rules in force: those of the active bundle, until two persons put others in their place.

Every process reads what was approved again after some seconds at the latest, and what is approved takes effect later
than that (`SETTLE`): so all processes change to other rules at the same moment.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import inf
from threading import Lock
from typing import Any

from sqlalchemy import func, select

from api.db.session import Database
from api.db.tables import Policy, PolicyVerdict
from api.errors import UnavailableError
from triage.errors import TaxonomyError
from triage.taxonomy import Taxonomy

SETTLE = timedelta(seconds=15)
"""What is approved for a day that has come takes effect after this time."""
_REFRESH_SECONDS = 5.0
_NAMED = re.compile(r"(.*)\+p([1-9][0-9]{0,17})", re.DOTALL)

Rules = list[dict[str, Any]]
"""In the form of a taxonomy's `routing`."""


@dataclass(frozen=True)
class Approved:
    """Rules that two persons agreed on. `bundled` is the active bundle's taxonomy."""

    policy_id: int
    holds_from: datetime
    rules: Rules
    bundled: Taxonomy

    @property
    def mark(self) -> str:
        """What the version of a taxonomy with these rules ends with."""
        return mark_of(self.policy_id)

    @cached_property
    def taxonomy(self) -> Taxonomy | None:
        """The active bundle's taxonomy by these rules; None where they name what it does not have."""
        try:
            return self.bundled.ruled(self.rules, self.mark)
        except TaxonomyError:
            return None


class Rulebook:
    """Which rules hold when. Any number of threads may ask."""

    def __init__(self, database: Database, bundled: Taxonomy) -> None:
        self.bundled = bundled
        self._database = database
        self._approved: tuple[Approved, ...] = ()
        self._newest: int | None = None
        self._read_at = -inf
        self._reading = Lock()

    def at(self, when: datetime) -> Taxonomy:
        """The taxonomy by the rules in force; by the bundle's own where nothing else was approved, or does not fit.

        Raises UnavailableError without a database.
        """
        found = self.in_force(when)
        return (found.taxonomy if found else None) or self.bundled

    def in_force(self, when: datetime) -> Approved | None:
        """What two persons agreed on last for this moment; None for the bundle's own rules."""
        return next((row for row in reversed(self.approved()) if row.holds_from <= when), None)

    def fitting(self, when: datetime) -> Approved | None:
        """As `in_force`. Raises UnavailableError where it does not fit the active bundle: nobody agreed on others."""
        found = self.in_force(when)
        if found is not None and found.taxonomy is None:
            raise UnavailableError(
                "The rules in force name what the active bundle does not have. Approve rules that fit it, or activate "
                "the bundle that they were made for."
            )
        return found

    def approved(self) -> tuple[Approved, ...]:
        """All that was approved, oldest first, as it was some seconds ago at most."""
        if time.monotonic() - self._read_at < _REFRESH_SECONDS:
            return self._approved
        # One thread reads; others, who may hold a connection that it waits for, go by what is known.
        if self._reading.acquire(blocking=self._read_at == -inf):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._approved

    def refresh(self) -> None:
        """Read what was approved now. Raises UnavailableError without a database."""
        with self._reading:
            self._read()

    def _read(self) -> None:
        now = time.monotonic()
        with self._database.transaction() as session:
            newest = session.scalar(select(func.max(PolicyVerdict.id))) or 0
            if newest != self._newest:
                query = select(Policy, PolicyVerdict.holds_from).join(PolicyVerdict)
                query = query.where(PolicyVerdict.verdict == "approved").order_by(PolicyVerdict.id)
                self._approved = tuple(
                    Approved(row.id, holds_from, row.rules["routing"], self.bundled)
                    for row, holds_from in session.execute(query)
                    if holds_from is not None
                )
                self._newest = newest
        self._read_at = now


def mark_of(policy_id: int) -> str:
    """What versions are marked with that go by these rules."""
    return f"p{policy_id}"


def policy_of(version: str) -> int | None:
    """The id of the policy that a version names; None for the rules of a bundle."""
    named = _NAMED.fullmatch(version)
    return int(named[2]) if named else None
