"""One's own account: language and theme, password, second factor; and the first page."""

from __future__ import annotations

import re
from typing import Annotated

import segno
from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from api.auth import account, totp
from api.auth.deps import AuthDep, SignedInDep
from api.auth.schemas import PasswordChange, SecondFactor
from api.auth.sessions import Step
from api.deps import ServicesDep
from api.errors import ServiceError
from api.notifications import service as notifications
from api.notifications.schemas import MailChoiceIn
from api.problems import status_of
from api.web.forms import Form, FormDep, FormError
from api.web.language import LANGUAGES, N_, words
from api.web.navigation import local
from api.web.pages.signin import entered, preferred
from api.web.render import Page, PageDep

router = APIRouter(include_in_schema=False)
_SECRET = re.compile(r"[A-Z2-7]{16,64}")
Next = Annotated[str, Query(max_length=2000)]


@router.get("/")
def first_page(page: PageDep, signed_in: SignedInDep) -> Response:
    """Where the reader's work begins."""
    signed_in.require_done()
    return page.go(page.places[0].path) if page.places else page.render("home.html")


@router.get("/me")
def show_account(page: PageDep, signed_in: SignedInDep, services: ServicesDep) -> Response:
    """One's own account."""
    signed_in.require_done()
    mail = notifications.mail_choice(services, signed_in.principal)
    chosen = Form.of(
        language=page.words.code, theme=page.theme, keys="on" if page.keys else "off", mail=mail.mail
    )
    tongues = [(told, code) for code, told in LANGUAGES.items()]
    shown = {"user": signed_in.user, "session": signed_in.session, "mail": mail, "chosen": chosen}
    return page.render("account/me.html", tongues=tongues, **shown)


@router.post("/me/preferences")
def prefer(page: PageDep, signed_in: SignedInDep, auth: AuthDep, form: FormDep) -> Response:
    """Choose language, theme and keys."""
    language = form.get("language")
    if language in LANGUAGES and language != signed_in.user.language:
        with auth.database.transaction() as session:
            account.change_language(session, signed_in, language)
    told = words(language if language in LANGUAGES else page.words.code)
    said = told.text("Your choice is kept.") if form.get("next") == "/me" else None
    return preferred(page, form, page.go(form.get("next"), said))


@router.post("/me/mail")
def choose_mail(page: PageDep, signed_in: SignedInDep, services: ServicesDep, form: FormDep) -> Response:
    """Choose whether notifications come by mail."""
    signed_in.require_done()
    notifications.choose_mail(services, signed_in.principal, form.read(MailChoiceIn).mail)
    return page.go("/me", page.words.text("Your choice is kept."))


@router.get("/me/password")
def show_password(page: PageDep, signed_in: SignedInDep, next: Next = "/me") -> Response:
    """The form for a new password."""
    signed_in.require_done(Step.CHANGE, Step.ENROLMENT)
    return page.render("account/password.html", form=Form.of(next=local(next)), first=_first(page))


@router.post("/me/password")
def change_password(
    page: PageDep, signed_in: SignedInDep, services: ServicesDep, auth: AuthDep, form: FormDep
) -> Response:
    """Change one's password."""
    try:
        given = form.read(PasswordChange)
        if form.get("again") != given.new:
            form.errors["again"] = N_("This is not the same password.")
            raise FormError("Something in the form is missing or wrong.")
        opened = account.change_password(auth, signed_in, given.current, given.new, services.now())
    except ServiceError as error:
        shown = form.refused(error)
        return page.render("account/password.html", status_of(error), form=shown, first=_first(page))
    said = page.words.text("Your password was changed. Other sessions of yours have ended.")
    return entered(page, opened, form.get("next"), said)


@router.get("/me/app")
def show_app(page: PageDep, signed_in: SignedInDep, next: Next = "/me") -> Response:
    """How a second factor is set up."""
    signed_in.require_done(Step.CHANGE, Step.ENROLMENT)
    return page.render("account/app.html", form=Form.of(next=local(next)), first=_first(page), secret=None)


@router.post("/me/app")
def begin_app(page: PageDep, signed_in: SignedInDep, auth: AuthDep, form: FormDep) -> Response:
    """Begin to set up an authenticator app."""
    with auth.database.transaction() as session:
        secret, _ = account.begin_totp(session, auth, signed_in)
    return _app(page, 200, form, secret)


@router.post("/me/app/confirmation")
def confirm_app(
    page: PageDep, signed_in: SignedInDep, services: ServicesDep, auth: AuthDep, form: FormDep
) -> Response:
    """Show by a first code that the app works."""
    try:
        code = form.read(SecondFactor).code
        with auth.database.transaction() as session:
            opened = account.confirm_totp(session, auth, signed_in, code, services.now())
    except ServiceError as error:
        return _app(page, status_of(error), form.refused(error), form.get("secret"))
    return entered(page, opened, form.get("next"), page.words.text("Your second factor is set up."))


def _app(page: Page, status: int, form: Form, secret: str) -> Response:
    """The secret as a picture and as text: it is on the page as long as it is being set up, and nowhere else."""
    assert page.signed_in is not None  # noqa: S101 - asked for by every handler here
    if not _SECRET.fullmatch(secret):
        return page.render("account/app.html", status, form=form, first=_first(page), secret=None)
    uri = totp.provisioning_uri(secret, page.signed_in.user.login)
    picture = segno.make(uri, error="m", micro=False).svg_inline(border=4, omitsize=True, svgclass="qr")
    shown = {"form": form, "secret": secret, "uri": uri, "picture": Markup(picture)}  # noqa: S704 - bars alone
    return page.render("account/app.html", status, first=_first(page), **shown)


def _first(page: Page) -> bool:
    """Whether this must be done before anything else."""
    return bool(page.signed_in and page.signed_in.required)
