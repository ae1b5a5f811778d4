"""What is kept from a reader of a blind sample: while they judge a paper, nothing tells them its answer.

Neither pages and lists nor filters that it would fit, letters, notifications, or events. Papers with the same bytes
were read as it was, so that theirs is kept from the reader, too.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from api.auth.permissions import Principal
from api.db.tables import Document
from api.documents import sight_repository as repository
from api.errors import ConflictError
from api.supervision.service import veiled


def hidden(session: Session, who: Principal) -> frozenset[int]:
    """The papers whose labels are kept from the caller now."""
    blind = veiled(session, who)
    return repository.with_copies(session, blind) if blind else blind


def sighted(session: Session, who: Principal) -> ColumnElement[bool]:
    """The condition on `documents` that holds for papers whose labels the caller may be shown."""
    return beside(hidden(session, who))


def beside(blind: frozenset[int]) -> ColumnElement[bool]:
    """The condition on `documents` that holds for papers that are not among those hidden."""
    return Document.id.not_in(sorted(blind)) if blind else true()


def is_hidden(session: Session, who: Principal, document: Document) -> bool:
    """Whether the labels of this paper are kept from the caller now."""
    return document.id in hidden_of(session, who, document)


def hidden_of(session: Session, who: Principal, document: Document) -> frozenset[int]:
    """The papers hidden from the caller where this one may be among them: most papers were never drawn."""
    return hidden(session, who) if repository.is_sampled(session, document) else frozenset()


def require_sighted(session: Session, who: Principal, document: Document) -> None:
    """Raises ConflictError while the labels of this paper are kept from the caller."""
    if is_hidden(session, who, document):
        raise ConflictError(
            "You have this paper, or one with the same content, before you as a blind sample. Judge it first; then "
            "its answer is shown."
        )
