"""Papers come in by hand: files or a text, then what was registered, and a card to print for each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Annotated
from uuid import uuid4

from anyio import from_thread, to_thread
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.auth.deps import AuthDep, allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.documents.card import card
from api.errors import InvalidError, ServiceError
from api.intake import service
from api.intake.calendar import BAKU
from api.intake.schemas import Accepted, Submission, TextSubmission
from api.intake.staging import Paper, Upload, stage
from api.problems import status_of
from api.web.barcode import code128
from api.web.csrf import SUBMIT_FORM, SenderDep, form_parts
from api.web.forms import Form, FormDep, FormError, collected
from api.web.language import N_
from api.web.render import Page, PageDep, read_page

router = APIRouter(include_in_schema=False)
form_router = APIRouter(include_in_schema=False)
"""For the form with files, whose token is looked at as it comes."""
Sender = Annotated[Principal, Depends(allowed(Permission.SUBMIT))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
CHANNELS = ("paper", "mail", "portal", "court", "desk")
_FIELD_BYTES, _FIELDS = 10_000, 20


class _Received(BaseModel):
    """When the office received papers, as a browser sends it: local time."""

    received_at: datetime | None = None


@router.get("/intake")
def show_intake(page: PageDep, _who: Sender, text: bool = False) -> Response:
    """The form that registers papers: files, or a text."""
    return _form(page, Form.of(channel="paper", key=uuid4().hex), typed=text)


@form_router.post("/intake")
async def register_files(
    request: Request,
    services: ServicesDep,
    auth: AuthDep,
    signed_in: SenderDep,
    who: Annotated[Principal, Depends(SUBMIT_FORM)],
) -> Response:
    """Register the files of a form."""
    page = read_page(request, services, auth, signed_in)
    stream = aiter(request.stream())

    async def following() -> bytes:
        return await anext(stream, b"")

    def chunks() -> Iterator[bytes]:
        while chunk := from_thread.run(following):
            yield chunk

    return await to_thread.run_sync(_take, page, who, chunks())


def _take(page: Page, who: Principal, chunks: Iterator[bytes]) -> Response:
    """Stage files while they come, then register all or none."""
    sent: dict[str, str] = {}
    papers: list[Paper] = []
    form = Form()
    assert page.signed_in is not None  # noqa: S101 - asked for by the handler
    with ExitStack() as stack:
        try:
            for part in form_parts(page.request, page.signed_in, chunks):
                if part.file_name is None:
                    sent[part.name] = part.stream.read(_FIELD_BYTES).decode("utf-8", "replace")
                elif part.file_name:  # a browser sends a nameless one where none was chosen
                    papers.append(stage(page.services, stack, Upload(part.file_name, part.stream)))
                if len(sent) > _FIELDS or len(papers) > page.services.settings.upload_files:
                    raise InvalidError(
                        "The form has too many fields or files. Send them in several requests."
                    )
            form.values = collected(sent).values
            if not papers:
                form.errors["file"] = N_("Choose at least one file.")
            told = _submission(form)
            done = service.register(page.services, who, told, papers, form.get("key") or None)
        except ServiceError as error:
            form.values = collected(sent).values
            return _again(page, form, error, typed=False)
        return _registered(page, done, [paper.name for paper in papers])


@router.post("/intake/text")
def register_text(page: PageDep, services: ServicesDep, who: Sender, form: FormDep) -> Response:
    """Register a text that was typed or pasted."""
    try:
        if not form.get("text").strip():
            form.errors["text"] = N_("Type or paste the text.")
        told = _submission(form)
        text = form.read(
            TextSubmission, channel=told.channel, received_at=told.received_at, again=told.again
        ).text
        upload = Upload(None, io.BytesIO(text.encode()))
        done = service.submit(services, who, told, [upload], form.get("key") or None)
    except ServiceError as error:
        return _again(page, form, error, typed=True)
    return _registered(page, done, [None])


@router.get("/intake/card/{number}")
def show_card(number: Number, page: PageDep, services: ServicesDep, who: Sender) -> Response:
    """The registration card of a paper, to be printed."""
    found = card(services, who, number)
    return page.render("intake/card.html", card=found, barcode=code128(found.number))


def _submission(form: Form) -> Submission:
    """What is known of the papers. Raises FormError, with `errors` filled."""
    try:
        received = form.read(_Received).received_at
    except FormError:
        received = None
    wrong = dict(form.errors)
    if received is not None and received.tzinfo is None:
        received = received.replace(tzinfo=BAKU)
    told = form.read(Submission, received_at=received, again=bool(form.get("again")))
    if wrong:
        raise FormError("Something in the form is missing or wrong.")
    return told


def _registered(page: Page, done: Accepted, file_names: list[str | None]) -> Response:
    """What was registered. The form bears a key, so that a page that is loaded again registers nothing anew."""
    found = list(zip(done.documents, file_names, strict=True))
    part = "intake/_rows.html" if _by_script(page) else "intake/registered.html"
    return page.render(part, 201, registered=found)


def _again(page: Page, form: Form, error: ServiceError, *, typed: bool) -> Response:
    """The form with what was typed; a script shows the sentence beside the file."""
    if _by_script(page):
        raise error
    form.values["key"] = [uuid4().hex]
    return _form(page, form.refused(error), status_of(error), typed=typed)


def _by_script(page: Page) -> bool:
    return page.request.headers.get("x-requested-with") == "script"


def _form(page: Page, form: Form, status: int = 200, *, typed: bool) -> Response:
    """The form; a reader with units can only choose these."""
    assert page.signed_in is not None  # noqa: S101 - asked for by every handler here
    who = page.signed_in.principal
    units = page.services.taxonomy.unit_names
    offices = sorted((page.name("unit", unit), unit) for unit in units if who.may_receive(unit))
    channels = [(page.name("channel", channel), channel) for channel in CHANNELS]
    shown = {"typed": typed, "bound": who.units is not None, "limits": page.services.settings}
    return page.render(
        "intake/form.html", status, form=form, offices=offices, channel_names=channels, **shown
    )
