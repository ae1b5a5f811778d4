"""Why a paper was found, shown from its text."""

from __future__ import annotations

from sqlalchemy import text

from api.db.tables import Document
from api.deps import Services
from api.search.query import understand
from api.search.snippets import LENGTH, snippet
from tests.api.papers import GENCE
from tests.api.search.papers import ask, put


def shown(q: str, *pages: str) -> tuple[int, str, list[str]] | None:
    """Page, text and matched words of the snippet."""
    found = snippet([{"page": at, "text": page} for at, page in enumerate(pages, 1)], understand(q).keys)
    return found and (found.page, found.text, [found.text[start:end] for start, end in found.matches])


def test_matches_are_marked_in_the_words_as_written() -> None:
    told = shown("mehkeme eliyev", "Bakı məhkəməsinə. Əliyev’in ərizəsi, МӘҺКӘМӘ üçün.")
    assert told == (
        1,
        "Bakı məhkəməsinə. Əliyev'in ərizəsi, МӘҺКӘМӘ üçün.".replace("'", "’"),
        ["məhkəməsinə", "Əliyev’in", "МӘҺКӘМӘ"],
    )


def test_the_stretch_with_most_of_what_was_asked_is_shown() -> None:
    filler = "boş söz " * 60
    told = shown("hasar qonşu", f"hasar {filler}", f"{filler} qonşum hasarı çəkib {filler}")
    assert told is not None
    assert (told[0], told[2]) == (2, ["qonşum", "hasarı"])
    assert len(told[1]) <= LENGTH


def test_numbers_are_marked_whole() -> None:
    assert shown("45/2024-7", "İş № 45/2024-7 üzrə") == (1, "İş № 45/2024-7 üzrə", ["45/2024-7"])


def test_without_a_match_in_the_text_there_is_none() -> None:
    assert shown("polis", "hasar") is None
    assert shown("", "hasar") is None
    assert shown("-hasar polis", "hasar") is None


def test_markup_stays_text_and_controls_go() -> None:
    assert shown("hasar", "<b>hasar</b>\x07 &amp;\n\nson") == (1, "<b>hasar</b>  &amp;  son", ["hasar"])


def test_snippets_come_from_the_paper_that_was_read(services: Services) -> None:
    put(services, "Qonşum hasarı çəkib", office="baki")
    with services.database.transaction() as session:
        session.execute(text("UPDATE documents SET suggestion_id = 1"))
    put(services, "Qonşum hasarı çəkib", office="gence", same_as=1)
    with services.database.transaction() as session:
        assert session.get_one(Document, 2).same_as == 1
    [item] = ask(services, "hasar", GENCE).items
    assert (item.number, item.same_as) == ("2026-B-000002", None)
    assert item.snippet is not None
    assert item.snippet.text == "Qonşum hasarı çəkib"


def test_blanked_text_is_not_shown(services: Services) -> None:
    put(services, "Qonşum hasarı çəkib")
    with services.database.transaction() as session:
        session.execute(text("UPDATE readings SET pages = NULL"))
    assert [item.snippet for item in ask(services, "hasar").items] == [None]
