"""A supervisor's work, from the overview to a disposal: with scripts, without them, and by the keyboard alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.intake.calendar import baku_date
from tests.api.retention.support import closed
from tests.functional.office import Office

Open = Callable[..., Any]
Check = Callable[[Any], None]
ONE, OTHER = "nezaretci1", "nezaretci2"


def test_every_figure_of_the_overview_opens_its_papers(room: Open) -> None:
    page = room(ONE)
    page.goto("/overview")
    paths = [link.get_attribute("href") for link in page.locator(".figure .big a").all()]
    assert len(paths) == 7
    charts = page.locator(".figure:has(img)")
    assert charts.count() >= 6
    drawn = "all => all.every((image) => image.complete && image.naturalWidth > 0)"
    assert page.eval_on_selector_all(".figure img", drawn)
    assert page.locator(".figure:has(img) details table").count() >= charts.count(), "each has its table"
    number = int(re.sub(r"\D", "", page.inner_text("[aria-labelledby=flow] .big")))
    for path in paths:
        page.goto(path)
        assert page.locator("main h1").count() == 1
        assert page.locator("main .numbers a, main .list tr").count() > 0 or "/papers?" in path, path
    page.goto(paths[0])
    shown = page.locator(".numbers a").count()
    assert shown == min(number, 50)
    page.locator(".numbers a").first.click()
    page.wait_for_url("**/decisions/*")


def test_the_period_of_the_overview_is_chosen(room: Open, accessible: Check) -> None:
    page = room(ONE, java_script_enabled=False)
    page.goto("/overview")
    page.click(".period a:has-text('90')")
    assert page.inner_text(".period [aria-current]") == "90 gün"
    first, last = page.input_value("#f-from"), page.input_value("#f-to")
    page.fill("#f-from", last)
    page.fill("#f-to", first)
    page.click(".period form button")
    assert page.locator(".callout.bad").count() == 1, "the end lies before the beginning"
    page.fill("#f-from", last)
    page.fill("#f-to", last)
    page.click(".period form button")
    assert page.locator(".period [aria-current]").count() == 0
    page = room(ONE)
    page.goto(f"/overview?from={last}&to={first}")
    accessible(page)


def test_a_decision_is_found_and_told_with_its_proof(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/decisions")
    page.click(".filters a:has-text('Qəbul olunub')")
    number = page.inner_text(".finds .num >> nth=0")
    page.goto("/decisions", wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type(f"number:{number}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/decisions?q=*")
    assert page.locator(".finds > li").count() == 1
    accessible(page)
    page.click(".finds a")
    assert page.inner_text("h1") == number
    told = page.inner_text("main")
    for part in ("Nə baş verib", "Kim baxıb", "Hər addım yazıldığı kimidir"):
        assert part in told
    accessible(page)
    page.click("#replay button")
    page.wait_for_url("**#replay")
    assert page.locator("#replay .callout").count() == 1
    accessible(page)
    with page.expect_download() as kept:
        page.click("a[href$='record.json']")
    assert json.loads(kept.value.path().read_text(encoding="utf-8"))["came"]["number"] == number
    page.click("main a[href$='?whole=1']")
    assert page.locator("main details:not([open])").count() == 0, "all of it is printed"


def test_nothing_found_says_what_to_do(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/decisions?q=qwxzq")
    assert page.inner_text(".empty .title") == "Heç nə tapılmadı"
    accessible(page)


def test_the_chain_is_narrowed_down_and_taken_out(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/audit")
    page.select_option("#f-action", "decision.")
    page.click("form.asking button")
    page.wait_for_url("**/audit?*")
    assert page.locator(".list tbody tr").count() > 5
    page.locator(".list tbody summary").first.click()
    accessible(page)
    for kind, line in (("csv", "seq"), ("jsonl", "{")):
        with page.expect_download() as kept:
            page.click(f".takeout a[href*='format={kind}']")
        assert kept.value.path().read_text(encoding="utf-8-sig").startswith(line)


def test_the_slider_of_errors_follows_the_keys_and_works_without_scripts(
    room: Open, accessible: Check
) -> None:
    page = room(ONE)
    page.goto("/quality?error=0.5")
    assert len(page.content().encode()) < 60_000
    slider = page.locator("input[type=range]")
    slider.focus()
    assert _outlined(page)
    shares = [page.inner_text("[data-row=seen] [data-cell=routed]")]
    for _ in range(39):
        page.keyboard.press("ArrowRight")
    assert page.inner_text("[data-out=error]") == "20,0%"
    shares.append(page.inner_text("[data-row=seen] [data-cell=routed]"))
    assert shares[0] != shares[1]
    page.keyboard.press("Tab")
    assert "error=20" in page.url, "the address keeps the choice"
    accessible(page)
    still = room(ONE, java_script_enabled=False)
    still.goto("/quality?error=20")
    assert still.inner_text("[data-row=seen] [data-cell=routed]") == shares[1]


def test_what_was_confused_opens_its_examples(room: Open) -> None:
    page = room(ONE)
    page.goto("/quality")
    cell = page.locator(".matrix td.other a").first
    count = int(cell.inner_text())
    cell.click()
    page.wait_for_url("**/overview/papers?*")
    assert page.locator(".numbers a").count() == count
    page.click(".back")
    page.click("#confusion ~ .tabs a:has-text('Mövzu')")
    page.wait_for_url("**field=subject*")
    assert page.locator(".matrix td.other a").count() > 0


def test_automation_is_switched_on_for_a_department_and_a_subject(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/quality")
    page.click(".elsewhere a >> nth=0")
    page.wait_for_url("**/quality/switches?*")
    accessible(page)
    for scope, code in (("department", "cyber"), ("subject", "cybercrime")):
        page.goto(f"/quality/switches/{scope}/{code}")
        page.check("input[name=on][value=true]")
        page.click("main .form button")
        assert page.locator(".callout.bad a[href='#f-reason']").count() == 1, "a reason is needed"
        page.fill("#f-reason", "Sınaq: uyğunluq kifayətdir")
        page.click("main .form button")
        page.wait_for_url(f"**/quality?{scope}={code}#switches")
        row = page.locator("#switches ~ .cards tbody tr", has_text="uyğunluq kifayətdir")
        assert "qoşulub" in row.inner_text()
        accessible(page)


def test_a_sample_is_drawn_judged_blind_by_another_and_told(room: Open, accessible: Check) -> None:
    page = room(OTHER)
    page.goto("/samples")
    page.click("main a[href='/samples/new']")
    page.fill("#f-size", "0")
    page.click("main .form .deeds button")
    assert page.locator(".callout.bad a[href='#f-size']").count() == 1
    page.fill("#f-size", "50")
    page.click("main .form .deeds button")
    page.wait_for_url(re.compile(r"/samples/\d+$"))
    path = page.url
    assert page.locator(".figure").count() == 0, "no result before all is judged"
    accessible(page)
    judge = room("karguzar2")
    judge.goto("/samples/next")
    accessible(judge)
    for turn in range(60):
        if not judge.locator("[name=item]").count():
            judge.click(".empty form button")
            if not judge.locator("[name=item]").count():
                break
        if turn == 0:
            accessible(judge)
        _judge(judge)
    one = room(ONE)
    one.goto("/samples/next")
    for _ in range(60):
        if not one.locator("[name=item]").count():
            one.click(".empty form button")
            if not one.locator("[name=item]").count():
                break
        _judge(one)
    page.goto(path)
    assert re.search(r"\d–", page.inner_text(".figure[aria-labelledby=total] .hint >> nth=0")), "an interval"
    accessible(page)


def test_a_change_of_the_rules_is_tried_proposed_and_approved_by_another(
    filled: Office, room: Open, accessible: Check
) -> None:
    page = room(ONE, java_script_enabled=False)
    page.goto("/policy")
    page.click("main a[href='/policy/draft']")
    page.click("button[value='edit:R12']")
    page.select_option("#f-to", "citizen_appeals")
    page.fill("#f-ground", "Mülki məsələlərə müraciətlər idarəsi baxır.")
    page.click("button[value=keep]")
    page.click("main .tries button")
    assert page.locator("#draft .list >> nth=-1").locator("tbody tr").count() > 0, (
        "papers that change, one by one"
    )
    page.fill("#f-reason", "Sınaq təklifi")
    page.fill("#f-since", str(baku_date(filled.services.now()) + timedelta(days=7)))
    page.click("button[value=propose]")
    page.wait_for_url("**/policy/changes/*")
    path = page.url
    assert page.locator(".head form button").count() == 0, "nobody approves their own"
    second = room(OTHER)
    second.goto(path)
    accessible(second)
    second.once("dialog", lambda asked: asked.accept())
    second.click(".head form button")
    second.wait_for_selector("[data-said]")
    assert "Təsdiq edildi" in second.inner_text("[data-said]")
    accessible(second)
    page.goto("/policy/changes")
    assert page.locator(".list tbody tr").count() >= 2


def test_models_are_told_with_their_cards(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/models")
    assert page.locator(".list tbody tr").count() >= 2
    page.click(".list tbody tr:has(.badge.good) a")
    assert page.locator(".modelcard h2, .modelcard h3, .modelcard p").count() > 0
    accessible(page)


def test_an_absence_is_entered_and_cancelled_by_the_keyboard_alone(filled: Office, room: Open) -> None:
    page = room(ONE)
    page.goto("/work")
    _tab_to(page, "document.activeElement.textContent === 'Nümunə Kargüzar 1'")
    assert _outlined(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/people/*")
    _tab_to(page, "document.activeElement.id === 'f-first'")
    day = baku_date(filled.services.now()) + timedelta(days=40)
    for field in ("f-first", "f-last"):
        _tab_to(page, f"document.activeElement.id === '{field}'", 8, here=True)
        page.keyboard.type(f"{day:%m%d%Y}")
    _tab_to(page, "document.activeElement.textContent === 'Qeyd et'", 12)
    assert _outlined(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/absences")
    entered = page.locator(".list tbody tr:has(th:text-is('Nümunə Kargüzar 1'))")
    assert entered.count() == 1
    _tab_to(
        page, "document.activeElement.closest('tr')?.querySelector('th').textContent.endsWith('Kargüzar 1')"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-said]")
    assert entered.count() == 0


def test_papers_are_given_out_by_hand(room: Open, accessible: Check) -> None:
    page = room(ONE)
    page.goto("/work/papers")
    for box in page.locator("tbody input[type=checkbox]").all()[:2]:
        box.check()
    assert "2" in page.inner_text("[data-chosen]")
    page.select_option("#f-user", index=1)
    accessible(page)
    page.click(".picks .bar button")
    page.wait_for_selector("[data-said]")
    assert page.inner_text("[data-said]").strip().startswith("2 sənəd")


def test_a_department_is_closed_and_opened_again_without_scripts(room: Open) -> None:
    page = room(ONE, java_script_enabled=False)
    page.goto("/work/departments")
    for value in ("false", "true"):
        page.click(".list a:has-text('Hərbi prokurorluq')")
        page.check(f"input[name=open][value={value}]")
        page.fill("#f-reason", "Sınaq: 12 nömrəli əmr")
        page.click("main .form .deeds button")
        page.wait_for_url("**/work/departments")
        row = page.inner_text(".list tr:has-text('Hərbi prokurorluq')")
        assert ("bağlıdır" in row) == (value == "false")


def test_a_disposal_takes_two_people_and_spares_what_is_held(
    filled: Office, room: Open, accessible: Check
) -> None:
    numbers = closed(filled.services, b"Birinci kohne sened.", b"Ikinci kohne sened.", b"Ucuncu kohne sened.")
    page = room(ONE)
    page.goto("/retention/holds")
    page.fill("#f-number", numbers[2])
    page.click("main .asked button")
    page.fill("#f-reason", "Sınaq: məhkəmə işi")
    page.click("main .form .deeds button")
    page.wait_for_url("**/retention/holds")
    assert numbers[2] in page.inner_text(".list")
    accessible(page)
    page.goto("/retention")
    assert numbers[2] not in page.inner_text(".list")
    for number in numbers[:2]:
        page.check(f"input[value='{number}']")
    accessible(page)
    page.click(".picks .bar button")
    page.wait_for_url("**/retention/disposals/*")
    assert page.locator(".head form button").count() == 1, "one's own is taken back, not approved"
    other = room(OTHER)
    other.goto(page.url)
    accessible(other)
    other.once("dialog", lambda asked: asked.accept())
    other.click(".head form button.danger")
    other.wait_for_selector("[data-said]")
    assert set(re.findall(r"\d{4}-B-\d{6}", other.inner_text(".numbers"))) == set(numbers[:2])
    accessible(other)


def test_notifications_are_marked_as_read(room: Open, accessible: Check) -> None:
    page = room(OTHER)
    page.goto("/notifications")
    assert len(page.content().encode()) < 60_000
    page.locator(".bulletins .new form:has([value^='/notifications']) button").first.click()
    page.wait_for_url("**/notifications")
    page.click("main .head form button")
    page.wait_for_selector("[data-said]")
    page.wait_for_selector("[data-said]:focus")
    page.click(".tabs a:has-text('Oxunmamış')")
    assert page.inner_text(".empty .title") == "Oxunmamış bildiriş yoxdur"
    accessible(page)


@pytest.mark.parametrize("code", ["en", "ru"])
def test_the_room_in_other_languages(room: Open, code: str) -> None:
    page = room(ONE)
    page.goto("/overview")
    page.click(f".foot button[name=language][value={code}]")
    for path in (
        "/overview",
        "/decisions",
        "/quality",
        "/samples",
        "/policy",
        "/models",
        "/work",
        "/retention",
    ):
        page.goto(path)
        assert page.get_attribute("html", "lang") == code
        assert not re.search("[əğışƏĞİŞ]", page.inner_text("main h1"))
    page.click(".foot button[name=language][value=az]")


def _judge(page: Any) -> None:
    page.select_option("#f-document_type", "complaint")
    page.select_option("#f-subject", "general")
    page.select_option("#f-department", "citizen_appeals")
    page.check("input[name=urgency][value=normal]")
    page.click("main .form .deeds button")
    page.wait_for_selector("[data-said]")


def _outlined(page: Any) -> bool:
    """Whether one sees where the focus is."""
    style = "getComputedStyle(document.activeElement)"
    return bool(page.evaluate(f"{style}.outlineStyle !== 'none' && parseFloat({style}.outlineWidth) >= 2"))


def _tab_to(page: Any, found: str, most: int = 60, *, here: bool = False) -> None:
    if here and page.evaluate(found):
        return
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(found):
            return
    raise AssertionError(f"The keyboard does not reach what is looked for: {found}")
