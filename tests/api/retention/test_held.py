"""The list of papers under a legal hold."""

from __future__ import annotations

import pytest

from api.deps import Services
from api.errors import ForbiddenError
from api.retention import service
from tests.api.papers import CLERK, letter
from tests.api.retention.support import GENCE, LEYLA, closed, events, hold


def test_papers_that_are_held_now_are_listed_the_latest_hold_first(services: Services) -> None:
    first, second, third = closed(services, *(letter(n) for n in range(3)))
    for number in (first, second, third):
        hold(services, number)
    hold(services, first, on=False)
    hold(services, second, on=False)
    hold(services, second)
    page = service.held_papers(services, LEYLA, limit=1)
    assert [item.number for item in page.items] == [second]
    rest = service.held_papers(services, LEYLA, page.next)
    assert [(item.number, item.document_type) for item in rest.items] == [(third, "complaint")]
    assert rest.next is None
    assert events(services)[-1][0] == "holds.read"
    assert service.held_papers(services, GENCE).items == [], "papers of others do not exist"
    with pytest.raises(ForbiddenError):
        service.held_papers(services, CLERK)
