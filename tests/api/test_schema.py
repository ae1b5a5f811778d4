"""The OpenAPI description holds: whatever fits it is answered as it says, and never by an error of the server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.deps import Services
from api.operation.description import describe
from api.operation.rights import CALLERS, Endpoint, endpoints
from api.triaging.service import triage
from tests.api.callers import headers_of
from tests.api.triaging.papers import paper, register, rule

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
THERE: dict[str, Any] = {"number": "2026-B-000001", "batch": 1, "id": 1, "page": 1}
"""Values of parameters for which there is something."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
ENDPOINTS: dict[tuple[str, str], Endpoint] = {(e.method, e.path): e for e in endpoints()}


def _description() -> dict[str, Any]:
    """The description, with parameters of paths that name what is there about half of the time."""
    described: dict[str, Any] = json.loads(describe())
    for methods in described["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in THERE:
                    known = {"const": THERE[parameter["name"]]}
                    parameter["schema"] = {"anyOf": [known, parameter["schema"]]}
    return described


SCHEMA = schemathesis.openapi.from_dict(
    _description(),
    config=schemathesis.Config.from_dict(
        {
            "seed": 4,
            "request-timeout": 60,
            "phases": {"coverage": {"enabled": False}},
            "generation": {"with-security-parameters": False},
        }
    ),
)


@pytest.fixture
def app(services: Services) -> FastAPI:
    """The application with two papers, the first of them triaged."""
    still = replace(services, now=lambda: NOW)
    first, _ = register(still, "Qonşum hasarı bizə çəkib.", "Maaşım verilmir.")
    triage(still, rule(still).suggester, paper(still, first).id)
    return create_app(still)


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_fits_the_description_is_answered_as_described(case: Case[Any], app: FastAPI) -> None:
    endpoint = ENDPOINTS[case.method.upper(), case.path]
    caller = next((c for c in ("supervisor", "administrator", "officer") if endpoint.answer(c) == "yes"), "")
    assert caller in CALLERS, f"nobody may call {endpoint}"
    response = case.call(app=app, headers=headers_of(app.state.services, caller))
    case.validate_response(response, checks=CHECKS)


def test_it_is_openapi_3_1_and_every_body_has_an_example() -> None:
    described = json.loads(describe())
    assert described["openapi"].startswith("3.1.")
    bodies = described["components"]["schemas"]
    sent = {name for name in bodies if _is_sent(described, name)}
    lacking = {name for name in sent if "example" not in json.dumps(bodies[name])}
    assert sent
    assert lacking == set()


def _is_sent(described: dict[str, Any], name: str) -> bool:
    reference = f'#/components/schemas/{name}"'
    return any(
        reference in json.dumps(operation.get("requestBody", {}))
        for methods in described["paths"].values()
        for operation in methods.values()
    )
