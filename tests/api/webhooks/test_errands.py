"""A worker sends mail and webhooks by itself, and goes on where one of them fails."""

from __future__ import annotations

import threading

from structlog.testing import capture_logs

from api.deps import Services
from api.errors import UnavailableError
from api.jobs import errands
from tests.api.jobs.support import until, working
from tests.api.notifications.catcher import catching
from tests.api.notifications.people import person, tell, told
from tests.api.notifications.test_mail import with_mail
from tests.api.triaging.papers import rule
from tests.api.webhooks.receiver import Receiver
from tests.api.webhooks.support import hook, say, sent


def test_a_worker_sends_what_is_due(hooked: Services, receiver: Receiver) -> None:
    with catching() as catcher:
        both = with_mail(hooked, catcher)
        hook(both, receiver)
        user = person(both, "aysel", email="aysel@example.org", mail="at_once")
        with working(both, rule(both).suggester):
            say(both)
            tell(both, user, kind="sample.waiting")
            until(
                lambda: [d.state for d in sent(both)] == ["delivered"] and told(both)[0].mailed_at is not None
            )
        assert len(catcher.mails) == 1


def test_an_errand_that_fails_is_run_again(services: Services) -> None:
    stop = threading.Event()
    runs: list[int] = []

    def failing(_services: Services) -> int:
        runs.append(1)
        if len(runs) == 3:
            stop.set()
        raise UnavailableError("away") if len(runs) == 1 else RuntimeError

    with capture_logs() as logs:
        errands.run(services, failing, stop, 0.0)
    assert len(runs) == 3
    assert [entry["event"] for entry in logs] == ["errand_failed"] * 3
