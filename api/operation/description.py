"""The OpenAPI description, without a database."""

from __future__ import annotations

import json

from api.app import outline


def describe() -> str:
    """The OpenAPI 3.1 description of all endpoints as JSON."""
    return json.dumps(outline().openapi(), ensure_ascii=False, indent=1) + "\n"
