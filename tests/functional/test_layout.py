"""The picture of a page and its text know of each other: what is pointed at in one lights up in the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fpdf import FPDF

from api.app import create_app
from api.deps import Services
from api.settings import Settings
from api.triaging.service import triage
from tests.api.callers import session_of
from tests.api.conftest import database_url
from tests.api.review.office import suggester
from tests.api.serving import listening
from tests.api.triaging.papers import paper, register_bytes
from triage import types
from triage.documents import read_bytes

__all__ = ["database_url"]
Check = Callable[[Any], None]
PLACES = {
    "Hormatli prokuror, xahis edirem tedbir goresiniz": (72, 100), "Aliyev": (300, 200), "hasari": (90, 620),
    "Babayeva": (200, 400),
}  # fmt: skip
"""Where words begin on their pages (points, baseline); the last stands on a page of its own, with the first."""
SIZE = (595.28, 841.89)
SHAPES, LIT, NOW = ".dk-layer .dk-shapes rect", ".dk-layer .lit rect", ".dk-layer .now rect"


def letter() -> bytes:
    """A PDF of two pages with the words at their places."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_font("helvetica", size=12)
    first, *others, last = PLACES.items()
    for words in ((first, *others), (first, last)):
        pdf.add_page()
        for text, place in words:
            pdf.text(*place, text)
    return bytes(pdf.output())


def laid(services: Services) -> str:
    """The number of the letter, suggested for."""
    data = letter()
    number = register_bytes(services, data)
    text = read_bytes(data, id=number).text
    spans = {word: (text.rindex(word), text.rindex(word) + len(word)) for word in PLACES}
    entities = tuple(types.Entity("PERSON", *spans[word], word) for word in ("Aliyev", "Babayeva"))
    evidence = (types.Evidence("subject", *spans["hasari"], 1.0),)
    triage(services, suggester(services, entities=entities, evidence=evidence), paper(services, number).id)
    return number


@pytest.fixture(scope="module")
def desk(database_url: str, chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A window with the desk, on which the letter lies, its pictures above its text."""
    settings = Settings(home=tmp_path_factory.mktemp("office") / "home")
    settings.home.mkdir(mode=0o700)
    services = Services.make(settings, database_url)
    number = laid(services)
    name, _, token = session_of(services, "clerk")["Cookie"].partition("=")
    wrong: list[str] = []
    with listening(create_app(services)) as port:
        url = f"http://127.0.0.1:{port}"
        context = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": name, "value": token, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.goto(f"/papers/{number}")
        page.click("form[action='/queue/open'] button")
        page.click("[data-view=both]")
        page.wait_for_selector(SHAPES)
        page.wait_for_load_state("networkidle")
        yield page
        context.close()
    services.database.close()
    assert wrong == []


def over(page: Any, shape: str, word: str) -> None:
    """Fails unless the shape is around the word, by the picture's own measure and the place that it was written at."""
    rect, picture = page.locator(shape).bounding_box(), page.locator(".dk-leaf-image img").bounding_box()
    points = picture["width"] / SIZE[0]
    left, base = (rect["x"] - picture["x"]) / points, (rect["y"] + rect["height"] - picture["y"]) / points
    x, y = PLACES[word]
    assert left == pytest.approx(x, abs=3), word
    assert y < base < y + 6, word
    assert 30 < rect["width"] / points < 60, word


def test_what_is_pointed_at_in_the_text_lights_up_on_the_picture(desk: Any) -> None:
    desk.hover("#text .dk-ent >> nth=0")
    over(desk, LIT, "Aliyev")
    desk.mouse.move(0, 0)
    desk.wait_for_selector(LIT, state="detached")
    desk.hover(".field[data-field=subject]")
    over(desk, LIT, "hasari")
    desk.mouse.move(0, 0)


def test_what_is_pointed_at_on_the_picture_lights_up_in_the_text(desk: Any) -> None:
    shape = desk.locator(SHAPES)
    shape.scroll_into_view_if_needed()
    desk.mouse.move(*middle(shape))
    assert desk.inner_text("#text .dk-ent.lit").startswith("Aliyev")
    desk.mouse.move(0, 0)
    desk.wait_for_selector("#text .dk-ent.lit", state="detached")


def middle(shape: Any) -> tuple[float, float]:
    box = shape.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_words_on_the_picture_can_be_selected(desk: Any) -> None:
    words = desk.locator(".dk-layer text").first.locator("tspan")
    words.first.scroll_into_view_if_needed()
    first, beyond = words.first.bounding_box(), words.nth(3).bounding_box()
    height = first["y"] + first["height"] / 2
    desk.mouse.move(first["x"] + 1, height)
    desk.mouse.down()
    desk.mouse.move(beyond["x"] - 1, height, steps=4)
    desk.mouse.up()
    assert desk.evaluate("getSelection().toString()").strip() == "Hormatli prokuror, xahis"
    desk.evaluate("getSelection().empty()")


def test_shapes_follow_a_larger_and_a_turned_picture(desk: Any) -> None:
    before = desk.locator(SHAPES).bounding_box()
    desk.click("[data-zoom='1.25']")
    desk.hover("#text .dk-ent >> nth=0")
    over(desk, LIT, "Aliyev")
    desk.click("[data-turn]")
    turned = desk.locator(SHAPES).bounding_box()
    assert turned["height"] == pytest.approx(1.25 * before["width"], rel=0.05)
    for _ in range(3):
        desk.click("[data-turn]")
    desk.click("[data-zoom='0.8']")


def test_keys_and_search_lead_to_the_page_and_the_word(desk: Any) -> None:
    desk.focus("#text .dk-ent >> nth=0")
    desk.keyboard.press("ArrowRight")
    desk.wait_for_selector("#picture-page:text('2')")
    desk.wait_for_selector(LIT)
    over(desk, LIT, "Babayeva")
    desk.fill("#find", "HASARI")
    desk.wait_for_selector("#picture-page:text('1')")
    desk.wait_for_selector(NOW)
    over(desk, NOW, "hasari")
    desk.fill("#find", "")
    desk.wait_for_selector(NOW, state="detached")


def test_what_a_clerk_corrects_changes_on_the_picture(desk: Any) -> None:
    shape = desk.locator(SHAPES)
    shape.scroll_into_view_if_needed()
    desk.mouse.click(*middle(shape))
    desk.click("#entity-remove")
    desk.wait_for_selector(SHAPES, state="detached")
    assert desk.locator("#text .dk-ent.gone").inner_text().startswith("Aliyev")


def test_nobody_is_shut_out(desk: Any, accessible: Check) -> None:
    accessible(desk)
