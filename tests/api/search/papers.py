"""Papers that were read and can be searched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Blob, Document, Reading
from api.deps import Services
from api.search import service
from api.search.schemas import SearchPage, SearchQuery
from api.triaging.stored import VERSION
from tests.api.papers import CLERK

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def put(
    services: Services,
    text: str = "",
    *entities: tuple[str, str],
    pages: list[str] | None = None,
    **columns: Any,
) -> str:
    """A paper with this text and these entities (label, words), and its entry; its number."""
    with services.database.transaction() as session:
        document = _paper(session, columns)
        read = {
            "pages": [{"page": at, "text": page} for at, page in enumerate(pages or [text], 1)],
        }
        session.add(Reading(document_id=document.id, run=1, schema_version=VERSION, pages=read))
        found = [{"label": label, "text": words, "value": None} for label, words in entities]
        service.index(session, document, read, {"entities": found})
        return document.number


def _paper(session: Session, columns: dict[str, Any]) -> Document:
    digest = "ab" * 32
    if session.get(Blob, digest) is None:
        session.add(Blob(sha256=digest, size=1))
    document = Document(
        **{
            "number": "-", "received_at": NOW, "channel": "post", "media_type": "text", "size": 1, "sha256": digest,
            "state": "routed", "office": "gence", **columns,
        }
    )  # fmt: skip
    session.add(document)
    session.flush()
    if document.number == "-":
        document.number = f"2026-B-{document.id:06}"
    session.flush()
    return document


def ask(services: Services, q: str, who: Principal = CLERK, **query: Any) -> SearchPage:
    """The answer to a search."""
    return service.search(services, who, SearchQuery(q=q, **query))


def numbers(services: Services, q: str, who: Principal = CLERK, **query: Any) -> list[str]:
    """The numbers of the papers found, best first."""
    return [item.number for item in ask(services, q, who, **query).items]
