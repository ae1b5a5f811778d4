"""The decision form: preset with what is suggested, and read into what the service takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from api.deps import Services
from api.review.checks import units_of
from api.review.decision_schemas import (
    ConfirmationIn,
    DuplicateIn,
    EntityIn,
    EntityLabel,
    EscalateIn,
    OutsideIn,
    RouteIn,
    UnreadableIn,
)
from api.review.drafts import AnyDecision
from api.web.desk_view import FIELDS, LISTED, Desk
from api.web.forms import Form, FormError
from api.web.language import N_

_KINDS: Mapping[str, type[AnyDecision]] = {
    "route": RouteIn, "outside": OutsideIn, "unreadable": UnreadableIn, "duplicate": DuplicateIn,
    "escalate": EscalateIn,
}  # fmt: skip
_ENTITIES: TypeAdapter[list[EntityIn]] = TypeAdapter(list[EntityIn])
_LABELS = frozenset(get_args(EntityLabel))
_TWO = N_("You chose two departments. Choose one in the list, or another one beside it.")


def preset(desk: Desk) -> Form:
    """The form as the suggestion fills it in; without one only what the paper itself tells."""
    told = desk.labels
    item = desk.paper.item
    return Form.of(
        choice=told.get("department"), department="", unit=told.get("unit"),
        case_number=item.case_number if item is not None else None,
        **{name: told.get(name) for name in FIELDS},
    )  # fmt: skip


def confirmation(form: Form) -> ConfirmationIn:
    """The form's consent to the suggestion. Raises FormError."""
    return form.read(ConfirmationIn, suggestion=_suggestion(form), next=True)


def decision(services: Services, form: Form) -> AnyDecision:
    """The decision that the form asks for. Raises FormError, with what is wrong at which field."""
    kind = _KINDS.get(form.get("action") or "route")
    if kind is None:
        raise FormError("Something in the form is missing or wrong.")
    more: dict[str, Any] = {
        "suggestion": _suggestion(form),
        "next": True,
        "action": form.get("action") or "route",
    }
    if form.get("case_number") == form.get("case_shown"):  # it stays as it is
        form = Form({**form.values, "case_number": []}, form.errors)
    if kind is not RouteIn:
        return form.read(kind, **more)
    department = chosen(form)
    more |= {
        "department": department, "unit": _unit(services, form, department), "study": bool(form.get("study")),
        "entities": entities(form),
    }  # fmt: skip
    if not department:
        form.errors.setdefault("department", N_("Choose one of the values."))
        del more["department"]
    return form.read(
        kind, **{key: value for key, value in more.items() if value is not None or key == "suggestion"}
    )


def chosen(form: Form) -> str:
    """The department: of the list, or another one. Raises FormError where both say something."""
    listed, other = form.get("choice"), form.get("department")
    if listed and other and listed != other:
        form.errors["department"] = _TWO
        raise FormError("Something in the form is missing or wrong.")
    return listed or other


def entities(form: Form) -> list[EntityIn] | None:
    """The names and numbers as they were corrected; None where nothing was. Raises FormError.

    A script sends them all in `entities`. Without one each that stays is a ticked box `entity`, of `entity_count`.
    """
    try:
        if sent := form.get("entities"):
            return _ENTITIES.validate_json(sent)
        kept = form.all("entity")
        if not form.get("entity_count").isdecimal() or len(kept) == int(form.get("entity_count")):
            return None
        return _ENTITIES.validate_python([json.loads(one) for one in kept])
    except (ValidationError, ValueError, RecursionError):
        form.errors["entities"] = N_("This is not right. Check it and try again.")
        raise FormError("Something in the form is missing or wrong.") from None


def listed(found: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]] | None:
    """Entities with the value that the form sends for each; None for too many, or one of no kind that is known."""
    if len(found) > LISTED or any(one["label"] not in _LABELS for one in found):
        return None
    return [(one, _sent(one)) for one in found]


def _sent(one: Mapping[str, Any]) -> str:
    told = {name: one.get(name) for name in ("label", "start", "end", "role", "value")}
    value = told["value"]
    told["value"] = value if isinstance(value, str) and len(value) <= 300 else None
    return json.dumps({**told, "page": one.get("page", 1)}, ensure_ascii=False, separators=(",", ":"))


def _suggestion(form: Form) -> int | None:
    told = form.get("suggestion")
    return int(told) if told.isdecimal() and len(told) < 19 else None


def _unit(services: Services, form: Form, department: str) -> str | None:
    """The unit, for a department that has units; where none was chosen that of the place."""
    units = units_of(services.taxonomy, department) if department else frozenset[str]()
    if not units:
        return None
    return form.get("unit") or (form.get("territory") if form.get("territory") in units else None)
