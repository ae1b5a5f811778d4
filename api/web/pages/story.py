"""One decision as a story: what came, what the machine said and why, what people did, who saw it, and its proof."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.audit.schemas import EventPage
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.documents import service as documents
from api.supervision import records
from api.supervision.record_schemas import RecordOut
from api.web import story
from api.web.pages import papers
from api.web.pages.papers import Number, Paper
from api.web.render import Page, PageDep
from api.web.story import Step

router = APIRouter(prefix="/decisions", include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Auditor = Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))]
_EVENTS = 100


@router.get("/{number}")
def show_story(
    number: Number, page: PageDep, services: ServicesDep, who: Reader, whole: bool = False
) -> Response:
    """The story of a paper; who reads the audit chain gets the record with its proof. `whole`: to be printed."""
    found = papers.paper(page, who, number)
    if Permission.READ_AUDIT in who.permissions:
        record = records.record(services, who, number)
        told, events = story.tell(page, record.steps, found.text), record.events
    else:
        record, told = None, papers.steps(page, who, found, machine=True)
        events = documents.history(services, who, number, None, _EVENTS)
    return _shown(page, who, found, told, events, record, whole=whole)


@router.get("/{number}/record.json")
def export_record(number: Number, services: ServicesDep, who: Auditor) -> Response:
    """The record as JSON, as a download."""
    record = records.record(services, who, number)
    headers = {"Content-Disposition": f'attachment; filename="record-{record.came.number}.json"'}
    return Response(record.model_dump_json(indent=2), media_type="application/json", headers=headers)


def _shown(
    page: Page, who: Principal, found: Paper, told: list[Step], events: EventPage, record: RecordOut | None, *,
    whole: bool,
) -> Response:  # fmt: skip
    proofs = [step.proof for step in told if step.proof is not None]
    replays = [event for event in events.items if event.action == "document.replayed"]
    named = story.people(page, {event.actor for event in events.items})
    return page.render(
        "story/story.html",
        paper=found,
        steps=told,
        text=papers.text_pages(found, told),
        record=record,
        events=events,
        named=named,
        looked=papers.looked(page, events.items),
        undo=papers.undoable(page, who, found, told),
        held=next((step.columns["on"] for step in reversed(told) if step.kind == "hold"), False),
        broken=[proof for proof in proofs if not proof.intact],
        signed=[proof for proof in proofs if proof.signed],
        proofs=proofs,
        replay=replays[0] if replays else None,
        whole=whole,
    )
