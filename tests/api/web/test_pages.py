"""Pages are rendered for who may see them, and say what is wrong in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import Services
from api.web import language, render
from api.web.navigation import local
from tests.api.web.conftest import HTML, Reader, plain

Make = Callable[..., Reader]
HOSTILE = "<script>alert(1)</script> \"'&"
PAGES = {
    "clerk": ["/me", "/me/password", "/help/keys", "/intake", "/intake?text=1"],
    "administrator": ["/admin/users", "/admin/users/new", "/admin/keys", "/admin/keys/new", "/admin/failed",
                      "/admin/system", "/admin/users/1"],
    "officer": ["/inbox", "/me"],
    "supervisor": ["/admin/system", "/intake"],
}  # fmt: skip


@pytest.mark.parametrize("language", ["az", "en", "ru"])
@pytest.mark.parametrize("role", PAGES)
def test_pages_are_rendered_in_every_language(reader: Make, role: str, language: str) -> None:
    someone = reader(role, language)
    for path in PAGES[role]:
        answer = someone.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


def test_who_is_not_signed_in_is_led_to_signing_in_and_back(nobody: Reader) -> None:
    answer = nobody.get("/admin/users?after=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fadmin%2Fusers%3Fafter%3D3"
    assert 'name="next" value="/admin/users?after=3"' in nobody.get(answer.headers["location"]).text
    assert nobody.client.get("/admin/users").status_code == 401, "a program is told so"


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nb", "x"],
)
def test_only_paths_of_the_service_are_gone_on_to(path: str) -> None:
    assert local(path) == "/"
    assert local("/queue?state=review&after=3") == "/queue?state=review&after=3"


def test_what_a_role_may_not_see_is_a_page_that_says_so(reader: Make) -> None:
    answer = reader("clerk", "az").get("/admin/users")
    assert answer.status_code == 403
    assert "Bunu etmək hüququnuz yoxdur" in answer.text
    assert "Daxil olmusunuz, amma vəzifəniz buna icazə vermir." in answer.text
    assert 'href="/intake"' in answer.text, "the navigation is there"
    assert reader("clerk").get("/nowhere").status_code == 404


def test_errors_of_the_api_stay_problem_details(nobody: Reader) -> None:
    answer = nobody.get("/api/v1/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert nobody.get("/nowhere").headers["content-type"].startswith("text/html")


def test_what_no_one_foresaw_is_a_page_without_secrets(services: Services) -> None:
    def breaks() -> Any:
        raise RuntimeError("a secret")

    app = create_app(services)
    app.get("/breaks")(breaks)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/breaks", headers=HTML)
        app.state.services = replace(services, now=breaks)
        worse = client.get("/sign-in", headers=HTML)
    assert (answer.status_code, worse.status_code) == (500, 500)
    assert "secret" not in answer.text + worse.text
    assert answer.headers["content-type"].startswith("text/html")
    assert worse.headers["content-type"] == "application/problem+json", "where the page itself cannot be made"


def test_a_form_without_the_token_changes_nothing(reader: Make) -> None:
    boss = reader("administrator")
    for csrf in ("", "x"):
        boss.csrf = csrf
        assert boss.post("/admin/users/new", login="new", name="New", role="clerk").status_code == 403
    assert "new" not in plain(boss.get("/admin/users")).split()


def test_names_are_never_markup(reader: Make) -> None:
    boss = reader("administrator")
    made = boss.post("/admin/users/new", login="aysel", name=HOSTILE, role="clerk", language="az")
    assert made.status_code == 303
    for path in ("/admin/users", made.headers["location"]):
        text = boss.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    wrong = boss.post("/admin/users/new", login=HOSTILE, name=HOSTILE, role=HOSTILE)
    assert wrong.status_code == 422
    assert "<script>alert" not in wrong.text


def test_a_form_that_is_refused_shows_what_was_typed_and_what_is_wrong(reader: Make) -> None:
    boss = reader("administrator", "az")
    answer = boss.post(
        "/admin/users/new", login="Aysel M", name="", email="aysel@example.org", role="officer"
    )
    assert answer.status_code == 422
    assert 'value="Aysel M"' in answer.text
    assert 'value="aysel@example.org"' in answer.text
    assert 'href="#f-login"' in answer.text
    assert "Doldurun." in answer.text
    taken = boss.post("/admin/users/new", login="administrator", name="X", role="clerk", language="az")
    assert taken.status_code == 409
    assert "Başqasını seçin." in taken.text


def test_the_one_time_password_is_shown_once(reader: Make) -> None:
    boss = reader("administrator")
    made = boss.post("/admin/users/new", login="aysel", name="Aysel", role="clerk", language="az")
    boss.headers["Cookie"] += f"; flash={made.cookies['flash']}"
    shown = boss.get(made.headers["location"])
    assert "One-time password" in shown.text
    assert "Max-Age=0" in shown.headers["set-cookie"]
    boss.headers["Cookie"] = boss.headers["Cookie"].partition(";")[0]
    assert "One-time password</span>" not in boss.get(made.headers["location"]).text


def test_language_and_theme_are_kept(reader: Make, nobody: Reader) -> None:
    someone = reader("clerk", "az")
    kept = someone.post("/me/preferences", language="ru", theme="dark", next="/me")
    assert kept.headers["location"] == "/me"
    assert {"theme=dark", "language=ru"} <= {
        part.split(";")[0] for part in kept.headers.get_list("set-cookie")
    }
    assert '<html lang="ru"' in someone.get("/me").text
    assert nobody.post("/preferences", language="en", next="//evil.example").headers["location"] == "/"
    assert 'data-theme="dark"' in nobody.get("/sign-in", Cookie="theme=dark").text
    assert 'data-theme="auto"' in nobody.get("/sign-in", Cookie="theme=x").text


def test_static_files_keep_for_ever_under_their_hash(nobody: Reader) -> None:
    text = nobody.get("/sign-in").text
    path = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = nobody.get(path)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    for wrong in (path.replace(path.split("/")[2], "0" * 16), path + "x", "/static/x/../../../etc/passwd"):
        assert nobody.get(wrong).status_code == 404
    az = nobody.get(path.rpartition("/")[0] + "/words/az.js")
    assert "Yenidən cəhd et" in az.text


def test_what_all_pages_have_is_read_at_the_start(reader: Make) -> None:
    render.warm()
    known = render.environment("az").cache
    assert known is not None
    before = language._messages.cache_info().misses
    assert reader("clerk").get("/me").status_code == 200
    assert language._messages.cache_info().misses == before
    assert {name for _, name in known} >= {"base.html", "macros/ui.html"}
