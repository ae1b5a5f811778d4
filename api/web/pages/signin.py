"""Signing in and out: password, then what the session must still do, then on to where the reader wanted to go."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth import sessions, signin
from api.auth.browser import check_origin, cookie_name, give_cookie, take_cookie
from api.auth.deps import AuthDep, SignedInDep
from api.auth.schemas import SecondFactor, SignIn
from api.auth.sessions import Opened
from api.deps import ServicesDep
from api.errors import ServiceError
from api.problems import status_of
from api.web.errors import STEPS
from api.web.forms import Form, FormDep
from api.web.language import LANGUAGES, words
from api.web.navigation import local
from api.web.render import THEMES, OpenPageDep, Page, PageDep

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(max_length=2000)]


@router.get("/sign-in")
def show_sign_in(page: OpenPageDep, next: Next = "/") -> Response:
    """The form to sign in."""
    return page.render("account/sign_in.html", form=Form.of(next=local(next)))


@router.post("/sign-in")
def sign_in(page: OpenPageDep, services: ServicesDep, auth: AuthDep, form: FormDep) -> Response:
    """Sign in."""
    request = page.request
    check_origin(request.headers, auth.public_url)
    try:
        given = form.read(SignIn)
        address = request.client.host if request.client else ""
        shown = signin.Credentials(given.login, given.password, given.code, address)
        former = request.cookies.get(cookie_name(secure=auth.secure))
        opened = signin.sign_in(auth, shown, services.now(), former)
    except ServiceError as error:
        return page.render("account/sign_in.html", status_of(error), form=form.refused(error))
    return entered(page, opened, form.get("next"))


@router.get("/sign-in/code")
def show_code(page: PageDep, next: Next = "/") -> Response:
    """The form for the code of the authenticator app."""
    return page.render("account/code.html", form=Form.of(next=local(next)))


@router.post("/sign-in/code")
def give_code(
    page: PageDep, signed_in: SignedInDep, services: ServicesDep, auth: AuthDep, form: FormDep
) -> Response:
    """Give the second factor."""
    try:
        code = form.read(SecondFactor).code
        opened = signin.pass_second_factor(auth, signed_in, code, services.now())
    except ServiceError as error:
        return page.render("account/code.html", status_of(error), form=form.refused(error))
    return entered(page, opened, form.get("next"))


@router.post("/sign-out")
def sign_out(page: PageDep, signed_in: SignedInDep, auth: AuthDep) -> Response:
    """Sign out."""
    with auth.database.transaction() as session:
        sessions.sign_out(session, signed_in)
    answer = page.go("/sign-in", page.words.text("You have signed out."))
    take_cookie(answer, secure=auth.secure)
    return answer


@router.post("/preferences")
def prefer(page: OpenPageDep, auth: AuthDep, form: FormDep) -> Response:
    """Keep language and theme in the browser, for who is not signed in."""
    check_origin(page.request.headers, auth.public_url)
    return preferred(page, form, page.go(form.get("next")))


def preferred(page: Page, form: Form, answer: Response) -> Response:
    """Have the browser keep the preferences of a form."""
    if form.get("language") in LANGUAGES:
        page.keep(answer, "language", form.get("language"))
    if form.get("theme") in THEMES:
        page.keep(answer, "theme", form.get("theme"))
    if form.get("keys") in ("on", "off"):
        page.keep(answer, "keys", form.get("keys"))
    return answer


def entered(page: Page, opened: Opened, onward: str, said: str | None = None) -> Response:
    """Give the browser the session's token, and lead it to what must be done first, or to where it wanted to go."""
    signed_in = opened.signed_in
    path = local(onward or "/")
    if signed_in.required:
        path = f"{STEPS[signed_in.required[0]]}?{urlencode({'next': path})}"
    answer = page.go(path, said)
    give_cookie(answer, opened.token, secure=page.auth.secure)
    page.keep(answer, "language", words(signed_in.user.language).code)
    return answer
