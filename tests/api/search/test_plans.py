"""Searches walk the index of terms from the newest papers back, and stop when there are enough."""

from __future__ import annotations

import re
from functools import partial

import pytest
from sqlalchemy import ColumnElement, create_engine, text
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.session import Database
from api.db.tables import Document
from api.search import repository
from api.search.repository import RANKED, Found, Terms
from api.search.service import walk
from api.search.terms import STRETCHES
from tests.api.documents.test_plans import plan
from tests.api.papers import CLERK, GENCE

MANY = 20_000


@pytest.fixture
def entries(database: Database) -> Database:
    """Twenty thousand papers of ten units: every second has one word, every thousandth another."""
    marks = " || ".join(f"' @{level}-' || n / {length}" for level, length in enumerate(STRETCHES))
    terms = (
        f"replace({marks}, '-', '/') || CASE WHEN n % 2 = 0 THEN ' common' ELSE '' END "
        "|| CASE WHEN n % 1000 = 7 THEN ' rare' ELSE '' END"
    )
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO blobs (sha256, size) VALUES ('x', 1)"))
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, office, unit, department, media_type, size, "
                "sha256, state) SELECT format('2026-B-%s', lpad(n::text, 6, '0')), now(), 'api', "
                "CASE n % 10 WHEN 0 THEN 'gence' ELSE 'u' || n % 10 END, 'u' || n % 7, 'd' || n % 5, 'text', 1, 'x', "
                "'routed' FROM generate_series(1, CAST(:many AS bigint)) n"
            ),
            {"many": MANY},
        )
        connection.execute(
            text(
                "INSERT INTO search_entries (document_id, terms, names) "  # noqa: S608 - of constants
                f"SELECT n, CAST({terms} AS tsvector), 'eliyev vugar' FROM generate_series(1, CAST(:many AS bigint)) n"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE documents, search_entries"))
    engine.dispose()
    return database


def find(session: Session, seen: list[ColumnElement[bool]], terms: Terms, beside: str = "") -> Found:
    """As the service asks."""
    repository.prepare(session)
    return repository.find(session, seen, terms, list(walk(MANY, beside)))


OFFICER = Principal("user:5", "", "officer", CLERK.permissions, department="d3")
CASES = [
    ([CLERK.sees], Terms("'common'")),
    ([CLERK.sees], Terms("'rare'")),
    ([GENCE.sees], Terms("'common'")),
    ([GENCE.sees], Terms("'rare'")),
    ([OFFICER.sees], Terms("'common' & !'rare'")),
    ([CLERK.sees, Document.subject == "none"], Terms("'common'")),
    ([CLERK.sees], Terms("('common' & 'rare')", "('common' <-> 'rare')")),
    ([CLERK.sees], Terms("'rare'", like=("elyev",))),
]


def test_every_search_goes_by_the_index_of_terms(entries: Database) -> None:
    for seen, terms in CASES:
        told = plan(entries, partial(find, seen=seen, terms=terms))
        assert "Seq Scan" not in told, told
        assert "Bitmap Index Scan on ix_search_entries_terms" in told
        assert "pk_search_entries" not in told, told


def test_a_common_word_is_not_looked_for_among_all_papers(entries: Database) -> None:
    told = plan(entries, partial(find, seen=[CLERK.sees], terms=Terms("'common'")))
    most = max(float(rows) for rows in re.findall(r"actual rows=([\d.]+)", told))
    assert "never executed" in told
    assert most <= STRETCHES[0], told  # half of the two newest stretches


def test_papers_are_the_newest_that_fit_and_what_is_left_out_is_told(entries: Database) -> None:
    with entries.transaction() as session:
        common = find(session, [CLERK.sees], Terms("'common'"))
        mine = find(session, [GENCE.sees], Terms("'rare'"))
        rare = find(session, [CLERK.sees], Terms("'rare'"))
        none = find(session, [GENCE.sees, Document.subject == "none"], Terms("'common'"))
    assert [paper for paper, _ in common.papers] == list(range(MANY, MANY - 2 * RANKED, -2))
    assert [paper for paper, _ in rare.papers] == list(range(MANY - 993, 0, -1000))
    assert (common.complete, rare.complete, mine.complete, mine.papers) == (False, True, True, [])
    assert (none.papers, none.complete) == ([], False)
