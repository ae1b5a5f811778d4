"""A demo that is filled is an installation like any other, only that all of it is made."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth.context import Auth
from api.auth.signin import Credentials, sign_in
from api.db.tables import Decision, Document, Event, Handover, Sample, User
from api.demo import home
from api.demo.filling import fill
from api.demo.home import Made
from api.demo.papers import file_of, samples
from api.deps import Services
from api.errors import ConflictError
from tests.api.papers import broken_links
from tests.api.triaging.papers import rows, rule

_MADE = re.compile(r"Nümunə (Kargüzar|Əməkdaş|Nəzarətçi) \d|Nümunə İnzibatçı|system")


def test_papers_are_invented_and_come_as_files_of_all_kinds() -> None:
    found = samples()
    assert len({sample.id for sample in found}) == len(found) > 60
    assert len({file_of(sample, n).channel for n, sample in enumerate(found[:8])}) > 3
    assert Counter(sample.family for sample in found).most_common(1)[0][1] > 10


def test_weeks_of_history_are_made_and_provable(services: Services) -> None:
    begun = services.now()
    home.write(services.settings.home, Made(begun))
    by = rule(services, department="non_criminal", subject="labour")
    made = fill(services, by.suggester, samples()[:20], lambda _: None)

    papers = rows(services, Document)
    states = Counter(paper.state for paper in papers)
    assert {"review", "accepted", "closed", "failed"} <= states.keys()
    assert all(begun - timedelta(weeks=5) < paper.registered_at <= services.now() for paper in papers)
    assert all(
        9 <= paper.registered_at.astimezone(ZoneInfo("Asia/Baku")).hour < 18
        for paper in papers
        if paper.sender is not None
    )
    assert {decision.kind for decision in rows(services, Decision)} >= {"person", "shadow", "policy"}
    assert {handover.kind for handover in rows(services, Handover)} >= {"accepted"}
    assert rows(services, Sample)
    assert all(_MADE.fullmatch(user.name) for user in rows(services, User))
    assert all(_MADE.fullmatch(decision.actor_name) for decision in rows(services, Decision))

    with services.database.transaction() as session:
        assert all(event.at > begun for event in session.query(Event))  # the chain tells no made time
    assert broken_links(services) == []
    with pytest.raises(ConflictError):
        fill(services, by.suggester, samples()[:1], lambda _: None)
    _can_sign_in(services, made)


def _can_sign_in(services: Services, made: Made) -> None:
    auth, now = Auth.make(services), datetime.now(UTC)
    for each in made.logins:
        code = home.code(services.settings.home, each.login, now)[0] if each.totp else None
        opened = sign_in(auth, Credentials(each.login, made.password, code, "127.0.0.1"), now)
        assert opened.signed_in.required == ()


def test_every_page_of_a_demo_says_that_it_is_one(services: Services) -> None:
    words = {"az": "nümayiş rejimidir", "en": "This is a demo", "ru": "Это демонстрация"}
    with TestClient(create_app(services)) as client:
        before = client.get("/sign-in").text
        home.write(services.settings.home, Made(services.now()))
        for code, told in words.items():
            client.cookies.set("language", code)
            assert told not in before
            assert told in client.get("/sign-in").text
