"""Papers of departments, searches, stories, notifications and the audit chain, by pages."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable

import pytest
from sqlalchemy import update

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Document, Notification
from api.deps import Services
from api.notifications.service import notify
from api.review import service as review
from api.review.decision_schemas import ConfirmationIn
from api.triaging.service import triage
from api.web import names, names_story
from tests.api.related.test_parts import merged
from tests.api.triaging.papers import paper, register, rule
from tests.api.web.conftest import Reader, plain
from tests.api.web.messages import ROOT

Make = Callable[..., Reader]
HOSTILE = "Qonşum hasarı <script>alert(1)</script> \"'& bizə çəkib, tədbir görülsün. "
AYGUN = Principal("user:1", "Aygün", "clerk", ROLE_PERMISSIONS["clerk"])
MARK = "<script>alert"


def suggested(services: Services, count: int = 1) -> list[str]:
    """Papers that wait for a clerk; their numbers."""
    by = rule(services, decision="review")
    numbers = register(services, *(f"{HOSTILE}{n}" for n in range(count)))
    for number in numbers:
        triage(services, by.suggester, paper(services, number).id)
    return numbers


def routed(services: Services, count: int = 1) -> list[str]:
    """Papers that a clerk has routed to the department of the officer."""
    numbers = suggested(services, count)
    for number in numbers:
        row = paper(services, number)
        seen = {
            "suggestion": row.suggestion_id,
            "version": row.version,
            "policy_seen": services.taxonomy.version,
        }
        review.confirm(services, AYGUN, number, ConfirmationIn.model_validate(seen))
    return numbers


def version(services: Services, number: str) -> str:
    return str(paper(services, number).version)


def test_an_officer_accepts_and_sends_back(reader: Make, services: Services) -> None:
    reader("clerk")
    officer = reader("officer")
    assert "Nothing waits" in plain(officer.get("/inbox"))
    first, second = routed(services, 2)
    page = officer.get("/inbox")
    assert f'href="/inbox/{first}"' in page.text
    assert officer.get("/").headers["location"] == "/inbox"
    done = officer.post(
        f"/inbox/{first}/accept", version=version(services, first), next="/inbox?state=routed"
    )
    assert (done.status_code, done.headers["location"]) == (303, "/inbox?state=routed")
    assert first not in officer.get("/inbox").text
    assert first in officer.get("/inbox?state=accepted").text
    shown = officer.get(f"/inbox/{second}")
    assert MARK not in shown.text
    assert "&lt;script&gt;alert(1)" in shown.text
    assert "Who sent it here, and why" in plain(shown)
    wrong = officer.post(
        f"/inbox/{second}/return", version=version(services, second), reason="other", remark=""
    )
    assert wrong.status_code == 422
    assert 'value="other" checked' in wrong.text
    sent = officer.post(
        f"/inbox/{second}/return", version=version(services, second), reason="other", remark=HOSTILE
    )
    assert sent.headers["location"] == "/inbox"
    assert paper(services, second).state == "review"
    assert officer.get(f"/inbox/{second}").status_code == 404, "it is not theirs any more"
    old = officer.post(f"/inbox/{first}/accept", version="1")
    assert old.status_code == 409


def test_others_look_at_departments_and_change_nothing(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    (number,) = routed(services)
    boss = reader("supervisor")
    page = boss.get("/inbox?department=investigation")
    assert number in page.text
    assert "Accept<" not in page.text
    assert number not in boss.get("/inbox?department=cyber").text
    assert boss.get("/inbox?cursor=x").status_code == 422
    for someone in (clerk, boss):
        assert someone.post(f"/inbox/{number}/accept", version=version(services, number)).status_code == 403
    assert reader("administrator").get("/inbox").status_code == 403


def test_papers_are_searched_narrowed_and_paged(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    assert "There are no papers yet" in plain(clerk.get("/decisions"))
    numbers = suggested(services, 3)
    assert all(number in clerk.get("/decisions").text for number in numbers)
    found = clerk.get("/decisions?q=hasar")
    assert "3 papers found" in plain(found)
    assert "<mark>hasarı</mark>" in found.text
    assert MARK not in found.text
    assert "Nothing was found" in plain(clerk.get("/decisions?q=hasar&state=routed"))
    subject = services.taxonomy.subjects[0]
    assert "3 papers found" in plain(clerk.get(f"/decisions?subject={subject}")), "without words, too"
    assert clerk.get("/decisions?since=x&until=2026-01-01").status_code == 422
    assert clerk.get("/decisions?state=nowhere").status_code == 422
    assert MARK not in clerk.get(f"/decisions?q={MARK}(1)</script>").text


def test_a_story_tells_every_step_with_its_proof_to_supervisors(reader: Make, services: Services) -> None:
    clerk, boss = reader("clerk"), reader("supervisor")
    (number,) = routed(services)
    page = boss.get(f"/decisions/{number}")
    told = plain(page)
    for words in ("The machine read it and suggested", "Routed by a person", "Aygün", "in force", "Certainty 99.0%",
                  "What in the text spoke for it", "Every step is as it was written", "Who saw it"):  # fmt: skip
        assert words in told, words
    assert "<mark>Qonşum</mark>" in page.text
    assert MARK not in page.text
    assert page.text.count("<h1") == 1
    whole = boss.get(f"/decisions/{number}?whole=1").text
    assert "<details>" not in whole.partition("<main")[2].partition("</main>")[0].replace(
        '<details class="menu">', ""
    )
    record = boss.get(f"/decisions/{number}/record.json")
    assert record.headers["content-disposition"].startswith("attachment")
    assert json.loads(record.text)["came"]["number"] == number
    mine = clerk.get(f"/decisions/{number}")
    assert "Routed by a person" in plain(mine)
    assert "Every step is as it was written" not in plain(mine)
    assert clerk.get(f"/decisions/{number}/record.json").status_code == 403
    assert boss.get("/decisions/2020-B-000001").status_code == 404


def test_a_letter_is_made_and_its_sending_recorded(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    (number,) = routed(services)
    path = f"/decisions/{number}"
    assert clerk.post(f"{path}/letter", kind="returned").status_code == 409, "it can be read"
    made = clerk.post(f"{path}/letter", kind="forwarded", form="ru.cyrillic")
    assert made.status_code == 303
    letter = made.headers["location"]
    assert "It is not recorded that it was sent." in plain(clerk.get(letter))
    assert clerk.post(letter, way="post", reference="a name: Əli").status_code == 422
    assert clerk.post(letter, way="post", reference="RR 1 AZ").headers["location"] == path
    told = plain(clerk.get(path))
    assert "Letter of forwarding" in told
    assert "RR 1 AZ" in told
    assert clerk.get(f"{path}/letters/999").status_code == 404


def test_a_decision_is_taken_back(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    (number,) = routed(services)
    path = f"/decisions/{number}/undo/{paper(services, number).decision_id}"
    assert f'href="{path}"' in clerk.get(f"/decisions/{number}").text
    assert clerk.post(path, version="1").status_code == 409
    assert clerk.post(path, version=version(services, number), remark="Səhv idi.").status_code == 303
    assert paper(services, number).state == "review"
    assert "Səhv idi." in plain(clerk.get(f"/decisions/{number}"))


def test_a_hold_keeps_from_erasure_which_needs_a_ground_and_a_yes(reader: Make, services: Services) -> None:
    reader("clerk")
    boss = reader("supervisor")
    (number,) = routed(services)
    path = f"/decisions/{number}"
    assert boss.post(f"{path}/hold", on="on", reason="").status_code == 422
    assert boss.post(f"{path}/hold", on="on", reason="Case 1-12/2026").status_code == 303
    assert "under a legal hold" in plain(boss.get(path))
    ground = "Order 14/2026"
    assert boss.post(f"{path}/erasure", ground=ground).status_code == 422, "nobody said yes"
    assert boss.post(f"{path}/erasure", ground=ground, sure="on").status_code == 409
    assert boss.post(f"{path}/hold", on="off", reason="The case is closed").status_code == 303
    assert boss.post(f"{path}/erasure", ground=ground, sure="on").status_code == 303
    page = boss.get(path)
    assert "The content of this paper is gone" in plain(page)
    assert "Qonşum" not in page.text
    for who in ("clerk", "officer"):
        assert reader(who).post(f"{path}/erasure", ground=ground, sure="on").status_code == 403


def test_merged_papers_are_read_in_the_inbox_and_named_before_an_erasure(
    reader: Make, services: Services
) -> None:
    reader("clerk")
    boss, officer = reader("supervisor"), reader("officer")
    whole, part = merged(services)
    assert f'href="/inbox/{part}"' in officer.get(f"/inbox/{whole}").text
    shown = officer.get(f"/inbox/{part}")
    assert (shown.status_code, f'href="/inbox/{whole}"' in shown.text) == (200, True)
    assert f"Also what was merged into it: {part}." in plain(boss.get(f"/decisions/{whole}/erasure"))
    assert f"It is a part of {whole}, whose content stays." in plain(boss.get(f"/decisions/{part}/erasure"))
    told = {"ground": "Order 14/2026", "sure": "on"}
    assert boss.post(f"/decisions/{whole}/erasure", **told).status_code == 303
    assert [paper(services, number).state for number in (whole, part)] == ["erased", "closed"]


def test_a_replay_says_what_came_of_it(reader: Make, services: Services) -> None:
    reader("clerk")
    boss = reader("supervisor")
    (number,) = routed(services)
    done = boss.post(f"/decisions/{number}/replay")
    assert done.headers["location"] == f"/decisions/{number}#replay"
    assert "The model that made the suggestion is not installed any more." in plain(
        boss.get(f"/decisions/{number}")
    )


def test_the_chain_is_shown_filtered_and_taken_out(reader: Make, services: Services) -> None:
    reader("clerk")
    boss = reader("supervisor")
    (number,) = routed(services)
    page = boss.get("/audit")
    assert number in page.text
    assert "No checkpoint was signed yet." in plain(page)
    some = plain(boss.get("/audit?action=decision.&since=2020-01-01"))
    assert "Decided" in some
    assert "Suggestion made " not in some.partition("Events, newest first")[2]
    taken = boss.get(f"/audit?document={number}&actor=system").text
    link = taken.partition("/api/v1/audit/export")[2].partition('"')[0].replace("&amp;", "&")
    assert f"document={number}" in link
    assert boss.get(f"/audit?document={number}&action=key.").text.count("No event fits") == 1
    assert boss.get("/audit?document=x").status_code == 404
    assert boss.get("/audit?since=x").status_code == 422
    assert boss.get("/audit?actor=%3Cscript%3Ealert").status_code == 422
    for who in ("clerk", "officer", "administrator"):
        assert reader(who).get("/audit").status_code == 403


def test_notifications_are_read_one_by_one_and_all(reader: Make, services: Services) -> None:
    clerk = reader("clerk", "az")
    assert "Hələ bildiriş yoxdur" in plain(clerk.get("/notifications"))
    (number,) = suggested(services)
    row = paper(services, number)
    with services.database.transaction() as session:
        session.execute(update(Notification).values(read_at=services.now()))
        for _ in range(3):
            notify(services, session, [1], "paper.assigned", session.get(Document, row.id))
    page = clerk.get("/notifications?unread=1").text
    assert page.count(f"{number} nömrəli sənəd baxılmaq üçün sizə tapşırıldı.</p>") == 3
    newest = (
        page.partition('action="/notifications/')[2].partition('name="until" value="')[2].partition('"')[0]
    )
    done = clerk.post(f"/notifications/{newest}/read", next=f"/decisions/{number}")
    assert done.headers["location"] == f"/decisions/{number}"
    assert clerk.post(f"/notifications/{newest}/read", next="//evil.example").headers["location"] == "/"
    assert clerk.post("/notifications/read-all", until=newest).status_code == 303
    assert "Oxunmamış bildiriş yoxdur" in plain(clerk.get("/notifications?unread=1"))
    assert reader("administrator").get("/notifications").status_code == 200
    assert clerk.post("/notifications/999999/read").status_code == 404


@pytest.mark.parametrize("language", ["az", "ru"])
def test_no_page_has_a_word_of_another_language(reader: Make, services: Services, language: str) -> None:
    reader("clerk")
    boss, officer = reader("supervisor", language), reader("officer", language)
    (number,) = routed(services)
    reader("clerk").post(f"/decisions/{number}/letter", kind="forwarded")
    told = f"/decisions/{number}"
    shown = ["", "/letter", "/letters/1", "/hold", "/erasure"]
    pages = [boss.get(f"{told}{path}") for path in shown]
    pages += [boss.get(path) for path in ("/inbox", "/decisions?q=hasar", "/audit", "/notifications")]
    pages += [officer.get(path) for path in ("/inbox", f"/inbox/{number}")]
    for page in pages:
        assert page.status_code == 200
        assert f'<html lang="{language}"' in page.text
        assert " style=" not in page.text
        english = {word for word in ("the", "paper", "What", "Who", "letter", "Department", "Routed", "and", "of")
                   if f" {word} " in plain(page).replace("DOCX", "").partition("triage-api")[0]}  # fmt: skip
        assert not english, (str(page.url), english)


def test_everything_that_the_chain_says_has_a_name() -> None:
    known = set(names.CODES["event"]) | set(names_story.EVENTS)
    lacking = {
        action for path in (ROOT / "api").rglob("*.py") for action in _appended(path.read_text("utf-8"))
    } - known
    assert lacking == set(), "add them to names_story.py"


def _appended(text: str) -> set[str]:
    """The actions that calls of `append(session, who, action, …)` name as literals."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and len(node.args) > 2
             and getattr(node.func, "id", "") == "append"]  # fmt: skip
    literals = (
        leaf.value for call in calls for leaf in ast.walk(call.args[2]) if isinstance(leaf, ast.Constant)
    )
    return {
        value for value in literals if isinstance(value, str) and "." in value and not value.endswith(".")
    }
