"""What falls due, legal holds and disposals, by pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import User
from api.deps import Services
from api.retention import disposals
from api.retention.schemas import DisposalIn
from tests.api.papers import letter
from tests.api.retention.support import closed, row
from tests.api.web.conftest import Reader, plain
from tests.api.work.people import person

Make = Callable[..., Reader]


def other_supervisor(services: Services) -> Principal:
    user_id = person(services, "supervisor")
    return Principal(f"user:{user_id}", "Murad", "supervisor", ROLE_PERMISSIONS["supervisor"])


def test_what_falls_due_is_filtered_and_proposed(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    assert "Nothing falls due" in plain(boss.get("/retention"))
    complaints = closed(services, letter(1), letter(2), letter(3))
    (case,) = closed(services, letter(4), document_type="motion", at=datetime(1990, 1, 1, tzinfo=UTC))
    page = boss.get("/retention").text
    assert all(f'value="{number}"' in page for number in complaints)
    assert f'value="{case}"' not in page, "the archive gets it first"
    assert complaints[0] not in boss.get("/retention?rule=case_papers").text
    assert "Nothing falls due" in plain(boss.get("/retention?by=2015-01-01"))
    early = boss.get("/retention?by=2090-01-01").text
    assert "has not come yet" in early
    assert "Propose for disposal" not in early
    assert boss.get("/retention?by=yesterday").status_code == 422
    assert boss.get("/retention?rule=none").status_code == 404
    assert boss.post("/retention/disposals").status_code == 422, "nothing is chosen"
    assert boss.post("/retention/disposals", numbers=[case]).status_code == 409
    assert (
        boss.post("/retention/disposals", numbers=complaints[:2]).headers["location"]
        == "/retention/disposals/1"
    )
    by_rule = boss.post("/retention/disposals", rule="appeals", by="2026-01-02")
    assert by_rule.headers["location"] == "/retention/disposals/2"
    own = plain(boss.get("/retention/disposals/1"))
    assert "another person must approve it" in own
    assert "Take back" in own
    assert boss.post("/retention/disposals/1/approve").status_code == 403
    assert boss.post("/retention/disposals/1/refuse").status_code == 303
    listed = plain(boss.get("/retention/disposals"))
    assert "Refused" in listed
    assert "Waits for approval" in listed


def test_another_person_approves_and_takes_the_certificate(reader: Make, services: Services) -> None:
    boss = reader("supervisor", "az")
    numbers = closed(services, letter(1), letter(2))
    disposals.propose(services, other_supervisor(services), DisposalIn(numbers=numbers))
    page = boss.get("/retention/disposals/1")
    assert numbers[0] in page.text
    assert "Təsdiq et" in page.text
    assert boss.get("/retention/disposals/1/certificate").status_code == 409
    assert boss.post("/retention/disposals/1/approve").status_code == 303
    assert row(services, numbers[0]).state == "disposed"
    found = boss.get("/retention/disposals/1/certificate")
    assert json.loads(found.content)["count"] == 2
    assert "attachment" in found.headers["content-disposition"]
    assert boss.get("/retention/disposals/1/certificate?form=pdf").content.startswith(b"%PDF")
    assert "/retention/disposals/1/certificate?form=pdf" in boss.get("/retention/disposals/1").text
    assert boss.get("/retention/disposals/9").status_code == 404


def test_holds_are_set_listed_and_ended(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    assert "No paper is under a legal hold" in plain(boss.get("/retention/holds"))
    (number,) = closed(services)
    assert boss.get("/retention/holds?number=2020-B-000001").status_code == 404
    assert "not held" in plain(boss.get(f"/retention/holds?number={number}"))
    wrong = boss.post("/retention/holds", number=number, on="true", reason="x")
    assert wrong.status_code == 422
    assert boss.post("/retention/holds", number=number, on="true", reason="Case <b>12</b>").status_code == 303
    held = boss.get("/retention/holds").text
    assert "Case &lt;b&gt;12&lt;/b&gt;" in held
    assert number in held
    assert boss.post("/retention/holds", number=number, on="true", reason="Case 12").status_code == 409
    assert number not in boss.get("/retention").text
    assert (
        boss.post("/retention/holds", number=number, on="false", reason="Case 12 is over").status_code == 303
    )
    assert "Hold ended" in plain(boss.get(f"/retention/holds?number={number}"))


def test_a_supervisor_of_some_units_sees_their_papers_alone(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    with services.database.transaction() as session:
        session.execute(update(User).where(User.login == "supervisor").values(units=["gence"]))
    (number,) = closed(services)
    assert number not in boss.get("/retention").text
    assert boss.post("/retention/disposals", numbers=[number]).status_code == 404
    assert boss.post("/retention/holds", number=number, on="true", reason="Case 12").status_code == 404


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
def test_retention_is_for_supervisors(reader: Make, role: str) -> None:
    other = reader(role)
    for path in ("/retention", "/retention/holds", "/retention/disposals", "/retention/disposals/1"):
        assert other.get(path).status_code == 403, path
    assert other.post("/retention/disposals", numbers=["x"]).status_code == 403
    assert other.post("/retention/disposals/1/approve").status_code == 403


@pytest.mark.parametrize("language", ["az", "ru"])
def test_pages_of_retention_have_no_english_left(reader: Make, services: Services, language: str) -> None:
    boss = reader("supervisor", language)
    numbers = closed(services, letter(1), letter(2))
    disposals.propose(services, replace(other_supervisor(services)), DisposalIn(numbers=numbers[:1]))
    for path in (
        "/retention",
        "/retention/holds",
        "/retention/disposals",
        f"/retention/holds?number={numbers[1]}",
    ):
        page = boss.get(path)
        assert page.status_code == 200
        assert not {"the", "and", "papers", "is", "of"} & set(plain(page).lower().split()), path
