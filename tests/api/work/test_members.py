"""Supervisors see who is there, who has how much to do, and say who reads what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.deps import Services
from api.errors import ForbiddenError, InvalidError, NotFoundError
from api.work import members
from api.work.schemas import ListQuery, MemberChange
from tests.api.departments.routed import CLERK, SUPERVISOR
from tests.api.work.people import TODAY, absent, arrive, at, disable, person


def test_members_are_told_with_load_absence_and_deputy(services: Services) -> None:
    still = at(services)
    clerk, deputy = person(services, reads=["az"]), person(services)
    officer = person(services, "officer", department="cyber")
    person(services, "administrator")
    disable(services, person(services))
    arrive(still, assigned_to=clerk)
    arrive(still, assigned_to=clerk)
    absent(still, clerk, deputy)
    told = members.page(still, SUPERVISOR, ListQuery())
    assert [(m.id, m.load) for m in told.items] == [(clerk, 2), (deputy, 0), (officer, 0)]
    first = told.items[0]
    assert (first.reads, first.absent_until, first.deputy and first.deputy.id) == (["az"], TODAY, deputy)
    assert (told.items[1].absent_until, told.items[2].department) == (None, "cyber")


def test_a_supervisor_with_units_sees_the_people_of_these(services: Services) -> None:
    near = person(services, units=["gence"])
    person(services, units=["gence", "seki"])
    person(services)
    who = replace(SUPERVISOR, units=frozenset({"gence"}))
    assert [m.id for m in members.page(services, who, ListQuery()).items] == [near]


def test_members_come_page_by_page(services: Services) -> None:
    ids = [person(services) for _ in range(3)]
    first = members.page(services, SUPERVISOR, ListQuery(limit=2))
    rest = members.page(services, SUPERVISOR, ListQuery(limit=2, cursor=first.next))
    assert ([m.id for m in [*first.items, *rest.items]], rest.next) == (ids, None)


def test_a_supervisor_says_which_languages_somebody_reads(services: Services) -> None:
    clerk = person(services, units=["gence"])
    told = members.change(services, SUPERVISOR, clerk, MemberChange(reads=["ru", "az", "ru"]))
    assert told.reads == ["az", "ru"]
    assert members.change(services, SUPERVISOR, clerk, MemberChange(reads=None)).reads is None
    with pytest.raises(InvalidError, match="klingon"):
        members.change(services, SUPERVISOR, clerk, MemberChange(reads=["klingon"]))
    far = replace(SUPERVISOR, units=frozenset({"seki"}))
    with pytest.raises(NotFoundError):
        members.change(services, far, clerk, MemberChange(reads=["az"]))
    with pytest.raises(ForbiddenError):
        members.change(services, CLERK, clerk, MemberChange(reads=["az"]))
    with pytest.raises(NotFoundError):
        members.change(services, SUPERVISOR, person(services, "administrator"), MemberChange(reads=["az"]))
