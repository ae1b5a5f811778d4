"""What an administrator does: users, keys, webhooks, papers that failed, lists of the office, how the service is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from api.audit.chain import append
from api.auth.permissions import SYSTEM
from api.db.tables import Document, User
from tests.functional.office import Office

Open = Callable[..., Any]
Check = Callable[[Any], None]
LISTS = ("limits", "calendar", "retention", "bodies", "reasons", "two-persons", "letters", "settings")


@pytest.fixture
def desk(room: Open) -> Any:
    """A window of the administrator, who says yes when asked whether they are sure."""
    page = room("admin")
    page.on("dialog", lambda asked: asked.accept())
    return page


def test_a_user_is_made_moved_shut_out_and_let_in(filled: Office, desk: Any, accessible: Check) -> None:
    desk.goto("/admin/users")
    desk.click("main .head .deeds a")
    desk.click("main .form > .deeds button")
    desk.wait_for_selector("main :focus")  # one is led to what is lacking
    desk.fill("#f-login", "leyla")
    desk.fill("#f-name", "Leyla Məmmədova")
    desk.check("input[value=clerk]")
    desk.click("main .form > .deeds button")
    assert len(desk.inner_text(".secret code")) > 8
    assert _focused(desk, "data-said")
    accessible(desk)
    desk.check("input[value=officer]")
    desk.select_option("#f-department", "cyber")
    desk.click("#f-units summary")
    desk.check("input[name=units][value=gence]")
    desk.click("main .form > .deeds button")
    user = _user(filled, "leyla")
    assert (user.role, user.department) == ("officer", "cyber")
    _deed(desk, "disable")
    assert desk.locator("form[action$='/enable']").count() == 1
    _deed(desk, "enable")
    _deed(desk, "password-reset")
    assert len(desk.inner_text(".secret code")) > 8


def test_an_account_that_closed_after_failures_is_opened(filled: Office, desk: Any) -> None:
    user = _user(filled, "karguzar2")
    with filled.services.database.transaction() as session:
        until = filled.services.now() + timedelta(hours=1)
        session.execute(update(User).where(User.id == user.id).values(locked_until=until))
    desk.goto("/admin/users")
    assert desk.locator(".badge.warn").count() == 1
    desk.click(f"a[href='/admin/users/{user.id}']")
    _deed(desk, "unlock")
    assert desk.locator("form[action$='/unlock']").count() == 0


def test_a_key_is_made_shown_once_and_revoked(filled: Office, desk: Any, accessible: Check) -> None:
    desk.goto("/admin/keys")
    desk.click("main .head .deeds a")
    desk.fill("#f-name", "Elektron müraciət portalı")
    desk.check("input[value='document.submit']")
    desk.fill("#f-expires_at", f"{filled.services.now() + timedelta(days=30):%Y-%m-%d}")
    desk.click("main .form > .deeds button")
    assert desk.inner_text(".secret code").startswith("dk_")
    accessible(desk)
    desk.click("tr:has-text('Elektron müraciət portalı') form.deed button")
    assert desk.locator("tr:has-text('Elektron müraciət portalı') .badge.bad").count() == 1
    assert desk.locator(".secret").count() == 0


def test_a_webhook_is_made_tried_switched_off_and_on(desk: Any, accessible: Check) -> None:
    desk.goto("/admin/webhooks")
    accessible(desk)
    desk.click("main .head .deeds a, .empty a")
    desk.fill("#f-url", "https://registry.example.org/hooks/derkenar")
    desk.check("#f-kinds label:first-of-type input")
    desk.click("main .form > .deeds button")
    secret = desk.inner_text(".secret code")
    _deed(desk, "test")
    assert desk.locator("table.list tbody tr").count() == 1
    accessible(desk)
    _deed(desk, "secret")
    assert desk.inner_text(".secret code") != secret
    _deed(desk, "disable")
    _deed(desk, "enable")
    desk.goto("/admin/webhooks")
    assert "registry.example.org" in desk.inner_text("main")


def test_a_paper_that_failed_is_read_again(filled: Office, desk: Any, accessible: Check) -> None:
    desk.goto("/admin/failed")
    accessible(desk)
    number = desk.inner_text("tbody tr:first-child th")
    desk.click("tbody tr:first-child form.deed button")
    assert number in desk.inner_text("[data-said]")
    assert desk.locator(f"tbody th:text-is('{number}')").count() == 0
    with filled.services.database.transaction() as session:
        state = session.scalar(select(Document.state).where(Document.number == number))
    assert state == "registered"


@pytest.mark.parametrize("part", LISTS)
def test_the_lists_of_the_office_are_read(desk: Any, accessible: Check, part: str) -> None:
    desk.goto("/admin/rules")
    desk.click(f"main nav a[href='/admin/rules/{part}']")
    assert desk.locator("h1").count() == 1
    assert desk.locator("main :is(td, dd, li)").count() > 3
    accessible(desk)


def test_backup_and_chain_are_warned_of_until_they_are_in_order(
    filled: Office, desk: Any, accessible: Check
) -> None:
    desk.goto("/admin/system")
    assert "triage-api backup" in desk.inner_text(".callout.warn:not(.demo)")
    accessible(desk)
    with filled.services.database.transaction() as session:
        append(session, SYSTEM.id, "backup.made", bytes=9)
        append(session, SYSTEM.id, "audit.verified", verdict="whole", events=1)
    desk.reload()
    assert desk.locator("main .callout.warn").count() == 0
    accessible(desk)


def _deed(page: Any, name: str) -> None:
    """Press the button of a deed; the page says what was done."""
    with page.expect_navigation():
        page.click(f"form.deed[action$='/{name}'] button")
    assert page.locator("[data-said]").count() == 1


def _focused(page: Any, attribute: str) -> bool:
    return bool(page.evaluate("name => document.activeElement.hasAttribute(name)", attribute))


def _user(filled: Office, login: str) -> User:
    with filled.services.database.transaction() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        session.expunge(user)
        return user
