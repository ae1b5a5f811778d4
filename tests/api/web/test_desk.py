"""The queue and the desk: who may come, what is shown, what is decided, and that nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.audit.chain import append
from api.db.tables import Decision, DecisionContent, DepartmentState, Document, Sample, SampleItem, User
from api.deps import Services
from api.review import service
from api.supervision import sample_rows
from api.triaging.service import triage
from api.web.desk_text import Found, Ground, marked
from api.web.names_desk import CODES
from tests.api.review.office import as_suggested, change, many, person, suggester, waiting
from tests.api.triaging.papers import TEXT, actions, paper, register_bytes, rows
from tests.api.web.conftest import Reader, plain
from triage import types

Make = Callable[..., Reader]
HOSTILE = "<script>alert(1)</script> \"'&"
PERSON = types.Entity("PERSON", 0, 6, TEXT[:6], "applicant", None)


def field(text: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def taken(clerk: Reader, number: str) -> str:
    """The desk with this paper on it."""
    answer = clerk.post("/queue/open", number=number)
    assert answer.headers["location"] == f"/papers/{number}", answer.text
    return clerk.get(answer.headers["location"]).text


def seen(text: str) -> dict[str, str]:
    return {name: field(text, name) for name in ("suggestion", "version")}


def decisions(services: Services) -> list[Decision]:
    return [row for row in rows(services, Decision) if row.kind in ("person", "proposed")]


def test_only_who_decides_comes_to_the_queue(services: Services, reader: Make, nobody: Reader) -> None:
    (number,) = waiting(services)
    for role in ("officer", "administrator"):
        assert reader(role).get("/queue").status_code == 403
        assert reader(role).post("/queue/take").status_code == 403
    assert reader("administrator").get(f"/papers/{number}").status_code == 403
    assert reader("officer").get(f"/papers/{number}").status_code == 404, "it was not routed to them"
    assert nobody.get("/queue").headers["location"] == "/sign-in?next=%2Fqueue"
    for role in ("clerk", "supervisor"):
        assert f'value="{number}"' in reader(role).get("/queue").text
    assert reader("clerk").get("/papers/2026-B-999999").status_code == 404


@pytest.mark.parametrize("language", ["az", "en", "ru"])
def test_pages_are_told_in_every_language(services: Services, reader: Make, language: str) -> None:
    (number,) = waiting(services, TEXT, entities=(PERSON,))
    clerk = reader("clerk", language)
    assert clerk.get("/queue?urgency=immediate").status_code == 200, "a list that is empty"
    pages = [clerk.get("/queue").text, taken(clerk, number)]
    pages += [clerk.get(f"/papers/{number}/{part}").text for part in ("related", "history", "split", "merge")]
    for text in pages:
        assert f'<html lang="{language}"' in text
        assert " style=" not in text
        assert "<script>" not in text
    if language != "en":
        english = (
            "Queue",
            "Decision",
            "Confirm",
            "Related papers",
            "History",
            "Split",
            "Merge",
            "Sender",
            "Person",
        )
        words = plain_words("".join(pages))
        assert [word for word in english if word in words] == []


def plain_words(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)


def test_a_full_page_of_the_queue_is_light(services: Services, reader: Make) -> None:
    """Fifty long papers in Russian, whose letters take two bytes each."""
    text = (
        "Прошу принять меры по моей жалобе на соседа, который самовольно перенёс забор и угрожает семье. " * 3
    )
    waiting(
        services, *(f"{number} {text}" for number in range(50)), review_reasons=tuple(CODES["review_short"])[:4],
        evidence=(types.Evidence("subject", 10, 20, 1.0),), decision="review",
    )  # fmt: skip
    with services.database.transaction() as session:
        for document in session.scalars(select(Document)):
            document.sender = "Гражданин с очень длинным именем и отчеством"
            document.urgency = "immediate"
    answer = reader("clerk", "ru").get("/queue")
    assert answer.text.count('name="number"') == 50
    assert len(answer.content) < 60_000


def test_filters_are_links_and_can_be_saved(services: Services, reader: Make) -> None:
    many(services, 2)
    clerk = reader("clerk")
    assert 'href="/queue?urgency=normal"' in clerk.get("/queue").text
    assert "No paper fits these filters" in clerk.get("/queue?assigned=me").text
    assert clerk.get("/queue?assigned=x").status_code == 422
    saved = clerk.post("/queue/views?assigned=nobody&overdue=true", name=HOSTILE)
    assert saved.headers["location"] == "/queue?assigned=nobody&overdue=true"
    text = clerk.get("/queue").text
    assert "<script>alert" not in text
    assert (
        'href="/queue?overdue=true&amp;assigned=nobody"' in text or "assigned=nobody&amp;overdue=true" in text
    )
    view = re.findall(r"/queue/views/(\d+)", text)[0]
    assert clerk.post(f"/queue/views/{view}", name="Mine").status_code == 303
    assert clerk.post("/queue/views", name="").status_code == 422
    assert reader("supervisor").post(f"/queue/views/{view}", delete="1").status_code == 404, (
        "it is not theirs"
    )
    assert "Mine" in clerk.get("/queue").text
    clerk.post(f"/queue/views/{view}", delete="1")
    assert f"/queue/views/{view}" not in clerk.get("/queue").text


def test_words_are_searched_among_papers_that_wait(services: Services, reader: Make) -> None:
    first, second = waiting(services, "Qonşum hasarı çəkib.", "Maaşımı vermirlər.")
    text = reader("clerk").get("/queue?q=hasar").text
    assert first in text
    assert second not in text
    assert "Nothing was found" in reader("clerk").get("/queue?q=zzz").text


def test_news_tell_how_many_papers_came(services: Services, reader: Make) -> None:
    clerk = reader("clerk")
    text = clerk.get("/queue").text
    since = re.search(r'data-since="([^"]+)"', text)
    assert since is not None
    many(services, 2)
    told = clerk.client.get("/queue/news", params={"since": since[1]}, headers=clerk.headers)
    assert told.json() == {"new": 2}


def test_opening_takes_the_paper_and_records_what_is_shown(services: Services, reader: Make) -> None:
    first, second = many(services, 2)
    clerk = reader("clerk")
    text = taken(clerk, first)
    done = actions(services, paper(services, first).id)
    assert done[-4:] == [
        "document.claimed",
        "document.opened",
        "document.suggestion_read",
        "document.text_read",
    ]
    assert "data-confirm" in text
    refused = clerk.post("/queue/open", number=second)
    assert refused.status_code == 409
    assert f"You hold {first}." in refused.text
    assert clerk.post("/queue/take").headers["location"] == f"/papers/{first}"
    assert "document.opened" not in actions(services, paper(services, second).id)
    other = reader("supervisor").get(f"/papers/{first}").text
    assert "Held by" in other
    assert "data-confirm" not in other


def test_one_press_confirms_and_the_next_paper_lies_there(services: Services, reader: Make) -> None:
    first, second = many(services, 2)
    clerk = reader("clerk")
    answer = clerk.post(f"/papers/{first}/decision", action="confirm", **seen(taken(clerk, first)))
    assert answer.headers["location"] == f"/papers/{second}"
    assert paper(services, first).state == "routed"
    flash = {"Cookie": f"{clerk.headers['Cookie']}; flash={answer.cookies['flash']}"}
    text = clerk.get(f"/papers/{second}", **flash).text
    undo = re.search(rf'action="/papers/{first}/undo".*?</form>', text, re.DOTALL)
    assert undo is not None
    back = clerk.post(
        f"/papers/{first}/undo",
        decision=field(undo[0], "decision"),
        version=field(undo[0], "version"),
        held=second,
    )
    assert back.headers["location"] == f"/papers/{first}"
    assert paper(services, first).held_by is not None
    assert paper(services, second).held_by is None, "it went back for the one that is decided anew"


def test_a_script_gets_the_next_paper_in_the_answer(services: Services, reader: Make) -> None:
    first, second = many(services, 2)
    clerk = reader("clerk")
    shown = seen(taken(clerk, first))
    clerk.headers["X-Requested-With"] = "script"
    answer = clerk.post(f"/papers/{first}/decision", action="confirm", **shown)
    assert answer.headers["x-page"] == f"/papers/{second}"
    assert f'action="/papers/{first}/undo"' in answer.text
    done = actions(services, paper(services, second).id)
    assert done.count("document.opened") == done.count("document.text_read") == 1
    last = clerk.post(
        f"/papers/{second}/decision", action="confirm", **seen(answer.text.partition('id="decide"')[2])
    )
    assert (last.status_code, last.headers["x-page"], last.content) == (204, "/queue", b"")


def test_a_correction_needs_a_reason_and_keeps_what_was_typed(services: Services, reader: Make) -> None:
    (number,) = waiting(services)
    clerk = reader("clerk")
    text = taken(clerk, number)
    other = services.taxonomy.departments[1]
    wanted = {
        **seen(text), "action": "route", "document_type": "complaint", "subject": services.taxonomy.subjects[0],
        "urgency": "normal", "choice": "", "department": other, "remark": HOSTILE,
    }  # fmt: skip
    refused = clerk.post(f"/papers/{number}/decision", **wanted)
    assert refused.status_code == 422
    assert "You decide otherwise than was suggested (Department): give a reason." in unescape(refused.text)
    assert "&lt;script&gt;alert(1)" in refused.text
    assert f'<option value="{other}" selected' in refused.text
    two = clerk.post(f"/papers/{number}/decision", **{**wanted, "choice": services.taxonomy.departments[0]})
    assert "You chose two departments." in two.text
    done = clerk.post(f"/papers/{number}/decision", **wanted, reason="wrong_department")
    assert done.headers["location"] == "/queue", "nothing else waits"
    (made,) = decisions(services)
    assert (made.department, made.reason, made.facts["overrides"]) == (
        other,
        "wrong_department",
        ["department"],
    )


def test_names_are_corrected_without_a_script(services: Services, reader: Make) -> None:
    second = types.Entity("LOC", 7, 12, TEXT[7:12], None, None)
    (number,) = waiting(services, TEXT, entities=(PERSON, second))
    clerk = reader("clerk")
    text = taken(clerk, number)
    boxes = [unescape(found) for found in re.findall(r'name="entity" value="([^"]*)"', text)]
    assert [json.loads(box)["label"] for box in boxes] == ["PERSON", "LOC"]
    fields = {**seen(text), "action": "route", "choice": services.taxonomy.departments[0], "urgency": "normal",
              "document_type": "complaint", "subject": services.taxonomy.subjects[0], "entity_count": "2"}  # fmt: skip
    clerk.post(f"/papers/{number}/decision", **fields, entity=boxes[:1])
    (kept,) = rows_of(services, DecisionContent)
    assert [entity["label"] for entity in kept.content["entities"]] == ["PERSON"]


def rows_of(services: Services, table: type[Any]) -> list[Any]:
    with services.database.transaction() as session:
        return list(session.scalars(select(table)))


def test_what_changed_meanwhile_is_told_at_the_top(services: Services, reader: Make) -> None:
    (number,) = waiting(services)
    clerk = reader("clerk", "az")
    shown = seen(taken(clerk, number))
    change(services, number, version=paper(services, number).version + 1)
    stale = clerk.post(f"/papers/{number}/decision", action="confirm", remark="Qeydim", **shown)
    assert stale.status_code == 409
    assert "Sənəd sizə göstəriləndən sonra dəyişib. Yenidən baxın." in stale.text
    assert "Qeydim" in stale.text
    assert field(stale.text, "version") != shown["version"], "the form is of the paper as it is now"


def test_a_closed_department_is_told_by_its_name(services: Services, reader: Make) -> None:
    (number,) = waiting(services)
    first, second = services.taxonomy.departments[:2]
    with services.database.transaction() as session:
        session.add(
            DepartmentState(
                department=first, unit="", open=False, successor=second, actor="user:1", reason="x"
            )
        )
    clerk = reader("clerk", "az")
    refused = clerk.post(f"/papers/{number}/decision", action="confirm", **seen(taken(clerk, number)))
    assert refused.status_code == 409
    names = services.taxonomy.names
    told = plain(refused)
    assert f"İdarə bağlıdır: {names['departments', first]['az']}." in told
    assert names["departments", second]["az"] in told


def test_a_second_person_answers(services: Services, reader: Make) -> None:
    (number,) = waiting(services, review_reasons=("conflict_of_interest",), decision="review")
    clerk, boss = reader("clerk"), reader("supervisor")
    clerk.post(f"/papers/{number}/decision", action="confirm", **seen(taken(clerk, number)))
    assert paper(services, number).desk == "second"
    text = taken(boss, number)
    assert "A second person must confirm this" in text
    answer = {"decision": field(text, "decision"), "version": field(text, "version")}
    assert boss.post(f"/papers/{number}/second", agree="yes", **answer).status_code == 303
    assert paper(services, number).state == "routed"
    assert "Routed" in boss.get(f"/papers/{number}").text


@pytest.mark.parametrize(("action", "more", "state"), [
    ("outside", {"body": "supreme_court"}, "outside"), ("unreadable", {}, "closed"), ("escalate", {}, "review"),
])  # fmt: skip
def test_other_decisions(
    services: Services, reader: Make, action: str, more: dict[str, str], state: str
) -> None:
    (number,) = waiting(services)
    clerk = reader("clerk")
    answer = clerk.post(f"/papers/{number}/decision", action=action, **more, **seen(taken(clerk, number)))
    assert answer.status_code == 303
    assert paper(services, number).state == state


def test_related_papers_are_linked_and_closed_as_duplicates(services: Services, reader: Make) -> None:
    long = "Qonşum hasarı iki metr bizə çəkib, bələdiyyə cavab vermir, xahiş edirəm tədbir görəsiniz. " * 5
    first, second = waiting(services, long, long + " Bəli.")
    clerk = reader("clerk")
    shown = seen(taken(clerk, second))
    path = f"/papers/{second}/related?suggestion={shown['suggestion']}&version={shown['version']}"
    part = clerk.get(path, **{"X-Requested-With": "script"}).text
    assert "<html" not in part
    assert first in part
    linked = clerk.post(f"/papers/{second}/links", other=first, kind="near", on="yes", **shown)
    assert linked.status_code == 303
    assert "they belong together" in clerk.get(linked.headers["location"]).text
    again = seen(clerk.get(f"/papers/{second}").text)
    done = clerk.post(f"/papers/{second}/decision", action="duplicate", of=first, **again)
    assert done.status_code == 303
    assert paper(services, second).state == "closed"
    assert "Duplicate" in clerk.get(f"/papers/{second}/history").text


def test_a_text_of_several_pages_is_split(services: Services, reader: Make) -> None:
    number = register_bytes(services, "Birinci ərizə.\fİkinci səhifə.\fÜçüncü: başqa iş.".encode(), "a.txt")
    triage(services, suggester(services, decision="review"), paper(services, number).id)
    clerk = reader("clerk")
    taken(clerk, number)
    text = clerk.get(f"/papers/{number}/split").text
    sent = {"version": field(text, "version"), "pages": field(text, "pages")}
    assert sent["pages"] == "3"
    assert clerk.post(f"/papers/{number}/split", **sent).status_code == 422
    assert clerk.post(f"/papers/{number}/split", cut=["3"], **sent).headers["location"] == "/queue"
    assert paper(services, number).state == "closed"
    assert len(rows(services, Document)) == 3


def test_papers_are_merged(services: Services, reader: Make) -> None:
    first, second = many(services, 2)
    clerk = reader("clerk")
    taken(clerk, first)
    version = field(clerk.get(f"/papers/{first}/merge").text, "version")
    assert clerk.post(f"/papers/{first}/merge", version=version).status_code == 422
    assert clerk.post(f"/papers/{first}/merge", version=version, numbers=f"{second}, ").status_code == 303
    assert paper(services, second).state == "closed"


def test_a_blind_sample_shows_nothing_of_the_machine(services: Services, reader: Make) -> None:
    (number,) = waiting(services, TEXT, entities=(PERSON,))
    clerk = reader("clerk")
    who = person(services, "Nigar")
    made = service.decide(services, who, number, as_suggested(services, number))
    with services.database.transaction() as session:
        me = session.scalars(select(User.id).where(User.login == "clerk")).one()
        document = session.scalars(select(Document)).one()
        sample = Sample(actor="user:9", size=1, population=1, seed=1, facts={})
        session.add(sample)
        session.flush()
        opened = SampleItem(
            sample_id=sample.id, document_id=document.id, decision_id=made.decision, readers=1
        )
        session.add(opened)
        session.flush()
        append(session, f"user:{me}", sample_rows.OPENED, document.id, item=opened.id, sample=sample.id)
    text = clerk.get(f"/papers/{number}").text
    assert "blind sample" in text
    for told in ("Suggested", "dk-ent", 'class="ev"'):
        assert told not in text
    assert clerk.get(f"/papers/{number}/history").status_code == 409


@pytest.fixture
def late(services: Services) -> Iterator[TestClient]:
    """An office where clerks choose before they see what is suggested."""
    settings = services.settings.model_copy(update={"show_suggestion": "after_choice"})
    with TestClient(create_app(replace(services, settings=settings)), follow_redirects=False) as found:
        yield found


def test_the_suggestion_can_come_after_the_choice(services: Services, reader: Make, late: TestClient) -> None:
    (number,) = waiting(services, TEXT, entities=(PERSON,))
    clerk = reader("clerk")
    clerk.client = late
    assert "Suggested department" not in clerk.get("/queue").text
    text = taken(clerk, number)
    assert "dk-ent" not in text
    assert "data-confirm" not in text
    assert "document.suggestion_read" not in actions(services, paper(services, number).id)
    first, other = services.taxonomy.departments[:2]
    mine = {**seen(text), "action": "route", "document_type": "complaint", "urgency": "normal", "choice": "",
            "subject": services.taxonomy.subjects[0], "department": other}  # fmt: skip
    compared = clerk.post(f"/papers/{number}/decision", **mine)
    assert compared.status_code == 200
    assert decisions(services) == []
    assert "Change your choice or send it as it is" in compared.text
    assert f'<option value="{other}" selected' in compared.text
    sent = {**mine, **seen(compared.text), "compared": "1", "reason": "wrong_department"}
    assert clerk.post(f"/papers/{number}/decision", **sent).status_code == 303
    assert decisions(services)[0].department == other != first


def test_a_page_is_marked_without_changing_its_text() -> None:
    text = "Əli <b>\r\n&Vəli\r yazır"
    html = marked(
        text,
        [Found(0, 0, 3, "PERSON", None), Found(1, 2, 6, "ORG", None)],
        [Ground("subject", 1, 8)],
        lambda label, _: label,
    )
    assert unescape(re.sub(r"<[^>]*>", "", html)).replace("\r", "\r") == text
    assert html.count('data-e="0"') == 2, "cut where the evidence begins"
    assert 'data-e="1"' not in html, "of two that overlap the first counts"
    assert marked("", [], [], lambda label, _: label) == ""


def test_a_heartbeat_holds_and_fails_once_another_has_it(services: Services, reader: Make) -> None:
    (number,) = waiting(services)
    clerk = reader("clerk")
    taken(clerk, number)
    assert clerk.post(f"/papers/{number}/heartbeat").status_code == 204
    change(services, number, held_by=None, held_until=None)
    assert clerk.post(f"/papers/{number}/heartbeat").status_code == 409
    assert clerk.post(f"/papers/{number}/release").headers["location"] == "/queue"
