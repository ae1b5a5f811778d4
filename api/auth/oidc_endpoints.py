"""Signing in by an OpenID Connect provider: the way there and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, status
from fastapi.responses import RedirectResponse

from api.auth import oidc
from api.auth.browser import cookie_name, give_cookie
from api.auth.deps import AuthDep
from api.deps import ServicesDep

router = APIRouter(prefix="/session/oidc", tags=["session"])
Text = Annotated[str, Query(max_length=4096)]


@router.get("", status_code=status.HTTP_303_SEE_OTHER, response_class=RedirectResponse)
def go_to_provider(services: ServicesDep, auth: AuthDep) -> RedirectResponse:
    """Send the browser to the provider that is configured."""
    provider = oidc.Provider.of(services.settings)
    url, sealed = oidc.begin(auth, provider, services.now())
    answer = RedirectResponse(url, status.HTTP_303_SEE_OTHER, {"Cache-Control": "no-store"})
    answer.set_cookie(
        oidc.COOKIE,
        sealed,
        max_age=int(oidc.LIFETIME.total_seconds()),
        path=oidc.PATH,
        secure=auth.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/answer", status_code=status.HTTP_303_SEE_OTHER, response_class=RedirectResponse)
def come_from_provider(
    request: Request, services: ServicesDep, auth: AuthDep, state: Text = "", code: Text = ""
) -> RedirectResponse:
    """The browser comes back with a code: sign it in, and lead it to the first page."""
    provider = oidc.Provider.of(services.settings)
    told = {"state": state, "code": code, "iss": request.query_params.get("iss", provider.issuer)}
    former = request.cookies.get(cookie_name(secure=auth.secure))
    sealed = request.cookies.get(oidc.COOKIE, "")
    opened = oidc.finish(auth, provider, sealed, told, services.now(), former)
    answer = RedirectResponse("/", status.HTTP_303_SEE_OTHER, {"Cache-Control": "no-store"})
    give_cookie(answer, opened.token, secure=auth.secure)
    answer.delete_cookie(oidc.COOKIE, path=oidc.PATH)
    return answer
