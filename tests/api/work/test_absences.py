"""Absences: one's own or of people whose work one manages; deputies who fit, and never in a circle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.auth.permissions import Permission, Principal
from api.db.tables import Absence, Event
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.work import absences
from api.work.schemas import AbsenceIn, ListQuery
from tests.api.departments.routed import SUPERVISOR
from tests.api.triaging.papers import rows
from tests.api.work.people import TODAY, absent, at, person, principal

DAY = timedelta(days=1)
KEY = Principal("key:1", "", "key", frozenset({Permission.READ}))


def test_people_write_down_and_cancel_their_own_absence(services: Services) -> None:
    still, clerk = at(services), person(services)
    deputy = person(services)
    made = absent(still, clerk, deputy, TODAY, TODAY + 9 * DAY)
    assert (made.user.id, made.deputy and made.deputy.id, made.last) == (clerk, deputy, TODAY + 9 * DAY)
    who = principal(services, clerk)
    assert absences.page(still, who, ListQuery()).items == [made]
    for _ in range(2):
        assert absences.cancel(still, who, made.id).cancelled_at == still.now()
    assert absences.page(still, who, ListQuery()).items == []
    with services.database.transaction() as session:
        told = [event.action for event in session.query(Event).order_by(Event.seq)]
    assert told == ["chain.started", "absence.made", "absence.cancelled"]


def test_supervisors_manage_the_absences_of_their_units_and_others_only_their_own(services: Services) -> None:
    still = at(services)
    clerk, other = person(services, units=["gence"]), person(services, units=["seki"])
    gence = replace(SUPERVISOR, units=frozenset({"gence"}))
    made = absences.make(still, gence, AbsenceIn(user=clerk, first=TODAY, last=TODAY))
    far = absent(still, other)
    for who, target in (
        (gence, other), (principal(services, clerk), other), (KEY, other), (KEY, None), (SUPERVISOR, None),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            absences.make(still, who, AbsenceIn(user=target, first=TODAY + DAY, last=TODAY + DAY))
    assert [a.id for a in absences.page(still, gence, ListQuery()).items] == [made.id]
    assert [a.id for a in absences.page(still, SUPERVISOR, ListQuery()).items] == [made.id, far.id]
    assert absences.page(still, KEY, ListQuery()).items == []
    for who in (gence, principal(services, clerk), KEY):
        with pytest.raises(NotFoundError):
            absences.cancel(still, who, far.id)
    assert absences.cancel(still, SUPERVISOR, far.id).cancelled_at is not None


def test_a_list_goes_on_page_by_page_and_leaves_out_what_is_over(services: Services) -> None:
    still = at(services)
    made = [absent(still, person(services)) for _ in range(3)]
    first = absences.page(still, SUPERVISOR, ListQuery(limit=2))
    rest = absences.page(still, SUPERVISOR, ListQuery(limit=2, cursor=first.next))
    assert ([*first.items, *rest.items], rest.next) == (made, None)
    assert absences.page(at(services, still.now() + DAY), SUPERVISOR, ListQuery()).items == []


def test_overlapping_absences_are_refused(services: Services) -> None:
    still, clerk = at(services), person(services)
    made = absent(still, clerk, None, TODAY + DAY, TODAY + 3 * DAY)
    for first, last in ((0, 1), (3, 9), (2, 2), (0, 9)):
        with pytest.raises(ConflictError, match="already"):
            absent(still, clerk, None, TODAY + first * DAY, TODAY + last * DAY)
    absent(still, clerk, None, TODAY, TODAY)
    absences.cancel(still, principal(services, clerk), made.id)
    absent(still, clerk, None, TODAY + 2 * DAY, TODAY + 4 * DAY)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY - DAY),
        (TODAY - 3 * DAY, TODAY - DAY),
        (TODAY, TODAY + 400 * DAY),
        (TODAY + 800 * DAY, TODAY + 801 * DAY),
        (date.min, date.max),
    ],
)
def test_days_that_make_no_sense_are_refused(services: Services, first: date, last: date) -> None:
    with pytest.raises(InvalidError):
        absent(at(services), person(services), None, first, last)
    assert rows(services, Absence) == []


def test_a_deputy_is_somebody_else_who_can_do_all_of_it(services: Services) -> None:
    still, clerk = at(services), person(services, units=["gence", "seki"])
    for deputy in (
        clerk, person(services, "supervisor"), person(services, units=["gence"]), person(services, "administrator"),
        10**12,
    ):  # fmt: skip
        with pytest.raises(InvalidError, match="deputy"):
            absent(still, clerk, deputy)
    absent(still, clerk, person(services, units=["gence", "seki", "quba"]))
    everywhere = person(services)
    with pytest.raises(InvalidError, match="deputy"):
        absent(still, everywhere, person(services, units=["gence"]))
    officer = person(services, "officer", department="cyber")
    with pytest.raises(InvalidError, match="deputy"):
        absent(still, officer, person(services, "officer", department="baku"))


def test_deputies_in_a_circle_are_refused_on_days_that_they_share(services: Services) -> None:
    still = at(services)
    first, second, third = (person(services) for _ in range(3))
    absent(still, first, second, TODAY, TODAY + 5 * DAY)
    absent(still, second, third, TODAY + 3 * DAY, TODAY + 9 * DAY)
    with pytest.raises(ConflictError, match="circle"):
        absent(still, third, first, TODAY + 5 * DAY, TODAY + 6 * DAY)
    with pytest.raises(ConflictError, match="circle"):
        absent(still, second, first, TODAY, TODAY + DAY)
    absent(still, third, first, TODAY + 6 * DAY, TODAY + 7 * DAY)
