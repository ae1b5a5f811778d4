"""The certificate of a disposal: what went, by whose word and which rule. Its SHA-256 stands in the audit chain.

It is kept as JSON and given out as canonical JSON, so that the hash of the file is the hash in the chain. Version 1.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from api.audit.canonical import canonical, rfc3339
from api.db.tables import Disposal, Document
from api.intake.calendar import baku_date
from api.pdf import Block, pdf_of
from api.retention.schedule import Schedule

VERSION = 1
Language = Literal["az", "ru", "en"]
_WORDS = Path(__file__).with_name("certificate.toml")


def certificate(
    disposal: Disposal,
    people: Mapping[str, str | None],
    plan: Schedule,
    gone: Iterable[tuple[Document, str, str | None]],
    left_out: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    """The certificate of an approved disposal.

    `people` are names by actor, `gone` the papers with their rule and the salted hash of their original from the
    chain, `left_out` codes of reasons by number.
    """
    papers = [
        {
            "number": document.number,
            "rule": rule,
            "closed_on": str(baku_date(document.closed_at)) if document.closed_at else None,
            "original": original,
        }
        for document, rule, original in gone
    ]
    used = {paper["rule"] for paper in papers}
    return {
        "version": VERSION,
        "disposal": disposal.id,
        "proposed": _act(disposal.proposed_by, disposal.proposed_at, people),
        "approved": _act(disposal.ended_by, disposal.ended_at, people),
        "carried_out_at": rfc3339(now),
        "count": len(papers),
        "papers": papers,
        "rules": {
            rule.id: {"years": rule.years, "basis": rule.basis, "names": dict(rule.names)}
            for rule in plan.rules
            if rule.id in used
        },
        "left_out": dict(left_out),
    }


def as_json(certificate: Mapping[str, Any]) -> bytes:
    """The bytes whose SHA-256 the chain has."""
    return canonical(certificate).encode()


def digest(certificate: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the certificate."""
    return hashlib.sha256(as_json(certificate)).hexdigest()


def as_pdf(certificate: Mapping[str, Any], language: Language) -> bytes:
    """The certificate to be printed and signed."""
    said = _words()
    words, why = said[language], said["why"][language]
    title = words["title"].format(id=certificate["disposal"])
    lines = [
        words["proposed"].format_map(certificate["proposed"]),
        words["approved"].format_map(certificate["approved"]),
        words["carried_out"].format(at=certificate["carried_out_at"]),
        words["count"].format(count=certificate["count"]),
        *(
            words["rule"].format(
                id=id, name=rule["names"][language], years=rule["years"], basis=rule["basis"]
            )
            for code, rule in sorted(certificate["rules"].items())
        ),
        *(words["paper"].format_map(paper) for paper in certificate["papers"]),
    ]
    if left := certificate["left_out"]:
        lines.append(words["left_out"])
        lines += [words["left"].format(number=number, why=why[code]) for number, code in sorted(left.items())]
    lines.append(words["hash"].format(sha256=digest(certificate)))
    return pdf_of([Block("title", title), *(Block("line", line) for line in lines)], title)


def _act(actor: str | None, at: datetime | None, people: Mapping[str, str | None]) -> dict[str, str | None]:
    return {"actor": actor, "name": people.get(actor or ""), "at": rfc3339(at) if at else None}


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))
