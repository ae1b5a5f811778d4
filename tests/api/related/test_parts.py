"""Parts of papers: told of once, erased with their whole, and read by the department that has it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from api.auth.permissions import Principal
from api.db.tables import Delivery, Event, NoticeOrder, Webhook
from api.departments import handovers
from api.departments.schemas import ReturnIn
from api.deps import Services
from api.documents import erasing, service
from api.documents.schemas import ReachOut
from api.errors import ConflictError, NotFoundError
from api.related.linking import links
from api.retention import service as retention
from api.retention.schemas import HoldIn
from api.review import opening
from api.review import service as review
from api.search import service as search
from api.search.schemas import SearchQuery
from tests.api.departments.routed import ELSEWHERE, OFFICER, SUPERVISOR, route
from tests.api.papers import broken_links
from tests.api.related.known import body, receive
from tests.api.related.test_merging import join
from tests.api.related.test_splitting import bundle, change, cut
from tests.api.triaging.papers import paper, rows


def erased(services: Services, number: str) -> dict[str, object]:
    """What the event of a paper's erasure says, but for the ground and the original."""
    with services.database.transaction() as session:
        mine = Event.document_id == paper(services, number).id
        (body_,) = session.scalars(select(Event.body).where(mine, Event.action == "document.erased"))
    details = json.loads(body_)["details"]
    return {name: value for name, value in details.items() if name not in ("ground", "original_kept", "heir")}


def merged(services: Services, department: str = "investigation") -> tuple[str, str]:
    """A paper that was routed to a department, and one that was merged into it before."""
    whole, part = (receive(services, body(seed), office="gence") for seed in (1, 2))
    join(services, whole, part)
    route(services, whole, department)
    return whole, part


def test_the_sender_of_a_paper_that_is_split_is_told_once_and_messages_name_the_whole(
    services: Services,
) -> None:
    office = replace(services, settings=services.settings.model_copy(update={"notices": "automatic"}))
    with services.database.transaction() as session:
        kinds = ["paper.registered", "decision.made"]
        session.add(
            Webhook(url="https://x.example", secret=b"", kinds=kinds, units=None, created_by="user:1")
        )
    number = bundle(office)
    parts = cut(office, number, (1, 2), (3, 5)).parts
    whole = paper(services, number)
    assert [(row.document_id, row.kind) for row in rows(services, NoticeOrder)] == [(whole.id, "registered")]
    told = [json.loads(row.body) for row in rows(services, Delivery)]
    assert [(one["type"], one["data"]["number"], one["data"].get("part_of")) for one in told] == [
        ("paper.registered", number, None), ("paper.registered", parts[0], number),
        ("paper.registered", parts[1], number), ("decision.made", number, None),
    ]  # fmt: skip
    assert {service.get(services, SUPERVISOR, part).part_of for part in parts} == {number}


def test_an_erasure_reaches_the_parts_and_the_events_name_them(services: Services) -> None:
    number = bundle(services)
    parts = cut(services, number, (1, 2), (3, 5)).parts
    change(services, parts[1])
    deeper = cut(services, parts[1], (1, 1), (2, 3)).parts
    letter = receive(services, body(1), office="gence")
    change(services, parts[0])
    join(services, parts[0], letter)
    everything = [number, *parts, *deeper, letter]
    ids = {each: paper(services, each).id for each in everything}
    told = erasing.reach(services, SUPERVISOR, number)
    assert (told.part_of, sorted(told.parts), told.merged) == (None, sorted([*parts, *deeper]), [letter])
    service.erase(services, SUPERVISOR, number, "Order 1 of a court", merged=True)
    assert {paper(services, each).state for each in everything} == {"erased"}
    assert erased(services, number) == {"parts": sorted(ids[each] for each in everything[1:])}
    assert all(erased(services, each) == {"of": ids[number]} for each in everything[1:])
    assert broken_links(services) == []


def test_letters_of_others_that_were_merged_into_it_stay(services: Services) -> None:
    whole, part = merged(services)
    service.erase(services, SUPERVISOR, whole, "Order 1 of a court")
    assert (paper(services, whole).state, paper(services, part).state) == ("erased", "closed")
    assert erased(services, whole) == {}
    assert service.text(services, SUPERVISOR, part).pages


def test_a_part_that_is_held_keeps_all_of_it(services: Services) -> None:
    number = bundle(services)
    parts = cut(services, number, (1, 2), (3, 5)).parts
    retention.hold(services, SUPERVISOR, parts[1], HoldIn(on=True, reason="a case before a court"))
    with pytest.raises(ConflictError, match="a part of it, is under a legal hold"):
        service.erase(services, SUPERVISOR, number, "Order 1 of a court")
    assert paper(services, number).state == "closed"
    assert paper(services, parts[0]).state == "registered"


def test_of_a_part_alone_the_event_names_the_whole_that_stays(services: Services) -> None:
    number = bundle(services)
    parts = cut(services, number, (1, 2), (3, 5)).parts
    assert erasing.reach(services, SUPERVISOR, parts[0]) == ReachOut(part_of=number, parts=[], merged=[])
    shown = service.erase(services, SUPERVISOR, parts[0], "Order 1 of a court")
    assert (shown.state, shown.part_of) == ("erased", number)
    assert erased(services, parts[0]) == {"part_of": paper(services, number).id}
    assert [paper(services, each).state for each in (number, parts[1])] == ["closed", "registered"]


def test_parts_that_one_may_not_see_are_not_erased_unseen(services: Services) -> None:
    number = bundle(services)
    parts = cut(services, number, (1, 2), (3, 5)).parts
    change(services, parts[1], office="seki")
    with pytest.raises(ConflictError, match="not yours to see"):
        service.erase(services, replace(SUPERVISOR, units=frozenset({"gence"})), number, "Order 1 of a court")
    assert paper(services, parts[0]).state == "registered"


def test_a_department_reads_what_was_merged_into_its_paper(services: Services) -> None:
    whole, part = merged(services)
    assert service.get(services, OFFICER, part).part_of == whole
    assert service.text(services, OFFICER, part).pages
    service.original(services, OFFICER, part).stream.close()
    assert [row.action for row in review.decisions(services, OFFICER, part)] == ["merge"]
    assert opening.opened(services, OFFICER, part).part_of == whole
    assert [(link.other, link.part) for link in links(services, OFFICER, whole).links] == [(part, part)]


def test_it_stands_in_no_list_of_the_department_and_is_nobody_elses(services: Services) -> None:
    whole, part = merged(services)
    listed = [item.number for item in service.page(services, OFFICER, {}, None, 50).items]
    found = search.search(services, OFFICER, SearchQuery(q=f"number:{part}")).items
    assert (listed, found) == ([whole], [])

    def refused(who: Principal, number: str) -> None:
        with pytest.raises(NotFoundError):
            service.text(services, who, number)

    refused(ELSEWHERE, part)
    refused(replace(OFFICER, units=frozenset({"seki"})), part)
    other = bundle(services)
    piece = cut(services, other, (1, 2), (3, 5)).parts[0]
    route(services, piece, "investigation")
    refused(OFFICER, other)  # the whole holds more than the part that the department has
    version = paper(services, whole).version
    handovers.give_back(services, OFFICER, whole, ReturnIn(version=version, reason="misrouted_subject"))
    refused(OFFICER, part)
