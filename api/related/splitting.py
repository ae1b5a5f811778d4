"""A bundle that came as one file becomes several papers, each with an original and a number of its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import PurePath

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, GoneError, NotFoundError
from api.intake import service as intake
from api.intake.schemas import Submission
from api.intake.staging import Paper, Upload, stage
from api.related import repository
from api.related.cutting import Range, cut
from api.related.parts import check_open, close, decision_row, tie
from api.related.schemas import PartsOut, SplitIn
from api.related.service import NONE


def split(services: Services, who: Principal, number: str, wanted: SplitIn) -> PartsOut:
    """Cut a paper into parts and register them as papers that came with it; it is closed, and stays as it came.

    All of it happens in one transaction, or nothing. Raises NotFoundError, InvalidError where the ranges do not cover
    every page once, UnsupportedError for what has no pages, ConflictError where the paper has changed, is held by
    another person or decided on, ForbiddenError where the parts could not be registered for its office, GoneError.
    """
    who.require(Permission.DECIDE)
    ranges = list(wanted.parts)
    found, data = _original(services, who, number, wanted.version)
    with ExitStack() as stack:
        papers = [
            stage(services, stack, Upload(_name(found, pages), io.BytesIO(part)))
            for pages, part in zip(ranges, cut(data, found.media_type, ranges), strict=True)
        ]
        with services.database.transaction() as session:
            hashes = [found.sha256, *(paper.staged.sha256 for paper in papers)]
            intake.lock_originals(session, hashes)  # before papers, as all do
            whole = _checked(
                services, who, repository.lock(session, who.sees, [number]).get(number), wanted.version
            )
            parts = _split(services, session, who, whole, papers, ranges)
    return PartsOut(
        number=number, state=whole.state, version=whole.version, parts=[part.number for part in parts]
    )


def _original(services: Services, who: Principal, number: str, version: int) -> tuple[Document, bytes]:
    """The paper and its bytes, read before anything is locked for long."""
    with services.database.transaction() as session:
        found = _checked(services, who, repository.find(session, who.sees, number), version)
        blob = repository.blob(session, found.sha256)
        if blob.erased_at is not None:
            raise GoneError("The content of this paper was erased by law.")
        append(session, who.id, "document.original_read", found.id)
    with closing(services.store.open(blob.sha256, blob.wrapped_key)) as stream:
        return found, stream.read()


def _checked(services: Services, who: Principal, document: Document | None, version: int) -> Document:
    if document is None:
        raise NotFoundError(NONE)
    if document.version != version:
        raise ConflictError("This paper has changed since you saw it. Look at it again.")
    check_open(services, who, document)
    if not who.may_receive(document.office):
        raise ForbiddenError("You cannot register papers for the office that received this one.")
    return document


def _split(
    services: Services, session: Session, who: Principal, whole: Document, papers: Sequence[Paper],
    ranges: Sequence[Range],
) -> list[Document]:  # fmt: skip
    # Even where the same bytes are known they are read again: the paper known may be a part of a split taken back.
    told = Submission.model_validate({
        **{name: getattr(whole, name) for name in
           ("channel", "received_at", "office", "sender", "external_reference")},
        "again": True,
    })  # fmt: skip
    parts = intake.take(services, session, who, told, papers, whole)
    ids = [part.id for part in parts]
    facts = {"page_ranges": [list(pages) for pages in ranges], "parts": ids}
    decision = decision_row(session, who, whole, "split", facts)
    repository.add(session, decision)
    close(services, whole, decision)
    append(session, who.id, "document.split", whole.id, parts=ids, **recorded(decision))
    for part in parts:
        tie(session, who, part, whole, decision, on=True)
    lifecycle.decided(services, session, whole, decision)
    return parts


def _name(document: Document, pages: Range) -> str | None:
    """`bundle (3-5).pdf`: what the part of a file is called; nothing where that had no name."""
    if document.file_name is None:
        return None
    name = PurePath(document.file_name)
    return f"{name.stem} ({pages[0]}-{pages[1]}){name.suffix}"
