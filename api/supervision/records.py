"""A decision as a story: what came, what the machine said and why, what people did, who saw it, and its proof."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.audit.chain import append, link_hash
from api.audit.rows import RECORDED, row_digest
from api.audit.schemas import CheckpointOut
from api.auth.permissions import SYSTEM, Permission, Principal
from api.db.tables import Checkpoint, Decision, Document, Event, Link, Suggestion, Table
from api.deps import Services
from api.documents.sight import require_sighted
from api.errors import NotFoundError
from api.supervision import record_rows, results, sample_rows
from api.supervision.record_schemas import CameOut, Kind, ProofOut, RecordOut, StepOut
from api.triaging.stored import read_facts

NONE = "There is no paper of this number, or it is not yours to see."
_KINDS: dict[str, Kind] = {
    "suggestions": "suggestion", "decisions": "decision", "handovers": "handover", "links": "link",
    "notices": "notice", "notice_sendings": "sending", "legal_holds": "hold", "failures": "failure",
    "sample_verdicts": "verdict",
}  # fmt: skip
_TOLD = {"id", "at", "created_at", "actor", "actor_name", "document_id", "other_id"}
"""Columns that are told otherwise than among the facts."""
_EVENTS = 100


@dataclass(frozen=True, slots=True)
class _Chain:
    """The links that record rows, by table and row, and how far the chain is signed."""

    links: dict[tuple[str, int], tuple[Event, str]]
    signed: int

    @classmethod
    def read(cls, events: Sequence[Event], checkpoint: Checkpoint | None) -> _Chain:
        """From the links, each of which names a table, a row and its digest; the first of a row counts."""
        links: dict[tuple[str, int], tuple[Event, str]] = {}
        for event in events:
            details = json.loads(event.body)["details"]
            links.setdefault((details["table"], details["row"]), (event, details["sha256"]))
        return cls(links, checkpoint.seq if checkpoint else 0)

    def proof(self, row: Any) -> ProofOut | None:
        """The proof of a row; None for one of a table that the chain does not record, or that it does not have."""
        found = self.links.get((row.__tablename__, row.id))
        if found is None:
            return None
        event, sha256 = found
        kept = row_digest(row) == sha256 and link_hash(event.previous, event.body) == event.hash
        return ProofOut(
            seq=event.seq, hash=event.hash.hex(), sha256=sha256, intact=kept, signed=event.seq <= self.signed
        )


def record(services: Services, who: Principal, number: str) -> RecordOut:
    """The record of a paper; that it was read is recorded.

    Verdicts of a blind sample are told once it is judged. A row of a recorded table without its link in the chain has
    a proof that is not intact. Raises NotFoundError; ConflictError while the caller judges the paper blind, and for
    facts of a newer version.
    """
    who.require(Permission.READ_AUDIT)
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = record_rows.find(session, who.sees, number)
        if document is None:
            raise NotFoundError(NONE)
        require_sighted(session, who, document)
        checkpoint = record_rows.newest_checkpoint(session)
        told = RecordOut(
            came=_came(session, who, document),
            steps=_steps(session, who, document, checkpoint),
            events=audit.history(session, document.id, None, _EVENTS),
            checkpoint=_checkpoint(checkpoint),
        )
        append(session, who.id, "document.record_read", document.id, steps=len(told.steps))
        return told


def _came(session: Session, who: Principal, document: Document) -> CameOut:
    known = record_rows.numbers(session, who.sees, {document.same_as} if document.same_as else set())
    columns = {name: getattr(document, name) for name in CameOut.model_fields}
    return CameOut.model_validate({**columns, "same_as": known.get(document.same_as or 0)})


def _steps(
    session: Session, who: Principal, document: Document, checkpoint: Checkpoint | None
) -> list[StepOut]:
    rows = [*record_rows.rows(session, document)]
    for item, verdicts in sample_rows.items(session, record_rows.sample_items(document), who.sees):
        if results.settled(item.item.readers, verdicts) is not None:
            rows += verdicts
    near = {row.document_id for row in rows if isinstance(row, Link | Suggestion)}
    near |= {row.other_id for row in rows if isinstance(row, Link)} | {document.id}
    chain = _Chain.read(record_rows.recording(session, near), checkpoint)
    known = record_rows.numbers(session, who.sees, near)
    contents, remarks = record_rows.written(session, document)
    steps = [_step(row, document, known, chain) for row in rows]
    steps = [
        step.model_copy(update={"content": contents.get(step.id)}) if step.kind == "decision" else step
        for step in steps
    ]
    for remark in remarks:
        words = {"words": remark.words} if remark.words is not None else None
        steps.append(
            StepOut(
                kind="remark",
                id=remark.id,
                at=remark.at,
                actor=remark.actor,
                facts={"about": remark.about},
                content=words,
            )
        )
    return sorted(steps, key=lambda step: (step.at, step.proof.seq if step.proof else inf, step.id))


def _step(row: Table, document: Document, known: dict[int, str], chain: _Chain) -> StepOut:
    columns = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    facts = {name: _plain(value) for name, value in columns.items() if name not in _TOLD}
    if isinstance(row, Suggestion):
        facts["facts"] = read_facts(row.schema_version, row.facts)
    if isinstance(row, Link):
        other = row.other_id if row.document_id == document.id else row.document_id
        if other not in known:  # the ground may tell of a paper that the caller may not know of
            facts = {"kind": row.kind, "on": row.on}
        facts["with"] = known.get(other)
    if isinstance(row, Suggestion) and row.document_id != document.id:
        facts["of"] = known.get(row.document_id)
    proof = chain.proof(row)
    if proof is None and row.__tablename__ in RECORDED:
        proof = ProofOut(seq=0, hash="", sha256="", intact=False, signed=False)
    return StepOut(
        kind=_KINDS[row.__tablename__],
        id=columns["id"],
        at=columns.get("at") or columns["created_at"],
        actor=columns.get("actor", SYSTEM.id),
        actor_name=columns.get("actor_name"),
        in_force=columns["id"] == document.decision_id if isinstance(row, Decision) else None,
        facts=facts,
        proof=proof,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _checkpoint(row: Checkpoint | None) -> CheckpointOut | None:
    if row is None:
        return None
    return CheckpointOut(
        seq=row.seq, hash=row.hash.hex(), at=row.signed_at, key=row.key_id,
        signature=base64.b64encode(row.signature).decode(),
    )  # fmt: skip
