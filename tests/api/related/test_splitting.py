"""A bundle becomes several papers, in one transaction; and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2 as pdfium
import pytest
from pydantic import ValidationError
from sqlalchemy import text

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Decision, Document, Link, User
from api.deps import Services
from api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from api.intake.schemas import Submission
from api.intake.service import submit
from api.intake.staging import Upload
from api.related.linking import links
from api.related.parts import unlink_parts
from api.related.schemas import PartsOut, SplitIn
from api.related.splitting import split
from api.review import waiting
from api.triaging.service import triage
from tests.api.papers import BAKI, CLERK, GENCE, broken_links, state_of
from tests.api.triaging.papers import actions, paper, rows, rule
from tests.documents.made import pdf_of

PDF = pdf_of([f"Page {n}: a letter of its own, number {n}." for n in range(1, 6)])
RECEIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def bundle(services: Services, data: bytes = PDF, name: str = "toplu.pdf", **sent: Any) -> str:
    """A bundle that lies in the queue."""
    told = Submission(channel="court", office="gence", sender="Court", received_at=RECEIVED, **sent)
    number = submit(services, CLERK, told, [Upload(name, io.BytesIO(data))]).documents[0].number
    change(services, number, state="review")
    return number


def change(services: Services, number: str, *, state: str = "review", **columns: Any) -> None:
    """Bring a paper's row into a state."""
    with services.database.transaction() as session:
        document = session.get_one(Document, paper(services, number).id)
        if state == "review":
            waiting.wait(document, services.now(), desk=columns.pop("desk", "clerk"))
        else:
            waiting.leave(document, state, services.now())
        for name, value in columns.items():
            setattr(document, name, value)


def held(services: Services, number: str, login: str = "other") -> Principal:
    """Let a new clerk hold a paper."""
    with services.database.transaction() as session:
        session.add(User(login=f"not {login}", name="Aygün", role="clerk"))  # who has the id of CLERK
        session.flush()
        user = User(login=login, name=login, role="clerk")
        session.add(user)
        session.flush()
    change(services, number, held_by=user.id, held_until=services.now() + timedelta(minutes=5))
    return replace(CLERK, id=f"user:{user.id}")


def cut(services: Services, number: str, *parts: tuple[int, int], who: Principal = CLERK) -> PartsOut:
    """Split a paper as it is now."""
    version = paper(services, number).version
    return split(services, who, number, SplitIn(parts=list(parts), version=version))


def pages_of(services: Services, number: str) -> list[str]:
    """The text of the pages of a paper's original."""
    found = paper(services, number)
    with services.store.open(found.sha256, None) as stream:
        document = pdfium.PdfDocument(stream.read())
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return texts


def test_a_pdf_becomes_papers_that_came_with_it(services: Services) -> None:
    number = bundle(services, external_reference="7/14")
    before = paper(services, number)
    made = cut(services, number, (1, 2), (3, 5))
    whole, parts = paper(services, number), [paper(services, part) for part in made.parts]
    assert (whole.state, whole.desk, made.state, made.version) == ("closed", None, "closed", whole.version)
    assert whole.closed_at is not None
    assert whole.version > before.version
    for part in parts:
        assert (part.state, part.part_of, part.file_name) in {
            ("registered", whole.id, "toplu (1-2).pdf"), ("registered", whole.id, "toplu (3-5).pdf"),
        }  # fmt: skip
        for name in ("received_at", "channel", "office", "sender", "external_reference", "forward_by"):
            assert getattr(part, name) == getattr(before, name)
    assert ["Page 1" in page for page in pages_of(services, made.parts[0])] == [True, False]
    assert [page[:6] for page in pages_of(services, made.parts[1])] == ["Page 3", "Page 4", "Page 5"]
    (decision,) = rows(services, Decision)
    assert (decision.kind, decision.action, decision.department) == ("person", "split", None)
    assert decision.facts == {"page_ranges": [[1, 2], [3, 5]], "parts": [part.id for part in parts]}
    assert whole.decision_id == decision.id
    assert {(link.document_id, link.other_id, link.kind) for link in rows(services, Link)} == {
        (part.id, whole.id, "part") for part in parts
    }
    assert state_of(services)["procrastinate_jobs"] == 3
    assert actions(services, whole.id)[-3:] == [
        "document.split",
        "document.part_added",
        "document.part_added",
    ]
    assert broken_links(services) == []
    told = links(services, CLERK, made.parts[0])
    assert [(link.other, link.part) for link in told.links] == [(number, made.parts[0])]
    triage(services, rule(services).suggester, parts[0].id)
    assert paper(services, made.parts[0]).suggestion_id is not None


