"""What is done from a paper's story: letters and their sendings, legal holds, replays, taking back, erasure by law."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.documents import erasing
from api.documents import service as documents
from api.documents.schemas import ErasureIn
from api.errors import InvalidError, NotFoundError, ServiceError
from api.notices import service as notices
from api.notices.schemas import NoticeIn, SendingIn
from api.notices.templates import FORMS
from api.problems import status_of
from api.retention import service as retention
from api.retention.schemas import HoldIn
from api.review import service as review
from api.review.decision_schemas import UndoIn
from api.supervision import replaying
from api.web.forms import Form, FormDep
from api.web.language import N_
from api.web.pages.papers import Number
from api.web.render import Page, PageDep

router = APIRouter(prefix="/decisions/{number}", include_in_schema=False)
Maker = Annotated[Principal, Depends(allowed(Permission.MAKE_NOTICES))]
Holder = Annotated[Principal, Depends(allowed(Permission.HOLD))]
Eraser = Annotated[Principal, Depends(allowed(Permission.ERASE))]
Decider = Annotated[Principal, Depends(allowed(Permission.DECIDE))]
Supervisor = Annotated[Principal, Depends(allowed(Permission.SUPERVISE))]
LETTERS = ("registered", "forwarded", "returned")
WAYS = ("post", "email", "hand", "portal")
_MOST_NAMED = 10


class _Asked(BaseModel):
    """A letter as the form asks for it: language and script are one choice."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    form: str = Field("", pattern=r"^([a-z]{2}\.[a-z]+)?$")


@router.get("/letter")
def show_letter(number: Number, page: PageDep, who: Maker) -> Response:
    """The form for a letter to the sender."""
    return _letter(page, who, number, Form.of(kind="registered"))


@router.post("/letter")
def make_letter(number: Number, page: PageDep, services: ServicesDep, who: Maker, form: FormDep) -> Response:
    """Make a letter; then it can be opened, and its sending be recorded."""
    try:
        asked = form.read(_Asked)
        language, _, script = asked.form.partition(".")
        wanted = Form.of(kind=asked.kind, language=language, script=script).read(NoticeIn)
        made = notices.make(services, who, number, wanted)
    except ServiceError as error:
        return _letter(page, who, number, form.refused(error), status_of(error))
    return page.go(f"{_path(number)}/letters/{made.id}", page.words.text("The letter is made and kept."))


@router.get("/letters/{id}")
def show_sending(number: Number, id: RowId, page: PageDep, who: Maker) -> Response:
    """A letter: to be opened, and how it was sent."""
    return _sending(page, who, number, id, Form.of(way="post"))


@router.post("/letters/{id}")
def record_sending(
    number: Number, id: RowId, page: PageDep, services: ServicesDep, who: Maker, form: FormDep
) -> Response:
    """Record that a letter was sent."""
    try:
        notices.sent(services, who, id, form.read(SendingIn))
    except ServiceError as error:
        return _sending(page, who, number, id, form.refused(error), status_of(error))
    return page.go(_path(number), page.words.text("That the letter was sent is recorded."))


@router.get("/hold")
def show_hold(number: Number, page: PageDep, who: Holder) -> Response:
    """The form that sets or ends a legal hold."""
    return _hold(page, who, number, Form())


@router.post("/hold")
def change_hold(number: Number, page: PageDep, services: ServicesDep, who: Holder, form: FormDep) -> Response:
    """Set or end a legal hold."""
    on = form.get("on") == "on"
    try:
        retention.hold(services, who, number, form.read(HoldIn, on=on))
    except ServiceError as error:
        return _hold(page, who, number, form.refused(error), status_of(error))
    said = (
        page.words.text("The paper is under a legal hold.")
        if on
        else page.words.text("The legal hold is ended.")
    )
    return page.go(_path(number), said)


@router.post("/replay")
def replay(number: Number, page: PageDep, services: ServicesDep, who: Supervisor) -> Response:
    """Make the suggestion again; what came of it stands in the story."""
    found = replaying.replay(services, who, number)
    said = page.words.text("The suggestion was made again and compared with the record:")
    named = ", ".join(found.differs[:_MOST_NAMED])
    return page.go(f"{_path(number)}#replay", f"{said} {page.name('outcome', found.outcome)} {named}".strip())


@router.get("/undo/{id}")
def show_undo(number: Number, id: RowId, page: PageDep, services: ServicesDep, who: Decider) -> Response:
    """The question whether a decision is to be taken back."""
    found = documents.get(services, who, number)
    return _form(page, number, "undo", Form.of(version=str(found.version), decision=str(id)))


@router.post("/undo/{id}")
def undo(
    number: Number, id: RowId, page: PageDep, services: ServicesDep, who: Decider, form: FormDep
) -> Response:
    """Take a decision back."""
    form.values["decision"] = [str(id)]
    try:
        review.undo(services, who, number, form.read(UndoIn))
    except ServiceError as error:
        return _form(page, number, "undo", form.refused(error), status_of(error))
    return page.go(
        _path(number), page.words.text("The decision is taken back. The paper waits for a person again.")
    )


@router.get("/erasure")
def show_erasure(number: Number, page: PageDep, services: ServicesDep, who: Eraser) -> Response:
    """What an erasure does, and the question whether it is to be."""
    return _erasure(page, who, number, Form.of())


@router.post("/erasure")
def erase(number: Number, page: PageDep, services: ServicesDep, who: Eraser, form: FormDep) -> Response:
    """Erase the content of a paper, for good."""
    try:
        wanted = form.read(ErasureIn, merged=bool(form.get("merged")))
        if not form.get("sure"):
            form.errors["sure"] = N_("Say that you are sure: it cannot be taken back.")
            raise InvalidError("Say that you are sure: it cannot be taken back.")
        documents.erase(services, who, number, wanted.ground, merged=wanted.merged)
    except ServiceError as error:
        return _erasure(page, who, number, form.refused(error), status_of(error))
    return page.go(
        _path(number), page.words.text("The content is erased. What was done with the paper stays told.")
    )


def _path(number: str) -> str:
    return f"/decisions/{number}"


def _form(page: Page, number: str, name: str, form: Form, status: int = 200, /, **shown: Any) -> Response:
    return page.render(f"story/{name}.html", status, number=number, form=form, path=_path(number), **shown)


def _erasure(page: Page, who: Principal, number: str, form: Form, status: int = 200) -> Response:
    """With the parts that go, too, and the whole that stays."""
    reach = erasing.reach(page.services, who, number)
    return _form(page, number, "erasure", form, status, reach=reach)


def _letter(page: Page, who: Principal, number: str, form: Form, status: int = 200) -> Response:
    made = notices.listed(page.services, who, number)
    kinds = [(page.name("notice", kind), kind) for kind in LETTERS]
    forms = [
        (f"{page.name('language', tongue)}, {page.name('script', script)}", f"{tongue}.{script}")
        for tongue, script in FORMS
    ]
    return _form(page, number, "letter", form, status, letters=made, kinds=kinds, forms=forms)


def _sending(page: Page, who: Principal, number: str, id: int, form: Form, status: int = 200) -> Response:
    letter = next((each for each in notices.listed(page.services, who, number) if each.id == id), None)
    if letter is None:
        raise NotFoundError("There is no notice of this number, or its paper is not yours to see.")
    ways = [(page.name("way", way), way) for way in WAYS]
    return _form(page, number, "sending", form, status, letter=letter, ways=ways)


def _hold(page: Page, who: Principal, number: str, form: Form, status: int = 200) -> Response:
    return _form(page, number, "hold", form, status, holds=retention.holds(page.services, who, number))
