"""What a supervisor does from a paper's story: a letter, a hold, a decision taken back, an erasure by law."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.office import Office

Open = Callable[..., Any]
Check = Callable[[Any], None]
ONE = "nezaretci1"
DEPARTMENT = "non_criminal"


@pytest.fixture
def story(filled: Office, room: Open) -> Any:
    """The story of a paper that was just routed."""
    (number,) = filled.routed(DEPARTMENT, 1)
    page = room(ONE)
    page.goto(f"/decisions/{number}")
    return page


def test_a_letter_is_made_opened_and_its_sending_recorded(story: Any, accessible: Check) -> None:
    story.click("main a[href$='/letter']")
    accessible(story)
    story.check("[name=kind][value=forwarded]")
    story.click("main .form .deeds button")
    story.wait_for_url(re.compile(r"/letters/\d+$"))
    with story.expect_download() as made:
        story.click("main a[href$='/pdf']")
    assert made.value.path().read_bytes().startswith(b"%PDF")
    accessible(story)
    story.check("[name=way][value=post]")
    story.fill("#f-reference", "RR123456789AZ")
    story.click("main .form .deeds button")
    story.wait_for_url(re.compile(r"/decisions/[^/]+$"))
    assert story.locator("main a[href$='/pdf']").count() == 1
    assert "RR123456789AZ" in story.inner_text("main")


def test_what_is_held_is_not_erased_until_the_hold_ends(story: Any, accessible: Check) -> None:
    story.click("main a[href$='/hold']")
    story.click("main .form .deeds button")
    assert story.url.endswith("/hold"), "a reason is needed"
    story.fill("#f-reason", "İş 17/2026")
    accessible(story)
    story.click("main .form .deeds button")
    story.wait_for_url(re.compile(r"/decisions/[^/]+$"))
    _erase(story)
    assert story.locator(".callout.bad").count() >= 1, "what is held is kept"
    assert story.url.endswith("/erasure")
    story.click("main .deeds a")
    story.click("main a[href$='/hold']")
    story.fill("#f-reason", "İş bitdi")
    story.click("main .form .deeds button")
    story.wait_for_url(re.compile(r"/decisions/[^/]+$"))
    _erase(story, accessible)
    story.wait_for_url(re.compile(r"/decisions/[^/]+$"))
    assert story.locator("main a[href$='/erasure'], main a[href$='/letter']").count() == 0, "it is gone"
    accessible(story)


def test_a_decision_is_taken_back_and_told(story: Any, accessible: Check) -> None:
    story.click("main a[href*='/undo/'] >> nth=0")
    accessible(story)
    story.fill("#f-remark", "Ünvan başqadır")
    story.click("main .form .deeds button")
    story.wait_for_url(re.compile(r"/decisions/[^/]+$"))
    assert story.locator("main a[href*='/undo/']").count() == 0
    assert "Ünvan başqadır" in story.inner_text("main")
    assert story.inner_text(".callout[data-said]")


def _erase(page: Any, accessible: Check | None = None) -> None:
    page.click("main a[href$='/erasure']")
    if accessible is not None:
        accessible(page)
    page.fill("#f-ground", "Qərar 14/2026")
    page.check("[name=sure]")
    page.click("main .form .deeds button")
