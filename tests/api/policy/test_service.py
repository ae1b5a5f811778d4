"""Rules are proposed, tried, approved by another person, and then hold for all that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.permissions import ROLE_PERMISSIONS, SYSTEM, Principal
from api.db.tables import Event, Suggestion
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnavailableError
from api.intake.calendar import baku_date
from api.policy import service
from api.policy.rulebook import Rulebook
from api.policy.schemas import PolicyIn, RefusalIn, RulesIn
from api.triaging.replay import Replayer
from api.triaging.service import triage
from tests.api.papers import broken_links
from tests.api.policy.support import ONE, OTHER, REASON, Changes, by_rules, later, proposed, rules
from tests.api.review.office import person, routed
from tests.api.triaging.papers import TEXT, paper, register, rows

TO_BAKU: Changes = {"R13": {"to": "baku"}}
WHY = RefusalIn(reason="Not agreed with the departments")


def came(services: Services, count: int, subject: str = "cybercrime") -> list[str]:
    numbers = register(services, *(f"{TEXT} {subject} {n}" for n in range(count)))
    for number in numbers:
        triage(services, by_rules(services, subject), paper(services, number).id)
    return numbers


def test_the_bundle_s_rules_hold_until_others_are_approved(services: Services) -> None:
    found = service.in_force(services, ONE)
    assert (found.version, found.policy, found.fits, len(found.rules)) == ("1", None, True, 20)
    assert next(d for d in found.departments if d.id == "cyber").rules == ["R13"]
    made = proposed(services, TO_BAKU)
    assert (made.state, made.base, made.approvable) == ("proposed", "1", False)
    assert service.get(services, OTHER, made.id).approvable
    assert services.taxonomy.version == "1"


def test_a_trial_shows_each_route_that_changes(services: Services) -> None:
    numbers = came(services, 2)
    came(services, 3, "labour")
    made = proposed(services, TO_BAKU)
    tried = service.trial(services, OTHER, made.id)
    assert (tried.papers, tried.changed, tried.decided, tried.other_rule) == (5, 2, 0, 0)
    assert [c.number for c in tried.changes] == numbers[::-1]
    first = tried.changes[0]
    assert (first.basis, first.before.department, first.after.department) == ("suggested", "cyber", "baku")
    assert {c.department: (c.before, c.after) for c in tried.departments} == {
        "cyber": (2, 0), "baku": (0, 2), "non_criminal": (3, 3),
    }  # fmt: skip
    assert service.trial(services, OTHER, made.id, papers=3).changed == 0, "the newest three are others"
    assert rows_of(services, "policy.tried") == 2


def test_a_trial_goes_by_what_people_decided_too(services: Services) -> None:
    one, two = came(services, 2)
    clerk = person(services, "Aygün")
    routed(services, clerk, one, subject="fraud", department="baku", reason="wrong_subject")
    routed(services, clerk, two, subject="cybercrime", department="baku", reason="wrong_department")
    made = proposed(services, TO_BAKU)
    tried = service.trial(services, OTHER, made.id)
    assert (tried.changed, tried.decided, tried.agree_before, tried.agree_after) == (2, 2, 0, 1)
    assert [(c.number, c.basis, c.decided) for c in tried.changes] == [
        (two, "suggested", "baku"), (two, "decided", "baku"), (one, "suggested", "baku"),
    ]  # fmt: skip


def test_rules_can_be_tried_before_they_are_proposed(services: Services) -> None:
    came(services, 1)
    tried = service.preview(services, ONE, RulesIn(rules=rules(services, TO_BAKU)))
    assert (tried.papers, tried.changed) == (1, 1)


def test_what_a_second_person_approves_takes_effect_from_its_moment(services: Services) -> None:
    made = proposed(services, TO_BAKU)
    with pytest.raises(ForbiddenError, match="yourself"):
        service.approve(services, ONE, made.id)
    done = service.approve(services, OTHER, made.id)
    assert done.state == "coming"
    assert services.taxonomy.version == "1", "not at once: every process must know of it first"
    after = later(services, seconds=20)
    assert after.taxonomy.version == f"1+p{made.id}"
    assert service.get(after, ONE, made.id).state == "in_force"
    assert service.in_force(after, ONE).policy == made.id
    with pytest.raises(ConflictError, match="ended"):
        service.approve(services, OTHER, made.id)
    assert broken_links(services) == []


def test_the_day_that_was_proposed_is_waited_for(services: Services) -> None:
    day = baku_date(services.now()) + timedelta(days=3)
    made = proposed(services, TO_BAKU, day)
    service.approve(services, OTHER, made.id)
    assert later(services, days=1).taxonomy.version == "1"
    assert later(services, days=4).taxonomy.version == f"1+p{made.id}"
    with pytest.raises(InvalidError, match="Choose that day or a later one"):
        proposed(services, {"R12": {"to": "citizen_appeals"}})


def test_papers_are_suggested_and_replayed_by_the_rules_that_they_name(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "models" / "test" / "1.0.0").mkdir(parents=True)
    settings = services.settings.model_copy(update={"models": tmp_path / "models"})
    now = replace(services, settings=settings)
    bundle = by_rules(services, "cybercrime")
    before, after_it = register(services, "Birinci ərizə", "İkinci ərizə")
    triage(now, bundle.in_force(now), paper(services, before).id)
    made = proposed(services, TO_BAKU)
    service.approve(services, OTHER, made.id)
    then = later(now, seconds=20)
    triage(then, bundle.in_force(then), paper(services, after_it).id)
    told = [(row.policy, row.facts["department"]) for row in rows(services, Suggestion)]
    assert told == [("1", "cyber"), (f"1+p{made.id}", "baku")]
    replayer = Replayer(then, SYSTEM, lambda _folder, _sha256: bundle)
    assert [replayer.replay(number).outcome for number in (before, after_it)] == ["same", "same"]


def test_nothing_is_triaged_by_rules_that_do_not_fit_the_bundle(services: Services) -> None:
    number = register(services, TEXT)[0]
    made = proposed(services, TO_BAKU)
    service.approve(services, OTHER, made.id)
    then = later(services, seconds=20)
    fewer = replace(services.taxonomy, departments=services.taxonomy.departments[:-3])
    other = replace(then, rulebook=Rulebook(services.database, fewer))
    suggester = by_rules(services, "cybercrime").in_force(other)
    with pytest.raises(UnavailableError, match="active bundle does not have"):
        triage(other, suggester, paper(services, number).id)
    assert paper(services, number).state == "registered"
    assert not service.in_force(other, ONE).fits


def test_a_change_of_what_has_changed_meanwhile_is_refused(services: Services) -> None:
    first, second = proposed(services, TO_BAKU), proposed(services, {"R12": {"to": "citizen_appeals"}})
    service.approve(services, OTHER, first.id)
    with pytest.raises(ConflictError, match="Other rules were approved"):
        service.approve(services, OTHER, second.id)
    assert service.refuse(services, ONE, second.id, WHY).state == "refused"
    with pytest.raises(ConflictError, match="since you began"):
        service.propose(services, ONE, wanted(services, base="1"))
    third = proposed(services, {"R12": {"to": "citizen_appeals"}})
    assert (third.base, third.rules[12].to) == (f"1+p{first.id}", "baku"), "it goes on from what was approved"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"reason": "       "}, "reason"),
        ({"days": -1}, "is over"),
        ({"kind": "same"}, "Change something"),
        ({"kind": "bad"}, "unknown department"),
    ],
)
def test_what_cannot_be_proposed_is_told(services: Services, how: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidError, match=told):
        service.propose(services, ONE, wanted(services, **how))


def wanted(
    services: Services, reason: str = REASON, days: int = 0, kind: str = "", base: str | None = None
) -> PolicyIn:
    kinds: dict[str, Changes] = {"same": {}, "bad": {"R13": {"to": "nowhere"}}}
    changes = kinds.get(kind, TO_BAKU)
    since = baku_date(services.now()) + timedelta(days=days)
    return PolicyIn(rules=rules(services, changes), reason=reason, since=since, base=base)


@pytest.mark.parametrize("role", ["clerk", "officer", "administrator"])
def test_only_supervisors_change_rules(services: Services, role: str) -> None:
    who = Principal("user:9", "X", role, ROLE_PERMISSIONS[role])
    made = proposed(services, TO_BAKU)
    calls: list[Callable[[], object]] = [
        lambda: service.propose(services, who, wanted(services)),
        lambda: service.page(services, who),
        lambda: service.get(services, who, made.id),
        lambda: service.trial(services, who, made.id),
        lambda: service.approve(services, who, made.id),
        lambda: service.refuse(services, who, made.id, WHY),
    ]
    for call in calls:
        with pytest.raises(ForbiddenError):
            call()
    with pytest.raises(NotFoundError):
        service.get(services, ONE, 999)


def test_proposals_are_listed_page_by_page(services: Services) -> None:
    made = [proposed(services, {"R12": {"to": to}}).id for to in ("citizen_appeals", "baku", "cyber")]
    first = service.page(services, ONE, limit=2)
    rest = service.page(services, ONE, first.next, limit=2)
    assert [row.id for row in (*first.items, *rest.items)] == made[::-1]
    assert rest.next is None


def rows_of(services: Services, action: str) -> int:
    with services.database.transaction() as session:
        return session.query(Event).filter(Event.action == action).count()
