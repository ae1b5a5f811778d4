"""The queue: what is shown, who takes what, and that nobody takes the same."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.auth.permissions import Principal
from api.db.tables import Document, Event
from api.deps import Services
from api.documents import repository
from api.errors import ConflictError, ForbiddenError, InvalidError
from api.review import queue, service
from api.review.schemas import ClaimIn, ItemOut, QueueQuery
from tests.api.review.office import change, many, person, routed, waiting
from tests.api.triaging.papers import actions, paper, register, rows
from triage import types

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def clerk(services: Services) -> Principal:
    return person(services, "Aygün")


def at(services: Services, *, minutes: float = 0) -> Services:
    """The services, so much later."""
    return replace(services, now=lambda: datetime.now(UTC) + timedelta(minutes=minutes))


def item(services: Services, who: Principal, **wanted: str) -> ItemOut:
    found = queue.claim(services, who, ClaimIn.model_validate(wanted)).item
    assert found is not None
    return found


def listed(services: Services, who: Principal, **wanted: object) -> list[str]:
    found = queue.page(services, who, QueueQuery.model_validate(wanted))
    return [one.number for one in found.items]


def test_the_queue_goes_by_priority_then_by_when_somebody_should_have_looked(
    services: Services, clerk: Principal
) -> None:
    late, soon, hurried, danger = many(services, 4)
    change(services, late, look_by=NOW + timedelta(days=1))
    change(services, soon, look_by=NOW)
    change(services, hurried, look_by=NOW + timedelta(days=2), priority=1)
    change(services, danger, look_by=NOW + timedelta(days=3), priority=0)
    assert listed(services, clerk) == [danger, hurried, soon, late]


def test_pages_follow_each_other_without_gap_or_repetition(services: Services, clerk: Principal) -> None:
    numbers = many(services, 5)
    for number in numbers[:3]:
        change(services, number, look_by=NOW)  # the same place but for the id
    seen, cursor = list[str](), None
    for _ in range(3):
        page = queue.page(services, clerk, QueueQuery(limit=2, cursor=cursor))
        seen, cursor = seen + [one.number for one in page.items], page.next
    assert (sorted(seen), cursor) == (sorted(numbers), None)
    for bad in ("x", "WzEsMV0=", "W251bGwsbnVsbCxudWxsXQ==", "é"):
        with pytest.raises(InvalidError):
            queue.page(services, clerk, QueueQuery(cursor=bad))


def test_an_item_tells_what_is_suggested_and_how_it_stands(services: Services, clerk: Principal) -> None:
    text = "Salam. Qonşum hasarı\niki metr bizə çəkib, xahiş edirəm. Sağ olun."
    start = text.index("hasarı")
    spans = (types.Evidence("document_type", 0, 5, 1.0), types.Evidence("subject", start, start + 6, 0.7))
    (number,) = waiting(services, text, evidence=spans, decision="review", review_reasons=("new_topic",))
    (one,) = queue.page(services, clerk, QueueQuery()).items
    assert (one.number, one.suggestion) == (number, paper(services, number).suggestion_id)
    assert (one.department, one.candidates, one.review_reasons, one.certainty) == (
        services.taxonomy.departments[0], [services.taxonomy.departments[0]], ["new_topic"], 0.99,
    )  # fmt: skip
    assert one.gist == "Qonşum hasarı iki metr bizə çəkib, xahiş edirəm."
    assert one.clock.status == "running"
    assert (one.held_by, one.held_by_me, one.returns, one.overdue) == (None, False, 0, False)


def test_a_page_is_one_event_that_names_its_papers(services: Services, clerk: Principal) -> None:
    numbers = many(services, 2)
    listed(services, clerk, urgency="normal")
    with services.database.transaction() as session:
        (event,) = session.query(Event).filter_by(action="queue.listed")
    assert str(sorted(paper(services, number).id for number in numbers)).replace(" ", "") in event.body
    assert '"urgency"' in event.body


def test_a_paper_whose_content_is_gone_has_no_gist(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    with services.database.transaction() as session:
        repository.blank(session, session.get_one(Document, paper(services, number).id))
    assert queue.page(services, clerk, QueueQuery()).items[0].gist is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"office": "gence"}, [1]),
        ({"language": "ru"}, [2]),
        ({"urgency": "high"}, [3]),
        ({"desk": "supervisor"}, [4]),
        ({"document_type": "appeal"}, [5]),
        ({"subject": "fraud"}, [6]),
        ({"assigned": "me"}, [7]),
        ({"assigned": "nobody", "desk": "clerk"}, [0, 1, 2, 3, 5, 6, 8]),
        ({"overdue": True}, [8]),
        ({"department": "cyber"}, []),
        ({"department": "investigation", "desk": "supervisor"}, [4]),
        ({"reason": "urgent"}, []),
        ({"unit": "gence"}, []),
    ],
)
def test_filters(services: Services, clerk: Principal, wanted: dict[str, object], found: list[int]) -> None:
    numbers = many(services, 9)
    columns: list[dict[str, object]] = [
        {}, {"office": "gence"}, {"language": "ru"}, {"urgency": "high"}, {"desk": "supervisor"},
        {"document_type": "appeal"}, {"subject": "fraud"}, {"assigned_to": int(clerk.id[5:])},
        {"look_by": NOW - timedelta(days=900)},
    ]  # fmt: skip
    for number, values in zip(numbers, columns, strict=True):
        if values:
            change(services, number, **values)
    assert sorted(listed(services, clerk, **wanted)) == [numbers[index] for index in found]


def test_filters_by_what_is_suggested(services: Services, clerk: Principal) -> None:
    (sure,) = waiting(services, "bir")
    (unsure,) = waiting(services, "iki", review_reasons=("new_topic", "urgent"), decision="review")
    (there,) = waiting(services, "üç", route=types.Route("territorial", "quba", "R18", "Place"))
    assert listed(services, clerk, reason="urgent") == [unsure]
    assert listed(services, clerk, department="territorial") == [there]
    assert listed(services, clerk, unit="quba") == [there]
    assert item(services, clerk, department="investigation").number in (sure, unsure)


def test_everybody_sees_and_counts_their_own_papers_alone(services: Services, clerk: Principal) -> None:
    here, there, nowhere = many(services, 3)
    change(services, here, office="gence")
    change(services, there, office="quba", desk="supervisor")
    local = person(services, "Local", units=["gence", "lerik"])
    assert listed(services, local) == [here]
    assert listed(services, local, office="quba") == []
    assert [(c.desk, c.urgency, c.papers) for c in queue.counts(services, local)] == [("clerk", "normal", 1)]
    assert [(c.desk, c.papers) for c in queue.counts(services, clerk)] == [("clerk", 2), ("supervisor", 1)]
    assert item(services, local).number == here
    assert nowhere in listed(services, clerk)
    assert queue.claim(services, person(services, "None", units=[]), ClaimIn()).item is None


def test_who_claims_holds_one_paper_and_others_see_it_by_name(services: Services, clerk: Principal) -> None:
    many(services, 2)
    one = item(services, clerk)
    assert (one.held_by, one.held_by_me) == ("Aygün", True)
    assert item(services, clerk).number == one.number  # the same one
    other = person(services, "Kamran")
    assert item(services, other).number != one.number
    shown = {i.number: i.held_by for i in queue.page(services, other, QueueQuery()).items}
    assert shown[one.number] == "Aygün"
    assert queue.claim(services, person(services, "Leyla"), ClaimIn()).item is None
    assert actions(services, paper(services, one.number).id)[-1] == "document.claimed"


def test_a_paper_is_taken_by_its_number(services: Services, clerk: Principal) -> None:
    first, second = many(services, 2)
    assert item(services, clerk, number=second).number == second
    with pytest.raises(ConflictError, match=f"You hold {second}"):
        item(services, clerk, number=first)
    with pytest.raises(ConflictError, match="Aygün holds"):
        item(services, person(services, "Kamran"), number=second)
    routed(services, clerk, second)
    with pytest.raises(ConflictError, match="does not wait"):
        item(services, clerk, number=second)


def test_a_released_paper_is_free_again(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    other = person(services, "Kamran")
    item(services, clerk)
    with pytest.raises(ConflictError, match="only they or a supervisor"):
        queue.release(services, other, number)
    queue.release(services, clerk, number)
    assert item(services, other).number == number
    queue.release(services, person(services, "Head", "supervisor"), number)
    with pytest.raises(ConflictError, match="Nobody"):
        queue.release(services, other, number)


def test_a_session_that_dies_with_a_lease_loses_the_paper_to_another(
    services: Services, clerk: Principal
) -> None:
    (number,) = waiting(services)
    other = person(services, "Kamran")
    item(services, clerk)
    assert queue.claim(at(services, minutes=14), other, ClaimIn()).item is None
    later = at(services, minutes=16)
    assert item(later, other).number == number
    with pytest.raises(ConflictError, match="not hold"):
        queue.heartbeat(later, clerk, number)
    with pytest.raises(ConflictError, match="holds"):
        routed(later, clerk, number)
    assert routed(later, other, number).state == "routed"


def test_signs_of_life_keep_a_paper(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    item(services, clerk)
    queue.heartbeat(at(services, minutes=14), clerk, number)
    other = person(services, "Kamran")
    assert queue.claim(at(services, minutes=20), other, ClaimIn()).item is None
    assert queue.claim(at(services, minutes=30), other, ClaimIn()).item is not None


def test_who_comes_back_after_a_lapsed_lease_holds_one_paper_at_most(
    services: Services, clerk: Principal
) -> None:
    many(services, 3)
    item(services, clerk)
    item(at(services, minutes=20), clerk)
    held = [row for row in rows(services, Document) if row.held_by is not None]
    assert len(held) == 1


def test_ones_own_papers_come_first_then_nobodys_then_those_that_others_left(
    services: Services, clerk: Principal
) -> None:
    theirs, left, free, mine = many(services, 4)
    me, other = int(clerk.id[5:]), int(person(services, "Kamran").id[5:])
    future = datetime.now(UTC) + timedelta(days=1)
    change(services, theirs, assigned_to=other, priority=0, look_by=future)
    change(services, left, assigned_to=other, look_by=NOW - timedelta(days=900))
    change(services, free, look_by=future)
    change(services, mine, assigned_to=me, look_by=future)
    taken = []
    for _ in range(3):
        number = item(services, clerk).number
        taken.append(number)
        routed(services, clerk, number)
    assert taken == [mine, free, left]
    assert queue.claim(services, clerk, ClaimIn()).item is None


def test_a_clerk_takes_what_waits_for_clerks(services: Services, clerk: Principal) -> None:
    (number,) = waiting(services)
    change(services, number, desk="supervisor")
    assert queue.claim(services, clerk, ClaimIn()).item is None
    assert item(services, person(services, "Head", "supervisor"), desk="supervisor").number == number


def test_only_people_hold_papers(services: Services, clerk: Principal) -> None:
    for caller in ("key:3", "user:999"):
        with pytest.raises(ForbiddenError):
            queue.claim(services, replace(clerk, id=caller), ClaimIn())


def test_clerks_at_once_never_hold_one_paper(services: Services) -> None:
    """Six threads claim and decide until nothing waits: every paper is decided on once, by who held it."""
    numbers = many(services, 36)
    clerks = [person(services, f"Clerk{n}", units=None) for n in range(6)]
    taken, wrong, start = list[str](), list[str](), threading.Barrier(6)

    def work(who: Principal) -> None:
        start.wait()
        while (found := queue.claim(services, who, ClaimIn()).item) is not None:
            taken.append(found.number)
            made = routed(services, who, found.number)
            if made.state != "routed":
                wrong.append(found.number)

    threads = [threading.Thread(target=work, args=(who,)) for who in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(taken) == Counter(numbers)
    assert wrong == []


def test_a_clerk_who_clicks_twice_at_once_holds_one_paper(services: Services, clerk: Principal) -> None:
    many(services, 4)
    found, start = list[str](), threading.Barrier(4)

    def work() -> None:
        start.wait()
        found.append(item(services, clerk).number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(found), len(set(found))) == (4, 1)


def test_two_clerks_deciding_on_one_paper_make_one_decision(services: Services) -> None:
    (number,) = waiting(services)
    clerks = [person(services, name) for name in ("A", "B")]
    told, start = list[str](), threading.Barrier(2)

    def work(who: Principal) -> None:
        start.wait()
        try:
            told.append(routed(services, who, number).state)
        except ConflictError:
            told.append("refused")

    threads = [threading.Thread(target=work, args=(who,)) for who in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["refused", "routed"]
    assert [d.kind for d in service.decisions(services, clerks[0], number)] == ["shadow", "person"]


def test_a_copy_of_a_paper_in_danger_comes_first_and_is_found_by_what_the_paper_says(
    services: Services, clerk: Principal
) -> None:
    ordinary, first = waiting(services, "bir", "iki", review_reasons=("urgent",), decision="review")
    change(services, first, urgency="immediate")
    (copy,) = register(services, "iki")
    assert listed(services, clerk) == [copy, ordinary, first], "the copy was put in its place as it came"
    assert copy in listed(services, clerk, reason="urgent")
    department = paper(services, first).suggested_department
    assert copy in listed(services, clerk, department=department)
