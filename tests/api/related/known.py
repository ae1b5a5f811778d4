"""Papers for tests of what belongs together: registered, read by rule with given entities, and noted."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from api.auth.permissions import SYSTEM
from api.db.tables import Document, Reading, SuggestionContent
from api.deps import Services
from api.intake.schemas import Submission
from api.intake.service import submit
from api.intake.staging import Upload
from api.related import service
from api.triaging.service import Suggester, triage
from tests.api.triaging.papers import paper, rule
from triage import types

WORDS = """
    hasar bulaq dəmir qapı gecə küçə yağış məktəb körpü alma pəncərə qonşu torpaq divar su meşə yol maşın stol
    çıraq kitab dəftər qələm saat ev bağça ağac daş qum çay dağ dərə günəş ay ulduz bulud külək qar buz od
""".split()  # noqa: SIM905 - a word list reads better so


def body(seed: int, words: int = 60) -> str:
    """A text of its own for each seed."""
    draw = random.Random(seed)  # noqa: S311 - the same words in every run
    return " ".join(draw.choice(WORDS) for _ in range(words))


def entities(text: str, *marked: tuple[str, str, str | None, str | None]) -> tuple[types.Entity, ...]:
    """Entities by (label, surface, role, value), found in the text."""
    made = []
    for label, surface, role, value in marked:
        start = text.index(surface)
        made.append(types.Entity(label, start, start + len(surface), surface, role, value))
    return tuple(sorted(made, key=lambda entity: entity.start))


def person(
    seed: int,
    *,
    name: str | None = None,
    fin: str | None = None,
    phone: str | None = None,
    birth: str | None = None,
    address: str | None = None,
    case: str | None = None,
    role: str = "applicant",
) -> tuple[str, tuple[types.Entity, ...]]:
    """A petition with a text of its own, and its entities."""
    told: list[tuple[str, str, str | None, str | None]] = []
    lines = []
    for label, words, value, normal in (
        ("PERSON", "Mən", name, name),
        ("DATE", "doğum tarixi", birth, birth),
        ("FIN", "FİN", fin, fin),
        ("PHONE", "telefon", phone, phone),
        ("LOC", "ünvan", address, address),
        ("CASE_NO", "iş", case, case),
    ):
        if value is not None:
            lines.append(f"{words} {value}.")
            told.append((label, value, role if label == "PERSON" else None, normal))
    text = "\n".join([*lines, body(seed)])
    return text, entities(text, *told)


def receive(services: Services, text: str, found: tuple[types.Entity, ...] = (), **sent: Any) -> str:
    """Register a text, read it by rule with these entities, and note it; its number. It lies in the queue then."""
    upload = Upload("a.txt", io.BytesIO(text.encode()))
    number = submit(services, SYSTEM, Submission(**sent), [upload]).documents[0].number
    base = rule(services, decision="review")

    def suggest(document: types.Document) -> types.Suggestion:
        return replace(base.suggest(document), entities=found)

    triage(services, Suggester(suggest, base.suggester.thresholds), paper(services, number).id)
    note(services, number)
    return number


def note(services: Services, number: str) -> None:
    """Note a paper as it was read; one that was not read itself has nothing to note."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        reading = session.scalar(select(Reading).where(Reading.document_id == document.id))
        if reading is None or reading.pages is None or document.suggestion_id is None:
            return
        kept = session.get_one(SuggestionContent, document.suggestion_id).content
        assert kept is not None
        service.note(services, session, document, reading.pages, json.loads(kept))
