"""Whatever the service calls by a code has a name for people."""

from __future__ import annotations

import ast
import re
from typing import Any, get_args

import pytest

from api.auth.permissions import Permission
from api.bundles import schemas as bundles
from api.notices import schemas as notices
from api.notifications import kinds
from api.policy import schemas as policy
from api.related import schemas as related
from api.retention import schemas as retention
from api.review import decision_schemas as review
from api.supervision.figure_schemas import PapersQuery
from api.supervision.sample_schemas import ItemOut
from api.web import names
from api.webhooks import schemas as webhooks
from tests.api.web.messages import ROOT

_ACTION = re.compile(r"[a-z]+\.[a-z_]+")
_FILES = (".bin", ".conf", ".eml", ".json", ".jsonl", ".key", ".lock", ".md", ".pdf", ".pid", ".png", ".toml", ".tsv",
          ".txt", ".yaml")  # fmt: skip
_NO_ACTIONS = {"audit.pending", "http.request", "uvicorn.access"}
"""A setting of the database, a message of ASGI, a logger."""


def named(kind: str) -> set[str]:
    """The codes of a kind that have names."""
    tables: Any = (names.CODES, *names._MORE)
    return {code for table in tables for code in table.get(kind, {})}


def test_every_action_of_the_chain_has_a_name() -> None:
    """Beside what is passed to `append` as it is: constants, and what helpers are given."""
    others = {*Permission, *kinds.load().kinds, *webhooks.KINDS, webhooks.TEST, *_NO_ACTIONS}
    assert _dotted() - others - named("event") == set(), "add them to names_story.py"


def _dotted() -> set[str]:
    """Literals of two words with a dot between them, other than of pages and of the database's own code."""
    found: set[str] = set()
    for path in (ROOT / "api").rglob("*.py"):
        if {"web", "db"}.isdisjoint(path.relative_to(ROOT).parts):
            leaves = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            found |= {
                str(leaf.value)
                for leaf in leaves
                if isinstance(leaf, ast.Constant) and _is_action(leaf.value)
            }
    return found


def _is_action(value: object) -> bool:
    known = isinstance(value, str) and _ACTION.fullmatch(value) and not value.endswith(_FILES)
    return bool(known) and not str(value).startswith("api.")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("bundle", bundles.State), ("notice", notices.Kind), ("script", notices.Script), ("way", notices.Way),
        ("policy", policy.State), ("condition", policy.Condition), ("basis", policy.Basis),
        ("link", related.Kind), ("why", retention.Why), ("disposal", retention.State),
        ("webhook", webhooks.Kind), ("entity", review.EntityLabel),
    ],
)  # fmt: skip
def test_every_code_of_a_schema_has_a_name(kind: str, codes: Any) -> None:
    assert set(get_args(codes)) <= named(kind)


@pytest.mark.parametrize(
    ("kind", "model", "field"),
    [
        ("trait", related.Agreement, "trait"), ("link", related.LinkOut, "kind"),
        ("keeping", retention.RuleOut, "action"), ("counted", retention.RuleOut, "counted_from"),
        ("papers", PapersQuery, "of"), ("late", PapersQuery, "late"), ("progress", ItemOut, "progress"),
        ("delivery", webhooks.DeliveryOut, "state"),
    ],
)  # fmt: skip
def test_every_code_of_a_field_has_a_name(kind: str, model: Any, field: str) -> None:
    assert set(_codes(model.model_fields[field].annotation)) <= named(kind)


def _codes(annotation: Any) -> set[str]:
    inner = get_args(annotation)
    return {code for each in inner for code in ({each} if isinstance(each, str) else _codes(each))}
