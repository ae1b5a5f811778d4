"""The audit chain: events with filters, links to their export, and the signed checkpoints."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.audit import service
from api.audit.schemas import CheckpointQuery, EventPage, EventQuery, KeyOut
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import Services, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.intake.calendar import BAKU
from api.problems import status_of
from api.web import names_story, story
from api.web.forms import Form
from api.web.render import Page, PageDep, address
from api.work import members
from api.work.schemas import ListQuery

router = APIRouter(prefix="/audit", include_in_schema=False)
Auditor = Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))]
_PAGE = 50
_EXPORT = "/api/v1/audit/export"


class _Asked(BaseModel):
    """The filters as the form has them; days are whole days in Baku, both included."""

    actor: str | None = None
    action: str | None = None
    document: str | None = None
    since: date | None = Field(None, ge=date(2000, 1, 1), le=date(2099, 12, 31))
    until: date | None = Field(None, ge=date(2000, 1, 1), le=date(2099, 12, 31))
    cursor: str | None = None

    @property
    def period(self) -> dict[str, datetime]:
        """The days as moments, as the service takes them."""
        until = self.until + timedelta(days=1) if self.until else None
        days = {"since": self.since, "until": until}
        return {name: datetime.combine(day, time(), BAKU) for name, day in days.items() if day}


@router.get("")
def show_audit(page: PageDep, services: ServicesDep, who: Auditor) -> Response:
    """Events that fit, newest first."""
    form = _asked(page)
    status, found = 200, EventPage(items=[], next=None)
    try:
        found = service.events(services, who, _query(form, _PAGE))
    except ServiceError as error:
        form.refused(error)
        status = status_of(error)
    query = {name: values[0] for name, values in form.values.items() if values[0] and name != "cursor"}
    return page.render(
        "story/audit.html", status, form=form, query=query, found=found, exports=_exports(form),
        named=story.people(page, {event.actor for event in found.items}), actors=_actors(page, who, form.get("actor")),
        actions=_actions(page, form.get("action")), checkpoints=_checkpoints(services, who), key=_key(services, who),
    )  # fmt: skip


def _asked(page: Page) -> Form:
    known = page.request.query_params
    return Form.of(**{name: known[name] for name in _Asked.model_fields if name in known})


def _query(form: Form, limit: int, **more: Any) -> EventQuery:
    """The filters of a form. Raises FormError."""
    return form.read(EventQuery, frozenset(), **form.read(_Asked).period, limit=limit, **more)


def _exports(form: Form) -> list[tuple[str, str]]:
    """Links to the events as a file, with the filters of the form; none where these make no sense."""
    try:
        period = form.read(_Asked).period
    except ServiceError:
        return []
    asked = {name: form.get(name) or None for name in ("actor", "action", "document")}
    asked |= {"from": _iso(period.get("since")), "to": _iso(period.get("until"))}
    return [
        (address(_EXPORT, asked, format=kind), name)
        for kind, name in (("csv", "CSV"), ("jsonl", "JSON Lines"))
    ]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _actors(page: Page, who: Principal, chosen: str) -> list[tuple[str, str]]:
    """Who may be chosen: the service, and people; the one who is chosen now in any case."""
    found = {
        f"user:{each.id}": each.name for each in members.page(page.services, who, ListQuery(limit=100)).items
    }
    if chosen and chosen not in found:
        found[chosen] = story.people(page, [chosen])(chosen)
    ends = {code: page.name("actor", code) for code in names_story.CODES["actor"]}
    people = sorted((name, code) for code, name in found.items() if code not in ends)
    return [*((name, code) for code, name in ends.items()), *people]


def _actions(page: Page, chosen: str) -> list[tuple[str, str]]:
    """What may be chosen: groups of events, and the one event that is chosen now."""
    groups = [(page.name("event_group", code), code) for code in names_story.CODES["event_group"]]
    single = [(page.name("event", chosen), chosen)] if chosen and not chosen.endswith(".") else []
    return [*single, *groups]


def _checkpoints(services: Services, who: Principal) -> Any:
    return service.checkpoints(services, who, CheckpointQuery(limit=5)).items


def _key(services: Services, who: Principal) -> KeyOut | None:
    try:
        return service.key(services, who)
    except NotFoundError:
        return None
