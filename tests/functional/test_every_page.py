"""Every page that links lead to from where each role begins: in each language, both themes, on small and large screens.

Pages that differ by their paper alone are looked at once, a paper's own pages once for each state of a paper.
"""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from api.auth.permissions import ROLE_PERMISSIONS
from api.db.tables import Document, User
from api.web.navigation import PLACES
from tests.functional.office import Office

ROLES = {"nezaretci1": "supervisor", "karguzar1": "clerk", "emekdas1": "officer", "admin": "administrator"}
"""Who walks: logins of the demo, and their roles."""
WIDTHS = (360, 2560)
_LINK = re.compile(r"""<a\b[^>]*?\bhref="([^"#]+)""")
_CASE = re.compile(r"/(?=[^/]*\d)[^/]+|(?<=/departments)/[^/]+|(?<=/department)/[^/]+|(?<=/subject)/[^/]+")
"""Parts of paths that name a paper, a person, a department: the same page, of something else."""
_LEAST = 60
"""Shapes of pages and files that links lead to; there are more."""
_ANSWERS = {200, 410}
"""What a link may lead to: something, or the word that it was erased."""
_Shape = tuple[str, bool]


def test_every_page_is_well_in_every_language(filled: Office, room: Callable[..., Any], axe: str) -> None:
    walked: set[_Shape] = set()
    wrong: list[str] = []
    for login, role in ROLES.items():
        paths = _found(filled.url, filled.session(login), [*_starts(filled, role)], walked, wrong)
        page = room(login)
        for code in ("en", "ru", "az"):
            _speak(filled, login, code)
            for path in paths:
                wrong += _look(page, path, code)
                wrong += _examined(page, axe) if code == "az" else ()
    assert len(walked) > _LEAST, "pages are not found any more"
    assert wrong == [], "\n".join(wrong)


def _starts(filled: Office, role: str) -> Iterator[str]:
    """The places that a role may enter, and for a supervisor a paper of each state, the same ones for a clerk."""
    yield from (place.path for place in PLACES if place.permission in ROLE_PERMISSIONS[role])
    pages = {"supervisor": "/decisions/{}", "clerk": "/papers/{}"}
    with filled.services.database.transaction() as session:
        numbers = session.scalars(select(func.max(Document.number)).group_by(Document.state)).all()
    if role in pages:
        yield from (pages[role].format(number) for number in sorted(numbers))


def _found(url: str, token: str, waiting: list[str], walked: set[_Shape], wrong: list[str]) -> list[str]:
    """Paths of the pages that links lead to from the first ones, of each shape that was not walked yet one."""
    found: list[str] = []
    origin = dict.fromkeys(waiting, "the beginning")
    known = walked | {_shape(path) for path in waiting}
    while waiting:
        path = waiting.pop(0)
        walked.add(_shape(path))
        status, page = _read(url + path, token)
        if status not in _ANSWERS:
            wrong.append(f"{origin[path]} leads to {path}: {status}")
        if page is not None:
            found.append(path)
            links = {html.unescape(link) for link in _LINK.findall(page)}
            fresh = {_shape(link): link for link in sorted(links, reverse=True) if link.startswith("/")}
            fresh = {shape: link for shape, link in fresh.items() if shape not in known}
            known |= fresh.keys()
            origin |= dict.fromkeys(fresh.values(), path)
            waiting += fresh.values()
    return found


def _shape(path: str) -> _Shape:
    parts = urlsplit(path)
    return _CASE.sub("/*", parts.path), bool(parts.query)


def _read(address: str, token: str) -> tuple[int, str | None]:
    """The status of an answer, and the page that is there; None for what is no page: a file, a picture, an error."""
    asked = urllib.request.Request(address, headers={"Cookie": f"session={token}", "Accept": "text/html"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own service
            page = answer.headers.get_content_type() == "text/html"
            return answer.status, answer.read().decode() if page else None
    except urllib.error.HTTPError as error:
        return error.code, None


def _look(page: Any, path: str, code: str) -> Iterator[str]:
    """Open a page; what is wrong with it."""
    status = page.goto(path, wait_until="load" if code == "az" else "domcontentloaded").status
    if status != 200:
        yield f"{path}: {status}"
    if (said := page.get_attribute("html", "lang")) != code:
        yield f"{path}: in {said}, not in {code}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if (wider := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            yield f"{path} in {code}: {wider} px wider than a screen of {width} px"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("sessionStorage.removeItem('shifts')")  # what moves as the screen changes is no fault


def _examined(page: Any, axe: str) -> Iterator[str]:
    """What axe-core finds on the page that is open: all of its rules in one theme, contrast in the other, too."""
    page.evaluate(axe)
    for scheme, only in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        asked = {"resultTypes": ["violations"], **only}
        for each in page.evaluate("asked => axe.run(asked).then((told) => told.violations)", asked):
            parts = [node["html"][:120] for node in each["nodes"]][:3]
            yield f"{page.url} {scheme} {each['id']}: {json.dumps(parts, ensure_ascii=False)}"


def _speak(filled: Office, login: str, code: str) -> None:
    """Let somebody read in a language."""
    with filled.services.database.transaction() as session:
        session.execute(update(User).where(User.login == login).values(language=code))
