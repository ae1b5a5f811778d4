"""What other features ask of supervision: whether a paper is before somebody as a blind sample."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.auth.permissions import Permission, Principal
from api.supervision import sample_rows


def blind_for(session: Session, who: Principal, document_id: int) -> bool:
    """Whether the caller has this paper open as a blind sample and has not judged it yet.

    While this holds, nothing that the machine said of the paper, or that was decided on it, may be shown to them: see
    `api/documents/sight.py`, which others ask.
    """
    return sample_rows.is_open(session, who.id, document_id)


def veiled(session: Session, who: Principal) -> frozenset[int]:
    """The papers that the caller has open as blind samples: of these, lists show no label."""
    if Permission.JUDGE_SAMPLES not in who.permissions:
        return frozenset()
    return sample_rows.open_papers(session, who.id)
