"""Papers that may belong together: what is kept to find them again, proposals, and groups in the queue."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document
from api.deps import Services
from api.documents.sight import require_sighted, sighted
from api.errors import GoneError, NotFoundError
from api.related import repository
from api.related.likeness import TOGETHER
from api.related.proposing import proposals
from api.related.repository import Paper
from api.related.schemas import GroupOut, GroupsOut, RelatedOut
from api.related.traits import fact_keys, facts, near_keys, secrets_of, text_of

NONE = "There is no paper of this number, or it is not yours to see."
_ERASED = "The content of this paper was erased: there is nothing left to compare."
_LOOKED_AT = 1000  # papers of the queue
_NAMED = 20  # numbers of a group that are told


def note(
    services: Services, session: Session, document: Document, pages: dict[str, Any], content: dict[str, Any]
) -> None:
    """Keep by what a paper may be found again, in place of what an earlier run kept.

    `pages` as a reading keeps them, `content` the suggestion in the form of the contract. Only keyed hashes are kept.
    """
    secrets = secrets_of(services.keys_folder)
    keys = [*near_keys(secrets, text_of(pages)), *fact_keys(secrets, facts(pages, content))]
    repository.keep(session, document.id, keys)


def forget(session: Session, document_id: int) -> None:
    """Delete what was kept of a paper's content."""
    repository.forget(session, document_id)


def related(services: Services, who: Principal, number: str) -> RelatedOut:
    """What may belong with a paper, of the papers that the caller may see.

    Raises NotFoundError, GoneError, and ConflictError while the caller judges the paper blind: that two papers are on
    one subject is a ground.
    """
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number)
        if document is None:
            raise NotFoundError(NONE)
        if document.state in repository.GONE:
            raise GoneError(_ERASED)
        require_sighted(session, who, document)
        found = proposals(services, session, and_(who.sees, sighted(session, who)), document)
        others = sorted({other for other, _ in found})
        append(session, who.id, "document.related_read", document.id, others=others)
    return RelatedOut(number=number, proposals=[proposal for _, proposal in found])


def groups(services: Services, who: Principal, limit: int = 20) -> GroupsOut:
    """Groups of papers that say nearly the same (petitions of many), of those next in the queue that the caller sees.

    Every member shares bands with the earliest one itself: no paper stands between that the caller may not see.
    """
    who.require(Permission.READ)
    with services.database.transaction() as session:
        papers = repository.waiting(session, who.sees, _LOOKED_AT)
        sharing = repository.shared_bands(session, {paper.source for paper in papers})
        found = _grouped(papers, sharing)[:limit]
        told = [paper.id for group in found for paper in group[:_NAMED]]
        append(session, who.id, "documents.grouped", groups=len(found), documents=told)
    return GroupsOut(looked_at=len(papers), groups=[_shown(group) for group in found])


def _grouped(papers: list[Paper], sharing: list[list[int]]) -> list[list[Paper]]:
    """Papers that share enough bands with the earliest of their group, the largest group first."""
    of_source: dict[int, list[Paper]] = defaultdict(list)
    for paper in papers:
        of_source[paper.source].append(paper)
    bands_of: dict[int, list[list[int]]] = defaultdict(list)
    for band in sharing:
        for source in band:
            bands_of[source].append(band)
    taken: set[int] = set()
    found = []
    for seed in sorted(of_source):
        if seed in taken:
            continue
        shared = Counter(source for band in bands_of[seed] for source in band if source not in taken)
        members = {seed} | {source for source, bands in shared.items() if bands >= TOGETHER}
        taken |= members
        group = sorted((paper for source in members for paper in of_source[source]), key=lambda p: p.id)
        if len(group) > 1:
            found.append(group)
    return sorted(found, key=lambda group: (-len(group), group[0].id))


def _shown(group: list[Paper]) -> GroupOut:
    return GroupOut(
        number=group[0].number, size=len(group), numbers=[paper.number for paper in group[:_NAMED]]
    )