def test_a_text_is_split_at_its_form_feeds(services: Services) -> None:
    number = bundle(services, "Birinci ərizə\fdavamı\fİkinci ərizə\f".encode(), "toplu.txt")
    made = cut(services, number, (1, 2), (3, 3))
    found = [paper(services, part) for part in made.parts]
    texts = [services.store.open(part.sha256, None).read().decode() for part in found]
    assert texts == ["Birinci ərizə\fdavamı", "İkinci ərizə"]


@pytest.mark.parametrize(
    "parts",
    [
        [(1, 2), (4, 5)],
        [(1, 3), (3, 5)],
        [(3, 5), (1, 2)],
        [(2, 3), (4, 5)],
        [(1, 2), (3, 4)],
        [(1, 2), (3, 6)],
        [(1, 0), (1, 5)],
        [(1, 5), (6, 5)],
    ],
)
def test_parts_hold_every_page_once_in_order(services: Services, parts: list[tuple[int, int]]) -> None:
    number = bundle(services)
    before = state_of(services)
    with pytest.raises((InvalidError, ValidationError)):
        cut(services, number, *parts)
    assert {**state_of(services), "events": 0} == {**before, "events": 0}
    assert paper(services, number).state == "review"


def test_what_has_no_pages_or_is_damaged_is_refused(services: Services) -> None:
    picture = bundle(services, b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "a.png")
    with pytest.raises(UnsupportedError):
        cut(services, picture, (1, 1), (2, 2))
    broken = bundle(services, b"%PDF-1.7\n" + b"x" * 200)
    with pytest.raises(InvalidError, match="damaged"):
        cut(services, broken, (1, 1), (2, 2))
    locked = bundle(services, pdf_of(["a", "b"], password="x"))  # noqa: S106
    with pytest.raises(InvalidError, match="password"):
        cut(services, locked, (1, 1), (2, 2))
    empty = bundle(services, b"bir\f \fiki")
    with pytest.raises(InvalidError, match="empty"):
        cut(services, empty, (1, 1), (2, 2), (3, 3))


def test_nothing_is_split_when_a_part_is_too_large(services: Services) -> None:
    number = bundle(services)
    small = replace(services, settings=services.settings.model_copy(update={"upload_bytes": 300}))
    before = state_of(services)
    with pytest.raises(TooLargeError):
        cut(small, number, (1, 2), (3, 5))
    assert {**state_of(services), "events": 0} == {**before, "events": 0}
    assert not list((services.settings.home / "store").rglob("*.part"))


def test_only_a_paper_that_waits_and_is_free_is_split(services: Services) -> None:
    number = bundle(services)
    with pytest.raises(ConflictError, match="changed"):
        split(services, CLERK, number, SplitIn(parts=[(1, 2), (3, 5)], version=99))
    holder = held(services, number)
    with pytest.raises(ConflictError, match="held"):
        cut(services, number, (1, 2), (3, 5))
    change(services, number, desk="second")
    with pytest.raises(ConflictError, match="second"):
        cut(services, number, (1, 2), (3, 5))
    change(services, number, desk="supervisor")
    with pytest.raises(ForbiddenError, match="supervisor"):
        cut(services, number, (1, 2), (3, 5))
    for state, why in (("reading", "being read"), ("routed", "decided"), ("erased", "decided")):
        change(services, number, state=state)
        with pytest.raises(ConflictError, match=why):
            cut(services, number, (1, 2), (3, 5))
    change(services, number, held_by=int(holder.id[5:]), held_until=services.now() + timedelta(minutes=5))
    assert len(cut(services, number, (1, 2), (3, 5), who=holder).parts) == 2
    with pytest.raises(ConflictError, match="decided"):
        cut(services, number, (1, 2), (3, 5))


