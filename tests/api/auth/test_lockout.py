"""How long an account and an address must wait after failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from limits import RateLimitItemPerMinute

from api.auth.lockout import AddressLimit, closed_until, delay, is_closed
from api.errors import TooManyError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0),
        (1, 0),
        (4, 0),
        (5, 30),
        (6, 60),
        (7, 120),
        (8, 240),
        (9, 480),
        (10, 900),
        (11, 900),
        (10**9, 900),
    ],
)
def test_the_delay_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert delay(failures) == timedelta(seconds=seconds)


def test_the_account_opens_when_the_delay_is_over() -> None:
    until = closed_until(5, NOW)
    assert until == NOW + timedelta(seconds=30)
    assert is_closed(until, NOW + timedelta(seconds=29.9))
    assert not is_closed(until, NOW + timedelta(seconds=30))
    assert closed_until(4, NOW) is None


def test_a_clock_that_was_set_back_closes_nobody_for_longer() -> None:
    assert not is_closed(closed_until(10, NOW), NOW - timedelta(days=1))


def test_an_address_has_so_many_failures() -> None:
    limit = AddressLimit((RateLimitItemPerMinute(2),))
    for _ in range(2):
        limit.check("192.0.2.1")
        limit.count("192.0.2.1")
    with pytest.raises(TooManyError) as caught:
        limit.check("192.0.2.1")
    assert 1 <= caught.value.details["retry_after"] <= 60
    limit.check("192.0.2.2")


def test_addresses_of_one_ipv6_customer_count_together() -> None:
    limit = AddressLimit((RateLimitItemPerMinute(1),))
    limit.count("2001:db8::1")
    with pytest.raises(TooManyError):
        limit.check("2001:db8::2%eth0")
    limit.check("2001:db8:0:1::1")
    limit.check("not an address")
