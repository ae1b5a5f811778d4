"""Webhooks, what an office decides by files, and the state of the service, by pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import update

from api.db.tables import Delivery, Webhook
from api.deps import Services
from api.intake.calendar import Calendar
from api.web import days
from api.web.language import words
from api.web.pages.rules import PARTS
from tests.api.web.conftest import Reader, plain

Make = Callable[..., Reader]
_PAGES = [f"/admin/rules/{part}" for part in PARTS]


def make_webhook(boss: Reader) -> str:
    sent = {"url": "https://registry.example.org/hook?<b>", "kinds": ["decision.made", "paper.returned"]}
    made = boss.post("/admin/webhooks/new", **sent, units=["gence"])
    assert made.status_code == 303
    boss.headers["Cookie"] += f"; flash={made.cookies['flash']}"
    path: str = made.headers["location"]
    return path


def test_a_webhook_is_made_its_secret_shown_once_and_switched_off_and_on(reader: Make) -> None:
    boss = reader("administrator")
    assert "No other system is told anything yet" in plain(boss.get("/admin/webhooks"))
    wrong = boss.post("/admin/webhooks/new", url="http://registry.example.org", kinds=["decision.made"])
    assert wrong.status_code == 422
    assert "A webhook is called by https." in plain(wrong)
    assert boss.post("/admin/webhooks/new", url="https://registry.example.org").status_code == 422
    path = make_webhook(boss)
    page = boss.get(path)
    assert "whsec_" in page.text
    assert "<b>" not in page.text.partition("<main")[2].replace('<b class="num">', "")
    assert "A decision is made, A department returns a paper" in plain(page)
    boss.headers["Cookie"] = boss.headers["Cookie"].partition("; flash")[0]
    assert "whsec_" not in boss.get(path).text
    assert boss.post(f"{path}/disable").status_code == 303
    assert "switched off" in plain(boss.get("/admin/webhooks"))
    assert boss.post(f"{path}/test").status_code == 409
    assert boss.post(f"{path}/enable").status_code == 303
    assert boss.post(f"{path}/secret").status_code == 303
    assert boss.get("/admin/webhooks/99").status_code == 404


def test_messages_are_listed_and_sent_again(reader: Make, services: Services) -> None:
    boss = reader("administrator")
    path = make_webhook(boss)
    assert boss.post(f"{path}/test").status_code == 303
    assert "Test message" in plain(boss.get(path))
    assert boss.post(f"{path}/messages/1/retry").status_code == 409, "it is on its way"
    with services.database.transaction() as session:
        session.execute(
            update(Delivery).values(state="failed", error="status", status=500, next_at=None, attempts=9)
        )
        session.execute(update(Webhook).values(failing_since=services.now()))
    page = plain(boss.get(f"{path}?state=failed"))
    assert "The other system refused it. HTTP 500" in page
    assert "No message is in this state" in plain(boss.get(f"{path}?state=delivered"))
    assert "registry.example.org" in plain(boss.get("/admin/system"))
    assert boss.post(f"{path}/messages/1/retry").status_code == 303
    assert boss.post(f"{path}/messages/7/retry").status_code == 404


def test_who_may_not_manage_webhooks_sees_nothing_of_them(reader: Make) -> None:
    for role in ("clerk", "officer", "supervisor"):
        other = reader(role)
        assert other.get("/admin/webhooks").status_code == 403
        assert other.post("/admin/webhooks/1/secret").status_code == 403
    supervisor = plain(reader("supervisor").get("/admin/system"))
    assert "Webhooks" not in supervisor
    assert "No mail server is set" in supervisor


@pytest.mark.parametrize("language", ["az", "en", "ru"])
def test_rules_are_told_in_each_language(reader: Make, language: str) -> None:
    boss, told = reader("administrator", language), words(language)
    for path in _PAGES:
        page = boss.get(path)
        assert page.status_code == 200, path
        assert told.text(PARTS[path.rpartition("/")[2]]) in plain(page)
        assert page.text.count("<h1") == 1
        assert not re.search(r">\s*\d{4}-\d\d-\d\d", page.text), "no ISO dates"
    if language != "en":
        assert "To change this" not in plain(boss.get("/admin/rules/limits"))


def test_rules_are_read_by_who_may_read_the_system(reader: Make) -> None:
    assert reader("clerk").get("/admin/rules/limits").status_code == 403
    supervisor = reader("supervisor")
    assert supervisor.get("/admin/rules").headers["location"] == "/admin/rules/limits"
    assert supervisor.get("/admin/rules/secrets").status_code == 404
    page = plain(supervisor.get("/admin/rules/limits"))
    assert "15 working days" in page
    assert "10 calendar days" in page
    assert "api/intake/time_limits.toml" in page
    assert "Court of appeal" in plain(supervisor.get("/admin/rules/bodies"))
    assert "TRIAGE_RETENTION_SCHEDULE" in plain(supervisor.get("/admin/rules/retention"))


def test_days_are_told_with_what_moved_them_and_what_is_estimated() -> None:
    found = {day.date: day for day in days.of_year(Calendar(), 2027)}
    assert found[date(2027, 1, 4)].kind == "moved"
    assert found[date(2027, 5, 9)].weekend
    assert found[date(2027, 5, 18)].estimated
    assert found[date(2027, 5, 18)].names == ("Eid al-Adha",)
    decreed, worked = date(2027, 3, 12), date(2027, 3, 13)
    corrected = Calendar(frozenset({decreed}), frozenset({worked}))
    changed = {day.date: day.kind for day in days.of_year(corrected, 2027)}
    assert (changed[decreed], changed[worked]) == ("decreed", "working")
    assert sum(days.working(corrected, 2027)) == sum(days.working(Calendar(), 2027))
    assert len(days.working(corrected, 2027)) == 12
