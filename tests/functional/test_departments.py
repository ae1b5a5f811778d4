"""A department's work: its inbox, accepting and sending back, with a mouse, by the keyboard alone, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from api.db.tables import Document
from api.related.merging import merge
from api.related.schemas import MergeIn
from tests.api.departments.routed import route
from tests.api.triaging.papers import paper, rows
from tests.functional.office import Office

Open = Callable[..., Any]
Check = Callable[[Any], None]
OFFICER, DEPARTMENT = "emekdas1", "non_criminal"


@pytest.fixture
def sent(filled: Office) -> Callable[[int], list[str]]:
    """Routes so many new papers to the officer's department; their numbers, oldest first."""
    return lambda count: filled.routed(DEPARTMENT, count)


def test_a_paper_is_opened_read_and_accepted(
    filled: Office, room: Open, sent: Callable[[int], list[str]], accessible: Check
) -> None:
    [number] = sent(1)
    page = room(OFFICER)
    page.goto("/inbox")
    assert page.inner_text("h1") == "Cinayət təqibindən kənar icraat idarəsi"
    waiting = int(page.inner_text(".tabs [aria-current] .count"))
    accessible(page)
    page.click(f"[data-row] a:text-is('{number}')")
    assert "Qonşum hasarı" in page.inner_text(".tale")
    accessible(page)
    page.click("main .head [data-accept] button")
    assert f"{number} qəbul edildi" in page.inner_text("[data-said]")
    page.wait_for_selector("[data-said]:focus")  # what was done is read first
    assert page.locator("[data-accept]").count() == 0
    assert paper(filled.services, number).state == "accepted"
    page.goto("/inbox")
    assert int(page.inner_text(".tabs [aria-current] .count")) == waiting - 1
    page.click(".tabs a:has-text('Qəbul olunub')")
    assert number in page.inner_text(".list")
    accessible(page)


def test_a_paper_goes_back_with_its_reason_and_not_without_one(
    filled: Office, room: Open, sent: Callable[[int], list[str]], accessible: Check
) -> None:
    [number] = sent(1)
    page = room(OFFICER)
    page.goto("/inbox")
    page.click(f"[data-row]:has(a:text-is('{number}')) [data-return]")
    assert page.url.endswith(f"/inbox/{number}#return")
    page.fill("#f-remark", "Ərazi üzrə Gəncə şəhər prokurorluğuna aiddir.")
    page.click("main button.danger")
    assert page.locator(".callout.bad a").first.get_attribute("href") == "#f-reason"
    assert page.input_value("#f-remark").startswith("Ərazi üzrə"), "what was typed is not lost"
    accessible(page)
    page.check("input[value=misrouted_territory]")
    page.click("main button.danger")
    page.wait_for_url("**/inbox")
    assert number in page.inner_text("[data-said]")
    assert page.locator(f"[data-row] a:text-is('{number}')").count() == 0
    assert paper(filled.services, number).state == "review"


def test_what_was_merged_into_a_paper_is_read_with_it(filled: Office, room: Open, accessible: Check) -> None:
    whole, part = filled.waiting(2)
    seen = MergeIn.model_validate({"with": [part], "version": paper(filled.services, whole).version})
    merge(filled.services, filled.acting("karguzar1"), whole, seen)
    route(filled.services, whole, DEPARTMENT)
    page = room(OFFICER)
    page.goto(f"/inbox/{whole}")
    accessible(page)
    page.click(f".tale a:text-is('{part}')")
    assert "Qonşum hasarı" in page.inner_text(".tale")
    assert page.locator("[data-accept]").count() == 0, "only the whole is accepted"
    accessible(page)
    page.click(f".tale a:text-is('{whole}')")
    assert page.locator("[data-accept]").count() == 1


