"""All papers: searched by words, narrowed by what was decided, each leading to its story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.db.tables.documents import STATES
from api.deps import Services, ServicesDep
from api.documents import service as documents
from api.errors import ServiceError
from api.intake.calendar import BAKU
from api.problems import status_of
from api.search import service as search
from api.search.schemas import SearchQuery
from api.web import said
from api.web.forms import Form
from api.web.render import Page, PageDep

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
_CHOSEN = ("office", "department", "unit", "document_type", "subject", "language")
_FILTERS = ("state", "urgency", *_CHOSEN)
_PAGE, _YEARS = 25, 9
_LANGUAGES = ("az", "ru", "en", "tr", "other")


class _Period(BaseModel):
    """Days of receipt, both included."""

    since: date | None = Field(None, ge=date(2000, 1, 1), le=date(2099, 12, 31))
    until: date | None = Field(None, ge=date(2000, 1, 1), le=date(2099, 12, 31))


@router.get("/decisions")
def show_decisions(page: PageDep, services: ServicesDep, who: Reader) -> Response:
    """What is searched for; with nothing asked, the newest papers."""
    form = Form.of(**dict(page.request.query_params))
    asked = {name: form.get(name) for name in ("q", *_FILTERS, "since", "until") if form.get(name)}
    status, shown = 200, _nothing()
    try:
        shown = _found(services, who, form) if asked else _newest(services, who, form)
    except ServiceError as error:
        form.refused(error)
        status = status_of(error)
    return page.render(
        "story/search.html", status, form=form, query=asked, narrowed=asked.keys() - {"q", "state", "urgency"},
        choices=_choices(page), marked=said.marked, **shown,
    )  # fmt: skip


def _nothing() -> dict[str, Any]:
    return {"items": [], "found": None, "more": False, "following": None}


def _newest(services: Services, who: Principal, form: Form) -> dict[str, Any]:
    """The newest papers, without any being looked for."""
    found = documents.page(services, who, {}, form.get("cursor") or None, _PAGE)
    return {"items": found.items, "found": None, "more": False, "following": found.next}


def _found(services: Services, who: Principal, form: Form) -> dict[str, Any]:
    period = form.read(_Period)
    asked = {name: form.get(name) for name in ("q", *_FILTERS, "cursor") if form.get(name)}
    query = Form.of(**asked).read(SearchQuery, frozenset(), **_moments(services, asked, period), limit=_PAGE)
    page = search.search(services, who, query)
    return {"items": page.items, "found": page.found, "more": page.more, "following": page.next}


def _moments(services: Services, asked: Mapping[str, str], period: _Period) -> dict[str, datetime]:
    """The period as moments. Where no words are asked for, filters need one: then that of the last years."""
    since, until = period.since, period.until
    if "q" not in asked:
        today = services.now().astimezone(BAKU).date()
        until = until or today
        since = since or min(until, today) - timedelta(days=365 * _YEARS)
    found = {"received_from": since, "received_to": until + timedelta(days=1) if until else None}
    return {name: datetime.combine(day, time(), BAKU) for name, day in found.items() if day}


def _choices(page: Page) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each filter, by name."""
    known = page.services.taxonomy
    units = sorted((page.name("unit", code), code) for code in known.units)
    return {
        "state": [(page.name("state", code), code) for code in STATES],
        "urgency": [(page.name("urgency", code), code) for code in known.urgencies],
        "office": units,
        "department": sorted((page.name("department", code), code) for code in known.departments),
        "unit": units,
        "document_type": sorted((page.name("document_type", code), code) for code in known.document_types),
        "subject": sorted((page.name("subject", code), code) for code in known.subjects),
        "language": [(page.name("language", code), code) for code in _LANGUAGES],
    }
