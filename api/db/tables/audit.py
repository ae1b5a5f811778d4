"""The audit chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.db.tables.base import Now, Table


class Event(Table):
    """A link of the chain: append-only. `hash` is SHA-256 of `previous` and `body`, the canonical JSON of the event.

    The other columns repeat what stands in `body`, to be searched; verification compares them.
    """

    __tablename__ = "events"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    document_id: Mapped[int | None]
    body: Mapped[str]
    previous: Mapped[bytes]
    hash: Mapped[bytes]
    __table_args__ = (
        Index("ix_events_document_id_seq", "document_id", "seq"),
        Index("ix_events_action_seq", "action", "seq"),
        Index("ix_events_actor_seq", "actor", "seq"),
        Index("ix_events_actor_action_seq", "actor", "action", "seq"),
    )


class Checkpoint(Table):
    """A signed statement that the chain had this hash at this length: append-only, and repeated in a file."""

    __tablename__ = "checkpoints"
    seq: Mapped[int] = mapped_column(ForeignKey("events.seq"), primary_key=True)
    hash: Mapped[bytes]
    signed_at: Mapped[Now]
    key_id: Mapped[str]
    signature: Mapped[bytes]
