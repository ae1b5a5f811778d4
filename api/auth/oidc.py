"""Signing in by an OpenID Connect provider: authorization code with PKCE (RFC 7636), state and nonce.

An extra: Authlib is imported only where a provider is configured. What must be remembered between the two requests
lies in a cookie that is sealed by the service's own key and lives ten minutes. The provider says who somebody is; it
makes no users: its `sub` or, at the first time, its verified e-mail address must belong to a user there is.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth import repository, sessions
from api.auth.context import Auth
from api.auth.sessions import Opened
from api.auth.signin import REFUSED
from api.db.tables import User
from api.errors import NotFoundError, ServiceError, UnauthenticatedError, UnavailableError
from api.settings import Settings

log = logging.getLogger(__name__)
PATH = "/api/v1/session/oidc"
COOKIE = "oidc"
LIFETIME = timedelta(minutes=10)
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by the provider's key pair alone: no `none`, nothing keyed by what others may know."""
_LEEWAY = 60
_SECONDS = 10.0
_AGAIN = "Signing in by the provider did not work. Please begin again."


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and this service's registration there. `second_factor`: values of `amr` or `acr` that count as one."""

    issuer: str
    client_id: str
    client_secret: str | None
    second_factor: frozenset[str]
    redirect_uri: str

    @classmethod
    def of(cls, settings: Settings) -> Provider:
        """The configured one. Raises NotFoundError without, UnavailableError where it is not reached by HTTPS."""
        if settings.oidc_issuer is None:
            raise NotFoundError("No OpenID Connect provider is configured.")
        address = urlsplit(settings.oidc_issuer)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise UnavailableError("TRIAGE_OIDC_ISSUER must begin with https://.")
        secret = settings.oidc_client_secret
        return cls(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            second_factor=settings.oidc_second_factor,
            redirect_uri=settings.public_url.rstrip("/") + PATH + "/answer",
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """What a browser must bring back from the provider: kept sealed in its cookie."""

    state: str
    nonce: str
    verifier: str
    expires: float


def begin(auth: Auth, provider: Provider, now: datetime) -> tuple[str, str]:
    """The provider's address to send the browser to, and the value of the cookie. Raises UnavailableError."""
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    pending = Pending(state, nonce, verifier, (now + LIFETIME).timestamp())
    with _client(provider) as client, _reaching():
        url, _ = client.create_authorization_url(
            _metadata(client, provider)["authorization_endpoint"],
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
        )
    return str(url), auth.secrets.seal(json.dumps(asdict(pending)).encode(), COOKIE).hex()


def finish(
    auth: Auth,
    provider: Provider,
    cookie: str,
    answer: dict[str, str],
    now: datetime,
    former_token: str | None = None,
) -> Opened:
    """Open a session for the user whom the provider's answer (`code`, `state`) names; one that the browser had ends.

    Raises UnauthenticatedError where answer, token or user are not right, UnavailableError where the provider is away.
    """
    pending = _opened_cookie(auth, cookie)
    same = secrets.compare_digest(pending.state.encode(), answer.get("state", "").encode())
    if (
        not same
        or now.timestamp() >= pending.expires
        or answer.get("iss", provider.issuer) != provider.issuer
    ):
        raise UnauthenticatedError(_AGAIN)
    claims = _claims(provider, pending, answer.get("code", ""), now)
    with auth.database.transaction() as session:
        user = _user(session, claims)
        if user is not None:
            opened = _open(session, auth, user, _has_second_factor(provider, claims), now)
        else:
            append(session, "anonymous", REFUSED, reason="oidc")
        if user is not None and former_token is not None:
            repository.delete_session(session, sessions.session_id(former_token))
    if user is None:
        raise UnauthenticatedError("The provider knows you, but no user here is yours. Ask an administrator.")
    return opened


def _open(session: Session, auth: Auth, user: User, second_factor: bool, now: datetime) -> Opened:
    if user.password_temporary:  # never taken up, and whoever signs in this way need not know it
        user.password_hash, user.password_temporary = None, False
    opened = sessions.open_session(session, user, now, length=auth.length, second_factor=second_factor)
    append(session, opened.signed_in.principal.id, "session.opened", user=user.id, oidc=True)
    return opened


def _user(session: Session, claims: dict[str, Any]) -> User | None:
    """The active user bound to the subject; else the only one with the verified address, who is bound from now on."""
    subject = claims["sub"]
    user = repository.user_by_subject_for_update(session, subject)
    email = claims.get("email")
    if user is None and claims.get("email_verified") is True and isinstance(email, str):
        found = repository.unbound_users_by_email_for_update(session, email)
        user = found[0] if len(found) == 1 else None
        if user is not None:
            user.oidc_subject = subject
            append(session, sessions.actor(user.id), "user.oidc_bound", user=user.id)
    return user if user is not None and user.disabled_at is None else None


def _has_second_factor(provider: Provider, claims: dict[str, Any]) -> bool:
    methods = claims.get("amr")
    told = {str(method) for method in methods} if isinstance(methods, list) else set()
    return bool(provider.second_factor & (told | {str(claims.get("acr"))}))


def _claims(provider: Provider, pending: Pending, code: str, now: datetime) -> dict[str, Any]:
    """Change the code for an ID token; its claims, after all checks of OpenID Connect Core, section 3.1.3.7."""
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # noqa: PLC0415
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    with _client(provider) as client, _reaching():
        metadata = _metadata(client, provider)
        try:
            answer = client.fetch_token(
                metadata["token_endpoint"],
                code=code,
                code_verifier=pending.verifier,
                grant_type="authorization_code",
            )
        except AuthlibBaseError as error:
            raise UnauthenticatedError(_AGAIN) from error
        keys = KeySet.import_key_set(_json(client, metadata["jwks_uri"]))  # type: ignore[arg-type]
    required = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": pending.nonce},
    )
    try:
        claims = jwt.decode(str(answer.get("id_token", "")), keys, algorithms=_ALGORITHMS).claims
        required.validate(claims)
    except (JoseError, ValueError) as error:
        raise UnauthenticatedError(_AGAIN) from error
    subject, party = claims["sub"], claims.get("azp", provider.client_id)
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) < 256
        or "\0" in subject
        or party != provider.client_id
    ):
        raise UnauthenticatedError(_AGAIN)
    return dict(claims)


