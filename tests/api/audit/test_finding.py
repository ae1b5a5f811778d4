"""Events are found by indexes, however long the chain is."""

from __future__ import annotations

import re
from functools import partial

import pytest
from sqlalchemy import create_engine, text

from api.audit import finding
from api.audit.finding import Wanted
from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.session import Database
from tests.api.documents.test_plans import plan

MANY = 30_000
UNIT = Principal("user:5", "-", "supervisor", ROLE_PERMISSIONS["supervisor"], frozenset({"gence"}))


@pytest.fixture
def chain(database: Database) -> Database:
    """Thirty thousand events of thirty actions, half of them by one person, most of them on five hundred papers."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO blobs (sha256, size) VALUES ('x', 1)"))
        connection.execute(
            text(
                "INSERT INTO documents (number, received_at, channel, office, media_type, size, sha256) "
                "SELECT n, now(), 'api', CASE n WHEN 7 THEN 'gence' ELSE 'u' || n % 10 END, 'text', 1, 'x' "
                "FROM generate_series(1, 500) n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO events SELECT n, now(), 'user:' || n * 7919 % 100 * (n % 2), "
                "CASE n % 10 WHEN 0 THEN 'user.seen' ELSE 'document.done' || n % 30 END, "
                "CASE WHEN n % 10 > 0 THEN n * 31 % 500 + 1 END, '', '', '' "
                "FROM generate_series(1, CAST(:many AS bigint)) n"
            ),
            {"many": MANY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE documents, events"))
    engine.dispose()
    return database


def looked_at(told: str) -> float:
    """The most rows that a step of the plan has given."""
    return max(float(rows) for rows in re.findall(r"actual rows=([\d.]+)", told))


def test_every_filter_goes_by_an_index_and_stops_when_a_page_is_full(chain: Database) -> None:
    with chain.transaction() as session:
        every = finding.actions_beginning(session, "document.")
    assert len(every) == 27
    for wanted in (
        Wanted(),
        Wanted(actor="user:0"),
        Wanted(actor="user:0", actions=every),
        Wanted(actor="user:0", actions=("document.done2",)),
        Wanted(actions=("document.done3",)),
        Wanted(actions=every),
        Wanted(document_id=9),
        Wanted(first=100, last=9000, actions=every),
        Wanted(last=9000),
    ):
        for newest_first in (True, False):
            ask = partial(finding.numbers, wanted=wanted, limit=50, newest_first=newest_first)
            told = plan(chain, ask)
            assert "Seq Scan on events" not in told, told
            assert looked_at(told) <= 100, told


def test_the_actions_of_the_chain_are_found_without_reading_it(chain: Database) -> None:
    told = plan(chain, partial(finding.actions_beginning, prefix="user."))
    assert "Seq Scan" not in told, told
    assert looked_at(told) <= 40, told


def test_what_may_not_be_seen_is_passed_over_in_steps(
    chain: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PASSED_OVER", 1000)
    wanted, seqs, pages = Wanted(actions=("document.done3",), seen=UNIT.sees), [], 0
    with chain.transaction() as session:
        while True:
            found = finding.page(session, wanted, 50)
            seqs += [event.seq for event, _ in found.events]
            pages += 1
            if found.end is None:
                break
            wanted = Wanted(actions=wanted.actions, seen=wanted.seen, last=found.end - 1)
        right = session.scalars(
            text(
                "SELECT seq FROM events WHERE action = 'document.done3' AND document_id = 7 ORDER BY seq DESC"
            )
        ).all()
    assert seqs == right
    assert pages == 2
