"""The record of a paper is whole, provable, and shows nothing that one may not see; it can be replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.audit.chain import append
from api.audit.rows import recorded
from api.db.tables import DecisionContent, Link, Remark
from api.deps import Services
from api.documents import service as documents
from api.errors import ForbiddenError, NotFoundError
from api.supervision.records import record
from api.supervision.replaying import replay
from tests.api.papers import broken_links, send
from tests.api.supervision.desk import AYGUN, LOCAL, SUPERVISOR, decide, send_back, switch_on, triaged
from tests.api.triaging.papers import actions, paper, rule


def as_superuser(services: Services, statement: str) -> None:
    engine = create_engine(services.database.url)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement))
    engine.dispose()


def test_a_record_tells_every_step_in_order_with_its_proof(services: Services) -> None:
    by = rule(services)
    switch_on(services, by)
    (number,) = triaged(services, by, 1)
    documents.text(services, AYGUN, number)
    send_back(services, number)
    other = services.taxonomy.departments[1]
    second = decide(services, number, other, overrides=["department"], reason="wrong_department")
    with services.database.transaction() as session:
        session.add(DecisionContent(decision_id=second, content={"words": "Telefonla soruşuldu."}))
        session.add(
            Remark(document_id=paper(services, number).id, actor=AYGUN.id, about="handover:1", words="Yox.")
        )
    told = record(services, SUPERVISOR, number)
    assert [step.kind for step in told.steps] == ["suggestion", "decision", "handover", "decision", "remark"]
    suggestion, policy, handover, person, remark = told.steps
    assert suggestion.facts["facts"]["department"] == policy.facts["department"] == by.department
    assert (policy.in_force, person.in_force, policy.actor) == (False, True, "system")
    assert (person.facts["department"], person.facts["reason"]) == (other, "wrong_department")
    assert (person.content, remark.content) == ({"words": "Telefonla soruşuldu."}, {"words": "Yox."})
    for step in (suggestion, policy, handover, person):
        assert step.proof is not None
        assert step.proof.intact
        event = next(e for e in told.events.items if e.seq == step.proof.seq)
        assert (event.hash, event.details["row"]) == (step.proof.hash, step.id)
    assert "document.text_read" in {event.action for event in told.events.items}
    assert actions(services, paper(services, number).id)[-1] == "document.record_read"
    assert broken_links(services) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET department = 'elsewhere'",
        "UPDATE events SET body = replace(body, 'document.shadowed', 'document.lost')",
        "DELETE FROM events WHERE action = 'document.shadowed'",
    ],
)
def test_what_was_tampered_with_is_not_intact(services: Services, statement: str) -> None:
    (number,) = triaged(services, rule(services), 1)
    as_superuser(services, statement)
    proofs = {step.kind: step.proof for step in record(services, SUPERVISOR, number).steps}
    assert proofs["decision"] is not None
    assert proofs["suggestion"] is not None
    assert (proofs["suggestion"].intact, proofs["decision"].intact) == (True, False)


def test_a_link_does_not_show_a_paper_that_one_may_not_see(services: Services) -> None:
    mine = send(services, b"Birinci", office="gence").documents[0].number
    theirs = send(services, "İkinci".encode(), office="quba").documents[0].number
    with services.database.transaction() as session:
        row = Link(
            document_id=paper(services, theirs).id, other_id=paper(services, mine).id, kind="case", on=True,
            actor=SUPERVISOR.id, facts={"ground": "case_number"},
        )  # fmt: skip
        session.add(row)
        session.flush()
        append(session, SUPERVISOR.id, "document.linked", row.document_id, **recorded(row))
    (full,), (part,) = record(services, SUPERVISOR, mine).steps, record(services, LOCAL, mine).steps
    assert (full.facts["with"], full.facts["facts"]) == (theirs, {"ground": "case_number"})
    assert part.facts == {"kind": "case", "on": True, "with": None}
    assert part.proof is not None
    assert part.proof.intact
    with pytest.raises(NotFoundError):
        record(services, LOCAL, theirs)
    with pytest.raises(ForbiddenError):
        record(services, AYGUN, mine)


def test_after_erasure_the_record_stays_without_its_words(services: Services) -> None:
    (number,) = triaged(services, rule(services), 1)
    decide(services, number, services.taxonomy.departments[0])
    documents.erase(services, SUPERVISOR, number, "order 1 of a court")
    told = record(services, SUPERVISOR, number)
    assert told.came.state == "erased"
    assert all(step.proof and step.proof.intact for step in told.steps)


def test_a_replay_says_whether_it_is_the_same_and_that_a_bundle_is_missing(
    services: Services, tmp_path: Path
) -> None:
    by = rule(services)
    (number,) = triaged(services, by, 1)
    assert replay(services, SUPERVISOR, number).outcome == "bundle_missing"
    (tmp_path / "test" / "1.0.0").mkdir(parents=True)
    services = replace(services, settings=services.settings.model_copy(update={"models": tmp_path}))
    loaded: list[Path] = []

    def load(folder: Path, _sha256: str):  # type: ignore[no-untyped-def]
        loaded.append(folder)
        return by.suggester

    assert replay(services, SUPERVISOR, number, load).outcome == "same"
    assert loaded == [tmp_path / "test" / "1.0.0"]
    for who, error in ((AYGUN, ForbiddenError), (LOCAL, NotFoundError)):
        with pytest.raises(error):
            replay(services, who, number, load)
