"""Papers as callers read them: each reading recorded once, nothing shown that is not theirs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from api.auth.permissions import ROLE_PERMISSIONS, Permission
from api.db.tables import Document, Event, Reading, Suggestion, SuggestionContent
from api.deps import Services
from api.documents import images, service
from api.errors import ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError, UnsupportedError
from api.intake import service as intake
from api.intake.cipher import DamagedError
from api.intake.store import MissingError
from api.review import waiting
from api.settings import Settings
from tests.api.papers import BAKI, CLERK, GENCE, broken_links, letter, rows, send
from tests.api.serving import client_of
from tests.documents.made import PETITION, pdf_of


def registered(services: Services, content: bytes = b"", **sent: Any) -> str:
    """The number of a new paper."""
    return send(services, content or letter(), **sent).documents[0].number


def triaged(services: Services, number: str, words: str = "Qonşum hasarı çəkib.") -> None:
    """As a worker leaves a paper: read, with a suggestion."""
    with services.database.transaction() as session:
        document = session.scalars(select(Document).where(Document.number == number)).one()
        page = {"page": 1, "text": words, "confidence": None, "source": "text"}
        session.add(Reading(document_id=document.id, run=1, schema_version=1, pages={"pages": [page]}))
        row = Suggestion(
            document_id=document.id, run=1, schema_version=1, bundle="b", bundle_sha256="", policy="p",
            input_sha256="", content_sha256="", facts={},
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(SuggestionContent(suggestion_id=row.id, content=json.dumps({"said": words})))
        document.suggestion_id = row.id
        waiting.wait(document, services.now())


def events(services: Services) -> list[str]:
    """The actions of the chain after its start and registrations."""
    with services.database.transaction() as session:
        actions = session.scalars(select(Event.action).order_by(Event.seq)).all()
    return [action for action in actions if action not in ("chain.started", "document.registered")]


READS: dict[str, Any] = {
    "document.read": service.get,
    "document.text_read": service.text,
    "document.suggestion_read": service.suggestion,
    "document.original_read": lambda *of: service.original(*of).stream.close(),
    "document.failures_read": service.failures,
    "document.history_read": lambda office, who, number: service.history(office, who, number, None, 10),
}


@pytest.mark.parametrize("action", READS)
def test_every_reading_is_recorded_once(services: Services, action: str) -> None:
    number = registered(services)
    triaged(services, number)
    READS[action](services, CLERK, number)
    assert events(services) == [action]
    with services.database.transaction() as session:
        link = session.scalars(select(Event).where(Event.action == action)).one()
        assert (link.actor, link.document_id) == (CLERK.id, 1)


@pytest.mark.parametrize("action", READS)
def test_what_may_not_be_seen_does_not_exist(services: Services, action: str) -> None:
    number = registered(services, office="gence", who=GENCE)
    told = []
    for asked in (number, "2020-B-000001"):
        with pytest.raises(NotFoundError) as refused:
            READS[action](services, BAKI, asked)
        told.append(str(refused.value))
    assert told[0] == told[1]
    with pytest.raises(ForbiddenError):
        READS[action](services, replace(GENCE, permissions=ROLE_PERMISSIONS["administrator"]), number)
    assert events(services) == []


def test_an_officer_sees_what_was_routed_to_the_department(services: Services) -> None:
    number = registered(services)
    officer = replace(CLERK, role="officer", department="land", permissions=frozenset({Permission.READ}))
    with pytest.raises(NotFoundError):
        service.get(services, officer, number)
    with services.database.transaction() as session:
        session.execute(text("UPDATE documents SET state = 'routed', department = 'land'"))
    assert service.get(services, officer, number).number == number


def test_a_paper_that_was_not_read_yet_says_so(services: Services) -> None:
    number = registered(services)
    for read in (service.text, service.suggestion):
        with pytest.raises(ConflictError):
            read(services, CLERK, number)


def test_the_same_bytes_are_read_once_for_all_their_papers(services: Services) -> None:
    """Whoever has a paper may read its words; whose paper they were first read in is not told to all."""
    first = registered(services, office="gence", who=GENCE)
    again = registered(services, office="sumqayit", who=BAKI)
    triaged(services, first)
    assert service.text(services, BAKI, again).pages[0].text == "Qonşum hasarı çəkib."
    found = service.suggestion(services, BAKI, again)
    assert (found.number, found.of, found.content) == (again, None, {"said": "Qonşum hasarı çəkib."})
    assert service.suggestion(services, CLERK, again).of == first
    assert (service.get(services, BAKI, again).same_as, service.get(services, CLERK, again).same_as) == (
        None,
        first,
    )


def test_a_list_goes_on_without_gaps_or_doubles_while_papers_arrive(services: Services) -> None:
    send(services, *(letter(n) for n in range(120)))
    seen: list[str] = []
    cursor = None
    while True:
        page = service.page(services, CLERK, {}, cursor, 25)
        seen += [item.number for item in page.items]
        send(services, letter(1000 + len(seen)))
        if page.next is None:
            break
        cursor = page.next
    assert [int(number[-6:]) for number in seen] == list(range(120, 0, -1))


def test_a_list_has_what_the_caller_may_see_and_asked_for(services: Services) -> None:
    mine = registered(services, letter(1), office="gence", who=GENCE)
    registered(services, letter(2), office="sumqayit", who=BAKI)
    assert [item.number for item in service.page(services, GENCE, {}, None, 10).items] == [mine]
    assert service.page(services, GENCE, {"office": "sumqayit"}, None, 10).items == []
    assert len(service.page(services, CLERK, {"state": "registered"}, None, 10).items) == 2
    assert service.page(services, CLERK, {"state": "routed"}, None, 10).items == []
    with services.database.transaction() as session:
        listed = session.scalars(select(Event.body).where(Event.action == "documents.listed")).first()
    assert json.loads(listed or "")["details"] == {"documents": [1], "filters": []}


@pytest.mark.parametrize(
    "cursor", ["", "x", "====", "MQ", "\ud800", "٣", base64.b64encode(b"1_0").decode() + "!"]
)
def test_a_cursor_of_others_is_refused(services: Services, cursor: str) -> None:
    with pytest.raises(InvalidError):
        service.page(services, CLERK, {}, cursor, 10)


@pytest.mark.parametrize("key", [None, SecretStr("22" * 32)])
def test_the_original_comes_back_byte_for_byte(settings: Settings, empty: str, key: SecretStr | None) -> None:
    settings.home.mkdir()
    services = Services.make(settings.model_copy(update={"store_key": key}), empty)
    data = pdf_of([PETITION]) + b"\0" * 600_000
    number = registered(services, data)
    answer = client_of(services, CLERK).get(f"/api/v1/documents/{number}/original")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(data))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''0.txt"
    assert "sandbox" in answer.headers["content-security-policy"]
    services.database.close()


def test_the_version_is_the_etag(services: Services) -> None:
    number = registered(services)
    assert client_of(services, CLERK).get(f"/api/v1/documents/{number}").headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("damage", "code"), [("missing", "missing_original"), ("changed", "damaged_original")]
)
def test_an_original_that_was_lost_or_changed_is_said_to_be(
    services: Services, damage: str, code: str
) -> None:
    number = registered(services)
    (path,) = (p for p in (services.settings.home / "store").rglob("*") if p.is_file())
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(letter()[::-1])
    for what in ("original", "pages/1"):
        answer = client_of(services, CLERK).get(f"/api/v1/documents/{number}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (500, code)


def test_a_large_original_that_was_changed_is_broken_off(services: Services) -> None:
    number = registered(services, b"a" * 1_900_000)
    (path,) = (p for p in (services.settings.home / "store").rglob("*") if p.is_file())
    path.write_bytes(b"a" * 1_899_999 + b"b")
    with pytest.raises(DamagedError), service.original(services, CLERK, number).stream as stream:
        stream.read()


# Pictures of pages


def pictures(services: Services) -> list[str]:
    """Names of the pictures that are kept."""
    return sorted(path.name for path in (services.settings.home / "pages").rglob("*") if path.is_file())


def test_a_picture_of_a_page_is_made_once_and_each_look_is_recorded(services: Services) -> None:
    number = registered(services, pdf_of(["", PETITION]))
    client = client_of(services, CLERK)
    looks = [client.get(f"/api/v1/documents/{number}/pages/2") for _ in range(2)]
    assert looks[0].headers["content-type"] == "image/png"
    assert looks[0].content == looks[1].content
    assert Image.open(io.BytesIO(looks[0].content)).width > 1000
    assert pictures(services) == ["2.png"]
    with services.database.transaction() as session:
        bodies = session.scalars(select(Event.body).where(Event.action == "document.page_read")).all()
    assert [json.loads(body)["details"] for body in bodies] == [{"page": 2}, {"page": 2}]


def test_pictures_of_sealed_originals_are_never_kept(settings: Settings, empty: str) -> None:
    settings.home.mkdir()
    services = Services.make(settings.model_copy(update={"store_key": SecretStr("33" * 32)}), empty)
    assert images.page(services, CLERK, registered(services, pdf_of([PETITION])), 1)
    assert pictures(services) == []
    services.database.close()


@pytest.mark.parametrize(
    ("content", "page", "error"),
    [
        (pdf_of([PETITION]), 2, NotFoundError),
        (pdf_of([PETITION]), 10_000, NotFoundError),
        (letter(), 1, UnsupportedError),
        (b"%PDF-1.5 cut", 1, ConflictError),
    ],
)
def test_what_has_no_such_picture_says_why(
    services: Services, content: bytes, page: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        images.page(services, CLERK, registered(services, content), page)
    assert pictures(services) == []


# Erasure


ERASER = replace(CLERK, id="user:9", permissions=frozenset(Permission))


def test_erasing_leaves_nothing_of_the_content_and_the_chain_whole(services: Services) -> None:
    data = pdf_of([PETITION])
    number = registered(services, data, sender="Əli Vəliyev", external_reference="X-77")
    triaged(services, number, "Əli Vəliyev yazır")
    images.page(services, CLERK, number, 1)
    shown = service.erase(services, ERASER, number, "Order 14/2026")
    assert (shown.state, shown.sender, shown.external_reference, shown.file_name) == (
        "erased",
        None,
        None,
        None,
    )
    assert [p for p in services.settings.home.rglob("*") if p.is_file() and "keys" not in p.parts] == []
    assert "Vəliyev" not in everything(services)
    salted = hashlib.sha256(data).hexdigest()
    assert salted not in json.dumps(chain(services)), "the chain never said whose bytes these were"
    for read in (service.text, service.suggestion, service.original):
        with pytest.raises(GoneError):
            read(services, CLERK, number)
    with pytest.raises(GoneError):
        images.page(services, CLERK, number, 1)
    assert service.get(services, CLERK, number).state == "erased"
    assert broken(services) == []


def chain(services: Services) -> list[str]:
    """All links."""
    with services.database.transaction() as session:
        return list(session.scalars(select(Event.body).order_by(Event.seq)))


def broken(services: Services) -> list[Any]:
    """Broken links; rows made by these tests have no events of their own."""
    return [problem for problem in broken_links(services) if problem.seq is not None]


def everything(services: Services) -> str:
    """All rows of all tables as text, read as the superuser."""
    found: list[str] = []
    engine = create_engine(services.database.url)
    with Session(engine) as session:
        names = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for name in names:
            found += session.scalars(text(f'SELECT t::text FROM "{name}" t')).all()  # noqa: S608
    engine.dispose()
    return "\n".join(found)


def test_a_sealed_original_loses_its_key(settings: Settings, empty: str) -> None:
    settings.home.mkdir()
    services = Services.make(settings.model_copy(update={"store_key": SecretStr("44" * 32)}), empty)
    service.erase(services, ERASER, registered(services), "Order 14/2026")
    assert rows(services, "blobs WHERE wrapped_key IS NOT NULL OR erased_at IS NULL") == 0
    services.database.close()


def test_erased_twice_is_erased_once(services: Services) -> None:
    number = registered(services)
    first = service.erase(services, ERASER, number, "Order 14/2026")
    assert service.erase(services, ERASER, number, "Order 15/2026") == first
    assert events(services) == ["document.erased"]


def test_an_erasure_that_stopped_midway_is_finished_by_the_next(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = registered(services)
    with monkeypatch.context() as patch:
        patch.setattr(intake, "remove_forgotten", lambda *_: None)
        service.erase(services, ERASER, number, "Order 14/2026")
    assert [p for p in (services.settings.home / "store").rglob("*") if p.is_file()]
    with pytest.raises(GoneError):
        service.original(services, CLERK, number)
    service.erase(services, ERASER, number, "Order 14/2026")
    assert not [p for p in (services.settings.home / "store").rglob("*") if p.is_file()]


def test_a_second_paper_with_the_same_bytes_keeps_them_and_is_read_itself(services: Services) -> None:
    first, second, third = (registered(services) for _ in range(3))
    triaged(services, first)
    service.erase(services, ERASER, first, "Order 14/2026")
    with service.original(services, CLERK, second).stream as stream:
        assert stream.read() == letter()
    assert service.get(services, CLERK, second).state == "registered"
    assert rows(services, "procrastinate_jobs WHERE args = '{\"document_id\": 2}'") == 1
    found = service.get(services, CLERK, third)
    assert (found.same_as, found.state) == (second, "review")
    service.erase(services, ERASER, second, "Order 14/2026")
    service.erase(services, ERASER, third, "Order 14/2026")
    assert not [p for p in (services.settings.home / "store").rglob("*") if p.is_file()]


def test_the_same_bytes_can_come_again_after_an_erasure(services: Services) -> None:
    service.erase(services, ERASER, registered(services), "Order 14/2026")
    again = send(services, letter()).documents[0]
    assert (again.state, again.same_as) == ("registered", None)
    with service.original(services, CLERK, again.number).stream as stream:
        assert stream.read() == letter()


def test_a_worker_that_reads_meanwhile_is_fenced_out(services: Services) -> None:
    number = registered(services)
    with services.database.transaction() as session:
        session.execute(text("UPDATE documents SET state = 'reading', run = 1"))
    service.erase(services, ERASER, number, "Order 14/2026")
    assert rows(services, "documents WHERE run > 1 AND state = 'erased'") == 1


def test_only_who_may_erases(services: Services) -> None:
    number = registered(services, office="gence", who=GENCE)
    with pytest.raises(ForbiddenError):
        service.erase(services, GENCE, number, "Order 14/2026")
    with pytest.raises(NotFoundError):
        service.erase(services, replace(ERASER, units=frozenset({"sumqayit"})), number, "Order 14/2026")
    with service.original(services, GENCE, number).stream as stream:
        assert stream.read() == letter()


def test_a_missing_original_is_not_recorded_as_read(services: Services) -> None:
    number = registered(services)
    services.store.erase(service.get(services, CLERK, number).sha256)
    with pytest.raises(MissingError):
        service.original(services, CLERK, number)
    assert events(services) == ["document.read"]
