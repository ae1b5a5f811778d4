"""Which papers may belong with one, and on what ground: proposals, never links."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api.db.tables import Document
from api.deps import Services
from api.related import repository
from api.related.likeness import ALIKE, shingles, similarity
from api.related.repository import Paper
from api.related.schemas import Agreement, Proposal
from api.related.traits import Fact, Key, fact_keys, facts, secrets_of, text_of
from api.triaging.stored import read_pages

MOST = 50
"""Proposals for one paper, copies of the same bytes counted apart."""
COMMON = 200
"""What more papers share than this (the telephone of an office) tells nothing of persons, unless the FIN agrees."""
_SPREAD = 1000  # papers that are looked at for one band
_COMPARED = 30  # texts that are compared in full
_WEIGHTS = {
    "fin": 0.9, "birth": 0.6, "phone": 0.7, "email": 0.7, "name": 0.6, "address": 0.4, "case": 0.6, "subject": 0.2,
}  # fmt: skip
"""How far each agreement alone carries a score: together 1 - (1 - a)(1 - b)…, the order is all that counts."""
_PERSON = frozenset({"fin", "name", "birth", "phone", "email", "address"})
_BESIDE_FIN = _PERSON - {"fin"}
_BESIDE_NAME = _PERSON - {"fin", "name"}

Pages = dict[str, Any]


def proposals(
    services: Services, session: Session, seen: ColumnElement[bool], document: Document
) -> list[tuple[int, Proposal]]:
    """What is proposed for a paper, with the ids of the other ones, the strongest first.

    Only papers for which `seen` holds take part, and no pair that a person decided on for this kind.
    """
    settled = {(_other(link.document_id, link.other_id, document.id), link.kind) for link in
               repository.links(session, document.id)}  # fmt: skip
    together = {other for other, kind in settled if kind == "part"}
    copies = repository.same_bytes(session, seen, document, MOST)
    found = [_proposal(paper, "duplicate", 1.0, [Agreement(trait="bytes")]) for paper in copies]
    source = repository.source_of(document)
    same = {paper.id for paper in copies} | {document.id}
    found += [pair for pair in _near(session, seen, source) if pair[0] not in same]
    found += _by_facts(services, session, seen, document, source)
    kept = [
        (other, proposal)
        for other, proposal in found
        if other != document.id and other not in together and (other, proposal.kind) not in settled
    ]
    kept.sort(key=lambda pair: (-pair[1].score, -pair[0], pair[1].kind))
    return kept[: 2 * MOST]


def _near(session: Session, seen: ColumnElement[bool], source: int) -> list[tuple[int, Proposal]]:
    """Papers whose text is nearly the same: found by their bands, then compared in full."""
    counts = repository.near(session, source, _SPREAD)
    if not counts:
        return []
    papers = repository.papers(session, seen, counts)
    papers.sort(key=lambda paper: (-counts.get(paper.source, 0), -paper.id))
    compared = list(dict.fromkeys(paper.source for paper in papers))[:_COMPARED]
    texts = {
        paper: shingles(text_of(read_pages(*row)))
        for paper, row in repository.texts(session, [source, *compared]).items()
    }
    found = []
    for paper in papers:
        if source in texts and paper.source in texts:
            alike = round(similarity(texts[source], texts[paper.source]), 4)
            if alike >= ALIKE:
                found.append(_proposal(paper, "near", alike, [Agreement(trait="text", value=f"{alike:.2f}")]))
    return found[:MOST]


def _by_facts(
    services: Services, session: Session, seen: ColumnElement[bool], document: Document, source: int
) -> list[tuple[int, Proposal]]:
    """Papers of the same person or case."""
    agreeing, common = _agreeing(session, source)
    if not agreeing:
        return []
    shown = _shown(services, session, source)
    own_fin = bool(repository.with_kind(session, [source], "fin"))
    with_fin = repository.with_kind(session, agreeing, "fin") if own_fin else set()
    found = []
    for paper in repository.papers(session, seen, agreeing):
        keys = agreeing.get(paper.source)
        if keys is None:
            continue
        kinds = {kind for kind, _ in keys}
        clash = paper.source in with_fin and "fin" not in kinds
        ground = _ground(keys, shown)
        if _same_person(kinds, {kind for kind, key in keys if (kind, key) not in common}, clash=clash):
            found.append(_scored(paper, "person", [told for told in ground if told.trait in _PERSON]))
        if "case" in kinds:
            subject = [Agreement(trait="subject", value=paper.subject)] if paper.subject and (
                paper.subject == document.subject) else []  # fmt: skip
            found.append(_scored(paper, "case", [*ground, *subject]))
    found.sort(key=lambda pair: (-pair[1].score, -pair[0]))
    return found[:MOST]


def _agreeing(session: Session, source: int) -> tuple[dict[int, list[Key]], set[Key]]:
    """By paper, the traits that it shares with `source`; and the traits that too many share."""
    agreeing: dict[int, list[Key]] = defaultdict(list)
    common = set()
    for kind, key, others in repository.sharing(session, source, COMMON + 1):
        if len(others) > COMMON:
            common.add((kind, key))
        for other in others:
            agreeing[other].append((kind, key))
    return agreeing, common


def _same_person(kinds: set[str], rare: set[str], *, clash: bool) -> bool:
    """Whether two papers may be of one person: the FIN and another fact agree, or the name and a fact that few share.

    One number or one name alone never suffices; nor does a name where both papers tell FINs and none agrees.
    """
    if "fin" in kinds:
        return bool(kinds & _BESIDE_FIN)
    return not clash and "name" in kinds and bool(rare & _BESIDE_NAME)


def _shown(services: Services, session: Session, source: int) -> dict[Key, Fact]:
    """The facts of a paper by their keys, to tell masked which of them agree."""
    row, content = repository.texts(session, [source]).get(source), repository.content(session, source)
    if row is None or content is None:
        return {}
    return fact_keys(secrets_of(services.keys_folder), facts(read_pages(*row), json.loads(content)))


def _ground(keys: list[Key], shown: dict[Key, Fact]) -> list[Agreement]:
    told = [(kind, shown[kind, key].shown if (kind, key) in shown else None) for kind, key in sorted(keys)]
    order = list(_WEIGHTS)
    return [
        Agreement.model_validate({"trait": kind, "value": value})
        for kind, value in sorted(told, key=lambda pair: order.index(pair[0]))
    ]


def _scored(paper: Paper, kind: str, ground: list[Agreement]) -> tuple[int, Proposal]:
    doubt = 1.0
    for trait in {told.trait for told in ground}:
        doubt *= 1 - _WEIGHTS[trait]
    return _proposal(paper, kind, round(1 - doubt, 4), ground)


def _proposal(paper: Paper, kind: str, score: float, ground: list[Agreement]) -> tuple[int, Proposal]:
    made = {"other": paper.number, "state": paper.state, "kind": kind, "ground": ground, "score": score}
    return paper.id, Proposal.model_validate(made)


def _other(one: int, other: int, own: int) -> int:
    return other if one == own else one
