"""The legal clock warns once for each step; what is over is tidied away; nothing waits without a job."""

from __future__ import annotations

import os
from datetime import date, timedelta

from sqlalchemy import text

from api.db.tables import IntakeRequest, User, UserSession
from api.deps import Services
from api.intake.service import forget_original
from api.jobs import repository, timers
from tests.api.jobs.support import queued
from tests.api.triaging.papers import TEXT, actions, paper, register

DAY = timedelta(days=1)


def tell(services: Services, today: date) -> int:
    with services.database.transaction() as session:
        return timers.tell_clocks(services, session, today)


def test_an_open_paper_is_warned_of_once_and_told_overdue_once(services: Services) -> None:
    found = paper(services, register(services, TEXT)[0])
    assert found.warn_from is not None
    assert found.answer_by is not None
    days = [
        found.warn_from - DAY,
        found.warn_from,
        found.warn_from + DAY,
        found.answer_by,
        found.answer_by + DAY,
    ]
    assert [tell(services, day) for day in [*days, found.answer_by + 30 * DAY]] == [0, 1, 0, 0, 1, 0]
    assert actions(services, found.id) == ["document.registered", "clock.warned", "clock.overdue"]
    assert paper(services, found.number).clock_told == "overdue"


def test_a_paper_that_is_overdue_when_first_seen_is_told_so_at_once(services: Services) -> None:
    found = paper(services, register(services, TEXT)[0])
    assert found.answer_by is not None
    assert [tell(services, found.answer_by + DAY) for _ in range(2)] == [1, 0]
    assert actions(services, found.id)[1:] == ["clock.overdue"]


def test_what_is_routed_or_erased_has_no_warning(services: Services) -> None:
    numbers = register(services, TEXT + "1", TEXT + "2")
    with services.database.transaction() as session:
        for number, state in zip(numbers, ("routed", "erased"), strict=True):
            session.execute(
                text("UPDATE documents SET state = :state WHERE number = :number"),
                {"state": state, "number": number},
            )
    assert tell(services, date(2099, 1, 1)) == 0


def test_a_paper_that_waits_without_a_job_is_given_one(services: Services) -> None:
    register(services, TEXT + "1", TEXT + "2")
    with services.database.transaction() as session:
        assert timers.queue_forgotten(session) == 0
        session.execute(text("DELETE FROM procrastinate_jobs WHERE args = '{\"document_id\": 1}'"))
        assert timers.queue_forgotten(session) == 1
        assert timers.queue_forgotten(session) == 0
    assert queued(services) == ["todo", "todo"]


def test_what_has_expired_is_deleted(services: Services) -> None:
    now = services.now()
    with services.database.transaction() as session:
        user = User(login="a", name="A", role="clerk")
        session.add(user)
        session.flush()
        for name, ends in (("old", now - DAY), ("live", now + DAY)):
            session.add(UserSession(id=name, user_id=user.id, csrf="x", seen_at=now, expires_at=ends))
        for key, at in (("old", now - 8 * DAY), ("live", now - 6 * DAY)):
            session.add(IntakeRequest(actor="user:1", key=key, fingerprint="f", answer={}, created_at=at))
    part = services.settings.home / "store" / ".incoming" / "left.part"
    part.parent.mkdir(parents=True)
    part.touch()
    os.utime(part, (0, 0))
    assert timers.run(services)
    with services.database.transaction() as session:
        assert list(session.scalars(text("SELECT id FROM sessions"))) == ["live"]
        assert list(session.scalars(text("SELECT key FROM intake_requests"))) == ["live"]
    assert not part.exists()


def test_finished_jobs_are_deleted_and_waiting_ones_kept(services: Services) -> None:
    register(services, TEXT)
    with services.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('triage', 'triage', 'failed')"
            )
        )
    timers.run(services)
    assert queued(services) == ["todo"]


def test_one_worker_at_a_time_runs_the_timers(services: Services) -> None:
    with services.database.transaction() as other:
        assert repository.try_lock(other, timers.LOCK)
        assert not timers.run(services)
    assert timers.run(services)


def test_copies_left_by_an_erasure_that_was_cut_off_are_removed(services: Services) -> None:
    found = paper(services, register(services, TEXT)[0])
    with services.database.transaction() as session:  # as `erase` does, and then the process dies
        forget_original(services, session, found.sha256)
    assert services.store.exists(found.sha256)
    assert timers.run(services)
    assert not services.store.exists(found.sha256)
