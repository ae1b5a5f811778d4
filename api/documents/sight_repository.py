"""Which papers a blind sample touches: those that were drawn, and all with the same bytes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import Document, SampleItem


def is_sampled(session: Session, document: Document) -> bool:
    """Whether this paper, or one with the same bytes, was ever drawn for a blind sample."""
    query = select(SampleItem.id).join(Document, Document.id == SampleItem.document_id)
    return session.scalar(query.where(Document.sha256 == document.sha256).limit(1)) is not None


def with_copies(session: Session, ids: Iterable[int]) -> frozenset[int]:
    """These papers and all with the same bytes."""
    same = select(Document.sha256).where(Document.id.in_(set(ids)))
    return frozenset(session.scalars(select(Document.id).where(Document.sha256.in_(same))))
