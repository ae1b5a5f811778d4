"""Papers as callers read them. Every reading of a paper is recorded; what a caller may not see does not exist."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import and_
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.audit.chain import append
from api.audit.schemas import EventPage
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Reading
from api.deps import Services
from api.documents import erasing, removal, repository
from api.documents.schemas import (
    ANSWERS,
    VEIL,
    ClockOut,
    DocumentOut,
    DocumentPage,
    FailureOut,
    SuggestionOut,
    TextOut,
    TextPage,
)
from api.documents.sight import beside, hidden, require_sighted
from api.errors import ConflictError, GoneError, InvalidError, NotFoundError
from api.intake.calendar import Clock, baku_date
from api.triaging.layout import Word, unpacked
from api.triaging.stored import read_facts, read_pages

_NONE = "There is no paper of this number, or it is not yours to see."
_ERASED = "The content of this paper is gone: it was erased by law, or disposed of when its time was over."


@dataclass(frozen=True)
class Original:
    """An original to be sent: its bytes, to be read to the end, their number, and what they are.

    `sealed` says that it lies encrypted in the store, so that nothing of it may be kept elsewhere.
    """

    stream: BinaryIO
    size: int
    media_type: str
    name: str
    sha256: str
    sealed: bool


@dataclass(frozen=True)
class PageLayout:
    """A page of text, its size in points, and where its words stand (nowhere where that was not kept)."""

    text: str
    size: tuple[float, float] | None
    words: Sequence[Word]


def get(services: Services, who: Principal, number: str) -> DocumentOut:
    """Where a paper stands. Raises NotFoundError."""
    with _read(services, who, number, "document.read") as (session, document):
        known = _known(session, who, [document])
        return _veiled([_shown(services, document, known)], [document], hidden(session, who))[0]


def page(
    services: Services, who: Principal, filters: dict[str, str], cursor: str | None, limit: int
) -> DocumentPage:
    """Papers that the caller may see, newest first. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.READ)
    before = _before(cursor)
    with services.database.transaction() as session:
        blind = hidden(session, who)
        seen = who.sees if ANSWERS.isdisjoint(filters) else and_(who.sees, beside(blind))
        found = repository.page(session, seen, filters, before, limit + 1)
        known = _known(session, who, found)
        append(
            session,
            who.id,
            "documents.listed",
            documents=[d.id for d in found[:limit]],
            filters=sorted(filters),
        )
        shown = [_shown(services, document, known) for document in found[:limit]]
        items = _veiled(shown, found[:limit], blind)
    more = len(found) > limit
    return DocumentPage(items=items, next=_cursor(found[limit - 1].id) if more else None)


def text(services: Services, who: Principal, number: str) -> TextOut:
    """What was read in a paper. Raises NotFoundError, GoneError, and ConflictError where it was not read yet."""
    with _read(services, who, number, "document.text_read") as (session, document):
        reading, pages = _reading(session, document)
        return TextOut(
            number=number, run=reading.run, pages=[TextPage.model_validate(page) for page in pages]
        )


def layout(services: Services, who: Principal, number: str, page: int) -> PageLayout:
    """What stands on a page and where. Raises NotFoundError, GoneError, and ConflictError where it was not read yet."""
    with _read(services, who, number, "document.layout_read", page=page) as (session, document):
        reading, pages = _reading(session, document)
        found = next((each for each in pages if each["page"] == page), None)
        if found is None:
            raise NotFoundError(f"There is no page {page}.")
        kept = repository.layout(session, reading, page)
        size = tuple(found["size"]) if found.get("size") else None
        words = unpacked(kept.schema_version, kept.words) if kept is not None and kept.words else []
        return PageLayout(found["text"], size, words)


def suggestion(services: Services, who: Principal, number: str) -> SuggestionOut:
    """The newest suggestion. Raises NotFoundError, GoneError, and ConflictError where there is none yet."""
    with _read(services, who, number, "document.suggestion_read") as (session, document):
        require_sighted(session, who, document)
        source = _source(session, document)
        if source.suggestion_id is None:
            raise ConflictError("Nothing has been suggested for this paper yet. Look at its state.")
        row, content = repository.suggestion(session, source.suggestion_id)
        if content is None:
            raise GoneError(_ERASED)
        of = repository.numbers(session, who.sees, {source.id}).get(source.id)
        return SuggestionOut(
            number=number, of=of, suggestion=row.id, created_at=row.created_at, content=json.loads(content),
            departments=read_facts(row.schema_version, row.facts).get("departments"),
        )  # fmt: skip


