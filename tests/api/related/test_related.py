"""What is kept of papers, what is proposed by it, and groups of petitions."""

from __future__ import annotations

import stat
from typing import Any

import pytest
from sqlalchemy import text

from api.auth.permissions import ROLE_PERMISSIONS, Principal
from api.db.tables import Trait
from api.deps import Services
from api.errors import ForbiddenError, GoneError, NotFoundError
from api.related import service
from api.related.linking import change
from api.related.schemas import LinkIn, Proposal
from api.related.traits import facts
from tests.api.papers import BAKI, CLERK, GENCE
from tests.api.related.known import body, note, person, receive
from tests.api.triaging.papers import actions, paper

NAME = "Əliyev Rəşad Kamal oğlu"
FIN, PHONE, BIRTH = "5AB12CD", "+994501234567", "1985-11-08"


def proposed(services: Services, number: str, who: Principal = CLERK) -> list[Proposal]:
    return service.related(services, who, number).proposals


def told(proposals: list[Proposal]) -> list[tuple[str, str, list[str]]]:
    """Other paper, kind, and what agrees."""
    return [(p.other, p.kind, [agreed.trait for agreed in p.ground]) for p in proposals]


def traits(services: Services) -> list[tuple[int, str, bytes]]:
    with services.database.transaction() as session:
        return sorted((t.document_id, t.kind, t.key) for t in session.query(Trait))


def test_traits_are_keyed_hashes_and_a_new_run_replaces_them(services: Services) -> None:
    number = receive(
        services, *person(1, name=NAME, fin=FIN, phone=PHONE, birth=BIRTH, case="1(009)-123/2026")
    )
    kept = traits(services)
    kinds = [kind for _, kind, _ in kept]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "birth": 1, "case": 1, "fin": 1, "name": 1, "near": 16, "phone": 1,
    }  # fmt: skip
    assert all(len(key) == 16 for _, _, key in kept)
    note(services, number)
    assert traits(services) == kept
    key = services.keys_folder / "secrets.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()  # with another key nothing of it is the same: the database alone tells no number
    note(services, number)
    assert not {k for _, _, k in traits(services)} & {k for _, _, k in kept}


def test_what_is_forgotten_is_gone(services: Services) -> None:
    number = receive(services, *person(1, name=NAME, fin=FIN))
    with services.database.transaction() as session:
        service.forget(session, paper(services, number).id)
    assert traits(services) == []


def test_only_whose_matter_it_is_counts_by_name(services: Services) -> None:
    pages = {"pages": [{"page": 1, "text": "x" * 100}]}
    base: dict[str, Any] = {"start": 0, "end": 1, "page": 1, "value": None}

    def names(*roles: str | None) -> list[str]:
        given = ["Əliyev Rəşad", "Quliyev Kamal", "Həsənova Nigar"]
        found = [base | {"label": "PERSON", "text": n, "role": r} for n, r in zip(given, roles, strict=True)]
        return [fact.shown for fact in facts(pages, {"entities": found, "language": "az"})]

    assert names("applicant", "complained_of", None) == ["Ə. R."]
    assert names(None, "complained_of", None) == ["Ə. R.", "H. N."]


def test_the_same_bytes_and_nearly_the_same_words_are_proposed(services: Services) -> None:
    petition = body(1, 120)
    first = receive(services, petition)
    copy = receive(services, petition)
    variant = receive(services, petition.replace("qonşu", "qohum", 3) + " Hörmətlə, sakinlər.")
    receive(services, body(2, 120))
    found = proposed(services, first)
    assert told(found) == [(copy, "duplicate", ["bytes"]), (variant, "near", ["text"])]
    assert 0.4 < found[1].score < 1
    assert {other for other, _, _ in told(proposed(services, variant))} == {first, copy}
    assert told(proposed(services, copy)) == [(first, "duplicate", ["bytes"]), (variant, "near", ["text"])]


def test_one_person_is_known_by_fin_or_name_with_another_fact(services: Services) -> None:
    first = receive(services, *person(1, name=NAME, fin=FIN, phone=PHONE))
    by_fin = receive(services, *person(2, name="ЭЛИЕВ РАШАД", fin=FIN))
    by_phone = receive(services, *person(3, name="Aliyev Reshad", phone=PHONE))
    found = proposed(services, first)
    assert told(found) == [
        (by_fin, "person", ["fin", "name"]), (by_phone, "person", ["phone", "name"]),
    ]  # fmt: skip
    shown = [agreed.value for agreed in found[0].ground + found[1].ground]
    assert shown == ["5A•••", "Ə. R. K. o.", "+994•••67", "Ə. R. K. o."]
    assert told(proposed(services, by_fin)) == [(first, "person", ["fin", "name"])]


