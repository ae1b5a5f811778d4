"""The OpenAPI description, without a database."""

from __future__ import annotations

import json

from fastapi import FastAPI

from api import app as application


def describe() -> str:
    """The OpenAPI 3.1 description of all endpoints as JSON."""
    app = FastAPI(title="Dərkənar", version="1")
    for router in application.ROUTERS:
        app.include_router(router)
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1) + "\n"
