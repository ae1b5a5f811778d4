"""Disposals: two people, content gone for good, nothing half, a certificate that the chain vouches for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from api.db.tables import Document, Event, Layout, Reading, User
from api.deps import Services
from api.documents import removal
from api.documents import service as documents
from api.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError
from api.jobs import timers
from api.notices import service as notices
from api.notices.schemas import NoticeIn
from api.retention import carrying, disposals
from api.retention.schemas import DisposalFull, DisposalIn
from tests.api.papers import CLERK, broken_links, letter, rows, send
from tests.api.retention.support import (
    GENCE,
    LEYLA,
    LONG_AGO,
    MURAD,
    NOW,
    change,
    closed,
    events,
    hold,
    row,
    stored,
)
from tests.api.serving import client_of
from triage.documents import read_bytes


@pytest.fixture
def office(services: Services) -> Services:
    """The services on a day that is known, with two supervisors."""
    with services.database.transaction() as session:
        for who in (LEYLA, MURAD):
            session.add(User(login=who.name, name=who.name, role="supervisor"))
            session.flush()
    return replace(services, now=lambda: NOW)


def proposed(services: Services, *numbers: str) -> int:
    """A disposal of these papers that Leyla has proposed."""
    return disposals.propose(services, LEYLA, DisposalIn(numbers=list(numbers))).id


def carried_out(services: Services, *numbers: str) -> DisposalFull:
    """The same, approved by Murad."""
    return disposals.approve(services, MURAD, proposed(services, *numbers))


def certificate(services: Services, disposal: int) -> dict[str, Any]:
    """The certificate of a disposal."""
    found: dict[str, Any] = json.loads(disposals.certificate(services, LEYLA, disposal))
    return found


def everything(services: Services) -> str:
    """All rows of all tables as text, read as the superuser."""
    engine = create_engine(services.database.url)
    with Session(engine) as session:
        names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = [
            line
            for name in names
            for line in session.scalars(text(f'SELECT t::text FROM "{name}" t')).all()  # noqa: S608
        ]
    engine.dispose()
    return "\n".join(found)


def test_what_was_disposed_of_is_gone_for_good_and_the_chain_is_whole(office: Services) -> None:
    first, second = closed(office, letter(1), letter(2))
    with office.database.transaction() as session:
        session.add(
            Reading(document_id=row(office, first).id, run=1, schema_version=1, pages={"pages": ["hasar"]})
        )
        session.flush()
        session.add(
            Layout(document_id=row(office, first).id, run=1, page=1, schema_version=1, words=b"hasar")
        )
    notices.make(office, CLERK, first, NoticeIn(kind="registered"))
    assert len(stored(office)) == 4
    done = carried_out(office, first, second)
    assert (done.state, done.left_out, done.ended_by) == ("carried_out", {}, MURAD.id)
    assert stored(office) == []
    assert "Vəliyev" not in everything(office)
    assert "hasar" not in everything(office)
    assert b"hasar".hex() not in everything(office)
    for number in (first, second):
        paper = row(office, number)
        assert (paper.state, paper.salt, paper.sender, paper.file_name) == ("disposed", None, None, None)
        for read in (documents.text, documents.original, documents.suggestion):
            with pytest.raises(GoneError):
                read(office, CLERK, number)
        assert documents.get(office, CLERK, number).state == "disposed"
    assert broken_links(office) == []


def test_the_certificate_names_all_and_its_hash_is_in_the_chain(office: Services) -> None:
    numbers = closed(office, letter(1), letter(2), document_type="official_letter")
    with office.database.transaction() as session:
        bodies = session.scalars(select(Event.body).where(Event.action == "document.registered")).all()
    hashes = [json.loads(body)["details"]["original"] for body in bodies]
    done = carried_out(office, *numbers)
    data = disposals.certificate(office, LEYLA, done.id)
    found = json.loads(data)
    assert found["proposed"] == {"actor": "user:1", "name": "Leyla", "at": "2026-03-02T08:00:00.000000Z"}
    assert (found["approved"]["actor"], found["approved"]["name"]) == ("user:2", "Murad")
    assert found["count"] == 2
    assert found["papers"] == [
        {"number": number, "rule": "correspondence", "closed_on": "2019-06-01", "original": original}
        for number, original in zip(numbers, hashes, strict=True)
    ]
    assert found["rules"]["correspondence"]["years"] == 5
    with office.database.transaction() as session:
        (body,) = session.scalars(select(Event.body).where(Event.action == "disposal.carried_out"))
    details = json.loads(body)["details"]
    assert details == {
        "disposal": done.id, "papers": 2, "left_out": 0, "certificate": hashlib.sha256(data).hexdigest()
    }  # fmt: skip
    assert done.certificate == details["certificate"]


@pytest.mark.parametrize(
    ("language", "said"), [("az", "Təsdiq edib"), ("ru", "Утверждено"), ("en", "Approved by")]
)
def test_the_certificate_is_downloaded_as_json_and_pdf(office: Services, language: str, said: str) -> None:
    number, kept = closed(office, letter(1), letter(2))
    disposal = proposed(office, number, kept)
    hold(office, kept)
    client = client_of(office, MURAD)
    assert client.get(f"/api/v1/disposals/{disposal}/certificate").status_code == 409
    answer = client.post(f"/api/v1/disposals/{disposal}/approval")
    assert (answer.status_code, answer.json()["state"]) == (200, "carried_out")
    told = client.get(f"/api/v1/disposals/{disposal}/certificate")
    assert hashlib.sha256(told.content).hexdigest() == answer.json()["certificate"]
    path = f"/api/v1/disposals/{disposal}/certificate?form=pdf&language={language}"
    printed = [client.get(path).content for _ in range(2)]
    assert printed[0] == printed[1]
    words = "".join(read_bytes(printed[0], id="x").text.split())
    for each in (said, number, kept, answer.json()["certificate"]):
        assert each.replace(" ", "") in words


def test_two_people_are_needed(office: Services) -> None:
    disposal = proposed(office, *closed(office))
    with pytest.raises(ForbiddenError, match="another person"):
        disposals.approve(office, LEYLA, disposal)
    with pytest.raises(ForbiddenError):
        disposals.approve(office, CLERK, disposal)
    assert len(stored(office)) == 1
    assert disposals.approve(office, MURAD, disposal).state == "carried_out"
    for act in (disposals.approve, disposals.refuse):
        with pytest.raises(ConflictError):
            act(office, MURAD, disposal)


def test_a_refused_disposal_leaves_papers_as_they_were_and_free(office: Services) -> None:
    numbers = closed(office)
    disposal = proposed(office, *numbers)
    with pytest.raises(ConflictError, match="another disposal"):
        proposed(office, *numbers)
    assert disposals.refuse(office, LEYLA, disposal).state == "refused"
    with pytest.raises(ConflictError):
        disposals.approve(office, MURAD, disposal)
    assert row(office, numbers[0]).state == "closed"
    assert carried_out(office, *numbers).state == "carried_out"


def test_what_became_impossible_meanwhile_is_left_out_and_named(office: Services, tmp_path: Path) -> None:
    numbers = closed(office, *(letter(n) for n in range(6)))
    disposal = proposed(office, *numbers)
    hold(office, numbers[0])
    change(office, numbers[1], state="routed", closed_at=None)
    documents.erase(office, LEYLA, numbers[2], "Order 14/2026")
    change(office, numbers[3], document_type="official_letter")
    change(office, numbers[4], closed_at=NOW)
    done = disposals.approve(office, MURAD, disposal)
    reasons = dict(zip(numbers, ("held", "open", "gone", "rule_changed", "not_due"), strict=False))
    assert done.left_out == reasons == certificate(office, disposal)["left_out"]
    assert [paper["number"] for paper in certificate(office, disposal)["papers"]] == [numbers[5]]
    assert len(stored(office)) == 4
    assert row(office, numbers[0]).sender == "Əli Vəliyev"
    assert broken_links(office) == []


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"closed_at": None, "state": "routed"}, "work on it is not over"),
        ({"closed_at": NOW}, "its time is not over"),
        (
            {"document_type": "indictment", "closed_at": LONG_AGO.replace(year=1995)},
            "the archive gets it first",
        ),
        ({"state": "erased"}, "its content is gone"),
    ],
)
def test_all_papers_of_a_list_are_fit_or_none_is_proposed(
    office: Services, columns: dict[str, Any], why: str
) -> None:
    good, bad = closed(office, letter(1), letter(2))
    change(office, bad, **columns)
    with pytest.raises(ConflictError, match=f"{bad} \\({why}\\)"):
        proposed(office, good, bad)
    with pytest.raises(NotFoundError, match="2020-B-000009"):
        proposed(office, good, "2020-B-000009")
    assert rows(office, "disposals") == 0


def test_papers_are_proposed_by_rule_and_day(office: Services) -> None:
    numbers = closed(office, *(letter(n) for n in range(4)))
    hold(office, numbers[1])
    closed(office, letter(9), document_type="official_letter")
    wanted = DisposalIn(rule="appeals", by=date(2026, 3, 2), limit=2)
    found = disposals.propose(office, LEYLA, wanted)
    assert [item.number for item in found.items] == [numbers[0], numbers[2]]
    assert [i.number for i in disposals.propose(office, LEYLA, wanted).items] == [numbers[3]]
    with pytest.raises(ConflictError):
        disposals.propose(office, LEYLA, wanted)
    with pytest.raises(InvalidError):
        disposals.propose(office, LEYLA, DisposalIn(rule="appeals", by=date(2026, 3, 3)))
    with pytest.raises(NotFoundError):
        disposals.propose(office, LEYLA, DisposalIn(rule="none", by=date(2026, 3, 2)))


@pytest.mark.parametrize(
    "wanted",
    [{}, {"numbers": []}, {"rule": "appeals"}, {"numbers": ["1"], "rule": "appeals", "by": "2026-03-02"},
     {"numbers": ["1"] * 1001}, {"by": "2026-03-02"}, {"rule": "Appeals", "by": "2026-03-02"},
     {"rule": "appeals", "by": "1999-12-31"}],
)  # fmt: skip
def test_what_is_asked_in_no_form_is_refused(office: Services, wanted: dict[str, Any]) -> None:
    assert client_of(office, LEYLA).post("/api/v1/disposals", json=wanted).status_code == 422


def test_a_disposal_is_for_those_who_see_all_its_papers(office: Services) -> None:
    (mine,), (other,) = closed(office, letter(1), office="gence"), closed(office, letter(2))
    disposal, own = proposed(office, other, mine), None
    for act in (disposals.get, disposals.approve, disposals.refuse, disposals.certificate):
        with pytest.raises(NotFoundError):
            act(office, GENCE, disposal)
    with pytest.raises(NotFoundError):
        disposals.propose(office, GENCE, DisposalIn(numbers=[other]))
    disposals.refuse(office, MURAD, disposal)
    own = disposals.propose(office, GENCE, DisposalIn(numbers=[mine])).id
    assert [d.id for d in disposals.page(office, GENCE, None, 10).items] == [own]
    first = disposals.page(office, LEYLA, None, 1)
    assert [d.id for d in first.items] == [own]
    assert [(d.id, d.papers) for d in disposals.page(office, LEYLA, first.next, 1).items] == [(disposal, 2)]
    assert disposals.approve(office, MURAD, own).state == "carried_out"


def test_every_step_is_in_the_chain_under_who_did_it(office: Services) -> None:
    number, kept = closed(office, letter(1), letter(2))
    disposal = proposed(office, number, kept)
    hold(office, kept)
    disposals.approve(office, MURAD, disposal)
    assert events(office) == [
        ("disposal.proposed", LEYLA.id, None),
        ("hold.set", LEYLA.id, row(office, kept).id),
        ("disposal.approved", MURAD.id, None),
        ("document.disposed", MURAD.id, row(office, number).id),
        ("disposal.left_out", MURAD.id, row(office, kept).id),
        ("disposal.carried_out", MURAD.id, None),
    ]


# Papers with the same bytes


def test_an_original_that_another_paper_needs_stays(office: Services) -> None:
    first, second = closed(office), send(office, letter(), sender="Başqa").documents[0].number
    done = carried_out(office, *first)
    assert done.left_out == {}
    assert len(stored(office)) == 1
    assert row(office, second).same_as is None
    with documents.original(office, CLERK, second).stream as stream:
        assert stream.read() == letter()


def test_the_same_bytes_that_come_again_are_a_new_paper(office: Services) -> None:
    carried_out(office, *closed(office))
    again = send(office, letter()).documents[0]
    assert (again.state, again.same_as) == ("registered", None)


# Crashes and races


class CrashError(Exception):
    """The process is gone."""


def crash_after(monkeypatch: pytest.MonkeyPatch, calls: int, name: str) -> None:
    """Let the so many-th call of this function of `removal` be the last."""
    real: Callable[..., Any] = getattr(removal, name)
    done = [0]

    def wrapped(*of: Any) -> Any:
        done[0] += 1
        if done[0] > calls:
            raise CrashError
        return real(*of)

    monkeypatch.setattr(removal, name, wrapped)


@pytest.mark.parametrize(
    ("calls", "name"),
    [(3, "remove_content"), (5, "remove_content"), (0, "delete_files"), (1, "delete_files")],
)
def test_what_was_broken_off_goes_on_and_nothing_is_half(
    office: Services, monkeypatch: pytest.MonkeyPatch, calls: int, name: str
) -> None:
    monkeypatch.setattr(carrying, "AT_ONCE", 2)
    numbers = closed(office, *(letter(n) for n in range(7)))
    disposal = proposed(office, *numbers)
    hold(office, numbers[1])
    with monkeypatch.context() as patch:
        crash_after(patch, calls, name)
        with pytest.raises(CrashError):
            disposals.approve(office, MURAD, disposal)
    for number in numbers:  # all of a paper, or nothing
        paper = row(office, number)
        assert (paper.state == "disposed") == (paper.salt is None) == (paper.sender is None)
    assert disposals.get(office, LEYLA, disposal).state == "approved"
    hold(office, numbers[6])
    assert carrying.resume(office) == 1
    assert carrying.resume(office) == 0
    found = certificate(office, disposal)
    assert found["count"] == 5
    assert found["left_out"] == {numbers[1]: "held", numbers[6]: "held"}
    assert len(stored(office)) == 2
    disposed = [document for action, _, document in events(office) if action == "document.disposed"]
    assert len(disposed) == len(set(disposed)) == 5
    assert broken_links(office) == []


def test_a_large_disposal_is_carried_out_by_the_worker(
    office: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "BY_REQUEST", 2)
    disposal = proposed(office, *closed(office, *(letter(n) for n in range(3))))
    assert disposals.approve(office, MURAD, disposal).state == "approved"
    assert len(stored(office)) == 3
    assert timers.run(office)
    assert disposals.get(office, LEYLA, disposal).state == "carried_out"
    assert stored(office) == []


def test_two_who_approve_at_once_dispose_once(office: Services) -> None:
    disposal = proposed(office, *closed(office, *(letter(n) for n in range(30))))
    answers: list[str] = []

    def approve() -> None:
        try:
            answers.append(disposals.approve(office, MURAD, disposal).state)
        except ConflictError:
            answers.append("ended")

    threads = [threading.Thread(target=approve) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(answers) <= {"carried_out", "ended"}
    actions = [action for action, *_ in events(office)]
    assert (actions.count("document.disposed"), actions.count("disposal.carried_out")) == (30, 1)


def test_a_paper_that_is_held_while_the_list_is_carried_out_waits_or_is_left_out(office: Services) -> None:
    """A hold and a disposal of one paper come one after the other: never is a held paper disposed of."""
    (number,) = closed(office)
    disposal = proposed(office, number)
    with office.database.transaction() as session:
        session.scalars(select(Document).where(Document.number == number).with_for_update()).one()
        thread = threading.Thread(target=lambda: disposals.approve(office, MURAD, disposal))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        session.execute(
            text(
                'INSERT INTO legal_holds (document_id, "on", actor, reason) '
                "SELECT id, true, 'user:1', 'r' FROM documents"
            )
        )
    thread.join(30)
    assert certificate(office, disposal)["left_out"] == {number: "held"}
    assert row(office, number).state == "closed"


def test_a_disposed_paper_needs_no_erasure(office: Services) -> None:
    numbers = closed(office)
    carried_out(office, *numbers)
    assert documents.erase(office, LEYLA, numbers[0], "Order 14/2026").state == "disposed"
    assert "document.erased" not in [action for action, *_ in events(office)]


def test_nothing_is_due_a_day_too_early(office: Services) -> None:
    numbers = closed(office, at=LONG_AGO)
    eve = replace(office, now=lambda: NOW.replace(year=2024, month=12, day=31, hour=12))
    with pytest.raises(ConflictError, match="not over"):
        proposed(eve, *numbers)
    assert proposed(replace(office, now=lambda: eve.now() + timedelta(hours=9)), *numbers)
