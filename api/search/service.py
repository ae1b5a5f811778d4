"""Search of papers: what callers find is among what they may see, and what they typed is kept nowhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Reading
from api.deps import Services
from api.documents.schemas import ANSWERS, VEIL, ClockOut
from api.documents.sight import beside, hidden
from api.errors import InvalidError
from api.intake.calendar import Clock, baku_date
from api.search import repository
from api.search.query import Asked, number_begins, understand
from api.search.repository import Stretch, Terms
from api.search.schemas import SearchItem, SearchPage, SearchQuery, SnippetOut
from api.search.snippets import snippet
from api.search.terms import STRETCHES, entry, month
from api.triaging.stored import read_pages

FEW = 5
"""With fewer papers found, those with names that are only like what was asked come behind them."""
_MOST_MONTHS = 120
_COLUMNS = tuple(
    name for name in SearchItem.model_fields if name not in ("same_as", "clock", "by", "rank", "snippet")
)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A paper that was found; `by` is `words` or `likeness`."""

    id: int
    rank: float
    by: str


def search(services: Services, who: Principal, query: SearchQuery) -> SearchPage:
    """Papers that fit and that the caller may see. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.READ)
    offset, ceiling = _position(query.cursor)
    asked = understand(query.q)
    with services.database.transaction() as session:
        repository.prepare(session)
        ceiling = ceiling or repository.newest(session)
        blind = hidden(session, who)
        hits, complete = _find(session, query, _conditions(who, query, blind), asked, ceiling)
        page = hits[offset : offset + query.limit]
        items = _items(services, session, who, page, asked, blind)
        shown = [hit.id for hit in page]
        filters = sorted(query.model_fields_set - {"q", "cursor", "limit"})
        append(session, who.id, "search.made", count=len(hits), documents=shown, filters=filters)
    end = offset + query.limit
    following = _cursor(end, ceiling) if end < len(hits) else None
    return SearchPage(items=items, found=len(hits), more=not complete, next=following)


def index(session: Session, document: Document, pages: dict[str, Any], content: dict[str, Any]) -> None:
    """Let a paper be found by its numbers, its sender, and by what was read in it and said of it.

    `pages` are as a reading keeps them, `content` is the suggestion in the form of the contract; both may be empty for
    a paper that was not read. What it was found by before is forgotten.
    """
    made = entry(document, pages, content)
    repository.put(session, document.id, made.terms, made.names)


def forget(session: Session, document_id: int) -> None:
    """Let a paper be found no more: its content is being erased."""
    repository.drop(session, document_id)


def _find(
    session: Session, query: SearchQuery, seen: list[ColumnElement[bool]], asked: Asked, ceiling: int
) -> tuple[list[_Hit], bool]:
    """Papers, best first, and whether there are no others."""
    beside = _beside(query)
    terms = asked.terms or (Terms(beside) if beside else None)
    if terms is None:
        return [], True
    stretches = list(walk(ceiling, beside))
    found = repository.find(session, seen, terms, stretches)
    hits = [_Hit(*paper, "words") for paper in found.papers]
    loose = asked.loose_terms
    if len(hits) >= FEW or not found.complete or loose is None:
        return hits, found.complete
    alike = repository.find(session, seen, loose, stretches)
    there = {hit.id for hit in hits}
    hits += [_Hit(*paper, "likeness") for paper in alike.papers if paper[0] not in there]
    return hits, alike.complete


def walk(ceiling: int, beside: str) -> Iterator[Stretch]:
    """The newest papers, then four times as many, and so on, then all the rest; `beside` must hold in each."""
    before = ceiling + 1
    for level, length in enumerate(STRETCHES):
        if before <= 0:
            return
        last = (before - 1) // length
        marks = _any(f"@{level}/{number}" for number in range(max(last - 1, 0), last + 1))
        yield Stretch(before, f"{marks} & {beside}" if beside else marks)
        before = (last - 1) * length
    if before > 0:
        yield Stretch(before, beside)


def _beside(query: SearchQuery) -> str:
    """What filters say that entries know of, as a tsquery; empty for nothing."""
    number = number_begins(query.number) if query.number else None
    return " & ".join(mark for mark in (_period(query), number) if mark)


def _period(query: SearchQuery) -> str:
    """The marks of the months in which papers may have been received, as a tsquery; empty for any or very many."""
    if query.received_from is None or query.received_to is None:
        return ""
    first, last = (_months(moment) for moment in (query.received_from, query.received_to))
    if not 0 <= last - first < _MOST_MONTHS:
        return ""
    return _any(f"m/{number}" for number in range(first, last + 1))


def _months(moment: datetime) -> int:
    return int(month(moment.astimezone(UTC)).removeprefix("m/"))


def _any(marks: Iterable[str]) -> str:
    return "(" + " | ".join(f"'{mark}'" for mark in sorted(marks)) + ")"


def _conditions(who: Principal, query: SearchQuery, blind: frozenset[int]) -> list[ColumnElement[bool]]:
    asked = query.columns()
    conditions = [who.sees, *(getattr(Document, name) == value for name, value in asked.items())]
    if not ANSWERS.isdisjoint(asked):
        conditions.append(beside(blind))
    if query.received_from is not None:
        conditions.append(Document.received_at >= query.received_from)
    if query.received_to is not None:
        conditions.append(Document.received_at < query.received_to)
    if query.number is not None:
        conditions.append(Document.number.startswith(query.number, autoescape=True))
    return conditions


def _items(
    services: Services,
    session: Session,
    who: Principal,
    page: Sequence[_Hit],
    asked: Asked,
    blind: frozenset[int],
) -> list[SearchItem]:
    papers = repository.papers(session, who.sees, [hit.id for hit in page])
    first = {paper.same_as for paper in papers.values() if paper.same_as is not None}
    known = repository.numbers(session, who.sees, first)
    texts = repository.readings(session, {_source(paper) for paper in papers.values()})
    return [
        _item(services, papers[hit.id], hit, known, _snippet(texts, papers[hit.id], asked)).model_copy(
            update=VEIL if hit.id in blind else {}
        )
        for hit in page
        if hit.id in papers
    ]


def _source(paper: Document) -> int:
    """The paper whose reading counts: the same bytes are read once, whoever sent them first."""
    return paper.same_as if paper.suggestion_id is None and paper.same_as is not None else paper.id


def _snippet(texts: Mapping[int, Reading], paper: Document, asked: Asked) -> SnippetOut | None:
    reading = texts.get(_source(paper))
    if reading is None or reading.pages is None:
        return None
    found = snippet(read_pages(reading.schema_version, reading.pages)["pages"], asked.keys)
    return SnippetOut(page=found.page, text=found.text, matches=found.matches) if found else None


def _item(
    services: Services, paper: Document, hit: _Hit, known: Mapping[int, str], shown: SnippetOut | None
) -> SearchItem:
    clock = Clock(paper.answer_by, paper.forward_by, paper.warn_from)
    return SearchItem(
        **{name: getattr(paper, name) for name in _COLUMNS},
        same_as=known.get(paper.same_as) if paper.same_as else None,
        clock=ClockOut(
            answer_by=clock.answer_by, forward_by=clock.forward_by, warn_from=clock.warn_from,
            status=clock.status(baku_date(services.now())),
        ),
        by=hit.by, rank=hit.rank, snippet=shown,
    )  # fmt: skip


def _cursor(offset: int, ceiling: int) -> str:
    return base64.urlsafe_b64encode(f"{offset}.{ceiling}".encode()).decode()


def _position(cursor: str | None) -> tuple[int, int]:
    """Where a page begins, and the newest paper that counts: what came meanwhile moves nothing."""
    if cursor is None:
        return 0, 0
    try:
        offset, ceiling = map(
            int, base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).split(b".")
        )
    except ValueError:  # binascii.Error and UnicodeEncodeError are some
        offset = ceiling = 0
    if not (0 < offset <= 2 * repository.RANKED and 0 < ceiling < 2**63):
        raise InvalidError("This cursor is none of ours. Start without one.")
    return offset, ceiling
