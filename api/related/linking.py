"""Links between papers: a person confirms, refuses, or takes back; every step is a new row, the newest counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Link
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.related import repository
from api.related.schemas import LinkIn, LinkOut, LinksOut
from api.related.service import NONE

_LONGEST_CHAIN = 100


def links(services: Services, who: Principal, number: str) -> LinksOut:
    """The links of a paper with papers that the caller may see. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.reads, number)
        if document is None:
            raise NotFoundError(NONE)
        return _told(session, who, document)


def change(services: Services, who: Principal, number: str, wanted: LinkIn) -> LinksOut:
    """Link a paper with another one, or say that they do not belong together; what is so already stays as it is.

    Raises NotFoundError for papers that the caller may not see, InvalidError for a paper with itself, ConflictError
    where the paper has changed.
    """
    who.require(Permission.LINK)
    if wanted.other == number:
        raise InvalidError("A paper is not linked with itself. Name another one.")
    with services.database.transaction() as session:
        papers = repository.lock(session, who.sees, (number, wanted.other))
        if len(papers) < 2:
            raise NotFoundError(NONE)
        document, other = papers[number], papers[wanted.other]
        if wanted.version is not None and wanted.version != document.version:
            raise ConflictError("This paper has changed since you saw it. Look at it again.")
        newest = repository.link(session, document.id, other.id, wanted.kind)
        if newest is None or newest.on != wanted.on:
            _add(session, who, document, other, wanted)
        return _told(session, who, document)


def _add(session: Session, who: Principal, document: Document, other: Document, wanted: LinkIn) -> None:
    """Write the row, with what agreed at this moment as its ground."""
    agree = repository.common_kinds(session, repository.source_of(document), repository.source_of(other))
    facts = {"agree": [*agree, *(["bytes"] if document.sha256 == other.sha256 else [])]}
    row = link_row(document, other, wanted.kind, on=wanted.on, actor=who.id, facts=facts)
    repository.add(session, row)
    document.version += 1
    action = "document.linked" if wanted.on else "document.unlinked"
    append(session, who.id, action, document.id, other=other.id, kind=wanted.kind, **recorded(row))


def link_row(
    one: Document, other: Document, kind: str, *, on: bool, actor: str, facts: dict[str, Any],
    decision_id: int | None = None,
) -> Link:  # fmt: skip
    """The row of a link: the later paper first, so that a pair is found whichever of them is asked for."""
    return Link(
        document_id=max(one.id, other.id), other_id=min(one.id, other.id), kind=kind, on=on, actor=actor,
        decision_id=decision_id, facts=facts,
    )  # fmt: skip


def _told(session: Session, who: Principal, document: Document) -> LinksOut:
    """The links as the caller may know of them, and the event that they were read."""
    rows = repository.links(session, document.id)
    others = {row.id: row.document_id + row.other_id - document.id for row in rows}
    seen = repository.numbers(session, who.reads, others.values()) | {document.id: document.number}
    shown = [
        LinkOut.model_validate({
            "other": seen[others[row.id]], "kind": row.kind, "on": row.on, "at": row.at, "actor": row.actor,
            "part": seen.get(row.facts.get("part", 0)),
        })
        for row in rows
        if others[row.id] in seen
    ]  # fmt: skip
    chain = _chain(session, who, document)
    told = sorted({other for other in others.values() if other in seen} | set(chain))
    append(session, who.id, "document.links_read", document.id, others=told)
    return LinksOut(
        number=document.number, version=document.version, links=shown,
        chain=[chain[paper] for paper in sorted(chain)],
    )  # fmt: skip


def _chain(session: Session, who: Principal, document: Document) -> dict[int, str]:
    """Numbers by id of the papers that links lead to. A paper that may not be seen leads no further."""
    reached: dict[int, str] = {}
    edge = {document.id}
    while edge and len(reached) < _LONGEST_CHAIN:
        beyond = repository.linked(session, edge) - {document.id} - reached.keys()
        found = repository.numbers(session, who.sees, beyond) if beyond else {}
        room = _LONGEST_CHAIN - len(reached)
        step = {paper: found[paper] for paper in sorted(found)[:room]}
        reached |= step
        edge = set(step)
    return reached