def original(
    services: Services, who: Principal, number: str, *, action: str = "document.original_read", **details: int
) -> Original:
    """The paper as it came. Raises NotFoundError, GoneError, and the store's errors."""
    with _read(services, who, number, action, **details) as (session, document):
        blob = repository.blob(session, document)
        if document.state in removal.GONE or blob.erased_at is not None:
            raise GoneError(_ERASED)
        stream = services.store.open(blob.sha256, blob.wrapped_key)
        sealed = blob.wrapped_key is not None
        name = document.file_name or number
        return Original(stream, blob.size, document.media_type, name, blob.sha256, sealed)


def failures(services: Services, who: Principal, number: str) -> list[FailureOut]:
    """The attempts at a paper that failed, newest first."""
    with _read(services, who, number, "document.failures_read") as (session, document):
        return [
            FailureOut(run=f.run, at=f.at, code=f.code, message=f.message, final=f.final)
            for f in repository.failures(session, document)
        ]


def erase(
    services: Services, who: Principal, number: str, ground: str, *, merged: bool = False
) -> DocumentOut:
    """Erase the content of a paper and of its parts, and the data of persons in their rows, for good.

    The chain stays whole. Parts are those that were split from it and, if `merged`, those merged into it, and theirs.
    Of a part alone the paper that it belongs to stays, and the event names it. An original goes only where no other
    paper has the same bytes. Erased twice is erased once, and what was disposed of is gone already. Raises
    NotFoundError; ConflictError, and nothing is erased, where one of them is under a legal hold, is not the caller's to
    see, or has come to be a part just now.
    """
    who.require(Permission.ERASE)
    with services.database.transaction() as session:
        found = repository.find(session, who.sees, number)
        if found is None:
            raise NotFoundError(_NONE)
        document, files = erasing.erase(services, session, who, found.id, ground, merged=merged)
        shown = _shown(services, document, _known(session, who, [document]))
    removal.delete_files(services, files)
    return shown


def history(services: Services, who: Principal, number: str, cursor: int | None, limit: int) -> EventPage:
    """Everything that was done with a paper, newest first. Raises NotFoundError."""
    with _read(services, who, number, "document.history_read") as (session, document):
        require_sighted(session, who, document)
        return audit.history(session, document.id, cursor, limit)


@contextmanager
def _read(
    services: Services, who: Principal, number: str, action: str, **details: int
) -> Iterator[tuple[Session, Document]]:
    """The paper, and the event that it was read, in one transaction."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.reads, number)
        if document is None:
            raise NotFoundError(_NONE)
        yield session, document
        append(session, who.id, action, document.id, **details)


def _source(session: Session, document: Document) -> Document:
    """The paper whose reading counts: the same bytes are read once, whoever sent them first."""
    if document.state in removal.GONE:
        raise GoneError(_ERASED)
    if document.suggestion_id is None and document.same_as is not None:
        return repository.with_id(session, document.same_as)
    return document


def _reading(session: Session, document: Document) -> tuple[Reading, list[dict[str, Any]]]:
    """The reading that counts for a paper, with its pages. Raises GoneError, ConflictError."""
    reading = repository.reading(session, _source(session, document))
    if reading is None:
        raise ConflictError("This paper has not been read yet. Look at its state.")
    if reading.pages is None:
        raise GoneError(_ERASED)
    return reading, read_pages(reading.schema_version, reading.pages)["pages"]


def _known(session: Session, who: Principal, documents: Sequence[Document]) -> dict[int, str]:
    """Numbers of the papers that these name, of those that the caller may know of."""
    named = {other for document in documents for other in (document.same_as, document.part_of) if other}
    return repository.numbers(session, who.sees, named)


def _shown(services: Services, document: Document, known: dict[int, str]) -> DocumentOut:
    clock = Clock(document.answer_by, document.forward_by, document.warn_from)
    columns = {name: getattr(document, name) for name in DocumentOut.model_fields if hasattr(document, name)}
    return DocumentOut.model_validate({
        **columns,
        "same_as": known.get(document.same_as or 0),
        "part_of": known.get(document.part_of or 0),
        "clock": ClockOut(
            answer_by=clock.answer_by, forward_by=clock.forward_by, warn_from=clock.warn_from,
            status=clock.status(baku_date(services.now())),
        ),
    })  # fmt: skip


def _veiled(
    shown: Sequence[DocumentOut], papers: Sequence[Document], blind: frozenset[int]
) -> list[DocumentOut]:
    """The same without the answers of papers that the caller is to judge blind."""
    return [
        out.model_copy(update=VEIL) if paper.id in blind else out
        for out, paper in zip(shown, papers, strict=True)
    ]


def _cursor(id: int) -> str:
    return base64.urlsafe_b64encode(str(id).encode()).decode()


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        before = int(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except ValueError:  # binascii.Error and UnicodeEncodeError are some
        before = 0
    if not 0 < before < 2**63:
        raise InvalidError("This cursor is none of ours. Start without one.")
    return before
