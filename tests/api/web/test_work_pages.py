"""People at work, their absences, departments, and papers given out by hand, by pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from api.db.tables import Absence, User
from api.deps import Services
from api.intake.calendar import baku_date
from tests.api.departments.routed import put_before_clerks, routed
from tests.api.triaging.papers import TEXT, paper, register, rows
from tests.api.web.conftest import Reader, plain
from tests.api.work.people import person

Make = Callable[..., Reader]


def id_of(services: Services, login: str) -> int:
    with services.database.transaction() as session:
        return session.scalars(select(User.id).where(User.login == login)).one()


def test_people_are_listed_and_their_languages_said(reader: Make, services: Services) -> None:
    boss, member = reader("supervisor"), person(services)
    with services.database.transaction() as session:
        session.execute(update(User).where(User.id == member).values(name="<i>Leyla</i>"))
    assert "&lt;i&gt;Leyla&lt;/i&gt;" in boss.get("/work").text
    assert boss.post(f"/work/people/{member}", reads=["az", "ru"]).status_code == 303
    assert "Azerbaijani, Russian" in plain(boss.get("/work"))
    assert boss.get(f"/work/people/{member}").text.count(" checked") == 2
    assert boss.post(f"/work/people/{member}").status_code == 303
    assert boss.get(f"/work/people/{member}").text.count(" checked") == 0, "none chosen: all"
    assert boss.post(f"/work/people/{member}", reads=["xx"]).status_code == 422
    assert boss.get("/work/people/999").status_code == 404


def test_an_absence_is_entered_for_somebody_and_cancelled(reader: Make, services: Services) -> None:
    boss, member, deputy = reader("supervisor"), person(services), person(services)
    today = baku_date(services.now()).isoformat()
    assert "Nobody is absent" in plain(boss.get("/work/absences"))
    wrong = boss.post(f"/work/people/{member}/absence", first=today, last="2020-01-01", deputy=str(deputy))
    assert wrong.status_code == 422
    assert f'value="{today}"' in wrong.text, "what was typed is kept"
    assert boss.post(f"/work/people/{member}/absence", first="x", last=today).status_code == 422
    assert boss.post(
        f"/work/people/{member}/absence", first=today, last=today, deputy=str(deputy)
    ).status_code == 303  # fmt: skip
    assert "absent until" in plain(boss.get("/work"))
    assert boss.post("/work/absences/1/cancel").status_code == 303
    assert "Nobody is absent" in plain(boss.get("/work/absences"))


def test_people_enter_their_own_absences_and_no_others(reader: Make, services: Services) -> None:
    clerk, supervisor = reader("clerk"), reader("supervisor")
    today = baku_date(services.now()).isoformat()
    assert "/me/absences" in clerk.get("/me").text
    assert clerk.post("/me/absences", first=today, last=today, user="999").status_code == 303
    assert [row.user_id for row in rows(services, Absence)] == [id_of(services, "clerk")]
    assert "Cancel the absence" in plain(clerk.get("/me/absences"))
    assert "No absence is entered" in plain(supervisor.get("/me/absences")), "one's own alone"
    assert supervisor.post("/me/absences/1/cancel").status_code == 404
    assert clerk.post("/me/absences/1/cancel").status_code == 303
    assert clerk.post("/me/absences", first=today, last="").status_code == 422
    assert reader("administrator").get("/me/absences").status_code == 404
    assert "/me/absences" not in reader("administrator").get("/me").text


def test_a_department_is_closed_with_a_successor_and_opened(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    (number,) = routed(services, 1, "cyber")
    page = boss.get("/work/departments/cyber")
    assert "now 1 paper" in plain(page)
    closing = {"open": "false", "successor": "investigation", "reason": "Order <12/2026>"}
    assert boss.post("/work/departments/cyber", **closing | {"reason": "x"}).status_code == 422
    assert boss.post("/work/departments/cyber", **closing | {"successor": "cyber"}).status_code == 422
    assert boss.post("/work/departments/cyber", **closing).status_code == 303
    assert paper(services, number).state == "review"
    assert "instead: Investigation Department" in plain(boss.get("/work/departments"))
    assert "Order &lt;12/2026&gt;" in boss.get("/work/departments/cyber").text
    assert boss.post("/work/departments/cyber", open="true", reason="Order 13/2026").status_code == 303
    assert "closed" not in plain(boss.get("/work/departments"))
    assert boss.get("/work/departments/none").status_code == 404


def test_papers_are_given_out_and_what_cannot_be_is_told(reader: Make, services: Services) -> None:
    boss, clerk = reader("supervisor"), person(services)
    assert "No paper waits for a person" in plain(boss.get("/work/papers"))
    numbers = register(services, *(f"{TEXT}{n}" for n in range(3)))
    for number in numbers:
        put_before_clerks(services, number)
    seen = [f"{paper(services, number).version} {number}" for number in numbers]
    assert boss.post("/work/papers", paper=seen).status_code == 422, "nobody is chosen"
    assert boss.post("/work/papers", paper=["x"], user=str(clerk)).status_code == 422
    assert boss.post("/work/papers", paper=seen[:2], user=str(clerk)).status_code == 303
    assert [paper(services, number).assigned_to for number in numbers] == [clerk, clerk, None]
    page = boss.post("/work/papers", paper=[seen[0], seen[2]], user=str(clerk))
    assert page.status_code == 409
    assert "1 paper could not be given out" in plain(page)
    assert "1 paper is given out." in plain(page)
    free = [f"{paper(services, numbers[0]).version} {numbers[0]}"]
    assert boss.post("/work/papers", paper=free, user="nobody").status_code == 303
    assert paper(services, numbers[0]).assigned_to is None
    left = boss.get("/work/papers?assigned=nobody").text
    assert numbers[0] in left
    assert numbers[1] not in left


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
def test_work_is_managed_by_supervisors_alone(reader: Make, role: str) -> None:
    other = reader(role)
    for path in ("/work", "/work/absences", "/work/departments", "/work/papers", "/work/people/1"):
        assert other.get(path).status_code == 403, path
    assert other.post("/work/papers", paper=["1 x"], user="1").status_code == 403
    assert other.post("/work/departments/cyber", open="false", reason="Order").status_code == 403
    assert 'href="/work"' not in other.get("/me").text


@pytest.mark.parametrize("language", ["az", "ru"])
def test_pages_of_work_have_no_english_left(reader: Make, services: Services, language: str) -> None:
    boss, member = reader("supervisor", language), person(services)
    (number,) = register(services, TEXT)
    put_before_clerks(services, number)
    for path in (
        "/work",
        f"/work/people/{member}",
        "/work/absences",
        "/work/departments/cyber",
        "/work/papers",
        "/me/absences",
    ):
        page = boss.get(path)
        assert page.status_code == 200
        words = plain(page).lower().split()
        assert not {"the", "and", "papers", "is", "of"} & set(words), path
