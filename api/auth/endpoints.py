"""Signing in and out, and one's own account."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response, status

from api.auth import account, administration, oidc_endpoints, sessions, signin
from api.auth.browser import check_origin, cookie_name, give_cookie, take_cookie
from api.auth.context import Auth
from api.auth.deps import AuthDep, SignedInDep
from api.auth.schemas import Enrolment, Me, PasswordChange, SecondFactor, SessionGiven, SignIn
from api.auth.sessions import Opened, SignedIn
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS

router = APIRouter(prefix="/api/v1", responses=PROBLEM_ANSWERS)


def private(response: Response) -> None:
    """What concerns a session or holds a secret is kept by no cache."""
    response.headers["Cache-Control"] = "no-store"


session_router = APIRouter(tags=["session"], dependencies=[Depends(private)])


@session_router.post("/session")
def sign_in(
    body: SignIn, request: Request, response: Response, services: ServicesDep, auth: AuthDep
) -> SessionGiven:
    """Sign in. Failures make the account wait, in the end 15 minutes; every refusal sounds the same."""
    check_origin(request.headers, auth.public_url)
    address = request.client.host if request.client else ""
    shown = signin.Credentials(body.login, body.password, body.code, address)
    former = request.cookies.get(cookie_name(secure=auth.secure))
    return _given(response, auth, signin.sign_in(auth, shown, services.now(), former))


@session_router.get("/session")
def read_session(signed_in: SignedInDep) -> SessionGiven:
    """Who is signed in, what they may do, and what they must do first."""
    return _describe(signed_in)


@session_router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
def sign_out(signed_in: SignedInDep, response: Response, auth: AuthDep) -> None:
    """Sign out."""
    with auth.database.transaction() as session:
        sessions.sign_out(session, signed_in)
    take_cookie(response, secure=auth.secure)


@session_router.post("/session/second-factor")
def give_second_factor(
    body: SecondFactor, signed_in: SignedInDep, response: Response, services: ServicesDep, auth: AuthDep
) -> SessionGiven:
    """Give the code that the session waits for."""
    return _given(response, auth, signin.pass_second_factor(auth, signed_in, body.code, services.now()))


@session_router.post("/me/password")
def change_password(
    body: PasswordChange, signed_in: SignedInDep, response: Response, services: ServicesDep, auth: AuthDep
) -> SessionGiven:
    """Change one's own password; all other sessions end."""
    opened = account.change_password(auth, signed_in, body.current, body.new, services.now())
    return _given(response, auth, opened)


@session_router.post("/me/totp")
def begin_totp(signed_in: SignedInDep, auth: AuthDep) -> Enrolment:
    """Begin to set up an authenticator app."""
    with auth.database.transaction() as session:
        secret, uri = account.begin_totp(session, auth, signed_in)
    return Enrolment(secret=secret, uri=uri)


@session_router.post("/me/totp/confirmation")
def confirm_totp(
    body: SecondFactor, signed_in: SignedInDep, response: Response, services: ServicesDep, auth: AuthDep
) -> SessionGiven:
    """Show by a first code that the app works; from then on every signing in needs one."""
    with auth.database.transaction() as session:
        opened = account.confirm_totp(session, auth, signed_in, body.code, services.now())
    return _given(response, auth, opened)


def _given(response: Response, auth: Auth, opened: Opened) -> SessionGiven:
    give_cookie(response, opened.token, secure=auth.secure)
    return _describe(opened.signed_in)


def _describe(signed_in: SignedIn) -> SessionGiven:
    return SessionGiven(
        csrf=signed_in.session.csrf,
        user=Me.model_validate(signed_in.user),
        permissions=sorted(signed_in.principal.permissions),
        required=list(signed_in.required),
        expires_at=signed_in.session.expires_at,
    )


router.include_router(session_router)
router.include_router(oidc_endpoints.router)
router.include_router(administration.router, dependencies=[Depends(private)])
