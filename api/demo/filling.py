"""Filling the home of a demo with papers and history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from api.audit.chain import append
from api.audit.checkpoints import FILE_NAME, sign_checkpoint
from api.audit.keys import load_key
from api.audit.statements import CheckpointFile
from api.auth.permissions import SYSTEM
from api.demo import home, repository
from api.demo.clock import Clock, Hours, Span, dated
from api.demo.diary import Diary
from api.demo.home import Made
from api.demo.office import Office
from api.demo.papers import Sample
from api.demo.people import hire, new_password
from api.demo.story import Story
from api.demo.supervision import DEPARTMENTS
from api.deps import Services
from api.errors import ConflictError
from api.triaging.service import Suggester

_STAFFED = (*DEPARTMENTS, "public_prosecution", "anti_corruption")
"""Departments that have officers in the demo, first the busiest: of the others' papers nobody takes notice."""


def fill(
    services: Services, suggester: Suggester, samples: Iterable[Sample], say: Callable[[str], None]
) -> Made:
    """Make the office, its papers and four weeks of history until now, in an empty installation.

    The home is claimed before (`home.claim`); it is complete when this returns. Raises ConflictError where there is no
    claim, or the demo was filled before.
    """
    claimed = home.read(services.settings.home)
    if claimed is None or claimed.logins:
        raise ConflictError(
            "Only a folder that was claimed for a demo, and has nothing in it yet, is filled."
        )
    now = services.now()
    clock = Clock(now)
    past, password = replace(services, now=clock), new_password()
    diary, span = Diary(clock, now), Span(Hours(services.calendar), now)
    with dated(services.database, clock):
        clock.now = span.days[0]
        with services.database.transaction() as session:
            append(session, SYSTEM.id, "demo.begun")
        people, logins = hire(past, _STAFFED, password)
        office = Office(past, people, suggester, diary, span.hours, Random(4))  # noqa: S311 - no secret
        papers = Story(office, span).plan(samples)
        say(f"Making four weeks of history with {papers} papers …")
        diary.live()
        with services.database.transaction() as session:
            repository.empty_queue(session)
            append(session, SYSTEM.id, "demo.filled", papers=papers)
    folder = services.settings.home
    sign_checkpoint(services.database, load_key(services.keys_folder), CheckpointFile(folder / FILE_NAME))
    made = Made(now, password, logins)
    home.write(folder, made)
    return made
