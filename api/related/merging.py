"""Papers that become parts of another one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.related import repository
from api.related.parts import check_open, close, decision_row, tie
from api.related.schemas import MergeIn, PartsOut
from api.related.service import NONE


def merge(services: Services, who: Principal, number: str, wanted: MergeIn) -> PartsOut:
    """Make papers parts of this one: each gets a decision of its own and is closed; this one stays in the queue.

    Raises NotFoundError for papers that the caller may not see, InvalidError where one is named twice, and
    ConflictError, saying which rule, where one of them (or this one) has changed, is held by another person or
    decided on, has parts itself, or where not all belong to the same office and unit: who sees one would else learn of
    another one that is not theirs to see.
    """
    who.require(Permission.DECIDE)
    if len({number, *wanted.papers}) != 1 + len(wanted.papers):
        raise InvalidError("Name each paper once, and not the one that they become parts of.")
    with services.database.transaction() as session:
        papers = repository.lock(session, who.sees, (number, *wanted.papers))
        if len(papers) != 1 + len(wanted.papers):
            raise NotFoundError(NONE)
        whole, parts = papers[number], [papers[part] for part in wanted.papers]
        if whole.version != wanted.version:
            raise ConflictError("This paper has changed since you saw it. Look at it again.")
        _check(services, session, who, whole, parts)
        for part in parts:
            _merge(services, session, who, part, whole)
        whole.version += 1
    return PartsOut(number=number, state=whole.state, version=whole.version, parts=wanted.papers)


def _check(
    services: Services, session: Session, who: Principal, whole: Document, parts: Sequence[Document]
) -> None:
    for document in (whole, *parts):
        check_open(services, who, document)
    if any((part.office, part.unit) != (whole.office, whole.unit) for part in parts):
        raise ConflictError(
            "The papers belong to different offices or units: whoever sees one of them may not see the others. "
            "Link them instead."
        )
    if repository.has_parts(session, [part.id for part in parts]):
        raise ConflictError("One of the papers has parts itself. Merge those into this one instead.")
    if whole.part_of in {part.id for part in parts}:
        raise ConflictError("This paper is a part of one of those papers. Undo that first.")


def _merge(services: Services, session: Session, who: Principal, part: Document, whole: Document) -> None:
    before = {"part_of": part.part_of} if part.part_of is not None else {}
    decision = decision_row(session, who, part, "merge", {"of": whole.id, **before})
    repository.add(session, decision)
    close(services, part, decision)
    part.part_of = whole.id
    append(session, who.id, "document.merged", part.id, of=whole.id, **recorded(decision))
    tie(session, who, part, whole, decision, on=True)
    lifecycle.decided(services, session, part, decision)
