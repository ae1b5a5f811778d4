"""Where words stand: kept with a reading, small, the same every time, and gone with it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sqlalchemy import select

from api.auth.permissions import SYSTEM
from api.db.tables import Layout, Suggestion
from api.deps import Services
from api.documents import service as documents
from api.errors import ConflictError, GoneError, NotFoundError
from api.triaging.layout import MOST_WORDS, VERSION, Word, packed, unpacked
from api.triaging.service import triage
from tests.api.review.office import suggester
from tests.api.triaging.papers import actions, paper, register, register_bytes, rows
from tests.documents.made import PETITION, pdf_of
from triage.documents import read_bytes
from triage.types import Page


def page(text: str, *places: tuple[float, float]) -> Page:
    """A page whose characters are 5 by 10 points and begin at these places; blanks have none."""
    boxes = np.full((len(text), 4), np.nan, dtype=np.float32)
    signs = [at for at, sign in enumerate(text) if not sign.isspace()]
    for at, (x, y) in zip(signs, places, strict=True):
        boxes[at] = (x, y, x + 5, y + 10)
    return Page(1, text, boxes, size=(595, 842))


def words(of: Page) -> list[Word]:
    """The words of a page, as they come out again."""
    kept = packed(of)
    assert kept is not None
    assert kept == packed(of)
    return unpacked(VERSION, kept)


def test_words_are_parted_by_blanks() -> None:
    found = words(page("ab c", (10, 20), (15, 20), (30.04, 20.06)))
    assert found == [Word(0, 2, 100, 200, 200, 300), Word(3, 4, 300, 201, 350, 301)]


def test_a_word_divided_at_the_end_of_a_line_is_two() -> None:
    found = words(page("hə\u00adsar", (500, 20), (505, 20), (510, 20), (50, 32), (55, 32), (60, 32)))
    assert [(word.start, word.end, word.left) for word in found] == [(0, 3, 5000), (3, 6, 500)]


def test_a_word_on_a_sheet_scanned_sideways_is_one() -> None:
    assert words(page("ab", (10, 40), (10, 29))) == [Word(0, 2, 100, 290, 150, 500)]


def test_a_sign_without_a_place_does_not_divide_a_word() -> None:
    made = page("abc", (10, 20), (15, 20), (20, 20))
    assert made.boxes is not None
    made.boxes[1] = np.nan
    assert words(made) == [Word(0, 3, 100, 200, 250, 300)]


@pytest.mark.parametrize("made", [Page(1, "text"), Page(1, "", np.empty((0, 4), np.float32)), page(" \n")])
def test_where_nothing_has_a_place_nothing_is_kept(made: Page) -> None:
    assert packed(made) is None


def test_a_hostile_page_stays_within_bounds() -> None:
    count = 3 * MOST_WORDS
    made = page("a " * count, *[(1e9, -5.0)] * count)
    found = words(made)
    assert len(found) == MOST_WORDS
    assert found[-1][2:] == (1_000_000, 0, 1_000_000, 50)
    assert len(packed(made) or b"") < 10_000


def test_a_newer_form_is_refused() -> None:
    with pytest.raises(ConflictError):
        unpacked(VERSION + 1, packed(page("a", (1, 1))) or b"")


def test_every_word_of_a_pdf_has_its_place_in_a_few_bytes() -> None:
    (read,) = read_bytes(pdf_of([PETITION * 20]), id="p").pages
    found = words(read)
    assert [read.text[word.start : word.end] for word in found] == read.text.split()
    assert all(0 <= word.left < word.right <= 5954 and word.top < word.bottom for word in found)
    assert len(packed(read) or b"") < 8 * len(found)


def triaged(services: Services, data: bytes) -> str:
    """The number of a paper that was read."""
    number = register_bytes(services, data)
    triage(services, suggester(services), paper(services, number).id)
    return number


def test_layouts_are_kept_with_a_reading_and_each_look_is_recorded(services: Services) -> None:
    number = triaged(services, pdf_of(["", PETITION]))
    seen = documents.layout(services, SYSTEM, number, 2)
    assert seen.size == pytest.approx((595.3, 841.9), abs=0.1)
    assert [seen.text[word.start : word.end] for word in seen.words] == PETITION.split()
    assert list(documents.layout(services, SYSTEM, number, 1).words) == []
    with pytest.raises(NotFoundError):
        documents.layout(services, SYSTEM, number, 3)
    assert actions(services, paper(services, number).id)[-2:] == ["document.layout_read"] * 2


def test_a_paper_without_layout_has_words_without_places(services: Services) -> None:
    number = register(services, PETITION)[0]
    with pytest.raises(ConflictError):
        documents.layout(services, SYSTEM, number, 1)
    triage(services, suggester(services), paper(services, number).id)
    seen = documents.layout(services, SYSTEM, number, 1)
    assert (seen.text, seen.size, list(seen.words)) == (PETITION, None, [])


def test_with_the_content_the_layout_is_erased(services: Services) -> None:
    first, other = triaged(services, pdf_of([PETITION])), triaged(services, pdf_of([PETITION + "."]))
    documents.erase(services, SYSTEM, first, "Order 1/2026")
    with services.database.transaction() as session:
        kept = {row.document_id: row.words for row in session.scalars(select(Layout))}
    assert kept[paper(services, first).id] is None
    assert kept[paper(services, other).id]
    with pytest.raises(GoneError):
        documents.layout(services, SYSTEM, first, 1)


def test_the_chances_of_all_departments_are_kept_without_changing_the_contract(services: Services) -> None:
    number = register(services, PETITION)[0]
    first, second = services.taxonomy.departments[:2]
    shares = ((first, 0.7), (second, 0.3000000001))
    triage(services, suggester(services, departments=shares), paper(services, number).id)
    (row,) = rows(services, Suggestion)
    assert row.facts["departments"] == {first: 0.7, second: 0.3}
    told = documents.suggestion(services, SYSTEM, number)
    assert told.departments == row.facts["departments"]
    assert "departments" not in json.dumps(told.content)
