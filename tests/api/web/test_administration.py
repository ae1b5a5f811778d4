"""Users, keys, failed papers and the state of the service, by pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from api.audit.chain import append
from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.db.tables import Document, Failure
from api.deps import Services
from api.errors import ForbiddenError
from api.operation import system
from tests.api.papers import CLERK, letter, send
from tests.api.web.conftest import Reader, plain

Make = Callable[..., Reader]
ADMIN = Principal("user:9", "Nigar", "administrator", ROLE_PERMISSIONS["administrator"])


def fail(services: Services) -> str:
    number = send(services, letter()).documents[0].number
    with services.database.transaction() as session:
        session.execute(update(Document).values(state="failed", error="ocr_unavailable"))
        session.add(Failure(document_id=1, run=1, code="ocr_unavailable", message="x", final=True))
    return number


def test_a_user_is_made_changed_shut_out_and_let_in(reader: Make) -> None:
    boss = reader("administrator")
    made = boss.post("/admin/users/new", login="aysel", name="Aysel", role="officer", department="cyber", language="az",
                     units=["gence", "seki"])  # fmt: skip
    path = made.headers["location"]
    page = boss.get(path).text
    assert 'value="gence" checked' in page
    version = page.partition('name="version" value="')[2].partition('"')[0]
    change = {"name": "Aysel Q", "role": "clerk", "language": "ru", "version": version}
    assert boss.post(path, **change).status_code == 303
    assert 'value="gence" checked' not in boss.get(path).text, "what is not chosen is taken away"
    assert boss.post(path, **change).status_code == 412, "the page that was seen is old"
    assert boss.post(f"{path}/disable").status_code == 303
    assert "shut out" in plain(boss.get("/admin/users"))
    for deed in ("enable", "unlock", "password-reset", "totp-reset"):
        assert boss.post(f"{path}/{deed}").status_code == 303, deed
    assert boss.get("/admin/users/999").status_code == 404


def test_a_key_is_made_and_revoked(reader: Make) -> None:
    boss = reader("administrator")
    assert (
        boss.post(
            "/admin/keys/new", name="Portal", expires_at="2020-01-01", scopes=["document.read"]
        ).status_code
        == 422
    )
    assert boss.post("/admin/keys/new", name="Portal", expires_at="x").status_code == 422
    last = boss.get("/admin/keys/new").text.partition('name="expires_at" type="date" class="short" value="')[
        2
    ][:10]
    made = boss.post("/admin/keys/new", name="Portal", expires_at=last, scopes=["document.read"])
    assert made.status_code == 303
    boss.headers["Cookie"] += f"; flash={made.cookies['flash']}"
    assert "dk_" in plain(boss.get("/admin/keys")).partition("Key")[2]
    assert boss.post("/admin/keys/1/revoke").status_code == 303
    assert "revoked" in plain(boss.get("/admin/keys"))


def test_a_failed_paper_is_read_again(reader: Make, services: Services) -> None:
    number, boss = fail(services), reader("administrator")
    page = plain(boss.get("/admin/failed"))
    assert number in page
    assert "Text recognition is not installed." in page
    assert boss.post("/admin/failed", number=number).status_code == 303
    assert number not in plain(boss.get("/admin/failed")).partition("Failed papers")[2].replace(
        f"{number} will be read", ""
    )
    assert boss.post("/admin/failed", number="2020-B-000001").status_code == 404


def test_the_state_of_the_service_is_told(reader: Make, services: Services) -> None:
    fail(services)
    page = plain(reader("supervisor").get("/admin/system"))
    assert "No worker is running" in page
    assert "az-prosecution/" in page
    found = system.health(services, ADMIN)
    assert found.papers == {"registered": 0, "reading": 0, "failed": 1}
    assert found.jobs == {"todo": 1}
    assert found.parts == {"database": True, "schema": True, "store": True, "models": True, "workers": False}


def test_backup_and_verification_are_told_and_their_lack_is_warned_of(
    reader: Make, services: Services
) -> None:
    boss = reader("administrator")
    assert "There is no backup yet" in plain(boss.get("/admin/system"))
    with services.database.transaction() as session:
        append(session, SYSTEM.id, "backup.made", bytes=9)
        append(session, SYSTEM.id, "audit.verified", verdict="broken", events=1)
    page = plain(boss.get("/admin/system"))
    assert "There is no backup yet" not in page
    assert "older than a day" not in page
    assert "The audit chain is broken" in page
    later = replace(services, now=lambda: services.now() + timedelta(days=2))
    assert system.health(later, ADMIN).backup_due


def test_failed_papers_are_listed_page_by_page_to_who_may_retry(services: Services) -> None:
    send(services, *(letter(n) for n in range(3)))
    with services.database.transaction() as session:
        session.execute(update(Document).values(state="failed", error="internal"))
    first = system.dead_letters(services, ADMIN, limit=2)
    rest = system.dead_letters(services, ADMIN, first.next, limit=2)
    assert [paper.number[-1] for paper in (*first.items, *rest.items)] == ["3", "2", "1"]
    assert rest.next is None
    nobody = Principal("user:8", "X", "officer", ROLE_PERMISSIONS["officer"])
    for call in (system.health, system.dead_letters):
        with pytest.raises(ForbiddenError):
            call(services, nobody)
    assert system.dead_letters(services, CLERK).items