def test_a_change_while_the_file_is_cut_is_noticed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = bundle(services)
    version = paper(services, number).version

    def meanwhile(*_: Any) -> list[bytes]:
        change(services, number, state="routed")
        return [b"bir", b"iki"]

    monkeypatch.setattr("api.related.splitting.cut", meanwhile)
    with pytest.raises(ConflictError, match="changed"):
        split(services, CLERK, number, SplitIn(parts=[(1, 2), (3, 5)], version=version))
    assert rows(services, Decision) == []


def test_who_may_not_see_or_decide_or_register_does_not_split(services: Services) -> None:
    number = bundle(services)
    assert len(cut(services, bundle(services, PDF + b"\n"), (1, 2), (3, 5), who=GENCE).parts) == 2
    with pytest.raises(NotFoundError):
        cut(services, number, (1, 2), (3, 5), who=BAKI)
    officer = Principal("user:9", "", "officer", ROLE_PERMISSIONS["officer"], department="d")
    with pytest.raises(ForbiddenError):
        cut(services, number, (1, 2), (3, 5), who=officer)
    change(services, number, unit="sumqayit")  # BAKI sees it now, but could not see its parts
    with pytest.raises(ForbiddenError):
        cut(services, number, (1, 2), (3, 5), who=BAKI)


def undo(services: Services, number: str, who: Principal = CLERK) -> None:
    """What the undo of a decision does: a row of its own, the parts, and the paper back in the queue."""
    with services.database.transaction() as session:
        document = session.get_one(Document, paper(services, number).id)
        decision = session.get_one(Decision, document.decision_id)
        row = Decision(
            document_id=document.id, kind="person", action="undo", actor=who.id, actor_name=who.name,
            undoes=decision.id, facts={},
        )  # fmt: skip
        session.add(row)
        session.flush()
        append(session, who.id, "document.undone", document.id, **recorded(row))
        unlink_parts(services, session, who, document, decision, row)
        document.decision_id = None
        waiting.wait(document, services.now())


def test_a_split_is_taken_back_and_can_be_done_again(services: Services) -> None:
    number = bundle(services)
    first = cut(services, number, (1, 2), (3, 5)).parts
    triage(services, rule(services).suggester, paper(services, first[0]).id)
    undo(services, number)
    for part in first:
        found = paper(services, part)
        assert (found.state, found.part_of) == ("closed", None)
        assert found.closed_at is not None
    assert {link.on for link in links(services, CLERK, number).links} == {False}
    assert broken_links(services) == []
    triage(services, rule(services).suggester, paper(services, first[1]).id)
    assert paper(services, first[1]).state == "closed"  # its job finds nothing to do
    again = cut(services, number, (1, 2), (3, 5)).parts
    assert [paper(services, part).state for part in again] == ["registered", "registered"]
    triage(services, rule(services).suggester, paper(services, again[1]).id)
    assert paper(services, again[1]).state == "review"


def test_a_split_stays_once_a_part_was_decided_on_or_is_held(services: Services) -> None:
    number = bundle(services)
    one, other = cut(services, number, (1, 2), (3, 5)).parts
    change(services, one, state="routed")
    with pytest.raises(ConflictError, match="decided"):
        undo(services, number)
    change(services, one)
    held(services, other)
    with pytest.raises(ConflictError, match="held"):
        undo(services, number)
    change(services, other)
    with services.database.transaction() as session:
        session.execute(
            text("UPDATE documents SET part_of = :one WHERE number = :number"),
            {"one": paper(services, one).id, "number": bundle(services, b"late", "l.txt")},
        )
    with pytest.raises(ConflictError, match="merged"):
        undo(services, number)
    assert paper(services, number).state == "closed"
