"""A clerk's day in a browser, in Azerbaijani: the queue and the desk; by keys alone, and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.auth.permissions import SYSTEM
from api.review import service
from tests.api.review.office import change
from tests.api.triaging.papers import paper
from tests.functional.clerks import (
    TEXT,
    Check,
    Place,
    database_url,
    decisions,
    filled,
    place,
    press,
    seen,
    shown,
    units,
)  # fmt: skip
from tests.functional.office import Office

__all__ = ["database_url", "filled", "place", "units"]


# The queue


def test_the_queue_tells_what_waits_and_why(place: Place, accessible: Check) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    change(place.services, second, urgency="immediate", priority=0)
    page = place.clerk()
    page.goto("/queue")
    rows = page.locator("#list tbody tr")
    assert rows.count() == 2
    row = page.locator("#list tr", has_text=first)
    told = row.inner_text()
    for words in ("gün", "Vəli Aliyev", "hasarı iki metr bizə çəkib", "əmin deyil", "99%"):
        assert words in told
    assert "Təxirəsalınmaz" in rows.first.inner_text(), "what presses most comes first"
    accessible(page)
    page.click(".filter a:has-text('Təxirəsalınmaz')")
    assert rows.count() == 1
    page.click("summary:has-text('Başqa süzgəclər')")
    page.fill("#f-name", "Dərhal")
    page.press("#f-name", "Enter")
    page.wait_for_selector("nav.filter a[aria-current]:text-is('Dərhal')")
    page.click("summary:has-text('Başqa süzgəclər')")
    page.click("details.more a:has-text('Korrupsiya')")
    assert page.inner_text(".empty .title") == "Bu süzgəclərə uyğun sənəd yoxdur"
    accessible(page)


def test_words_are_found_while_they_are_typed_and_filters_keep_them(place: Place, accessible: Check) -> None:
    place.wait(
        TEXT, "Bələdiyyə su vermir. Kommunal məsələdir, baxılmasını xahiş edirəm.", entities=(), evidence=()
    )
    page = place.clerk()
    page.goto("/queue")
    press(page, "/")
    page.keyboard.type("hasar")
    page.wait_for_selector("#list .gist mark")
    assert page.locator("#list tbody tr").count() == 1
    assert "1 sənəd" in page.inner_text("#told"), "told to who does not see the table"
    assert page.evaluate("document.activeElement.id") == "f-q"
    accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click(".filter a:has-text('Kargüzar')")
    page.wait_for_load_state()
    assert page.input_value("#f-q") == "hasar"
    page.fill("#f-q", "yoxdurbelesoz")
    page.wait_for_selector("#list .empty")
    accessible(page)


def test_new_papers_are_told_and_shown_without_losing_ones_place(place: Place) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.clerk()
    page.goto("/queue")
    press(page, "j", "j")
    row = page.evaluate("document.activeElement.textContent")
    [fresh] = place.wait(f"Üçüncü. {TEXT}")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#news a:text-is('1 yeni sənəd')")
    assert page.locator("#list tbody tr").count() == 2, "rows do not move by themselves"
    assert page.evaluate("document.activeElement.textContent") == row
    page.click("#news a")
    page.wait_for_selector(f"#list tr.fresh :text-is('{fresh}')")
    assert page.evaluate("document.activeElement.textContent") == row, "the focus stays where it was"
    assert "3" in page.inner_text(".filter a:has-text('Kargüzar')")
    assert {first, second} <= set(page.locator("#list th button").all_inner_texts())


def test_nothing_waits(place: Place, accessible: Check) -> None:
    page = place.clerk()
    page.goto("/queue")
    assert page.inner_text(".empty .title") == "Gözləyən sənəd yoxdur"
    accessible(page)
    page.keyboard.press("n")
    page.wait_for_selector("[data-said]")
    assert seen(page)


# A day at the desk


def test_a_day_by_the_keyboard_alone(place: Place) -> None:
    first, second, third = place.wait(TEXT, f"İkinci. {TEXT}", f"Üçüncü. {TEXT}")
    page = place.clerk()
    page.goto("/queue")
    press(page, "?")
    page.wait_for_selector("dialog#keys[open]")
    assert "Təklifi təsdiq et" in page.inner_text("dialog#keys")
    press(page, "Escape")
    page.wait_for_selector("dialog#keys", state="hidden")
    press(page, "n")
    shown(page, first)
    assert "hasarı iki metr" in page.inner_text("#text")
    press(page, "c")
    shown(page, second)
    assert first in page.inner_text("[data-said]")
    assert seen(page)
    assert paper(place.services, first).state == "routed"
    press(page, "u")
    shown(page, first)
    assert paper(place.services, first).state == "review", "taken back, and on the desk again"
    press(page, "Enter")
    shown(page, second)
    press(page, "2", "a", "s")
    shown(page, third)
    made = decisions(place, second)[-1]
    assert made.department == place.services.taxonomy.departments[1]
    assert made.reason == "wrong_department"
    press(page, "q")
    page.wait_for_url("**/queue")
    assert paper(place.services, third).held_by is None


def test_the_last_paper_leads_to_the_queue(place: Place) -> None:
    [number] = place.wait()
    page = place.desk(number)
    press(page, "3", "a", "Enter")
    page.wait_for_url("**/queue")
    assert number in page.inner_text("[data-said]")
    press(page, "u")
    shown(page, number)


def test_a_day_without_scripts(place: Place) -> None:
    first, second, third = place.wait(TEXT, f"İkinci. {TEXT}", f"Üçüncü. {TEXT}")
    page = place.clerk(java_script_enabled=False)
    page.goto("/queue")
    page.click("form[action^='/queue/take'] button")
    page.click("button[value=confirm]")
    shown(page, second)
    page.click(".undo button")
    shown(page, first)
    page.click("button[value=confirm]")
    shown(page, second)
    page.click(".dk-candidate >> nth=1")
    page.click("button[name=action][value=route]:visible >> nth=-1")
    assert "səbəb" in page.inner_text(".callout.bad").lower(), "a correction needs a reason"
    assert (
        page.locator("input[name=choice]:checked").get_attribute("value")
        == place.services.taxonomy.departments[1]
    )
    page.check("input[name=reason][value=wrong_department]")
    page.click("button[name=action][value=route]:visible >> nth=-1")
    shown(page, third)
    page.click("#related a")
    page.wait_for_url("**/related*")
    page.go_back()
    page.click("#history a")
    page.wait_for_url("**/history")


# One paper


def test_the_desk_tells_what_is_suggested_and_why(place: Place, accessible: Check) -> None:
    number, _ = place.wait(TEXT, f"{TEXT} Bəli.")
    page = place.desk(number)
    side = page.inner_text(".dk-side")
    assert "70%" in side
    assert "Xidmət kifayət qədər əmin deyil." in side
    assert page.locator("#text .dk-ent.k-who").count() == 2
    page.focus("#f-subject")
    page.wait_for_selector("#text .ev.lit")
    page.hover("[data-field=subject]")
    page.click("#history a")
    page.wait_for_selector("#history .hint")
    page.wait_for_selector("#related .dk-related, #related .hint")
    page.fill("#find", "HASARI")
    assert page.inner_text("#find-count") == "1 yerdə"
    accessible(page)


def test_names_are_added_corrected_and_removed(place: Place, accessible: Check) -> None:
    number, after = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.desk(number)
    page.click("#text .dk-ent >> nth=1")
    page.wait_for_selector("dialog#entity[open]")
    assert "Sona Babayeva" in page.inner_text("#entity-text")
    page.select_option("#entity-role", "complained_of")
    page.click("#entity-form button[value=keep]")
    page.click("#text .dk-ent >> nth=0")
    page.click("#entity-remove")
    page.wait_for_selector("#text .dk-ent.gone")
    page.evaluate(
        "(() => { const page = document.querySelector('#text .page'), text = page.lastChild, range = new Range();"
        " const at = text.data.indexOf('tədbir'); range.setStart(text, at); range.setEnd(text, at + 6);"
        " getSelection().removeAllRanges(); getSelection().addRange(range);"
        " page.dispatchEvent(new MouseEvent('mouseup', { bubbles: true })); })()"
    )
    page.wait_for_selector("#entity-text:text-is('tədbir')")
    page.select_option("#entity-label", "LEGAL_REF")
    accessible(page)
    page.click("#entity-form button[value=keep]")
    page.click("[data-send]")
    shown(page, after)
    kept = service.decisions(place.services, SYSTEM, number)[-1].entities or []
    told = {(one["label"], one["role"], TEXT[one["start"] : one["end"]]) for one in kept}
    assert told == {("PERSON", "complained_of", "Sona Babayeva"), ("LEGAL_REF", None, "tədbir")}


def test_other_ends_of_a_paper(place: Place, accessible: Check) -> None:
    numbers = place.wait(*(f"{count}. {TEXT}" for count in range(5)))
    page = place.desk(numbers[0])
    ends = (
        ("#f-body", "supreme_court", "outside", "outside"), (None, None, "unreadable", "closed"),
        ("#f-of", numbers[0], "duplicate", "closed"), (None, None, "escalate", "review"),
    )  # fmt: skip
    for at, (where, what, action, state) in enumerate(ends):
        press(page, "o")
        assert page.evaluate("document.activeElement.id") == "f-body"
        if at == 0:
            accessible(page)
            page.set_viewport_size({"width": 1280, "height": 900})
        if action == "outside":
            page.select_option(where, what)
        elif where:
            page.fill(where, what)
        page.click(f"button[value={action}]")
        shown(page, numbers[at + 1])
        assert paper(place.services, numbers[at]).state == state
    assert paper(place.services, numbers[3]).desk == "supervisor"


def test_papers_that_belong_together_are_linked(place: Place) -> None:
    long = f"{TEXT} Bələdiyyə cavab vermir, sənədlər də mövcuddur. " * 5
    first, second = place.wait(long, f"{long} Bəli.", entities=(), evidence=())
    page = place.desk(second)
    page.click(f"#related li:has(:text-is('{first}')) button >> nth=0")
    page.wait_for_selector(
        "#related li:has-text('birlikdə'), #related li:has-text('bir yerdə'), #related button:has-text('Geri')"
    )
    press(page, "c")
    page.wait_for_selector("[data-said]")
    assert paper(place.services, second).state == "routed", "the link has not made the form stale"


def test_a_paper_is_split_by_keys_and_by_dragging(place: Place, accessible: Check) -> None:
    [number] = place.register("Birinci ərizə.\fİkinci səhifə.\fÜçüncü: başqa iş.".encode())
    place.suggest(number, decision="review")
    page = place.desk(number)
    press(page, "o")
    page.focus(".dk-others a[href$='/split']")
    press(page, "Enter")
    page.wait_for_url("**/split")
    accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("#split button:has-text('Sənədi böl'), #split .deeds button >> nth=0")
    page.wait_for_selector(".callout.bad")
    page.focus("input[name=cut][value='2']")
    press(page, "Space")
    page.drag_and_drop("#f-cut li[data-page='2']", "#f-cut li[data-page='3']")
    assert page.locator("input[name=cut]:checked").evaluate_all("all => all.map((one) => one.value)") == ["3"]
    assert page.locator("#f-cut li.begins").count() == 2
    page.focus("#split .deeds button, #split button:not([type=button]) >> nth=0")
    press(page, "Enter")
    page.wait_for_url("**/queue")
    assert number in page.inner_text("[data-said]")
    assert paper(place.services, number).state == "closed"


def test_papers_are_merged(place: Place, accessible: Check) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.desk(first)
    page.goto(f"/papers/{first}/merge")
    page.fill("#f-numbers", "yoxdur")
    page.press("#f-numbers", "Enter")
    page.wait_for_selector(".callout.bad")
    accessible(page)
    page.fill("#f-numbers", second)
    page.press("#f-numbers", "Enter")
    page.wait_for_selector("[data-said]")
    assert paper(place.services, second).state == "closed"


# Others at the same paper


def test_a_second_person_confirms_by_one_key(place: Place, accessible: Check) -> None:
    [number] = place.wait(review_reasons=("conflict_of_interest",))
    page = place.desk(number)
    press(page, "c")
    page.wait_for_url("**/queue")
    other = place.clerk()
    other.goto("/queue?desk=second")
    other.click(f"#list button[value='{number}']")
    shown(other, number)
    assert "Leyla" in other.inner_text("#second, .dk-decide")
    accessible(other)
    press(other, "c")
    other.wait_for_url("**/queue")
    assert paper(place.services, number).state == "routed"


def test_a_paper_of_somebody_else_is_told_with_a_way_on(place: Place, accessible: Check) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    held = place.desk(first)
    other = place.clerk()
    other.goto("/queue")
    other.click(f"#list button[value='{first}']")
    assert "Leyla" in other.inner_text(".callout.bad")
    accessible(other)
    other.goto(f"/papers/{first}")
    assert "Leyla" in other.inner_text(".dk-decide")
    press(other, "n")
    shown(other, second)
    held.goto("/queue")
    held.click(f"#list button[value='{second}']")
    held.click(
        "form[action='/queue/take'] button:has-text('açıq'), .deeds form[action='/queue/take'] button.quiet"
    )
    shown(held, first)


def test_who_lost_a_paper_is_told_and_led_on(place: Place, accessible: Check) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.clerk()
    page.clock.install()
    page.goto("/queue")
    page.click(f"#list button[value='{first}']")
    shown(page, first)
    past = place.services.now() - timedelta(minutes=1)
    change(place.services, first, held_by=None, held_until=past)
    page.clock.fast_forward(61_000)
    page.wait_for_selector("#lost:not([hidden])")
    assert "Sənəd artıq sizdə deyil" in page.inner_text("#lost")
    accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    other = place.desk(first)
    page.click("summary:has-text('Qeyd')")
    page.fill("#f-remark", "Mənim qeydim.")
    page.click("[data-send]")
    page.wait_for_selector(".callout.bad")
    assert "Mənim qeydim." in page.inner_text(".dk-decide"), "what was written is not lost"
    assert "Leyla" in page.inner_text(".dk-decide")
    press(page, "n")
    shown(page, second)
    press(other, "c")
    other.wait_for_selector("[data-said]")


def test_what_was_changed_meanwhile_is_told(place: Place) -> None:
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.desk(first)
    change(place.services, first, version=paper(place.services, first).version + 1)
    press(page, "c")
    page.wait_for_selector(".callout.bad")
    assert paper(place.services, first).state == "review"
    press(page, "c")
    shown(page, second)


def test_an_answer_without_a_desk_keeps_what_was_typed(place: Place) -> None:
    [number] = place.wait()
    page = place.desk(number)
    page.click("summary:has-text('Qeyd')")
    page.fill("#f-remark", "Mənim qeydim.")
    refused = "<main id=main><h1>Çox cəhd</h1><p class=lead>Bir az gözləyin.</p></main>"
    page.route("**/decision", lambda route: route.fulfill(status=429, content_type="text/html", body=refused))
    page.click("[data-send]")
    page.wait_for_selector("#lost:not([hidden])")
    assert "Bir az gözləyin." in page.inner_text("#lost")
    assert page.input_value("#f-remark") == "Mənim qeydim."
    page.unroute("**/decision")
    page.click("[data-send]")
    page.wait_for_url("**/queue")


def test_who_is_signed_out_meanwhile_comes_back_to_the_paper(place: Place) -> None:
    [number] = place.wait()
    page = place.desk(number)
    page.context.clear_cookies()
    press(page, "c")
    page.wait_for_url(f"**/sign-in?next=*{number}*")


def test_the_suggestion_comes_after_ones_own_choice(
    place: Place, filled: Office, monkeypatch: pytest.MonkeyPatch, accessible: Check
) -> None:
    monkeypatch.setitem(vars(filled.services.settings), "show_suggestion", "after_choice")
    first, second = place.wait(TEXT, f"İkinci. {TEXT}")
    page = place.clerk()
    page.goto("/queue")
    assert "99%" not in page.inner_text("#list")
    press(page, "n")
    shown(page, first)
    assert page.locator("#text .dk-ent, [data-confirm], .chance").count() == 0
    accessible(page)
    departments, subjects = place.services.taxonomy.departments, place.services.taxonomy.subjects
    page.select_option("#f-document_type", "complaint")
    page.select_option("#f-subject", subjects[0])
    page.select_option("#f-urgency", "normal")
    page.select_option("#f-department", departments[0])
    press(page, "s")
    page.keyboard.press("Tab")
    page.wait_for_selector("h1")
    page.click("[data-send]")
    page.wait_for_selector(".callout.note")
    accessible(page)
    page.click("[data-send]")
    shown(page, second)
    assert decisions(place, first)[-1].department == departments[0]
