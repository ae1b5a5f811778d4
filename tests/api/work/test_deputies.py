"""Who could stand in: people who can do all that the absent person does."""

from __future__ import annotations

import pytest

from api.deps import Services
from api.errors import NotFoundError
from api.work import absences
from tests.api.departments.routed import SUPERVISOR
from tests.api.work.people import person, principal


def test_deputies_have_the_same_role_and_see_as_much(services: Services) -> None:
    me, alike = person(services, units=["gence"]), person(services, units=["gence", "seki"])
    everything = person(services)
    for other in ({"units": ["seki"]}, {"role": "supervisor"}, {"role": "officer", "department": "cyber"}):
        person(services, **other)
    found = absences.deputies(services, principal(services, me))
    assert {each.id for each in found} == {alike, everything}
    assert absences.deputies(services, SUPERVISOR, me) == found
    with pytest.raises(NotFoundError):
        absences.deputies(services, principal(services, me), alike)
