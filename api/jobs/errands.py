"""What a worker sends to others beside its jobs: e-mails and webhooks, each kind in a thread of its own.

So another system that answers slowly holds up neither the caretaker's rounds nor the other kind. Several workers may
do it at once: what is sent is claimed by row.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from api.deps import Services
from api.errors import ServiceError
from api.notifications.sending import send_due
from api.webhooks.delivery import deliver_due

_log = structlog.get_logger(__name__)
Errand = Callable[[Services], int]
ERRANDS: tuple[Errand, ...] = (send_due, deliver_due)


def start(services: Services, stop: threading.Event, pause: float) -> list[threading.Thread]:
    """Begin to run all errands, with pauses of so many seconds, until `stop` is set; gives their threads."""
    threads = [
        threading.Thread(target=run, args=(services, errand, stop, pause), name=errand.__name__, daemon=True)
        for errand in ERRANDS
    ]
    for thread in threads:
        thread.start()
    return threads


def run(services: Services, errand: Errand, stop: threading.Event, pause: float) -> None:
    """Run one errand until `stop` is set; what fails is logged and done again the next time."""
    while not stop.wait(pause):
        try:
            errand(services)
        except ServiceError as error:
            _log.warning("errand_failed", errand=errand.__name__, error=error.code)
        except Exception as error:  # the next round must come
            _log.exception("errand_failed", errand=errand.__name__, error=type(error).__name__)
