"""Plain forms: what was typed, read into a schema; what is wrong with it, told beside each field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from api.auth.browser import CSRF_FIELD
from api.errors import InvalidError
from api.web.language import N_

Model = TypeVar("Model", bound=BaseModel)
_TOO_LONG = N_("This is too long.")
_HINTS = {
    "missing": N_("Fill this in."),
    "string_too_short": N_("Fill this in."),
    "too_short": N_("Choose at least one."),
    "string_too_long": _TOO_LONG,
    "too_long": _TOO_LONG,
    "string_pattern_mismatch": N_("This is not in the form that is asked for."),
    "literal_error": N_("Choose one of the values."),
    "enum": N_("Choose one of the values."),
}
_OTHER = N_("This is not right. Check it and try again.")


class FormError(InvalidError):
    """Something in a form is missing or wrong; the form says what."""


@dataclass
class Form:
    """A form as it was sent, or as it is first shown. `errors` are messages by field; `said` is about all of it."""

    values: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    said: str | None = None

    @classmethod
    def of(cls, **values: str | list[str] | None) -> Form:
        """A form filled in with what there is."""
        lists = {name: value if isinstance(value, list) else [value or ""] for name, value in values.items()}
        return cls(lists)

    def get(self, name: str) -> str:
        """The first value of a field, empty where it was not sent."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """All values of a field that may be sent several times."""
        return [value for value in self.values.get(name, ()) if value]

    def error(self, name: str) -> str:
        """What is wrong with a field, empty where nothing is."""
        return self.errors.get(name, "")

    def read(self, model: type[Model], lists: frozenset[str] = frozenset(), **more: Any) -> Model:
        """The form as a schema; empty fields are not sent, `lists` may hold several values, `more` is put beside.

        Raises FormError, with `errors` filled.
        """
        known = {name: self.all(name) if name in lists else self.get(name) for name in model.model_fields}
        sent = {name: value for name, value in known.items() if value} | more
        try:
            return model.model_validate(sent)
        except ValidationError as error:
            for wrong in error.errors(include_input=False, include_url=False):
                self.errors.setdefault(str(wrong["loc"][0]), _HINTS.get(wrong["type"], _OTHER))
            raise FormError("Something in the form is missing or wrong.") from None

    def refused(self, error: Exception) -> Form:
        """The form, to be shown again with what a service said of it."""
        if not isinstance(error, FormError):
            self.said = str(error)
        return self


async def _sent(request: Request) -> Form:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Form()
    return collected(await request.form())


def collected(sent: FormData | Mapping[str, str]) -> Form:
    """A form of the fields that were sent, without the session's token."""
    pairs = sent.multi_items() if isinstance(sent, FormData) else sent.items()
    form = Form()
    for name, value in pairs:
        if isinstance(value, str) and name != CSRF_FIELD:
            form.values.setdefault(name, []).append(value)
    return form


FormDep = Annotated[Form, Depends(_sent)]
"""The fields of a plain form, for a handler of POST."""
