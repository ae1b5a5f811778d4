"""Papers for tests: registered as the service does, suggested for by rule instead of by a bundle."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import select

from api.auth.permissions import SYSTEM
from api.db.tables import Document, Event, Failure
from api.deps import Services
from api.intake.schemas import Submission
from api.intake.service import submit
from api.intake.staging import Upload
from api.triaging.service import Suggester
from triage import types

TEXT = "Qonşum hasarı iki metr bizə çəkib, xahiş edirəm tədbir görəsiniz. "


def register(services: Services, *texts: str) -> list[str]:
    """Register texts as papers; their numbers."""
    uploads = [Upload(None, io.BytesIO(text.encode())) for text in texts]
    return [paper.number for paper in submit(services, SYSTEM, Submission(), uploads).documents]


def register_bytes(services: Services, data: bytes, name: str | None = None) -> str:
    """Register a file; its number."""
    return submit(services, SYSTEM, Submission(), [Upload(name, io.BytesIO(data))]).documents[0].number


def paper(services: Services, number: str) -> Document:
    """The row of a paper."""
    with services.database.transaction() as session:
        return session.scalars(select(Document).where(Document.number == number)).one()


def rows(services: Services, table: type[Any]) -> list[Any]:
    """All rows of a table with an id, oldest first."""
    with services.database.transaction() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def actions(services: Services, document_id: int) -> list[str]:
    """What the audit chain says was done with a paper, in order."""
    with services.database.transaction() as session:
        query = select(Event.action).where(Event.document_id == document_id).order_by(Event.seq)
        return list(session.scalars(query))


def failures(services: Services) -> list[tuple[str, bool]]:
    """Codes of the failed attempts, and whether they were final."""
    return [(row.code, row.final) for row in rows(services, Failure)]


@dataclass
class Rule:
    """Suggests the same for every paper. `before` is run in the middle of the work; `seen` counts the papers."""

    department: str
    subject: str
    decision: Literal["route", "review"] = "route"
    before: Callable[[types.Document], None] = lambda _: None
    seen: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def suggest(self, document: types.Document) -> types.Suggestion:
        """The suggestion of the rule."""
        with self._lock:
            self.seen.append(document.id)
        self.before(document)
        return types.Suggestion(
            id=document.id,
            document_type=_sure("complaint"),
            subject=_sure(self.subject),
            urgency=_sure("normal"),
            territory=None,
            route=types.Route(self.department, None, "r1", "Test"),
            confidence=0.99,
            candidates=(self.department,),
            language="az",
            script="latin",
            decision=self.decision,
            review_reasons=() if self.decision == "route" else ("low_confidence",),
            evidence=(types.Evidence("subject", 0, 6, 1.0),),
            entities=(types.Entity("PER", 0, 6, document.text[:6], "author", None),),
            bundle="test/1.0.0",
            bundle_sha256="0" * 64,
            policy="test 1",
            input_sha256=document.sha256,
        )

    @property
    def suggester(self) -> Suggester:
        """As the service takes it."""
        return Suggester(self.suggest, {"route_probability": 0.9})


def rule(services: Services, **changes: Any) -> Rule:
    """A rule that routes to the taxonomy's first department, by its first subject."""
    base = Rule(services.taxonomy.departments[0], services.taxonomy.subjects[0])
    return replace(base, seen=[], **changes)


def _sure(label: str) -> types.Prediction:
    return types.Prediction(((label, 1.0),))
