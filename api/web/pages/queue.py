"""The queue of papers before people: a table with filters, search, and a person's own views; taking papers from it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.intake.calendar import baku_date
from api.problems import status_of
from api.review import opening, queue, views
from api.review.schemas import ClaimIn, CountOut, QueueQuery
from api.review.views import NameIn, ViewIn
from api.search import service as searching
from api.search.schemas import SearchPage, SearchQuery, Typed
from api.web.forms import Form, FormDep
from api.web.language import N_
from api.web.names_desk import CODES
from api.web.render import Page, PageDep, address

router = APIRouter(include_in_schema=False)
Decider = Annotated[Principal, Depends(allowed(Permission.DECIDE))]
LANGUAGES = ("az", "ru", "en", "tr", "other")
GIST = 120
"""Characters of a gist in the table; the paper itself shows the rest."""
_PAGE = "queue"
_SIZE = 50
_NOTHING = N_("Nothing waits here that nobody else has open.")


class Asked(QueueQuery):
    """The address of the queue: filters, or words that are searched for among papers that wait (or all)."""

    q: Typed = ""
    everywhere: bool = False
    limit: int = Field(_SIZE, ge=1, le=_SIZE)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters as an address has them."""
        told = self.model_dump(exclude_defaults=True, exclude={"cursor", "limit"})
        return {name: "true" if value is True else value for name, value in told.items() if value}


AskedDep = Annotated[Asked, Query()]


@router.get("/queue")
def show_queue(page: PageDep, services: ServicesDep, who: Decider, asked: AskedDep) -> Response:
    """The queue, or what was found in it."""
    return shown(page, services, who, asked)


@router.get("/queue/news")
def tell_news(services: ServicesDep, who: Decider, since: Annotated[AwareDatetime, Query()]) -> JSONResponse:
    """How many papers have come to wait since a moment, for a script that asks now and then."""
    return JSONResponse({"new": opening.arrivals(services, who, since)})


@router.post("/queue/open")
def open_paper(
    page: PageDep, services: ServicesDep, who: Decider, asked: AskedDep, form: FormDep
) -> Response:
    """Take the paper that was chosen, and go to it."""
    return _taken(page, services, who, asked, form, ClaimIn(number=form.get("number") or None))


@router.post("/queue/take")
def take_next(page: PageDep, services: ServicesDep, who: Decider, asked: AskedDep, form: FormDep) -> Response:
    """Take the next paper of the filters, and go to it; the one that is held already comes first."""
    wanted = ClaimIn.model_validate(
        asked.model_dump(exclude_defaults=True, exclude={"cursor", "limit", "q", "everywhere"})
    )
    return _taken(page, services, who, asked, form, wanted)


@router.post("/queue/views")
def save_view(page: PageDep, services: ServicesDep, who: Decider, asked: AskedDep, form: FormDep) -> Response:
    """Save the filters under a name."""
    query = {name: str(value) for name, value in asked.filters.items()}
    try:
        views.save(services, who, _PAGE, form.read(ViewIn, query=query))
    except ServiceError as error:
        return shown(page, services, who, asked, form.refused(error), status_of(error))
    return page.go(address("/queue", asked.filters), page.words.text("The view is saved."))


@router.post("/queue/views/{id}")
def rename_view(
    id: RowId, page: PageDep, services: ServicesDep, who: Decider, asked: AskedDep, form: FormDep
) -> Response:
    """Give a view another name, or delete it."""
    try:
        if form.get("delete"):
            views.delete(services, who, id)
        else:
            views.rename(services, who, id, form.read(NameIn))
    except ServiceError as error:
        return shown(page, services, who, asked, form.refused(error), status_of(error))
    done = (
        page.words.text("The view is deleted.")
        if form.get("delete")
        else page.words.text("The view is saved.")
    )
    return page.go(address("/queue", asked.filters), done)


def shown(
    page: Page,
    services: ServicesDep,
    who: Principal,
    asked: Asked,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    """The page. `form` is one that was refused."""
    found: SearchPage | None = None
    listed, following = [], None
    if asked.q.strip():
        found = searching.search(services, who, _search(asked))
        following = found.next
    else:
        table = queue.page(services, who, QueueQuery.model_validate(_plain(asked)))
        listed, following = table.items, table.next
    now = services.now()
    return page.render(
        "queue/queue.html", status, asked=asked, query=asked.filters, items=listed, found=found, form=form or Form(),
        following=address("/queue", asked.filters, cursor=following) if following else None,
        counts=_counted(queue.counts(services, who), asked), views=views.views(services, who, _PAGE),
        offered=_offered(page), today=baku_date(now), since=now.isoformat(), quote=quote, gist_length=GIST,
        veiled=services.settings.show_suggestion == "after_choice",
    )  # fmt: skip


def _plain(asked: Asked) -> dict[str, Any]:
    return asked.model_dump(exclude_unset=True, exclude={"q", "everywhere"}) | {"limit": asked.limit}


def _search(asked: Asked) -> SearchQuery:
    """Words among papers that wait; the filters that a search knows hold, too."""
    known = {"office", "document_type", "subject", "urgency", "language"}
    cursor = asked.cursor if asked.cursor and len(asked.cursor) <= 80 else None
    return SearchQuery(
        q=asked.q, state=None if asked.everywhere else "review", cursor=cursor, limit=_SIZE,
        **asked.model_dump(include=known),
    )  # fmt: skip


def _taken(
    page: Page, services: ServicesDep, who: Principal, asked: Asked, form: Form, wanted: ClaimIn
) -> Response:
    try:
        item = queue.claim(services, who, wanted).item
    except NotFoundError:
        raise
    except ServiceError as error:
        return shown(page, services, who, asked, form.refused(error), status_of(error))
    if item is None:
        return page.go(address("/queue", asked.filters), page.words.text(_NOTHING))
    return page.go(f"/papers/{quote(item.number)}")


def _counted(counts: list[CountOut], asked: Asked) -> dict[str, dict[str, int]]:
    """Papers by desk, and by urgency at the desk that is looked at."""
    desks: dict[str, int] = {}
    urgencies: dict[str, int] = {}
    for count in counts:
        desks[count.desk] = desks.get(count.desk, 0) + count.papers
        if count.urgency is not None and asked.desk in (None, count.desk):
            urgencies[count.urgency] = urgencies.get(count.urgency, 0) + count.papers
    return {"desk": desks, "urgency": urgencies}


def _offered(page: Page) -> dict[str, list[tuple[str, str]]]:
    """What can be filtered by, beside what is counted."""
    departments = [(label, page.name("department", label)) for label in page.services.taxonomy.departments]
    reasons = [(code, page.name("review_short", code)) for code in CODES["review_short"]]
    return {
        "language": [(code, page.name("language", code)) for code in LANGUAGES],
        "department": sorted(departments, key=lambda pair: pair[1]),
        "reason": sorted(reasons, key=lambda pair: pair[1]),
    }
