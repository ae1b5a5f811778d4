"""Erasure by law reaches a paper and its parts, together or not at all.

What was split from it holds what it held. What was merged into it came by itself: from the same person, or (copies of a
petition) from others, so that it stays unless who erases says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.deps import Services
from api.documents import removal, repository
from api.documents.schemas import ReachOut
from api.errors import ConflictError, NotFoundError
from api.retention import service as retention


def reach(services: Services, who: Principal, number: str) -> ReachOut:
    """What an erasure of a paper would reach, and the paper that it would not. Raises NotFoundError."""
    who.require(Permission.ERASE)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number)
        if document is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        parts = repository.parts(session, document.id, merged=False)
        merged = [part for part in repository.parts(session, document.id, merged=True) if part not in parts]
        known = repository.numbers(session, who.sees, {*parts, *merged, document.part_of or 0})
        return ReachOut(
            part_of=known.get(document.part_of or 0),
            parts=[known[part] for part in parts if part in known],
            merged=[known[part] for part in merged if part in known],
        )


def erase(
    services: Services, session: Session, who: Principal, id: int, ground: str, *, merged: bool
) -> tuple[Document, list[str]]:
    """Erase a paper with its parts; gives it, and the files to be deleted after the commit. Raises ConflictError."""
    papers = _locked(session, who, id, merged=merged)
    document = next(paper for paper in papers if paper.id == id)
    files: list[str] = []
    for paper in papers:
        told = {"of": id} if paper is not document else _family(document, papers)
        fresh = paper.state not in removal.GONE
        removed = removal.remove_content(services, session, paper, "erased")
        files += removed.files
        if fresh:
            append(
                session, who.id, "document.erased", paper.id,
                ground=ground, original_kept=removed.original_kept, heir=removed.heir, **told,
            )  # fmt: skip
    return document, files


def _locked(session: Session, who: Principal, id: int, *, merged: bool) -> Sequence[Document]:
    """A paper and its parts, locked. Raises ConflictError unless all of them may be erased."""
    ids = [id, *repository.parts(session, id, merged=merged)]
    papers = removal.lock_all(session, ids)
    if repository.parts(session, id, merged=merged) != ids[1:]:
        raise ConflictError("The paper has changed meanwhile. Load it again.")
    if len(repository.numbers(session, who.sees, set(ids))) != len(ids):
        raise ConflictError(
            "Parts of this paper are not yours to see; nothing was erased. Ask a supervisor who sees all of them."
        )
    if any(retention.held(session, paper) for paper in ids):
        raise ConflictError(
            "This paper, or a part of it, is under a legal hold; nothing was erased. End the hold first."
        )
    return papers


def _family(document: Document, papers: Sequence[Document]) -> dict[str, Any]:
    """What the event says of the parts that go with a paper, and of the whole that stays."""
    parts = [paper.id for paper in papers if paper is not document]
    whole = {"part_of": document.part_of} if document.part_of is not None else {}
    return {**whole, "parts": parts} if parts else whole
