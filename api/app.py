"""The web application: every feature's endpoints on one set of services."""

from __future__ import annotations

from fastapi import FastAPI

from api import problems
from api.audit.endpoints import router as audit
from api.auth.endpoints import router as auth
from api.automation.endpoints import router as automation
from api.bundles.endpoints import router as bundles
from api.departments.endpoints import router as departments
from api.deps import Services
from api.documents.endpoints import router as documents
from api.intake.endpoints import router as intake
from api.notices.endpoints import router as notices
from api.notifications.endpoints import router as notifications
from api.operation.endpoints import router as operation
from api.operation.middleware import BodyLimits, Envelope
from api.policy.endpoints import router as policy
from api.related.endpoints import router as related
from api.retention.endpoints import router as retention
from api.review.endpoints import router as review
from api.search.endpoints import router as search
from api.supervision.endpoints import router as supervision
from api.web import errors
from api.web.router import router as web
from api.webhooks.endpoints import router as webhooks
from api.work.endpoints import router as work

ROUTERS = (
    auth, intake, documents, search, review, related, departments, work, notices, automation, supervision, policy,
    bundles, retention, notifications, webhooks, audit, operation, web,
)  # fmt: skip
_ABOUT = (
    "Papers arrive, are kept byte for byte, triaged in the background, decided on, and can be audited for ever. "
    "Errors are problem details (RFC 9457). Lists go on with `cursor`. Every reading of a paper is recorded."
)


def create_app(services: Services) -> FastAPI:
    """The application that answers with these services."""
    app = outline()
    app.state.services = services
    problems.install(app)
    errors.install(app)
    settings = services.settings
    app.add_middleware(BodyLimits, limit=settings.request_bytes, idle_seconds=settings.upload_idle_seconds)
    app.add_middleware(Envelope, unforeseen=errors.unforeseen)
    return app


def outline() -> FastAPI:
    """All endpoints, with nothing behind them: what the OpenAPI description is made of."""
    app = FastAPI(
        title="Dərkənar", version="1", description=_ABOUT, openapi_url="/api/v1/openapi.json", docs_url=None,
        redoc_url=None,
    )  # fmt: skip
    for router in ROUTERS:
        app.include_router(router)
    return app