@pytest.mark.parametrize(
    "other",
    [
        {"fin": FIN},
        {"name": NAME},
        {"phone": PHONE},
        {"phone": PHONE, "birth": BIRTH},
        {"name": NAME, "phone": PHONE, "fin": "7XY98ZW"},
    ],
)
def test_one_number_or_name_alone_ties_nothing_nor_does_a_name_against_the_fin(
    services: Services, other: dict[str, str]
) -> None:
    first = receive(services, *person(1, name=NAME, fin=FIN, phone=PHONE, birth=BIRTH))
    receive(services, *person(2, **other))
    assert proposed(services, first) == []


def test_what_many_papers_share_ties_no_persons(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    first = receive(services, *person(1, name=NAME, phone=PHONE))
    second = receive(services, *person(2, name=NAME, phone=PHONE))
    for seed in range(3, 6):
        receive(services, *person(seed, phone=PHONE))
    assert told(proposed(services, first)) == [(second, "person", ["phone", "name"])]
    monkeypatch.setattr("api.related.proposing.COMMON", 3)
    assert proposed(services, first) == []


def test_a_case_number_is_a_proposal_with_its_ground_if_it_is_long_enough(services: Services) -> None:
    first = receive(services, *person(1, case="1(009)-123/2026"))
    second = receive(services, *person(2, case="1 (009) - 123/2026"))
    receive(services, *person(3, case="1(009)-124/2026"))
    (found,) = proposed(services, first)
    assert told([found]) == [(second, "case", ["case", "subject"])]
    assert found.ground[0].value == "•••2026"
    short = receive(services, *person(4, case="42/1"))
    receive(services, *person(5, case="42/1"))
    assert proposed(services, short) == []


def test_only_papers_that_the_caller_sees_are_proposed(services: Services) -> None:
    petition = body(1, 120)
    mine = receive(services, petition, office="gence")
    theirs = receive(services, petition + " Sakinlər.", office="sumqayit")
    copy = receive(services, petition + " Sakinlər.", office="gence")
    assert {p.other for p in proposed(services, mine)} == {theirs, copy}
    assert told(proposed(services, mine, GENCE)) == [(copy, "near", ["text"])]  # it was read as the other one
    with pytest.raises(NotFoundError):
        service.related(services, BAKI, mine)


def test_a_pair_that_was_decided_on_is_not_proposed_again(services: Services) -> None:
    first = receive(services, *person(1, name=NAME, fin=FIN, case="1(009)-123/2026"))
    second = receive(services, *person(2, name=NAME, fin=FIN, case="1(009)-123/2026"))
    change(services, CLERK, second, LinkIn(other=first, kind="person", on=False))
    assert [p.kind for p in proposed(services, first)] == ["case"]
    change(services, CLERK, first, LinkIn(other=second, kind="case", on=True))
    assert proposed(services, first) == proposed(services, second) == []


def test_every_look_is_recorded_and_erased_papers_have_nothing_to_show(services: Services) -> None:
    number = receive(services, body(1))
    service.related(services, CLERK, number)
    assert actions(services, paper(services, number).id)[-1] == "document.related_read"
    with services.database.transaction() as session:
        session.execute(text("UPDATE documents SET state = 'erased', desk = NULL, look_by = NULL"))
    with pytest.raises(GoneError):
        service.related(services, CLERK, number)
    with pytest.raises(ForbiddenError):
        service.related(
            services, Principal("user:9", "", "administrator", ROLE_PERMISSIONS["administrator"]), number
        )


def test_petitions_of_many_are_grouped_the_largest_first(services: Services) -> None:
    big = [receive(services, body(1, 120) + f" Sakin nömrə {n}", office="gence") for n in range(4)]
    receive(services, body(1, 120) + " Sakin nömrə 9", office="sumqayit")
    small = [receive(services, "Qısa yazı.", office="gence") for _ in range(2)]  # the same bytes
    receive(services, body(5, 120), office="gence")
    found = service.groups(services, GENCE)
    assert [(group.number, group.size) for group in found.groups] == [(big[0], 4), (small[0], 2)]
    assert (found.groups[0].numbers, found.looked_at) == (big, 7)
    assert [group.size for group in service.groups(services, CLERK, limit=1).groups] == [5]
    assert service.groups(services, BAKI).groups == []


def test_a_group_is_not_held_together_by_a_paper_that_is_not_seen(services: Services) -> None:
    """a ~ b ~ c, where a and c have little in common: without b they are no group."""
    words = body(1, 150).split()
    a, b, c = (" ".join(words[n : n + 100]) for n in (0, 25, 50))
    first = receive(services, a, office="gence")
    receive(services, b, office="sumqayit")
    receive(services, c, office="gence")
    assert [(group.number, group.size) for group in service.groups(services, CLERK).groups] == [(first, 2)]
    assert service.groups(services, GENCE).groups == []
