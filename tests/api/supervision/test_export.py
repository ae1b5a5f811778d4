"""What training gets: one line for every paper that people spoke on, and of no paper that was erased."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.auth.permissions import SYSTEM
from api.db.tables import DecisionContent, Event
from api.deps import Services
from api.documents import service as documents
from api.errors import ForbiddenError
from api.supervision import sampling
from api.supervision.export import export
from api.supervision.sample_schemas import SampleIn, VerdictIn
from tests.api.supervision.desk import AYGUN, NIGAR, SUPERVISOR, decide, send_back, switch_on, triaged
from tests.api.triaging.papers import rule


def lines(services: Services, file: Path) -> dict[str, Any]:
    """What is exported, by number of the paper."""
    count = export(services, SYSTEM, file)
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(found) == count
    return {line["number"]: line for line in found}


def test_decisions_verdicts_and_returns_are_exported_with_their_text(
    services: Services, tmp_path: Path
) -> None:
    by = rule(services)
    switch_on(services, by)
    decided, returned, automatic, erased = triaged(services, by, 4)
    other, subject = services.taxonomy.departments[1], services.taxonomy.subjects[1]
    send_back(services, decided)
    row = decide(
        services, decided, other, subject=subject, overrides=["department", "subject"], reason="wrong"
    )
    with services.database.transaction() as session:
        session.add(
            DecisionContent(decision_id=row, content={"entities": [{"label": "PERSON"}], "words": "…"})
        )
    send_back(services, returned)
    decide(services, erased, other)
    documents.erase(services, SUPERVISOR, erased, "order 1 of a court")
    found = lines(services, tmp_path / "out.jsonl")
    assert set(found) == {decided, returned}
    line = found[decided]
    assert (line["source"], line["action"], line["reason"]) == ("decision", "route", "wrong")
    assert (line["labels"]["department"], line["labels"]["subject"]) == (other, subject)
    assert line["overrides"] == ["department", "subject"]
    assert line["entities"] == [{"label": "PERSON"}]
    assert line["suggestion"]["bundle"] == "test/1.0.0"
    assert line["pages"][0]["text"].startswith("Qonşum")
    assert "words" not in json.dumps(line)
    assert (found[returned]["source"], found[returned]["labels"]) == ("return", None)
    assert found[returned]["returns"][0]["reason"] == "not_ours"
    assert automatic not in found


def test_a_verdict_counts_once_it_holds(services: Services, tmp_path: Path) -> None:
    by = rule(services)
    switch_on(services, by)
    (number,) = triaged(services, by, 1)
    now = services.now()
    period = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    sampling.draw(services, SUPERVISOR, SampleIn(size=1, readers=2, **period))
    taxonomy = services.taxonomy
    for who in (AYGUN, NIGAR):
        assert lines(services, tmp_path / "out.jsonl") == {}
        item = sampling.next_item(services, who).item or 0
        verdict = VerdictIn(
            document_type=taxonomy.document_types[0], subject=taxonomy.subjects[2], urgency=taxonomy.urgencies[0],
            department=taxonomy.departments[3],
        )  # fmt: skip
        sampling.judge(services, who, item, verdict)
    line = lines(services, tmp_path / "out.jsonl")[number]
    assert (line["source"], line["labels"]["subject"]) == ("verdict", taxonomy.subjects[2])
    assert (line["action"], line["overrides"]) == (None, [])


def test_the_file_is_its_owners_alone_and_stands_in_the_chain(services: Services, tmp_path: Path) -> None:
    (number,) = triaged(services, rule(services), 1)
    decide(services, number, services.taxonomy.departments[0])
    file = tmp_path / "out.jsonl"
    assert export(services, SYSTEM, file) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".out*")) == []
    with services.database.transaction() as session:
        event = session.scalars(select(Event).where(Event.action == "decisions.exported")).one()
    details = json.loads(event.body)["details"]
    assert details == {"count": 1, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    with pytest.raises(ForbiddenError):
        export(services, AYGUN, file)
