"""What lies over the pictures of pages: words and shapes where they stand, with the rights of the pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth.permissions import SYSTEM
from api.deps import Services
from api.documents import service as documents
from api.documents.service import PageLayout
from api.triaging.layout import Word
from api.triaging.service import triage
from api.web.desk_layer import Box, boxes, drawn
from api.web.desk_text import Found
from api.web.desk_view import Candidate, candidates
from tests.api.review.office import suggester
from tests.api.triaging.papers import actions, paper, register_bytes
from tests.api.web.conftest import Reader
from tests.documents.made import PETITION, pdf_of
from triage import types

Make = Callable[..., Reader]
SVG = "{http://www.w3.org/2000/svg}"
LINE = PageLayout(
    "Əli <b>Vəli</b> oxu", (595.0, 842.0),
    [Word(0, 3, 100, 200, 130, 300), Word(4, 15, 160, 205, 270, 305), Word(16, 19, 100, 320, 130, 420)],
)  # fmt: skip


def read(services: Services, reader: Make, role: str = "clerk", **changes: object) -> tuple[str, Reader]:
    """A PDF that waits on two pages, and who reads it."""
    number = register_bytes(services, pdf_of([PETITION, "Page two"]))
    entities = (types.Entity("PERSON", 0, 8, PETITION[:8], "applicant", None),)
    triage(services, suggester(services, entities=entities, **changes), paper(services, number).id)
    return number, reader(role)


def tree(text: str) -> ET.Element:
    """The layer in an answer."""
    found = re.search(r"<svg[^>]* class=\"dk-layer\".*?</svg>", text, re.DOTALL)
    assert found is not None
    return ET.fromstring(found[0])  # noqa: S314 - our own answer


def test_a_span_has_a_box_for_each_line() -> None:
    assert boxes(LINE.words, 0, 19) == [Box(100, 200, 270, 305), Box(100, 320, 130, 420)]
    assert boxes(LINE.words, 5, 6) == [Box(170, 205, 180, 305)]
    assert boxes(LINE.words, 3, 4) == []


def test_words_and_shapes_are_escaped_and_drawn_by_attributes() -> None:
    found = tree(drawn(LINE, [Found(7, 4, 15, "PERSON", None)], lambda label, _: f"<{label}>"))
    assert found.get("viewBox") == "0 0 5950 8420"
    lines = found.findall(f"./{SVG}g/{SVG}text")
    assert ["".join(line.itertext()) for line in lines] == ["Əli <b>Vəli</b>", "oxu"]
    word = lines[0][1]
    assert (word.get("data-s"), word.get("x"), word.get("textLength")) == ("4", "160", "110")
    shape = found.find(f".//{SVG}g[@data-e='7']")
    assert shape is not None
    assert (shape.get("class"), shape.findtext(f"{SVG}title")) == ("k-who", "<PERSON>: <b>Vəli</b>")
    assert shape[1].attrib == {"x": "153", "y": "198", "width": "124", "height": "114", "rx": "15"}
    assert "style" not in drawn(LINE)


def test_a_page_without_layout_has_an_empty_layer() -> None:
    assert list(tree(drawn(PageLayout("text", None, [])))) == []


def test_a_sheet_that_lies_askew_has_a_box_for_each_piece() -> None:
    words = [Word(2 * at, 2 * at + 1, 60 * at, 40 * at, 60 * at + 50, 40 * at + 100) for at in range(6)]
    assert len(boxes(words, 0, 12)) == 3


def test_the_layer_goes_by_the_rights_of_the_picture_and_is_recorded(
    services: Services, reader: Make
) -> None:
    number, clerk = read(services, reader)
    path = f"/papers/{number}/pages/2/layout.svg"
    answer = clerk.get(path)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert "".join(tree(answer.text).itertext()) == "Page two"
    assert "PERSON" not in answer.text, (
        "what was found is drawn from the text, which is shown only where it may be"
    )
    assert actions(services, paper(services, number).id)[-1] == "document.layout_read"
    assert reader("administrator").get(path).status_code == 403
    assert reader("officer").get(path).status_code == 404, "it was not routed to them"
    assert clerk.get(path.replace("/2/", "/3/")).status_code == 404
    documents.erase(services, SYSTEM, number, "Order 1/2026")
    assert clerk.get(path).status_code == 410


def test_without_a_script_shapes_lie_over_the_picture(services: Services, reader: Make) -> None:
    number, clerk = read(services, reader)
    for view in ("pages", "both"):
        text = clerk.get(f"/papers/{number}?view={view}").text
        shape = tree(text).find(".//{*}g[@data-e='0']")
        assert shape is not None
        assert shape.findtext("{*}title") == "Person, who writes: Hormatli"
        assert ('id="text"' in text) == (view == "both")
    assert tree(clerk.get(f"/papers/{number}?view=both&page=2").text).find(".//{*}g[@data-e]") is None
    assert "dk-layer" not in clerk.get(f"/papers/{number}").text, "what is not shown is not read"
    assert clerk.get(f"/papers/{number}?view=pages&page=9").status_code == 200


def test_no_shape_before_the_clerk_has_chosen(services: Services, reader: Make) -> None:
    number, clerk = read(services, reader)
    settings = services.settings.model_copy(update={"show_suggestion": "after_choice"})
    with TestClient(create_app(replace(services, settings=settings)), follow_redirects=False) as late:
        clerk.client = late
        layer = tree(clerk.get(f"/papers/{number}?view=pages").text)
    assert layer.find(".//{*}g[@data-e]") is None
    assert layer.find(".//{*}tspan") is not None


def test_candidates_have_the_chances_that_were_kept_or_none() -> None:
    content = {"department": "land", "candidates": ["land", "labour"]}
    shares = {"land": 0.5, "labour": 0.3, "complaints": 0.19, "archive": 0.001}
    assert candidates(content, shares) == [
        Candidate("land", 0.5), Candidate("labour", 0.3), Candidate("complaints", 0.19)
    ]  # fmt: skip
    assert candidates(content, None) == [Candidate("land", None), Candidate("labour", None)]


@pytest.mark.parametrize("kept", [True, False])
def test_chances_of_departments_stand_at_the_desk_and_in_the_story(
    services: Services, reader: Make, kept: bool
) -> None:
    first, second = services.taxonomy.departments[:2]
    shares = ((first, 0.61), (second, 0.38)) if kept else ()
    number, clerk = read(services, reader, departments=shares)
    clerk.post("/queue/open", number=number)
    text = clerk.get(f"/papers/{number}").text
    assert ("61%" in text, "38%" in text) == (kept, kept)
    assert "99%" not in text.partition("dk-candidates")[2].partition("</fieldset>")[0]
    clerk.post("/queue/release", number=number)
    told = reader("supervisor").get(f"/decisions/{number}").text
    assert ("61%" in told, "38%" in told) == (kept, kept)
