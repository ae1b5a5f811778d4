"""Links: confirmed, refused, taken back, and never a way to a paper that is not the caller's to see."""

from __future__ import annotations

import pytest

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Link
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.related.linking import change, links
from api.related.schemas import LinkIn
from tests.api.papers import CLERK, GENCE, broken_links
from tests.api.related.known import body, person, receive
from tests.api.triaging.papers import actions, paper, rows


def test_a_link_is_confirmed_and_taken_back_by_new_rows(services: Services) -> None:
    first = receive(services, *person(1, name="Əliyev Rəşad", fin="5AB12CD"))
    second = receive(services, *person(2, name="Əliyev Rəşad", fin="5AB12CD"))
    made = change(
        services, CLERK, first, LinkIn(other=second, kind="person", on=True, version=version(services, first))
    )
    assert [(link.other, link.kind, link.on, link.actor) for link in made.links] == [
        (second, "person", True, CLERK.id)
    ]  # fmt: skip
    assert made.version == version(services, first)
    change(services, CLERK, second, LinkIn(other=first, kind="person", on=True))  # is so already
    change(services, CLERK, second, LinkIn(other=first, kind="person", on=False))
    seen = rows(services, Link)
    assert [row.on for row in seen] == [True, False]
    assert {(row.document_id, row.other_id) for row in seen} == {(2, 1)}
    assert seen[0].facts == {"agree": ["fin", "name"]}
    assert [link.on for link in links(services, CLERK, first).links] == [False]
    assert links(services, CLERK, first).chain == []
    assert "document.linked" in actions(services, 1)
    assert broken_links(services) == []


def version(services: Services, number: str) -> int:
    return paper(services, number).version


def test_kinds_are_told_apart_and_another_kind_stays(services: Services) -> None:
    first, second = receive(services, body(1)), receive(services, body(2))
    for kind, on in (("case", True), ("person", True), ("person", False)):
        change(services, CLERK, first, LinkIn.model_validate({"other": second, "kind": kind, "on": on}))
    told = {link.kind: link.on for link in links(services, CLERK, second).links}
    assert told == {"case": True, "person": False}


def test_a_chain_leads_nowhere_past_a_paper_that_is_not_seen(services: Services) -> None:
    a = receive(services, body(1), office="gence")
    b = receive(services, body(2), office="sumqayit")
    c = receive(services, body(3), office="gence")
    change(services, CLERK, a, LinkIn(other=b, kind="person", on=True))
    change(services, CLERK, b, LinkIn(other=c, kind="case", on=True))
    assert links(services, CLERK, a).chain == [b, c]
    for number in (a, c):
        told = links(services, GENCE, number)
        assert (told.links, told.chain) == ([], [])
    with pytest.raises(NotFoundError):
        links(services, GENCE, b)
    with pytest.raises(NotFoundError):
        change(services, GENCE, a, LinkIn(other=b, kind="person", on=False))


def test_what_cannot_be_linked_is_told(services: Services) -> None:
    first, second = receive(services, body(1)), receive(services, body(2))
    with pytest.raises(InvalidError):
        change(services, CLERK, first, LinkIn(other=first, kind="case", on=True))
    with pytest.raises(ConflictError):
        change(services, CLERK, first, LinkIn(other=second, kind="case", on=True, version=99))
    with pytest.raises(NotFoundError):
        change(services, CLERK, first, LinkIn(other="2026-B-9", kind="case", on=True))
    officer = Principal("user:9", "", "officer", ROLE_PERMISSIONS["officer"], department="d")
    with pytest.raises(ForbiddenError):
        change(services, officer, first, LinkIn(other=second, kind="case", on=True))
    assert rows(services, Link) == []
