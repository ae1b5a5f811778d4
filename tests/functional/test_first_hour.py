"""The first hour of an installation, in order: the administrator enrols, makes a clerk, who registers papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from tests.functional.conftest import PASSWORD, Site

Open = Callable[..., Any]
Check = Callable[[Any], None]
CLERK = "sakit-dalga-uzun-yol"


@pytest.fixture(scope="module")
def administrator(chromium: Any, site: Site) -> Any:
    """A window in which the first administrator has signed in, changed the password and enrolled."""
    context = chromium.new_context(base_url=site.url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/admin/users")
    _sign_in(page, "admin", site.printed)
    _change(page, site.printed, PASSWORD)
    page.click("main button")
    site.secrets["admin"] = page.inner_text("code.long")
    page.fill("#f-code", pyotp.TOTP(site.secrets["admin"]).now())
    page.click("main .form button")
    page.wait_for_url("**/admin/users")
    return page


@pytest.fixture(scope="module")
def clerk(administrator: Any) -> str:
    """A clerk, made by pages; their one-time password."""
    administrator.goto("/admin/users/new")
    administrator.fill("#f-login", "aysel")
    administrator.fill("#f-name", "Aysel <script>alert(1)</script>")
    administrator.check("input[value=clerk]")
    administrator.click("main form.form > .deeds button")
    return str(administrator.inner_text(".secret code"))


@pytest.fixture
def desk(window: Open, clerk: str) -> Open:
    """Opens windows in which the clerk has signed in."""

    def open_desk(**options: Any) -> Any:
        page = window(**options)
        page.goto("/intake")
        _sign_in(page, "aysel", CLERK)
        if page.locator(".callout.bad").count():
            _sign_in(page, "aysel", clerk)
            _change(page, clerk, CLERK)
        page.wait_for_url("**/intake")
        return page

    return open_desk


def test_pages_before_signing_in_are_accessible(window: Open, accessible: Check) -> None:
    page = window()
    for path in ("/sign-in", "/nowhere"):
        page.goto(path)
        accessible(page)


def test_pages_of_the_administrator_are_accessible(administrator: Any, clerk: str, accessible: Check) -> None:
    assert clerk
    accessible(administrator)  # with the one-time password on it
    for path in (
        "/admin/users", "/admin/users/2", "/admin/users/new", "/admin/keys", "/admin/keys/new", "/admin/failed",
        "/admin/system", "/me", "/me/password", "/help/keys", "/intake",
    ):  # fmt: skip
        administrator.goto(path)
        accessible(administrator)
    assert "403" in administrator.inner_text("main"), "the last of them is not for administrators"


@pytest.mark.parametrize("language", ["az", "en", "ru"])
def test_the_language_is_switched_without_losing_the_page(administrator: Any, language: str) -> None:
    administrator.goto("/admin/system")
    administrator.click(f".foot button[value={language}]")
    assert administrator.url.endswith("/admin/system")
    assert administrator.get_attribute("html", "lang") == language


def test_files_are_registered_one_by_one_with_a_script(desk: Open, accessible: Check) -> None:
    page = desk()
    accessible(page)
    files = [
        {"name": "ərizə.txt", "mimeType": "text/plain", "buffer": "Qonşum hasarı çəkib.".encode()},
        {"name": "pis.bin", "mimeType": "application/octet-stream", "buffer": b"\x00\x01\x02" * 99},
    ]
    page.set_input_files("#f-file", files)
    page.click("#intake > .deeds button")
    page.wait_for_selector("#progress .error")
    page.wait_for_selector("#progress b.num")
    assert "pis.bin: " in page.inner_text("#progress .error")
    accessible(page)
    page.click("#progress a")
    accessible(page)
    assert page.locator("svg.barcode").count() == 1


def test_files_and_texts_are_registered_without_scripts(desk: Open) -> None:
    page = desk(java_script_enabled=False)
    page.set_input_files(
        "#f-file", {"name": "b.txt", "mimeType": "text/plain", "buffer": b"Salam, bu ikincidir."}
    )
    page.fill("#f-sender", "Vəli")
    page.click("main form.form > .deeds button")
    assert page.locator(".list tbody tr").count() == 1
    page.goto("/intake?text=1")
    page.click("main form.form > .deeds button")
    assert page.locator("#e-text").count() == 1
    page.fill("#f-text", "Hörmətli prokurorluq, xahiş edirəm.")
    page.click("main form.form > .deeds button")
    assert page.locator("tbody b.num").count() == 1


def test_the_keyboard_alone_is_enough(desk: Open) -> None:
    page = desk()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("g")
    assert page.evaluate("document.activeElement.closest('.places') !== null")
    page.goto("/me")
    page.select_option("#f-keys", "off")
    page.click("main form.form button")
    page.goto("/intake")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0, "single keys are switched off"


def _sign_in(page: Any, login: str, password: str) -> None:
    page.fill("#f-login", login)
    page.fill("#f-password", password)
    page.click("main button")


def _change(page: Any, present: str, wanted: str) -> None:
    page.fill("#f-current", present)
    page.fill("#f-new", wanted)
    page.fill("#f-again", wanted)
    page.click("main button")
