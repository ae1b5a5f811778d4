"""Readers of the pages: real sessions, in a client that asks as a browser does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import update

from api.app import create_app
from api.db.tables import User
from api.deps import Services
from tests.api.callers import session_of

HTML = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Reader:
    """A browser without scripts."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers={**HTML, **self.headers, **headers})

    def post(self, path: str, files: Any = None, **fields: Any) -> Response:
        """Send a form as a page does: the token first, then its fields, then its files."""
        sent = {"csrf": self.csrf, **fields} if self.csrf else fields
        return self.client.post(path, data=sent, files=files, headers={**HTML, **self.headers})


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), follow_redirects=False) as found:
        yield found


@pytest.fixture
def nobody(client: TestClient) -> Reader:
    """Who is not signed in."""
    return Reader(client)


@pytest.fixture
def reader(services: Services, client: TestClient) -> Callable[..., Reader]:
    """Makes signed-in readers by role and language."""

    def make(role: str, language: str = "en") -> Reader:
        told = session_of(services, role)
        with services.database.transaction() as session:
            session.execute(update(User).where(User.login == role).values(language=language))
        return Reader(client, {"Cookie": told["Cookie"]}, told["X-CSRF-Token"])

    return make


def plain(answer: Response) -> str:
    """The words of a page, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))
