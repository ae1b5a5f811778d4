"""What follows when something happens to a paper: the features that must hear of it, in the same transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import Decision, Document, Handover
from api.deps import Services


def waits(services: Services, session: Session, document: Document) -> None:
    """A paper has come to wait for a person."""


def read(
    services: Services, session: Session, document: Document, pages: dict[str, Any], content: dict[str, Any]
) -> None:
    """A paper was read: `pages` as a reading keeps them, `content` the suggestion in the form of the contract."""


def decided(services: Services, session: Session, document: Document, decision: Decision) -> None:
    """A decision came into force."""


def accepted(services: Services, session: Session, document: Document, handover: Handover) -> None:
    """A department took a paper."""


def returned(services: Services, session: Session, document: Document, handover: Handover) -> None:
    """A department sent a paper back."""


def erased(services: Services, session: Session, document: Document) -> None:
    """The content of a paper is being erased: what was derived from it goes, too."""
