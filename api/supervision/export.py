"""Decisions as training reads them: the one way, besides bundles, by which the service and training meet.

JSON Lines, UTF-8, one object a paper, in the order of registration: papers with a person's decision in force, with a
blind verdict that holds, or that a department has returned; none whose content was erased or disposed of.

    version     1
    number      of the paper
    source      what the labels are of: "verdict" (blind), "decision" (a person's in force), or "return" (none yet)
    labels      document_type, subject, territory, department, unit, urgency; null for a return
    action      of the person's decision: "route", "outside", "unreadable", …; null without one
    overrides   names of the fields in which that decision differs from the suggestion
    reason      the code that the person gave for it, or null
    entities    as a person corrected them, in the form in which the review keeps them; null where nobody did
    suggestion  bundle, bundle_sha256, policy, run and facts of the suggestion that was on the table, or null
    returns     department, unit, reason (code) and at of every return
    pages       the text that was read: number and text of each page

The file holds words of papers: keep it as the papers are kept. That it was written, with the number of lines and its
SHA-256, stands in the audit chain (`decisions.exported`).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Handover, SampleItem, SampleVerdict
from api.deps import Services
from api.supervision import export_rows, results, sample_rows
from api.supervision.export_rows import Signal
from api.triaging.stored import read_facts, read_pages

VERSION = 1
_STEP = 200
_LABELS = ("document_type", "subject", "territory", "urgency")


def export(services: Services, who: Principal, file: Path) -> int:
    """Write the file, whole or not at all, readable by its owner alone; the number of lines.

    Raises ForbiddenError, OSError.
    """
    who.require(Permission.SUPERVISE)
    digest, count = hashlib.sha256(), 0
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with services.database.transaction() as session:
            with os.fdopen(handle, "wb") as stream:
                for line in _lines(session, who):
                    data = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
                    stream.write(data)
                    digest.update(data)
                    count += 1
                stream.flush()
                os.fsync(stream.fileno())
            append(session, who.id, "decisions.exported", None, count=count, sha256=digest.hexdigest())
        Path(part).replace(file)
    finally:
        Path(part).unlink(missing_ok=True)
    return count


def _lines(session: Session, who: Principal) -> Iterator[dict[str, Any]]:
    after = 0
    while signals := export_rows.signals(session, after, _STEP):
        ids = [signal.document.id for signal in signals]
        returns: dict[int, list[Handover]] = defaultdict(list)
        for handover in export_rows.returns(session, ids):
            returns[handover.document_id].append(handover)
        verdicts = _verdicts(session, who, ids)
        for signal in signals:
            id_ = signal.document.id
            if line := _line(signal, verdicts.get(id_), returns[id_]):
                yield line
        after = ids[-1]
        session.expunge_all()


def _verdicts(session: Session, who: Principal, ids: Sequence[int]) -> dict[int, SampleVerdict]:
    """The newest verdict that holds, by paper."""
    return {
        item.item.document_id: held
        for item, given in sample_rows.items(session, SampleItem.document_id.in_(ids), who.sees)
        if (held := results.settled(item.item.readers, given)) is not None
    }


def _line(
    signal: Signal, verdict: SampleVerdict | None, returns: Sequence[Handover]
) -> dict[str, Any] | None:
    """The line of a paper; None where its only verdicts do not hold yet."""
    person = signal.decision if signal.decision is not None and signal.decision.kind == "person" else None
    chosen = verdict or person
    if chosen is None and not returns:
        return None
    labels = None
    if chosen is not None:
        labels = {name: chosen.facts.get(name) for name in _LABELS}
        labels |= {"department": chosen.department, "unit": chosen.unit}
    content = signal.content.content if person is not None and signal.content is not None else None
    return {
        "version": VERSION,
        "number": signal.document.number,
        "source": "verdict" if verdict else "decision" if person else "return",
        "labels": labels,
        "action": (person.action or "route") if person else None,
        "overrides": person.facts.get("overrides", []) if person else [],
        "reason": person.reason if person else None,
        "entities": (content or {}).get("entities"),
        "suggestion": _suggestion(signal),
        "returns": [
            {"department": row.department, "unit": row.unit, "reason": row.reason, "at": row.at.isoformat()}
            for row in returns
        ],
        "pages": _pages(signal),
    }


def _suggestion(signal: Signal) -> dict[str, Any] | None:
    row = signal.suggestion
    if row is None:
        return None
    facts = read_facts(row.schema_version, row.facts)
    return {
        "bundle": row.bundle, "bundle_sha256": row.bundle_sha256, "policy": row.policy, "run": row.run, "facts": facts
    }  # fmt: skip


def _pages(signal: Signal) -> list[dict[str, Any]]:
    kept = read_pages(signal.reading.schema_version, signal.reading.pages or {})
    return [{"page": page["page"], "text": page["text"]} for page in kept["pages"]]