def _opened_cookie(auth: Auth, cookie: str) -> Pending:
    try:
        return Pending(**json.loads(auth.secrets.unseal(bytes.fromhex(cookie), COOKIE)))
    except (UnavailableError, ValueError, TypeError) as error:
        raise UnauthenticatedError(_AGAIN) from error


def _client(provider: Provider) -> Any:
    """A client for this provider. Raises UnavailableError where Authlib is not installed."""
    try:
        from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise UnavailableError(
            "OpenID Connect needs the extra `oidc`: pip install derkenar[oidc]."
        ) from error
    return OAuth2Client(
        provider.client_id,
        provider.client_secret,
        token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none",
        scope="openid email profile",
        redirect_uri=provider.redirect_uri,
        code_challenge_method="S256",
        timeout=_SECONDS,
    )


@contextmanager
def _reaching() -> Iterator[None]:
    """Whatever goes wrong on the way to the provider, or in its answers, means that it cannot be used now.

    Anything is caught, because which HTTP library Authlib uses, and so which errors it raises, is its own affair.
    """
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        log.warning("the OpenID Connect provider cannot be used", exc_info=error)
        raise UnavailableError(
            "The OpenID Connect provider cannot be used now. Try again, or use a password."
        ) from error


def _metadata(client: Any, provider: Provider) -> dict[str, str]:
    """The provider's own description (OpenID Connect Discovery 1.0)."""
    found = _json(client, provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise UnavailableError("The OpenID Connect provider names another issuer than TRIAGE_OIDC_ISSUER.")
    return found


def _json(client: Any, url: str) -> dict[str, Any]:
    answer = client.request("GET", url, withhold_token=True)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise UnavailableError("The OpenID Connect provider gives no valid description of itself.")
    return found
