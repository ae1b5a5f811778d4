"""Entries of the search: written with what a paper says, found by it within what the caller may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, distinct_on, insert
from sqlalchemy.orm import Session

from api.db.tables import Document, Reading, SearchEntry

Conditions = Sequence[ColumnElement[bool]]
RANKED = 250
"""Papers that are ranked at most: the newest that fit."""
LOOKED_AT = 5000
"""Papers with the words that are looked at for rights and filters, at most: the newest."""
LOOKED_INTO = 2000
"""The same where words must stand together: each paper's whole entry has to be read for that."""
_BY_LENGTH = 1
"""`ts_rank` divides by 1 + the logarithm of the length: long papers have every word."""


@dataclass(frozen=True, slots=True)
class Found:
    """Papers by id with how well they fit, best first. `complete`: there are no others."""

    papers: list[tuple[int, float]]
    complete: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Papers with ids below `before`; `marks` is a tsquery for what entries there have, empty for all the rest."""

    before: int
    marks: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What must hold, as tsqueries: `words` wherever they stand; `together` also how, empty where that is all one.

    `like` are words; with them the rank is how like the paper's names are to these.
    """

    words: str
    together: str = ""
    like: tuple[str, ...] = ()

    @property
    def looked_at(self) -> int:
        """How many papers with the words are looked at, at most."""
        return LOOKED_INTO if self.together else LOOKED_AT


def put(session: Session, document_id: int, terms: str, names: str) -> None:
    """Write a paper's entry, or write it anew; `terms` is the text form of a tsvector."""
    values = {"terms": cast(terms, TSVECTOR), "names": names}
    row = insert(SearchEntry).values(document_id=document_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=[SearchEntry.document_id], set_=values))


def drop(session: Session, document_id: int) -> None:
    """Remove a paper's entry."""
    session.execute(delete(SearchEntry).where(SearchEntry.document_id == document_id))


def prepare(session: Session) -> None:
    """Set, until the transaction ends, what makes plans of searches good.

    A plan for any words at all would be a bad one for most. The planner does not know that testing `terms` row by row
    means to unpack each of them, so that it must be kept from reading whole tables; and of joins only nested loops
    leave papers in order and stop when there are enough.
    """
    off = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")
    settings = {"plan_cache_mode": "force_custom_plan", **dict.fromkeys(off, "off")}
    session.execute(select(*(func.set_config(name, value, True) for name, value in settings.items())))


def newest(session: Session) -> int:
    """The greatest id of a paper that has an entry; 0 without any."""
    return session.scalar(select(func.max(SearchEntry.document_id))) or 0


def find(session: Session, seen: Conditions, terms: Terms, stretches: Sequence[Stretch]) -> Found:
    """The newest papers for which `seen` and `terms` hold, best first; those as good, newest first.

    `stretches` are gone through in order, and only as far as it takes.
    """
    raw = _with_words(terms, stretches)
    together = [_hold(raw.c.terms, terms.together)] if terms.together else []
    fitting = (
        select(raw)
        .join(Document, Document.id == raw.c.document_id)
        .where(*seen, *together)
        .limit(RANKED + 1)
        .cte("fitting")
        .prefix_with("MATERIALIZED")
    )
    ranked = select(fitting.c.document_id, _rank(fitting, terms).label("rank")).subquery()
    all_seen = select(func.count() <= RANKED).select_from(fitting).scalar_subquery()
    total = select(func.count()).select_from(raw).scalar_subquery()
    told = select(case((all_seen, total)), ranked.c.document_id, ranked.c.rank).select_from(
        select(literal(1)).subquery().outerjoin(ranked, true())
    )
    rows = session.execute(told.order_by(ranked.c.rank.desc(), ranked.c.document_id.desc())).all()
    papers = [(paper, float(rank)) for _, paper, rank in rows if paper is not None]
    looked_at = rows[0][0]
    return _found(papers, complete=looked_at is not None and looked_at <= terms.looked_at)


def _found(papers: list[tuple[int, float]], *, complete: bool) -> Found:
    """Without what shows that there are more: the oldest."""
    if len(papers) <= RANKED:
        return Found(papers, complete)
    oldest = min(papers)
    return Found([paper for paper in papers if paper != oldest], complete=False)


def _rank(fitting: CTE, terms: Terms) -> ColumnElement[Any]:
    if terms.like:
        rank = reduce(add, (func.word_similarity(word, fitting.c.names) for word in terms.like))
    else:
        rank = func.ts_rank(fitting.c.terms, cast(terms.words, TSQUERY), _BY_LENGTH)
    return func.round(cast(rank, Numeric), 3)


def _with_words(terms: Terms, stretches: Sequence[Stretch]) -> CTE:
    """Entries with the words, newest first, as many as are looked at.

    Each stretch is one walk through the index of terms, and none is begun once there are enough: so a word that a third
    of all papers hold costs no more than a rarer one. The sums keep the planner from walking the primary key instead.
    """
    place = SearchEntry.document_id + 0
    enough = terms.looked_at + 1
    parts = []
    for stretch in stretches:
        asked = f"({terms.words}) & {stretch.marks}" if stretch.marks else terms.words
        part = (
            select(SearchEntry.document_id, SearchEntry.terms, SearchEntry.names)
            .where(_hold(SearchEntry.terms, asked), place < stretch.before)
            .order_by(place.desc())
            .limit(enough)
        )
        parts.append(select(part.subquery()))
    return union_all(*parts).limit(enough).cte("raw").prefix_with("MATERIALIZED")


def _hold(terms: Any, asked: str) -> ColumnElement[bool]:
    """The condition that these terms fit the tsquery."""
    condition: ColumnElement[bool] = terms.op("@@", is_comparison=True)(cast(asked, TSQUERY))
    return condition


def papers(session: Session, seen: ColumnElement[bool], ids: Collection[int]) -> dict[int, Document]:
    """Papers by id, of those that may be seen."""
    found = session.scalars(select(Document).where(Document.id.in_(ids), seen))
    return {document.id: document for document in found}


def numbers(session: Session, seen: ColumnElement[bool], ids: Collection[int]) -> dict[int, str]:
    """Numbers by id, of the papers that may be seen."""
    return dict(session.execute(select(Document.id, Document.number).where(Document.id.in_(ids), seen)).all())


def readings(session: Session, ids: Collection[int]) -> dict[int, Reading]:
    """The newest reading of each of these papers, where it was not blanked."""
    query = (
        select(Reading)
        .ext(distinct_on(Reading.document_id))
        .where(Reading.document_id.in_(ids))
        .order_by(Reading.document_id, Reading.run.desc())
    )
    return {reading.document_id: reading for reading in session.scalars(query) if reading.pages is not None}
