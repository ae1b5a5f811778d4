"""An office at work, in this process: the demo's people, papers and weeks of history, suggested for without a model."""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from api.app import create_app
from api.auth import sessions
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import User
from api.demo import home
from api.demo.filling import fill
from api.demo.papers import Sample, samples
from api.deps import Services
from api.settings import Settings
from api.triaging.service import Suggester, triage
from tests.api.cluster import migrated
from tests.api.departments.routed import route
from tests.api.serving import answering
from tests.api.triaging.papers import TEXT, paper, register
from triage import types
from triage.routing import Router
from triage.taxonomy import Taxonomy

_CERTAIN = 0.94
"""From this probability on, suggestions ask to be routed unread."""
_ERRS = 9
"""One of so many suggestions has a subject that is not the paper's."""


@dataclass(frozen=True)
class Office:
    """The service at an address, and what is behind it."""

    url: str
    services: Services

    def session(self, login: str) -> str:
        """The cookie of a new session of somebody, complete with the second factor."""
        now = self.services.now()
        with self.services.database.transaction() as session:
            user = session.scalars(select(User).where(User.login == login)).one()
            user.password_temporary = False
            opened = sessions.open_session(session, user, now, length=timedelta(hours=4), second_factor=True)
        return opened.token

    def acting(self, login: str) -> Principal:
        """Somebody, as a caller of services."""
        with self.services.database.transaction() as session:
            user = session.scalars(select(User).where(User.login == login)).one()
            permissions = ROLE_PERMISSIONS[user.role]
            return Principal(
                sessions.actor(user.id), user.name, user.role, permissions, None, user.department
            )

    def routed(self, department: str, count: int) -> list[str]:
        """So many new papers that were read and are routed to a department; their numbers, oldest first."""
        numbers = self.waiting(count)
        for number in numbers:
            route(self.services, number, department)
        return numbers

    def waiting(self, count: int) -> list[str]:
        """So many new papers that were read and wait for a clerk; their numbers, oldest first."""
        suggester = Knowing(self.services.taxonomy, samples()).suggester
        numbers = register(self.services, *(f"{TEXT}{secrets.token_hex(8)}" for _ in range(count)))
        for number in numbers:
            triage(self.services, suggester, paper(self.services, number).id)
        return numbers


class Knowing:
    """Suggests by what is true of the demo's papers, and errs now and then, the oftener the less sure it says it is."""

    def __init__(self, taxonomy: Taxonomy, known: Sequence[Sample]) -> None:
        self._taxonomy, self._router = taxonomy, Router(taxonomy)
        self._known = [(_words(sample.text), sample) for sample in known]

    @property
    def suggester(self) -> Suggester:
        """As the service takes it."""
        return Suggester(self.suggest, {"route_probability": _CERTAIN})

    def suggest(self, document: types.Document) -> types.Suggestion:
        """The suggestion for a paper, the same for the same words."""
        words = _words(document.text)
        sample = max(self._known, key=lambda each: len(each[0] & words))[1]
        chance = int(hashlib.sha256(sample.id.encode()).hexdigest()[:8], 16)
        sure = 0.55 + 0.45 * (chance % 97) / 97
        wrong = next(iter(sample.also), "general") if chance % _ERRS == 0 or sure < 0.6 else sample.subject
        route = self._router.route(sample.document_type, wrong, sample.territory)
        other_type = _other(self._taxonomy.document_types, sample.document_type)
        other_subject = _other(self._taxonomy.subjects, wrong)
        other_urgency = _other(self._taxonomy.urgencies, sample.urgency)
        others = [name for name in self._taxonomy.departments if name != route.department][:2]
        shares = (sure, (1 - sure) * 0.7, (1 - sure) * 0.3)
        departments = tuple(zip((route.department, *others), shares, strict=True))
        return types.Suggestion(
            id=document.id,
            document_type=types.Prediction(((sample.document_type, 0.97), (other_type, 0.03))),
            subject=types.Prediction(((wrong, sure), (other_subject, 1 - sure))),
            urgency=types.Prediction(((sample.urgency, 0.9), (other_urgency, 0.1))),
            territory=sample.territory,
            route=types.Route(route.department, route.unit, route.rule, route.ground),
            confidence=sure,
            candidates=tuple(name for name, _ in departments),
            language="ru" if sample.language == "ru" else "az",
            script="cyrillic" if sample.language == "ru" else "latin",
            decision="route" if sure >= _CERTAIN else "review",
            review_reasons=() if sure >= _CERTAIN else ("low_confidence",),
            evidence=(types.Evidence("subject", 0, 20, 1.0),),
            entities=(),
            bundle="rule/1.0.0",
            bundle_sha256="0" * 64,
            policy=self._taxonomy.version,
            input_sha256=document.sha256,
            departments=departments,
        )


@contextmanager
def office(known: Sequence[Sample] | None = None) -> Iterator[Office]:
    """The service with its database, filled with papers and history, until the end of the block."""
    with (
        migrated() as (root, url),
        _serving(Services.make(Settings(home=root / "home"), url), known or samples()) as found,
    ):
        yield found


@contextmanager
def _serving(services: Services, known: Sequence[Sample]) -> Iterator[Office]:
    home.claim(services.settings.home, services.now())
    fill(services, Knowing(services.taxonomy, samples()).suggester, known, lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        asked = replace(services, settings=services.settings.model_copy(update={"public_url": url}))
        try:
            with answering(create_app(asked), taken):
                yield Office(url, services)
        finally:
            services.database.close()


def _other(labels: Iterable[str], label: str) -> str:
    return next(each for each in labels if each != label)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())
