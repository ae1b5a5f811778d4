"""What is found, by whom, and in which order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Document, Event, SearchEntry
from api.deps import Services
from api.errors import ForbiddenError, InvalidError
from api.search import repository, service
from tests.api.papers import BAKI, CLERK, GENCE
from tests.api.search.papers import NOW, ask, numbers, put

LETTER = "Bakı şəhər məhkəməsinə\nVətəndaş Əliyevin şikayəti. Qonşum hasarı iki metr bizə çəkib."


FORMS = [
    "Əliyev", "eliyev", "ƏLİYEVƏ", "Әлијев", "Алиев", "Алиевым", "Aliyev", "mehkeme", "məhkəmələrdə", "мәһкәмә",
    "qonşu hasar", "gonsu HASARLAR", "bakı əliyev", '"qonşum hasarı"', '"iki metr', "hasar -polis", "eliyev -",
    "-polis hasar",
]  # fmt: skip


def test_a_word_is_found_in_every_form_and_script(services: Services) -> None:
    number = put(services, LETTER, ("PERSON", "Əliyevin"))
    put(services, "Maaşım verilmir.")
    for q in FORMS:
        assert numbers(services, q) == [number], q


@pytest.mark.parametrize(
    "q", ["polis", "qonşu polis", '"hasarı qonşum"', '"metr hasarı"', "hasar -qonşum", "əliyevskaya"]
)
def test_what_does_not_fit_is_not_found(services: Services, q: str) -> None:
    put(services, LETTER)
    assert numbers(services, q) == []


def test_russian_and_latin_find_each_other(services: Services) -> None:
    russian = put(services, "Прошу суд рассмотреть заявление гражданина Гасанова.", ("PERSON", "Гасанова"))
    latin = put(services, "Vətəndaş Həsənovun ərizəsi", ("PERSON", "Həsənovun"))
    assert numbers(services, "суде") == [russian]
    assert numbers(services, "zayavleniem") == [russian]
    assert set(numbers(services, "Həsənov")) == set(numbers(services, "Гасановым")) == {russian, latin}


@pytest.mark.parametrize("q", ["Elyev", "əliyyv", "memedov vüqra", "hasar elyev"])
def test_a_slip_in_a_name_is_forgiven_where_nothing_fits(services: Services, q: str) -> None:
    number = put(services, LETTER, ("PERSON", "Əliyev Vüqar Məmmədov"))
    [item] = ask(services, q).items
    assert (item.number, item.by) == (number, "likeness")


def test_the_sender_is_found_before_anything_was_read(services: Services) -> None:
    number = put(services, "", sender="Zəhra Quliyeva", external_reference="12-3/456")
    for q in ("quliyeva", "Кулиева", "12-3/456", "123456", "number:12-3"):
        assert numbers(services, q) == [number]


NUMBERS = [
    ("2026-B-000001", True), ("2026 b 000001", True), ("number:2026-B-0000", True), ("number:2026", True),
    ("number:2025", False), ("number:000001", False), ("case:1(093)-21/2026", True), ("case:1093", True),
    ("case:21/2026", False), ("1(093)-21/2026", True), ("5ABC12D", True), ("5abc12d", True),
    ("+994 50 123 45 67", True),
    ("050 123 45 67", True), ("501234567", True), ("0501234568", False), ("45/2024-7", True), ("ADY@example.az", True),
    ("number:", False), ("case:", False), ("number:- hasar", True),
]  # fmt: skip


def test_numbers_are_found_however_they_are_written(services: Services) -> None:
    number = put(
        services,
        "İş 45/2024-7 üzrə hasar",
        ("CASE_NO", "1(093)-21/2026"),
        ("FIN", "5ABC12D"),
        ("PHONE", "+994 (50) 123-45-67"),
        ("EMAIL", "ady@example.az"),
    )
    for q, there in NUMBERS:
        assert numbers(services, q) == [number] * there, q


ODD = [
    "", " ", "'", "''", '"', '""', "\\", "a\\'b", "':*", "<->", "a <-> b", "!", "-", "--", "- -", '-"', "&|!()", "%",
    "_", ":",
    "number:'", "case:\"x", "🙂", "\x00", "a\x00b", "\u202eabc", "ə" * 200, "a " * 100, "-a -b -c", '"' * 100, "(((((",
    "1/", "/1",
    "NOT x", "a:A", "a:*", "@0/0", "m/24315", "~x", "r/x", "n/1", "日本語 العربية", "1" * 200, "+994 " * 40,
]  # fmt: skip


def test_nothing_that_is_typed_is_an_error(services: Services) -> None:
    put(services, LETTER)
    for q in ODD:
        page = ask(services, q)
        assert page.found == len(page.items) == 0, q


def test_only_what_may_be_seen_is_found(services: Services) -> None:
    mine = put(services, LETTER, office="gence")
    routed = put(services, LETTER, office="baki", unit="gence", department="investigation")
    hidden = put(services, LETTER, office="baki")
    officer = Principal("user:9", "", "officer", ROLE_PERMISSIONS["officer"], None, "investigation")
    assert set(numbers(services, "hasar", GENCE)) == {mine, routed}
    assert numbers(services, "hasar", officer) == [routed]
    assert numbers(services, "hasar", BAKI) == numbers(services, "hasra", BAKI) == []
    assert set(numbers(services, "hasar")) == {mine, routed, hidden}
    assert ask(services, "hasar", GENCE).found == 2


def test_who_may_not_read_papers_may_not_search(services: Services) -> None:
    administrator = Principal("user:8", "", "administrator", ROLE_PERMISSIONS["administrator"])
    with pytest.raises(ForbiddenError):
        ask(services, "hasar", administrator)


def test_filters_narrow_what_is_found(services: Services) -> None:
    columns: dict[str, Any] = {
        "state": "accepted", "office": "sheki", "unit": "qax", "department": "d1", "document_type": "complaint",
        "subject": "fraud", "urgency": "urgent", "language": "ru",
    }  # fmt: skip
    number = put(services, LETTER, **columns, received_at=NOW - timedelta(days=40))
    put(services, LETTER)
    for column, value in columns.items():
        assert numbers(services, "hasar", **{column: value}) == [number]
        other: Any = {column: "closed" if column == "state" else "other"}
        assert numbers(services, "hasar", **other) == []
    assert numbers(services, "hasar", number=number) == numbers(services, "", number=number) == [number]
    assert numbers(services, "hasar", number="2026_") == []


def test_a_period_is_of_receipt(services: Services) -> None:
    at = [
        datetime(2025, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
    ]
    found = [put(services, LETTER, received_at=moment) for moment in at]
    assert numbers(services, "hasar", received_from=at[1], received_to=at[2]) == [found[1]]
    assert numbers(services, "hasar", received_from=at[1]) == [found[2], found[1]]
    assert numbers(services, "hasar", received_to=at[1]) == [found[0]]
    assert numbers(services, "hasar", received_from=at[2], received_to=at[0]) == []
    assert (
        numbers(services, "hasar", received_from=datetime(1, 1, 1, tzinfo=UTC), received_to=NOW)
        == found[::-1]
    )


def test_the_best_come_first_and_those_as_good_newest_first(services: Services) -> None:
    passing = [put(services, "Kağızlar arasında Quliyevin adı keçir. " + "söz " * n) for n in (40, 40)]
    named = put(services, "Ərizə", ("PERSON", "Quliyevin"))
    assert numbers(services, "quliyev") == [named, *passing[::-1]]


def test_pages_go_on_where_the_last_one_ended_though_papers_come_in_between(services: Services) -> None:
    there = [put(services, LETTER) for _ in range(5)]
    first = ask(services, "hasar", limit=2)
    put(services, LETTER)
    second = ask(services, "hasar", limit=2, cursor=first.next)
    third = ask(services, "hasar", limit=2, cursor=second.next)
    assert [item.number for page in (first, second, third) for item in page.items] == there[::-1]
    assert (first.found, first.more, third.next) == (5, False, None)


@pytest.mark.parametrize("cursor", ["x", "MQ==", "MC4x", "MS4w", "ə", "OTk5OTkuMQ==", "LTEuMQ=="])
def test_a_strange_cursor_is_refused(services: Services, cursor: str) -> None:
    with pytest.raises(InvalidError):
        ask(services, "hasar", cursor=cursor)


def test_more_than_are_ranked_are_told(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "RANKED", 3)
    found = [put(services, LETTER) for _ in range(5)]
    page = ask(services, "hasar")
    assert ([item.number for item in page.items], page.found, page.more) == (found[:1:-1], 3, True)


def test_a_search_is_recorded_without_its_words(services: Services) -> None:
    put(services, LETTER)
    ask(services, "Əliyevin hasarı", state="routed", limit=1)
    ask(services, "quliyeva")
    with services.database.transaction() as session:
        events = session.scalars(select(Event).where(Event.action == "search.made").order_by(Event.seq)).all()
    assert [json.loads(event.body)["details"] for event in events] == [
        {"count": 1, "documents": [1], "filters": ["state"]},
        {"count": 0, "documents": [], "filters": []},
    ]
    assert all(event.actor == CLERK.id and "liyev" not in event.body for event in events)


def test_what_is_forgotten_is_not_found(services: Services) -> None:
    put(services, LETTER)
    with services.database.transaction() as session:
        service.forget(session, 1)
        service.forget(session, 2)
    assert numbers(services, "hasar") == []
    with services.database.transaction() as session:
        assert session.scalars(select(SearchEntry)).all() == []


def test_a_paper_that_is_read_again_is_found_by_what_was_read_last(services: Services) -> None:
    put(services, LETTER)
    with services.database.transaction() as session:
        document = session.get_one(Document, 1)
        service.index(session, document, {"pages": [{"page": 1, "text": "Maaş"}]}, {})
    assert numbers(services, "hasar") == []
    assert numbers(services, "maaş") == ["2026-B-000001"]


def test_a_paper_of_any_length_is_indexed(services: Services) -> None:
    long = " ".join(f"söz{n}ə{n * 7919:x}" for n in range(120_000)) + " son"
    number = put(services, "başlanğıc " + long)
    assert numbers(services, "başlanğıc") == [number]
    with services.database.transaction() as session:
        assert session.scalars(text("SELECT pg_column_size(terms) FROM search_entries")).one() < 2**20
