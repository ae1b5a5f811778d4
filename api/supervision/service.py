"""What other features ask of supervision: which papers are before somebody as blind samples."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.auth.permissions import Permission, Principal
from api.supervision import sample_rows


def veiled(session: Session, who: Principal) -> frozenset[int]:
    """The papers that the caller has open as blind samples: see `api/documents/sight.py`, which others ask."""
    if Permission.JUDGE_SAMPLES not in who.permissions:
        return frozenset()
    return sample_rows.open_papers(session, who.id)
