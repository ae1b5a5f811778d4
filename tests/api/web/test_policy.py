"""The competence rules and models, by pages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from api.auth.permissions import SYSTEM
from api.bundles.comparing import compare
from api.db.tables import Policy, User
from api.deps import Services
from api.triaging.service import triage
from tests.api.bundles.test_bundles import candidate, models
from tests.api.policy.support import by_rules
from tests.api.triaging.papers import TEXT, paper, register
from tests.api.web.conftest import Reader, plain

Make = Callable[..., Reader]


def came(services: Services, count: int) -> list[str]:
    numbers = register(services, *(f"{TEXT} {n}" for n in range(count)))
    for number in numbers:
        triage(services, by_rules(services, "cybercrime"), paper(services, number).id)
    return numbers


def fields(page: str) -> dict[str, str]:
    """The fields of the draft that nobody typed in, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    found += re.findall(r'<input id="f-since" name="(since)"[^>]* value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf"}


def drafted(reader: Reader, **rule: str | list[str]) -> str:
    """The draft after rule R13 was changed by its form."""
    page = reader.get("/policy/draft").text
    form = reader.post("/policy/draft", **fields(page), do="edit:R13").text
    assert 'value="cyber" selected' in form
    kept = {"to": "baku", "ground": "Kiber <b>", "place": "2", "subject": "cybercrime"} | rule
    answer = reader.post("/policy/draft", **fields(form), **kept, do="keep")
    assert answer.status_code == 200, plain(answer)
    return answer.text


@pytest.mark.parametrize("language", ["az", "en", "ru"])
def test_the_rules_are_told_in_words(reader: Make, language: str) -> None:
    clerk = reader("clerk", language)
    told = plain(clerk.get("/policy"))
    wanted = {"az": "Cinayətin törədildiyi yer.", "en": "Place of the crime.", "ru": "Место преступления"}
    assert wanted[language] in told
    assert "territory_group" not in told
    assert "subject" not in told.replace("subjects", "") or language == "en"
    assert clerk.get("/policy/departments").status_code == 200
    for path in ("/policy/draft", "/policy/changes", "/models"):
        assert clerk.get(path).status_code == 403


def test_a_rule_is_changed_tried_proposed_and_approved(reader: Make, services: Services) -> None:
    number = came(services, 1)[0]
    boss = reader("supervisor")
    assert "No change was proposed yet" in plain(boss.get("/policy/changes"))
    draft = drafted(boss)
    assert "Kiber &lt;b&gt;" in draft
    tried = boss.post("/policy/draft", **fields(draft), do="try", papers="200")
    assert number in tried.text
    assert "1 paper would go elsewhere" in plain(tried)
    sent = fields(draft) | {"reason": "Cyber cases go to Baku", "do": "propose"}
    wrong = boss.post("/policy/draft", **(sent | {"reason": "x", "since": "yesterday"}))
    assert wrong.status_code == 422
    assert 'href="#f-since"' in wrong.text
    assert 'href="#f-reason"' in wrong.text
    made = boss.post("/policy/draft", **sent)
    path = made.headers["location"]
    own = plain(boss.get(path))
    assert "another supervisor must approve it" in own
    assert boss.post(f"{path}/approve").status_code == 403
    second = another(reader, services)
    page = second.get(path)
    assert number in page.text
    assert second.post(f"{path}/approve").status_code == 303
    assert "Comes into force" in plain(second.get(path))
    assert second.post(f"{path}/refuse", reason="too late for it").status_code == 409


def test_a_proposal_is_taken_back_with_a_reason(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    sent = fields(drafted(boss)) | {"reason": "Cyber cases go to Baku", "do": "propose"}
    path = boss.post("/policy/draft", **sent).headers["location"]
    assert "1 change waits for approval" in plain(boss.get("/policy"))
    assert boss.post(f"{path}/refuse", reason="").status_code == 422
    assert boss.post(f"{path}/refuse", reason="It was a mistake").status_code == 303
    assert "It was a mistake" in plain(boss.get(path))
    like = boss.get(f"/policy/draft?like={path.rpartition('/')[2]}").text
    assert "Cyber cases go to Baku</textarea>" in like
    assert boss.get("/policy/changes/999").status_code == 404


def test_rules_are_moved_taken_out_and_added(reader: Make, services: Services) -> None:
    boss = reader("supervisor")
    page = boss.get("/policy/draft").text
    page = boss.post("/policy/draft", **fields(page), do="down:R01").text
    page = boss.post("/policy/draft", **fields(page), do="remove:R05").text
    assert [row["id"] for row in draft_of(page)][:4] == ["R02", "R01", "R03", "R04"]
    assert "Taken out" in page
    form = boss.post("/policy/draft", **fields(page), do="add:").text
    assert "New rule R21" in form
    new = {"to": "military", "ground": "Of the army.", "place": "1", "subject": ["military", "drugs"]}
    page = boss.post("/policy/draft", **fields(form), **new, do="keep").text
    assert draft_of(page)[0] == {
        "id": "R21", "when": {"subject": ["drugs", "military"]}, "to": "military", "ground": "Of the army.",
    }  # fmt: skip
    form = boss.post("/policy/draft", **fields(page), do="edit:R21").text
    for wrong in ({"to": "nowhere"}, {"place": "x"}, {"ground": ""}, {"subject": "magic"}, {"subject": ""}):
        answer = boss.post("/policy/draft", **(fields(form) | new | wrong), do="keep")
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
    for rules in ("", "[]", "{", "[1]", "x" * 300_000):
        assert boss.post("/policy/draft", rules=rules, do="up:R01").status_code == 422
    with services.database.transaction() as session:
        assert session.scalars(select(Policy)).all() == []


def draft_of(page: str) -> list[dict[str, object]]:
    return list(json.loads(fields(page)["rules"]))


@pytest.mark.parametrize("language", ["az", "en", "ru"])
def test_models_are_told_with_their_card_and_comparison(
    reader: Make, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    folder = models(tmp_path / "models")
    office = replace(services, settings=services.settings.model_copy(update={"models": folder}))
    boss = reader("supervisor", language)
    monkeypatch.setattr(boss.client.app.state, "services", office)  # type: ignore[attr-defined]
    empty = boss.get("/models/test/1.1.0")
    assert "triage-api compare-bundles test/1.1.0" in plain(empty)
    assert "<script>alert" not in empty.text
    assert "javascript:" not in re.sub(r"\[x\]\(javascript:alert\(1\)\)", "", empty.text)
    assert "<h3>test 1.1.0</h3>" in empty.text
    numbers = came(services, 3)
    compare(office, SYSTEM, "test/1.1.0", 10, lambda _folder, _sha256: candidate(services))
    assert plain(boss.get("/models")).count("1.1.0") == 1
    told = boss.get("/models/test/1.1.0").text
    assert f'href="/decisions/{numbers[1]}"' in told
    assert boss.get("/models/test/9").status_code == 404
    assert boss.get("/models/../x").status_code == 404


def another(reader: Make, services: Services) -> Reader:
    """A second supervisor: the first gives up their login."""
    with services.database.transaction() as session:
        session.scalars(select(User).where(User.login == "supervisor")).one().login = "first"
    return reader("supervisor")
