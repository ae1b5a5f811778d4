"""Papers that become parts of another one; what is refused, and how it is taken back."""

from __future__ import annotations

import pytest

from api.db.tables import Decision, Link
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.related.linking import links
from api.related.merging import merge
from api.related.schemas import MergeIn, PartsOut
from api.related.service import related
from tests.api.papers import CLERK, GENCE, broken_links
from tests.api.related.known import body, receive
from tests.api.related.test_splitting import change, held, undo
from tests.api.triaging.papers import actions, paper, rows


def join(services: Services, number: str, *others: str, version: int | None = None) -> PartsOut:
    """Merge papers into one as it is now."""
    wanted = {"with": list(others), "version": version or paper(services, number).version}
    return merge(services, CLERK, number, MergeIn.model_validate(wanted))


def three(services: Services) -> list[str]:
    return [receive(services, body(seed), office="gence") for seed in (1, 2, 3)]


def test_papers_become_parts_by_a_decision_each(services: Services) -> None:
    whole, one, other = three(services)
    made = join(services, whole, other, one)
    assert (made.state, made.version, made.parts) == ("review", paper(services, whole).version, [other, one])
    for number in (one, other):
        part = paper(services, number)
        assert (part.state, part.part_of, part.department) == ("closed", 1, None)
        assert part.closed_at is not None
        assert "document.merged" in actions(services, part.id)
    decisions = {row.document_id: row for row in rows(services, Decision)}
    assert {row.action for row in decisions.values()} == {"merge"}
    assert [decisions[n].facts for n in (2, 3)] == [{"of": 1}, {"of": 1}]
    assert all(row.suggestion_id is not None for row in decisions.values())
    assert {(row.document_id, row.other_id, row.kind) for row in rows(services, Link)} == {
        (2, 1, "part"), (3, 1, "part"),
    }  # fmt: skip
    assert {link.part for link in links(services, CLERK, whole).links} == {one, other}
    assert broken_links(services) == []


def test_a_copy_is_decided_on_by_the_suggestion_that_it_is_shown_with(services: Services) -> None:
    whole, read = receive(services, body(1)), receive(services, body(2))
    copy = receive(services, body(2))
    join(services, whole, copy)
    (decision,) = rows(services, Decision)
    assert paper(services, copy).suggestion_id is None
    assert decision.suggestion_id == paper(services, read).suggestion_id is not None


def test_papers_of_different_rights_are_not_merged(services: Services) -> None:
    whole, _, _ = three(services)
    elsewhere = receive(services, body(4), office="sumqayit")
    with pytest.raises(ConflictError, match="different offices or units"):
        join(services, whole, elsewhere)
    with pytest.raises(NotFoundError):
        merge(services, GENCE, whole, MergeIn.model_validate({"with": [elsewhere], "version": 1}))
    assert rows(services, Decision) == []
    assert paper(services, elsewhere).state == "review"


def test_who_merges_says_which_rule_is_in_the_way(services: Services) -> None:
    whole, one, other = three(services)
    for wrong in ([whole], [one, one]):
        with pytest.raises(InvalidError):
            join(services, whole, *wrong)
    with pytest.raises(ConflictError, match="changed"):
        join(services, whole, one, version=99)
    change(services, one, state="routed")
    with pytest.raises(ConflictError, match="decided"):
        join(services, whole, one)
    change(services, one, state="reading")
    with pytest.raises(ConflictError, match="being read"):
        join(services, whole, one)
    held(services, one)
    with pytest.raises(ConflictError, match="held"):
        join(services, whole, other, one)
    change(services, one, desk="supervisor")
    with pytest.raises(ForbiddenError, match="supervisor"):
        join(services, whole, one)
    change(services, one)
    join(services, one, other)
    with pytest.raises(ConflictError, match="parts itself"):
        join(services, whole, one)
    assert {paper(services, number).state for number in (whole, one)} == {"review"}


def test_a_merge_is_taken_back(services: Services) -> None:
    whole, one, _ = three(services)
    join(services, whole, one)
    before = paper(services, whole).version
    undo(services, one)
    part = paper(services, one)
    assert (part.state, part.part_of) == ("review", None)
    assert paper(services, whole).version > before
    assert [link.on for link in links(services, CLERK, whole).links] == [False]
    assert broken_links(services) == []


def test_a_part_and_its_whole_are_not_proposed_to_each_other(services: Services) -> None:
    text = body(1, 120)
    whole, part = (receive(services, text + end) for end in (" Bir.", " İki."))
    assert [p.other for p in related(services, CLERK, whole).proposals] == [part]
    join(services, whole, part)
    assert related(services, CLERK, whole).proposals == []
