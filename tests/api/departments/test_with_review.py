"""Departments and clerks on one paper: what a clerk may still do once the department has answered."""

from __future__ import annotations

import pytest

from api.db.tables import Decision
from api.departments import handovers
from api.departments.schemas import AcceptanceIn, ReturnIn
from api.deps import Services
from api.errors import ConflictError
from api.review import service as review
from api.review.decision_schemas import UndoIn
from tests.api.departments.routed import OFFICER, SUPERVISOR, routed
from tests.api.triaging.papers import paper, rows


def test_a_decision_is_not_undone_once_the_department_has_accepted_or_returned(services: Services) -> None:
    accepted, returned = routed(services, 2)
    first, second = (row.id for row in rows(services, Decision))
    handovers.accept(services, OFFICER, accepted, AcceptanceIn(version=paper(services, accepted).version))
    wanted = ReturnIn(version=paper(services, returned).version, reason="duplicate")
    handovers.give_back(services, OFFICER, returned, wanted)
    for number, decision in ((accepted, first), (returned, second)):
        undo = UndoIn(decision=decision, version=paper(services, number).version)
        with pytest.raises(ConflictError):
            review.undo(services, SUPERVISOR, number, undo)
    assert paper(services, accepted).state == "accepted"
    assert paper(services, returned).state == "review"


def test_what_was_routed_and_not_answered_can_still_be_undone_and_then_not_accepted(
    services: Services,
) -> None:
    (number,) = routed(services)
    seen = paper(services, number).version
    undo = UndoIn(decision=rows(services, Decision)[0].id, version=seen)
    review.undo(services, SUPERVISOR, number, undo)
    assert paper(services, number).state == "review"
    with pytest.raises(Exception, match="no paper"):
        handovers.accept(services, OFFICER, number, AcceptanceIn(version=seen))
