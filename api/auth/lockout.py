"""How long an account is closed after failures, and how often an address may fail.

Per account the count stands in the database and holds for all processes. Per address it is kept in the memory of
each process: with N server processes an address has N times as many attempts, and a restart forgets them.
"""

from __future__ import annotations

import ipaddress
import time
from datetime import datetime, timedelta

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import TooManyError

FREE_FAILURES = 4
"""Failures in a row without any delay; the fifth brings the first."""
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)

ADDRESS_LIMITS: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(20), RateLimitItemPerHour(120))
"""Failures allowed to one address; many people of an office may share one."""


def delay(failures: int) -> timedelta:
    """How long the account is closed after so many failures in a row: 30 s after the fifth, doubling up to 15 min."""
    over = failures - FREE_FAILURES - 1
    if over < 0:
        return timedelta(0)
    doublings: int = 2 ** min(over, 16)
    return min(FIRST_DELAY * doublings, LONGEST_DELAY)


def closed_until(failures: int, now: datetime) -> datetime | None:
    """When the account opens again after the last of `failures`; None where it stays open."""
    wait = delay(failures)
    return now + wait if wait else None


def is_closed(until: datetime | None, now: datetime) -> bool:
    """Whether the account is still closed. A clock that was set back cannot close it for longer than the maximum."""
    return until is not None and now < until <= now + LONGEST_DELAY


class AddressLimit:
    """Counts failures by address, in a moving window, in this process."""

    def __init__(self, limits: tuple[RateLimitItem, ...] = ADDRESS_LIMITS) -> None:
        self._limits = limits
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def check(self, address: str) -> None:
        """Raises TooManyError, with `retry_after` in seconds, where the address has used up its failures."""
        network = _network(address)
        for limit in self._limits:
            if not self._window.test(limit, network):
                reset = self._window.get_window_stats(limit, network).reset_time
                wait = max(1, round(reset - time.time()))
                raise TooManyError(
                    f"Too many failed attempts from this address. Try again in {wait} seconds.",
                    retry_after=wait,
                )

    def count(self, address: str) -> None:
        """A failure came from there."""
        for limit in self._limits:
            self._window.hit(limit, _network(address))


def _network(address: str) -> str:
    """Of IPv6 the /64, which is one customer; anything else as it is."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
