"""Services with a clock that is set by hand, and another system that the settings list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from api.deps import Services
from tests.api.webhooks.receiver import Receiver, receiving


@dataclass
class Clock:
    """Stands still until it is moved."""

    time: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hooked(services: Services, receiver: Receiver, clock: Clock) -> Services:
    """The services, whose settings list the receiver."""
    settings = services.settings.model_copy(update={"webhook_hosts": frozenset({receiver.place})})
    return replace(services, settings=settings, now=clock)
