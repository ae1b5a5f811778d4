"""The pages of figures, quality and samples: who sees them, what leads to what, and that no judge is led."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from api.db.tables import SampleVerdict, Switch
from api.deps import Services
from api.supervision import sampling
from api.supervision.sample_schemas import SampleIn
from api.web import charts, drawing
from api.web.charts import PAINTERS
from api.web.charts import Reader as ChartReader
from api.web.drawing import Axis, Bar, Point
from api.web.language import words
from tests.api.supervision.desk import SUPERVISOR, decide, switch_on, triaged
from tests.api.triaging.papers import rows, rule
from tests.api.web.conftest import Reader, plain

Make = Callable[..., Reader]
HOSTILE = '<script>alert(1)</script> $x$ & "'
PAGES = ("/overview", "/overview/papers?of=judged&wrong=true&certain_from=0.5", "/quality", "/samples", "/samples/new",
         "/samples/next", "/samples/1", "/quality/switches/all/-", "/quality/switches/subject/corruption")  # fmt: skip


@pytest.fixture
def office(services: Services) -> Services:
    """Nine papers: three routed by the policy, four by people (two elsewhere); a sample of the three."""
    by = rule(services)
    review = rule(services, decision="review")
    switch_on(services, by)
    triaged(services, by, 3)
    for n, number in enumerate(triaged(services, review, 9)[3:7]):
        changed = ["department"] * (n % 2)
        target = services.taxonomy.departments[n % 2]
        decide(services, number, target, overrides=changed, reason="wrong_department" if changed else None)
    sampling.draw(services, SUPERVISOR, SampleIn(size=3, since=services.now() - timedelta(days=1),
                                                 until=services.now() + timedelta(days=1)))  # fmt: skip
    return services


def hrefs(text: str, beginning: str) -> list[str]:
    return [
        unescape(found)
        for found in re.findall(r'(?:href|src|srcset)="([^"]*)"', text)
        if found.startswith(beginning)
    ]


@pytest.mark.parametrize("language", ["az", "en", "ru"])
@pytest.mark.usefixtures("office")
def test_pages_are_rendered_in_every_language(reader: Make, language: str) -> None:
    someone = reader("supervisor", language)
    for path in PAGES:
        answer = someone.get(path)
        assert answer.status_code == 200, path
        assert " style=" not in answer.text
        assert answer.text.count("<h1") == 1
        if language != "en":
            assert not re.search(r"\b(the|of|papers|people|wrong|share)\b", plain(answer)), path


def test_an_empty_office_has_pages_too(reader: Make, services: Services) -> None:
    someone = reader("supervisor")
    for path in (path for path in PAGES if path != "/samples/1"):
        assert someone.get(path).status_code == 200, path
    assert "No paper was judged in this period" in plain(someone.get("/quality"))
    assert "No sample has been drawn yet" in plain(someone.get("/samples"))
    assert "Nothing in this period." in plain(someone.get("/overview"))
    assert someone.get("/samples/1").status_code == 404
    for name in PAINTERS:
        assert someone.get(f"/overview/charts/{name}.svg").status_code in (200, 404), name


def test_only_supervisors_read_figures_and_draw(reader: Make, services: Services) -> None:
    for role in ("clerk", "officer", "administrator"):
        someone = reader(role)
        for path in ("/overview", "/overview/papers?of=waiting", "/overview/charts/flow.svg", "/quality", "/samples",
                     "/samples/new", "/samples/errors.svg", "/quality/switches/all/-"):  # fmt: skip
            assert someone.get(path).status_code == 403, (role, path)
        assert someone.get("/samples/next").status_code == (200 if role == "clerk" else 403)
        assert someone.post("/samples/next").status_code == (303 if role == "clerk" else 403)
    clerk = reader("clerk")
    assert 'href="/samples/next"' in clerk.get("/samples/next").text
    assert 'href="/samples"' not in clerk.get("/samples/next").text


def test_numbers_open_the_papers_behind_them(reader: Make, office: Services) -> None:
    someone = reader("supervisor")
    lists = set(hrefs(someone.get("/overview").text + someone.get("/quality").text, "/overview/papers"))
    assert len(lists) > 10
    for path in sorted(lists)[::5]:
        assert someone.get(path).status_code == 200, path
    changed = someone.get("/overview/papers?of=judged&overridden=true").text
    assert len(re.findall(r'href="/decisions/[^"]', changed)) == 2
    assert someone.get("/overview/papers?of=nothing").status_code == 422
    assert someone.get("/overview/papers?of=judged&cursor=1").status_code == 200


def test_charts_are_images_of_the_reader_alone_and_always_the_same(reader: Make, office: Services) -> None:
    someone = reader("supervisor", "az")
    text = someone.get("/overview").text + someone.get("/quality").text
    images = sorted({path for path in hrefs(text, "/overview/charts/") if "theme=light" in path})
    assert {path.partition(".svg")[0].rpartition("/")[2] for path in images} >= {
        "flow",
        "waiting",
        "risk",
        "language",
    }
    for path in images:
        answer = someone.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["cache-control"].startswith("private")
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert answer.content == someone.get(path).content
        assert b"<script" not in answer.content
    assert "Daxil olub" in someone.get(next(path for path in images if "flow" in path)).text
    for wrong in ("x.svg", "flow.svg?theme=red", "flow.svg?since=x", "flow.svg?more=1"):
        assert someone.get(f"/overview/charts/{wrong}").status_code in (404, 422), wrong


def test_names_in_charts_are_words() -> None:
    drawn = drawing.bars([Bar(HOSTILE, 1, HOSTILE)], 1).svg("light")
    assert b"<script" not in drawn
    assert b"&lt;script&gt;" in drawn
    axes = Axis("x", 1, [(0, "0")]), Axis("y", 1, [(1, "1")])
    drawing_of = drawing.curve([Point(0.1, 0.2, 0, 1), Point(1, 0.3, 0.2, 0.4)], axes)
    light, dark = drawing_of.svg("light"), drawing_of.svg("dark")
    assert b"#0b5f6b" in light
    assert b"#62c4cf" in dark


def test_a_period_is_chosen_and_a_wrong_one_is_said(reader: Make, services: Services) -> None:
    someone = reader("supervisor")
    assert 'aria-current="true">7 days' in someone.get("/overview?days=7").text
    assert 'value="2026-01-02"' in someone.get("/overview?from=2026-01-02&to=2026-03-04").text
    assert "The last day is before the first." in plain(
        someone.get("/overview?from=2026-03-04&to=2026-01-02")
    )
    assert "Give a day." in plain(someone.get("/quality?from=x&to=2026-01-02"))
    for odd in ("days=x", "from=9999-12-31&to=9999-12-31", "from=&to=2026-01-01", "error=nan", "error=1e999",
                "department=<b>", "field=x", "subject=x"):  # fmt: skip
        assert someone.get(f"/quality?{odd}").status_code == 200, odd


def test_the_error_that_is_accepted_tells_what_goes_to_people(reader: Make, office: Services) -> None:
    someone = reader("supervisor")
    page = someone.get("/quality?error=0.5").text
    assert re.search(r'data-row="seen".*?data-cell="people"><b>100.0%</b> \(4\)', page, re.DOTALL)
    assert 'value="0.5"' in page
    assert "data-coverage=" in page


def test_a_switch_is_changed_with_a_reason(reader: Make, office: Services) -> None:
    someone, label = reader("supervisor"), office.taxonomy.subjects[3]
    path = f"/quality/switches/subject/{label}"
    before = len(rows(office, Switch))
    refused = someone.post(path, on="true", reason="x")
    assert refused.status_code == 422
    assert 'href="#f-reason"' in refused.text
    assert 'value="true" checked' in refused.text
    done = someone.post(path, on="true", reason=HOSTILE)
    assert done.headers["location"] == f"/quality?subject={label}#switches"
    assert "&lt;script&gt;alert" in someone.get(path).text
    assert len(rows(office, Switch)) == before + 1
    assert (
        someone.post("/quality/switches/subject/nothing", on="true", reason="because it is").status_code
        == 404
    )
    assert someone.get("/quality/switches/unit/x").status_code == 422
    listed = plain(someone.get("/quality/switches"))
    assert all(f"{title}: {number} of" in listed for title, number in (("Departments", 1), ("Subjects", 2)))


def test_a_sample_is_drawn_by_a_form(reader: Make, office: Services) -> None:
    someone = reader("supervisor")
    for wrong in (
        {"size": "0"},
        {"first": "x"},
        {"first": "2026-03-01", "last": "2026-02-01"},
        {"seed": "-1"},
    ):
        sent = {"size": "5", "first": "2020-01-01", "last": "2029-01-01", "readers": "1", **wrong}
        refused = someone.post("/samples/new", **sent)
        assert refused.status_code == 422, wrong
        assert f'href="#f-{list(wrong)[-1]}"' in refused.text
    none = someone.post("/samples/new", size="5", first="2020-01-01", last="2020-02-01", readers="2")
    assert none.status_code == 409
    made = someone.post("/samples/new", size="2", first="2020-01-01", last="2029-01-01", readers="2")
    assert made.headers["location"] == "/samples/2"
    assert "The result is told when all of it is judged" in plain(someone.get("/samples/2"))


def test_papers_are_judged_blind_one_after_the_other(reader: Make, office: Services) -> None:
    clerk, boss = reader("clerk"), reader("supervisor")
    assert "No paper is open before you" in plain(clerk.get("/samples/next"))
    assert rows(office, SampleVerdict) == []
    assert clerk.post("/samples/next").status_code == 303
    department = office.taxonomy.departments[0]
    for n in range(3):
        page = clerk.get("/samples/next").text
        assert "Qonşum hasarı" in page
        assert " selected" not in page, "nothing is suggested"
        assert " checked" not in page
        item = re.findall(r'name="item" value="(\d+)"', page)[0]
        verdict = {"item": item, "document_type": "complaint", "subject": "fraud", "urgency": "normal",
                   "department": department if n else office.taxonomy.departments[1]}  # fmt: skip
        lacking = clerk.post("/samples/verdict", **{**verdict, "subject": ""})
        assert lacking.status_code == 422
        assert 'value="complaint" selected' in lacking.text
        assert clerk.post("/samples/verdict", **{**verdict, "item": "999"}).status_code == 303
        assert len(rows(office, SampleVerdict)) == n
        assert clerk.post("/samples/verdict", **verdict).status_code == 303
    assert "No paper is open before you" in plain(clerk.get("/samples/next"))
    told = plain(boss.get("/samples/1"))
    assert "1 of 3 decisions were wrong" in told
    for path in hrefs(boss.get("/samples/1").text, "/samples/1/"):
        assert boss.get(path).headers["content-type"] == "image/svg+xml"
    assert boss.get("/samples/1/unit.svg").status_code == 404
    assert "33.3%" in plain(boss.get("/overview"))
    assert boss.get("/samples/errors.svg").status_code == 200


def test_lengths_of_time_and_rates_are_told_in_words() -> None:
    told = ChartReader(words("en"), lambda _, code: code or "")
    assert [told.minutes(m) for m in (None, 5, 180, 4000)] == ["—", "5 min", "3 h", "2.8 days"]
    assert told.rate({"rate": 0.0421, "low": 0.021, "high": 0.079}) == "4.2% (2.1–7.9)"
    assert charts.shares(words("en"), 0.02, 0.005)[1] == (0.005, "0.50%")
