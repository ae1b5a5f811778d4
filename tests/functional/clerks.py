"""An office for tests of a clerk's work in a browser: with its own papers, so that nobody takes another test's one."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from api.app import create_app
from api.auth.permissions import SYSTEM
from api.db.tables import Decision, User
from api.deps import Services
from api.intake.schemas import Submission
from api.intake.service import submit
from api.intake.staging import Upload
from api.settings import Settings
from api.triaging.service import triage
from tests.api.conftest import database_url
from tests.api.review.office import suggester
from tests.api.serving import listening
from tests.api.triaging.papers import paper
from tests.functional.office import Office
from triage import types

__all__ = ["database_url"]
Open = Callable[..., Any]
Check = Callable[[Any], None]
TEXT = (
    "Mən Vəli Aliyev yazıram. Qonşum Sona Babayeva hasarı iki metr bizə çəkib, xahiş edirəm tədbir görəsiniz."
)
NAMES = tuple(
    types.Entity("PERSON", TEXT.index(name), TEXT.index(name) + len(name), name, role)
    for name, role in (("Vəli Aliyev", "applicant"), ("Sona Babayeva", None))
)
FENCE = types.Evidence("subject", TEXT.index("hasarı"), TEXT.index("bizə") + 4, 1.0)
_CLERKS, _UNLIKE = itertools.count(1), itertools.count(1)


@dataclass
class Place:
    """An office of its own, with its papers and people."""

    services: Services
    unit: str
    open: Open

    def wait(self, *texts: str, **changes: Any) -> list[str]:
        """Numbers of new papers that wait here, the first one the most pressing."""
        first, second, third = self.services.taxonomy.departments[:3]
        told = {
            "candidates": (first, second, third), "departments": ((first, 0.7), (second, 0.2), (third, 0.1)),
            "entities": NAMES, "evidence": (FENCE,), "decision": "review", "review_reasons": ("low_confidence",),
        } | changes  # fmt: skip
        numbers = self.register(*(f"{text}\n{next(_UNLIKE)}".encode() for text in texts or (TEXT,)))
        for number in numbers:
            self.suggest(number, **told)
        return numbers

    def register(self, *contents: bytes) -> list[str]:
        """Numbers of new papers."""
        uploads = [Upload("a.txt", io.BytesIO(content)) for content in contents]
        told = Submission(office=self.unit, sender="Vəli Aliyev")
        return [one.number for one in submit(self.services, SYSTEM, told, uploads).documents]

    def suggest(self, number: str, **changes: Any) -> None:
        """Have something suggested for a paper."""
        triage(self.services, suggester(self.services, **changes), paper(self.services, number).id)

    def person(self, role: str = "clerk") -> str:
        """The login of somebody new who works here."""
        login = f"k{next(_CLERKS)}"
        with self.services.database.transaction() as session:
            user = User(login=login, name=f"Leyla {login}", role=role, language="az", units=[self.unit])
            user.totp_confirmed_at = self.services.now()
            session.add(user)
        return login

    def clerk(self, **options: Any) -> Any:
        """A window of a new clerk."""
        return self.open(self.person(), **options)

    def desk(self, number: str, **options: Any) -> Any:
        """A window of a new clerk who has taken a paper."""
        page = self.clerk(**options)
        page.goto("/queue")
        page.click(f"#list button[value='{number}']")
        page.wait_for_url(f"**/papers/{number}")
        return page


@pytest.fixture(scope="module")
def filled(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office that works, without papers."""
    settings = Settings(home=tmp_path_factory.mktemp("office") / "home")
    settings.home.mkdir(mode=0o700)
    services = Services.make(settings, database_url)
    with listening(create_app(services)) as port:
        yield Office(f"http://127.0.0.1:{port}", services)
    services.database.close()


@pytest.fixture(scope="module")
def units(filled: Office) -> Iterator[str]:
    """Offices that no test has yet."""
    return iter(sorted(filled.services.taxonomy.unit_names))


@pytest.fixture
def place(filled: Office, units: Iterator[str], room: Open) -> Place:
    """An office without papers."""
    return Place(filled.services, next(units), room)


def decisions(place: Place, number: str) -> list[Decision]:
    """What people decided on a paper, oldest first."""
    with place.services.database.transaction() as session:
        query = (
            select(Decision)
            .where(Decision.document_id == paper(place.services, number).id)
            .order_by(Decision.id)
        )
        return [row for row in session.scalars(query) if row.kind in ("person", "proposed")]


def press(page: Any, *keys: str) -> None:
    """Presses keys and nothing else, at most four."""
    assert len(keys) <= 4
    page.wait_for_load_state("networkidle")
    for key in keys:
        page.keyboard.press(key)


def shown(page: Any, number: str) -> None:
    """Waits until a paper lies on the desk."""
    page.wait_for_selector(f"h1:text-is('{number}')")
    assert page.url.endswith(f"/papers/{number}")


def seen(page: Any) -> bool:
    """Whether one sees where the focus is, or it is on what was said."""
    return bool(page.evaluate(
        "(() => { const at = document.activeElement, style = getComputedStyle(at);"
        " return at !== document.body && (at.matches('main, [data-said]') || style.outlineStyle !== 'none'"
        " || getComputedStyle(at.closest('label') ?? at).outlineStyle !== 'none'); })()"
    ))  # fmt: skip
