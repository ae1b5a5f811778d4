"""Blind samples: drawn by chance, judged without the machine's answer, told only when all are judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.auth.permissions import Principal
from api.automation.interval import clopper_pearson
from api.db.tables import Document
from api.deps import Services
from api.documents import service as documents
from api.documents.sight import is_hidden
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.supervision import figures, sampling
from api.supervision.figure_schemas import FigureQuery
from api.supervision.records import record
from api.supervision.sample_schemas import SampleIn, SampleOut, VerdictIn
from tests.api.papers import broken_links
from tests.api.supervision.desk import AYGUN, LOCAL, NIGAR, OTHER, SUPERVISOR, send_back, switch_on, triaged
from tests.api.triaging.papers import Rule, paper, rule


@pytest.fixture
def by(services: Services) -> Rule:
    found = rule(services)
    switch_on(services, found)
    return found


def wanted(services: Services, **changes: Any) -> SampleIn:
    now = services.now()
    return SampleIn(
        **{"size": 3, "since": now - timedelta(days=1), "until": now + timedelta(days=1), **changes}
    )


def verdict(services: Services, department: str, **changes: Any) -> VerdictIn:
    taxonomy = services.taxonomy
    labels = {
        "document_type": taxonomy.document_types[0], "subject": taxonomy.subjects[0],
        "urgency": taxonomy.urgencies[0], "department": department,
    }  # fmt: skip
    return VerdictIn(**{**labels, **changes})


def judge(services: Services, who: Principal, department: str) -> str:
    """Judge the next item; the number of its paper."""
    found = sampling.next_item(services, who)
    assert found.item is not None
    assert found.number is not None
    sampling.judge(services, who, found.item, verdict(services, department))
    return found.number


def result(services: Services, sample: SampleOut) -> SampleOut:
    return sampling.get(services, SUPERVISOR, sample.id)


def test_the_same_seed_draws_the_same_sample_in_the_same_order(services: Services, by: Rule) -> None:
    triaged(services, by, 12)
    first, again, other = (
        sampling.draw(services, SUPERVISOR, wanted(services, size=6, seed=seed)) for seed in (5, 5, 6)
    )
    numbers = [[item.number for item in sample.items or []] for sample in (first, again, other)]
    assert (first.population, first.size, len(set(numbers[0]))) == (12, 6, 6)
    assert numbers[0] == numbers[1] != numbers[2]
    assert broken_links(services) == []


def test_every_decision_is_as_likely_to_be_drawn(services: Services, by: Rule) -> None:
    triaged(services, by, 6)
    drawn: dict[str, int] = {}
    for seed in range(60):
        for item in sampling.draw(services, SUPERVISOR, wanted(services, size=2, seed=seed)).items or []:
            drawn[item.number] = drawn.get(item.number, 0) + 1
    assert len(drawn) == 6
    assert all(8 <= count <= 34 for count in drawn.values())  # 20 are expected: 1 in 10 000 is beyond


def test_a_sample_is_of_automatic_decisions_of_the_period_that_one_sees_with_content(
    services: Services, by: Rule
) -> None:
    gone, returned, *_ = triaged(services, by, 4)
    documents.erase(services, SUPERVISOR, gone, "order 1 of a court")
    send_back(services, returned)
    drawn = sampling.draw(services, SUPERVISOR, wanted(services, size=100))
    assert (drawn.population, drawn.size) == (3, 3)
    assert returned in {
        item.number for item in drawn.items or []
    }  # it was an error: to be found, not left out
    for changes in (
        {"subject": services.taxonomy.subjects[-1]},
        {"until": services.now() - timedelta(hours=1)},
    ):
        with pytest.raises(ConflictError):
            sampling.draw(services, SUPERVISOR, wanted(services, **changes))
    with pytest.raises(ConflictError):
        sampling.draw(services, LOCAL, wanted(services))
    with pytest.raises(InvalidError):
        sampling.draw(services, SUPERVISOR, wanted(services, since=services.now() + timedelta(days=2)))


def test_nothing_is_claimed_before_all_are_judged(services: Services, by: Rule) -> None:
    triaged(services, by, 5)
    sample = sampling.draw(services, SUPERVISOR, wanted(services))
    other = services.taxonomy.departments[1]
    judge(services, AYGUN, by.department)
    judge(services, NIGAR, other)
    told = result(services, sample)
    assert (told.result.judged, told.result.complete, told.result.total) == (2, False, None)
    assert sorted(item.department or "" for item in told.items or []) == ["", by.department, by.department]
    judge(services, AYGUN, by.department)
    told = result(services, sample)
    assert told.result.total is not None
    low, high = clopper_pearson(1, 3)
    assert (told.result.total.judged, told.result.total.errors) == (3, 1)
    assert (told.result.total.low, told.result.total.high) == pytest.approx((low, high), abs=1e-6)
    assert [(row.value, row.errors) for row in told.result.departments] == [(by.department, 1)]
    assert [(row.value, row.errors) for row in told.result.subjects] == [(by.subject, 1)]
    assert sampling.next_item(services, AYGUN).item is None
    assert broken_links(services) == []


def test_a_paper_erased_after_the_draw_is_told_and_does_not_hold_up_the_rest(
    services: Services, by: Rule
) -> None:
    triaged(services, by, 3)
    sample = sampling.draw(services, SUPERVISOR, wanted(services))
    documents.erase(services, SUPERVISOR, (sample.items or [])[0].number, "order 1 of a court")
    for _ in range(2):
        judge(services, AYGUN, by.department)
    told = result(services, sample).result
    assert (told.complete, told.gone, told.judged) == (True, 1, 2)


def test_who_drew_or_was_shown_the_answer_does_not_judge(services: Services, by: Rule) -> None:
    (number,) = triaged(services, by, 1)
    documents.text(services, NIGAR, number)
    documents.suggestion(services, AYGUN, number)
    sampling.draw(services, SUPERVISOR, wanted(services))
    assert sampling.next_item(services, SUPERVISOR).item is None
    assert sampling.next_item(services, AYGUN).item is None
    assert sampling.next_item(services, replace(NIGAR, id="user:5", units=frozenset({"gence"}))).item is None
    assert sampling.next_item(services, NIGAR).number == number  # the text alone says nothing of the answer


def test_who_sees_a_paper_by_the_unit_it_was_routed_to_does_not_judge_it(
    services: Services, by: Rule
) -> None:
    numbers = triaged(services, by, 2)
    with services.database.transaction() as session:
        for number, office in zip(numbers, ("baki", "gence"), strict=True):
            document = session.get_one(Document, paper(services, number).id)
            document.office, document.unit = office, "gence"
    sampling.draw(services, SUPERVISOR, wanted(services))
    local = replace(NIGAR, units=frozenset({"gence"}))
    assert judge(services, local, by.department) == numbers[1]
    assert sampling.next_item(services, local).item is None


def test_an_open_item_blinds_its_reader_until_it_is_judged(services: Services, by: Rule) -> None:
    (number,) = triaged(services, by, 1)
    id_ = paper(services, number).id
    sampling.draw(services, SUPERVISOR, wanted(services))

    def blind(who: Principal) -> bool:
        with services.database.transaction() as session:
            return is_hidden(session, who, session.get_one(Document, id_))

    assert not blind(OTHER)
    found = sampling.next_item(services, OTHER)
    assert sampling.next_item(services, OTHER) == found  # the same until it is judged
    assert sampling.next_item(services, NIGAR).item is None  # one reader is enough
    assert (blind(OTHER), blind(SUPERVISOR), blind(NIGAR)) == (True, False, False)
    with pytest.raises(ConflictError, match="blind"):
        record(services, OTHER, number)
    sampling.judge(services, OTHER, found.item or 0, verdict(services, by.department))
    assert not blind(OTHER)
    assert record(services, OTHER, number).steps


def test_an_item_that_lies_for_a_day_goes_to_another_and_only_one_verdict_counts(
    services: Services, by: Rule
) -> None:
    triaged(services, by, 1)
    sampling.draw(services, SUPERVISOR, wanted(services))
    slow = sampling.next_item(services, AYGUN).item
    later = replace(services, now=lambda: services.now() + timedelta(days=1, seconds=1))
    assert sampling.next_item(later, NIGAR).item == slow
    sampling.judge(later, NIGAR, slow or 0, verdict(services, by.department))
    with pytest.raises(ConflictError, match="no verdict"):
        sampling.judge(later, AYGUN, slow or 0, verdict(services, by.department))


def test_two_readers_who_differ_are_settled_by_a_supervisor(services: Services, by: Rule) -> None:
    triaged(services, by, 2)
    sample = sampling.draw(services, SUPERVISOR, wanted(services, size=2, readers=2))
    right, other = by.department, services.taxonomy.departments[1]
    for _ in range(2):
        judge(services, AYGUN, right)
    judge(services, NIGAR, right)
    judge(services, NIGAR, other)
    told = result(services, sample).result
    assert (told.judged, told.to_settle, told.complete) == (1, 1, False)
    assert sampling.next_item(services, replace(AYGUN, id="user:5")).item is None  # not a supervisor
    assert sampling.next_item(services, OTHER).settles
    judge(services, OTHER, other)
    told = result(services, sample).result
    assert told.total is not None
    assert (told.complete, told.total.judged, told.total.errors) == (True, 2, 1)
    assert (told.agreement.pairs, told.agreement.agreed, told.agreement.kappa) == (2, 1, 0.0)
    rows = figures.get(
        services, SUPERVISOR, "agreement", FigureQuery(until=services.now() + timedelta(1))
    ).rows
    assert [(row["field"], row["pairs"], row["agreed"], row["kappa"]) for row in rows] == [
        ("department", 2, 1, 0.0), ("document_type", 2, 2, None), ("subject", 2, 2, None), ("urgency", 2, 2, None)
    ]  # fmt: skip


def test_a_verdict_is_of_the_taxonomy_and_on_the_open_item_and_given_once(
    services: Services, by: Rule
) -> None:
    triaged(services, by, 2)
    sampling.draw(services, SUPERVISOR, wanted(services))
    item = sampling.next_item(services, AYGUN).item or 0
    unitless = next(
        d for d in services.taxonomy.departments
        if not any(r.department == d and r.unit_from_territory for r in services.taxonomy.rules)
    )  # fmt: skip
    for changes in ({"department": "kitchen"}, {"subject": "x"}, {"department": unitless, "unit": "gence"}):
        with pytest.raises(InvalidError):
            sampling.judge(
                services, AYGUN, item, verdict(services, **{"department": by.department, **changes})
            )
    for who, other in ((AYGUN, item + 1), (NIGAR, item), (AYGUN, 999)):
        with pytest.raises(NotFoundError):
            sampling.judge(services, who, other, verdict(services, by.department))
    sampling.judge(services, AYGUN, item, verdict(services, by.department))
    with pytest.raises(ConflictError, match="already"):
        sampling.judge(services, AYGUN, item, verdict(services, by.department))


def test_who_sees_a_part_of_the_sample_is_told_no_rate(services: Services, by: Rule) -> None:
    triaged(services, by, 1)
    sample = sampling.draw(services, SUPERVISOR, wanted(services))
    judge(services, AYGUN, by.department)
    told = sampling.get(services, LOCAL, sample.id)
    assert (told.result.not_yours, told.result.total, told.items) == (1, None, [])


def test_clerks_draw_nothing_and_samples_are_paged(services: Services, by: Rule) -> None:
    triaged(services, by, 1)
    with pytest.raises(ForbiddenError):
        sampling.draw(services, AYGUN, wanted(services))
    drawn = [sampling.draw(services, SUPERVISOR, wanted(services)).id for _ in range(3)]
    first = sampling.page(services, SUPERVISOR, None, 2)
    assert [sample.id for sample in first.items] == drawn[:0:-1]
    assert [s.id for s in sampling.page(services, SUPERVISOR, first.next, 2).items] == drawn[:1]
    with pytest.raises(NotFoundError):
        sampling.get(services, SUPERVISOR, 10**6)
