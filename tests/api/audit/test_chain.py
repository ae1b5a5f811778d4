"""Appending to the chain: whole under concurrency, in the transaction, nothing that cannot stand there."""

from __future__ import annotations

import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.audit.chain import CHAIN_LOCK, START, ZERO, append, link_hash
from api.db.session import Database
from api.db.tables import Batch, Event
from tests.api.audit.conftest import Office, Tamper


class UndoneError(Exception):
    """Ends a transaction."""


def chain(database: Database) -> list[Event]:
    with database.transaction() as session:
        return list(session.scalars(select(Event).order_by(Event.seq)))


def actions(database: Database) -> list[str]:
    return [event.action for event in chain(database)]


def test_the_first_event_begins_the_chain_with_a_salt(office: Office) -> None:
    office.happen()
    start, first = chain(office.database)
    assert (start.seq, start.action, start.previous) == (1, START, ZERO)
    assert len(json.loads(start.body)["details"]["salt"]) == 32
    assert (first.seq, first.previous) == (2, start.hash)


def test_a_link_is_the_hash_of_the_one_before_and_of_its_canonical_content(office: Office) -> None:
    with office.database.transaction() as session:
        append(
            session, "key:3", "document.registered", 41, number="2026-B-000001", sizes=[1, 2], urgent=False
        )
    event = chain(office.database)[-1]
    at = json.loads(event.body)["at"]
    assert event.body == (
        f'{{"action":"document.registered","actor":"key:3","at":"{at}","details":{{"number":"2026-B-000001",'
        '"sizes":[1,2],"urgent":false},"document":41,"seq":2,"v":1}'
    )
    assert event.hash == link_hash(event.previous, event.body)
    assert (event.actor, event.action, event.document_id) == ("key:3", "document.registered", 41)


def test_eight_threads_make_one_chain_without_gaps(office: Office) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(office.happen, [1, 2] * 40))
    assert [event.seq for event in chain(office.database)] == list(range(1, 3 * 40 + 2))
    assert office.verify().verdict == "whole"


def test_events_of_one_transaction_are_written_in_their_order(office: Office) -> None:
    with office.database.transaction() as session:
        for action in ("a.one", "a.two", "a.three"):
            append(session, "system", action)
    assert actions(office.database) == [START, "a.one", "a.two", "a.three"]


def test_what_is_rolled_back_leaves_no_event_and_no_gap(office: Office) -> None:
    with contextlib.suppress(UndoneError), office.database.transaction() as session:
        append(session, "system", "never.happened")
        raise UndoneError
    office.happen()
    assert actions(office.database) == [START, "document.read"]


def test_a_savepoint_takes_its_events_with_it_or_hands_them_on(office: Office) -> None:
    with office.database.transaction() as session:
        append(session, "system", "before.it")
        with contextlib.suppress(UndoneError), session.begin_nested():
            append(session, "system", "in.undone")
            with session.begin_nested():
                append(session, "system", "in.undone_deeper")
            raise UndoneError
        with session.begin_nested(), session.begin_nested():
            append(session, "system", "in.kept")
        append(session, "system", "after.it")
    assert actions(office.database) == [START, "before.it", "in.kept", "after.it"]


def test_nothing_passes_from_one_transaction_of_a_session_to_the_next(office: Office) -> None:
    with Session(office.database.engine) as session:
        append(session, "system", "never.happened")
        session.rollback()
        append(session, "system", "never.either")
        session.close()
        append(session, "system", "did.happen")
        session.commit()
        session.commit()
    assert actions(office.database) == [START, "did.happen"]


def test_the_lock_is_taken_after_all_other_work_and_so_in_no_deadlock(office: Office) -> None:
    """A writer that has appended but not committed keeps nobody waiting."""
    with office.database.transaction() as slow:
        append(slow, "system", "slow.work")
        slow.add(Batch(actor="system", size=1))
        thread = threading.Thread(target=office.happen)
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert actions(office.database) == [START, "document.read", "slow.work"]


def test_writers_wait_for_each_other(office: Office) -> None:
    office.happen()
    with office.database.engine.begin() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
        thread = threading.Thread(target=office.happen)
        thread.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        with office.database.engine.connect() as watcher:
            while not watcher.scalar(waiting):
                watcher.rollback()
        assert thread.is_alive()
    thread.join(timeout=30)
    assert len(chain(office.database)) == 3


def test_time_does_not_go_back_when_the_clock_does(office: Office, tamper: Tamper) -> None:
    office.happen()
    tamper(
        "UPDATE events SET at = at + interval '1 day' WHERE seq = 2"
    )  # as good as a clock set back by a day
    office.happen()
    before, after = chain(office.database)[1:]
    assert after.at == before.at
    assert json.loads(after.body)["details"] == {"number": 0, "clock": "behind"}


@pytest.mark.parametrize(
    ("actor", "action", "details"),
    [
        ("Ayan Əliyeva", "document.read", {}),
        ("user:12", "read", {}),
        ("user:12", "Document.Read", {}),
        ("user:12", "document.read", {"score": 0.5}),
        ("user:12", "document.read", {"deep": [{"score": 1.0}]}),
        ("user:12", "document.read", {"text": "x" * 201}),
        ("user:12", "document.read", {"deep": {"k" * 201: 1}}),
        ("user:12", "document.read", {"number": 2**53}),
        ("user:12", "document.read", {"text": "\ud800"}),
    ],
)
def test_what_cannot_stand_in_the_chain_is_refused_at_once(
    office: Office, actor: str, action: str, details: dict[str, Any]
) -> None:
    with office.database.transaction() as session, pytest.raises(ValueError, match=r"\w"):
        append(session, actor, action, **details)
    assert actions(office.database) == []


@pytest.mark.parametrize(
    "word", ["'; DROP TABLE events; --", "\x00\x1f", "%s %(x)s :name", "😀ə\u2028", '"\\']
)
def test_hostile_words_stay_data(office: Office, word: str) -> None:
    with office.database.transaction() as session:
        append(session, "user:1", "document.read", word=word)
    assert json.loads(chain(office.database)[-1].body)["details"] == {"word": word}
    assert office.verify().verdict == "whole"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'user:8'", "DELETE FROM events", "TRUNCATE events CASCADE",
        "ALTER TABLE events DISABLE TRIGGER ALL", "DROP TABLE events CASCADE",
        "SET session_replication_role = replica", "CREATE TABLE other (a int)",
    ],
)  # fmt: skip
def test_the_service_itself_cannot_change_the_chain(office: Office, statement: str) -> None:
    office.happen()
    with (
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        office.database.engine.begin() as c,
    ):
        c.execute(text(statement))
    assert office.verify().verdict == "whole"
