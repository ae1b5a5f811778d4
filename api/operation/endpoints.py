"""HTTP for who runs the service."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.db import migrate
from api.deps import ServicesDep
from api.errors import UnavailableError
from api.operation import metrics
from api.problems import PROBLEM_ANSWERS

router = APIRouter(tags=["operation"])


@router.get("/healthz")
def healthz() -> dict[Literal["status"], str]:
    """Whether the process answers at all."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: PROBLEM_ANSWERS[503]})
def readyz(services: ServicesDep) -> dict[Literal["status"], str]:
    """Whether papers can be taken: the database answers and has the schema of this version."""
    with services.database.transaction() as session:
        if migrate.current(session.connection()) != migrate.newest():
            raise UnavailableError(
                "The database has another schema than this version of the service. Restart it."
            )
    return {"status": "ready"}


@router.get("/metrics", response_class=Response, responses=PROBLEM_ANSWERS)
def read_metrics(
    services: ServicesDep, _who: Annotated[Principal, Depends(allowed(Permission.READ_SYSTEM))]
) -> Response:
    """Metrics in the text format of Prometheus; a key with the scope `system.read` may scrape them."""
    with services.database.transaction() as session:
        return Response(metrics.exposition(session), media_type=CONTENT_TYPE_LATEST)