def test_the_inbox_by_the_keyboard_alone(
    filled: Office, room: Open, sent: Callable[[int], list[str]]
) -> None:
    sent(2)
    page = room(OFFICER)
    page.goto("/inbox", wait_until="networkidle")
    first, second = page.locator("[data-open]").all_inner_texts()[:2]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert _text(page) == second
    page.keyboard.press("k")
    assert _text(page) == first
    page.keyboard.press("a")
    page.wait_for_selector("[data-open]:focus")
    assert first in page.inner_text("[data-said]")
    assert _text(page) == second, "the next paper is at hand"
    assert _outlined(page)
    page.keyboard.press("r")
    page.wait_for_url(f"**/inbox/{second}#return")
    _tab_to(page, "document.activeElement.name === 'reason'")
    page.keyboard.press("Space")
    _tab_to(page, "document.activeElement.name === 'remark'")
    page.keyboard.type("Bizə aid deyil.")
    _tab_to(page, "document.activeElement.matches('button.danger')")
    assert _outlined(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    states = {row.number: row.state for row in rows(filled.services, Document)}
    assert (states[first], states[second]) == ("accepted", "review")


def test_the_inbox_without_scripts(filled: Office, room: Open, sent: Callable[[int], list[str]]) -> None:
    numbers = sent(2)
    page = room(OFFICER, java_script_enabled=False)
    page.goto("/inbox")
    assert not page.locator(".keeps-place").is_visible(), "keys need a script"
    page.click(f"[data-row]:has(a:text-is('{numbers[0]}')) [data-accept] button")
    page.wait_for_url("**/inbox")
    page.click(f"[data-row]:has(a:text-is('{numbers[1]}')) [data-return]")
    page.check("input[value=misrouted_subject]")
    page.click("main button.danger")
    page.wait_for_url("**/inbox")
    assert [paper(filled.services, number).state for number in numbers] == ["accepted", "review"]


def test_on_a_phone_every_button_is_in_sight(
    room: Open, sent: Callable[[int], list[str]], accessible: Check
) -> None:
    sent(1)
    page = room(OFFICER, viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto("/inbox")
    for button in page.locator("[data-row] button, [data-row] .button").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 24
    accessible(page)


def test_a_department_without_papers_is_told_so(filled: Office, room: Open, accessible: Check) -> None:
    page = room("emekdas6")
    page.goto("/inbox")
    for _ in range(page.locator("[data-accept] button").count()):
        page.locator("[data-accept] button").first.click()
        page.wait_for_selector("[data-said]")
    assert page.inner_text(".empty .title") == "Gözləyən sənəd yoxdur"
    accessible(page)


@pytest.mark.parametrize(("code", "accept"), [("en", "Accept"), ("ru", "Принять")])
def test_the_inbox_in_other_languages(
    room: Open, sent: Callable[[int], list[str]], code: str, accept: str
) -> None:
    [number] = sent(1)
    page = room(OFFICER)
    page.goto(f"/inbox/{number}")
    page.click(f".foot button[name=language][value={code}]")
    assert page.get_attribute("html", "lang") == code
    assert page.inner_text("main .head [data-accept] button") == accept
    page.click(".foot button[name=language][value=az]")


def test_what_an_officer_is_told_leads_to_the_paper(room: Open, accessible: Check) -> None:
    page = room(OFFICER)
    page.goto("/notifications")
    accessible(page)
    before = int(re.sub(r"\D", "", page.inner_text(".bell .count")))
    page.locator(".bulletins .new form:has([value^='/inbox/2']) button").first.click()
    page.wait_for_url("**/inbox/*")
    assert int(re.sub(r"\D", "", page.inner_text(".bell .count"))) == before - 1


def _text(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def _outlined(page: Any) -> bool:
    """Whether one sees where the focus is."""
    style = "getComputedStyle(document.activeElement)"
    return bool(page.evaluate(f"{style}.outlineStyle !== 'none' && parseFloat({style}.outlineWidth) >= 2"))


def _tab_to(page: Any, found: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(found):
            return
    raise AssertionError(f"The keyboard does not reach what is looked for: {found}")
