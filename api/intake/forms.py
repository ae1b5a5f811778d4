"""What is sent to the intake endpoint, as the service takes it: a form with files, or a text."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TypeVar

from pydantic import ValidationError

from api.auth.permissions import Principal
from api.deps import Services
from api.errors import InvalidError
from api.intake import service
from api.intake.multipart import Part, parts
from api.intake.schemas import Accepted, Submission, TextSubmission
from api.intake.staging import Paper, Upload, stage

Model = TypeVar("Model", bound=Submission)
_FIELD_BYTES = 10_000
_FIELDS = 20


def take_form(
    services: Services, who: Principal, chunks: Iterator[bytes], content_type: str, key: str | None
) -> Accepted:
    """Register the files of a form while it comes in `chunks`, with its fields. Raises as `service.submit` does."""
    fields: dict[str, str] = {}
    papers: list[Paper] = []
    with ExitStack() as stack:
        for part in parts(chunks, content_type):
            if part.file_name is None:
                fields[part.name] = _field(part)
            else:
                papers.append(stage(services, stack, Upload(part.file_name, part.stream)))
            if len(fields) > _FIELDS or len(papers) > services.settings.upload_files:
                raise InvalidError("The form has too many fields or files. Send them in several requests.")
        given = {name: value for name, value in fields.items() if value}
        return service.register(services, who, _parsed(Submission, json.dumps(given)), papers, key)


def take_text(services: Services, who: Principal, body: bytes, key: str | None) -> Accepted:
    """Register the text of a JSON body. Raises as `service.submit` does."""
    told = _parsed(TextSubmission, body)
    sent = Submission.model_validate(told.model_dump(exclude={"text"}))
    upload = Upload(None, io.BytesIO(told.text.encode()))
    return service.submit(services, who, sent, [upload], key)


def _field(part: Part) -> str:
    value = part.stream.read(_FIELD_BYTES + 1)
    if len(value) > _FIELD_BYTES:
        raise InvalidError("A field of the form is too long.")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidError("A field of the form is not in UTF-8.") from None


def _parsed(model: type[Model], body: str | bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        # Without the input itself: it may be a paper.
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise InvalidError(f"{where}: {first['msg']}") from None
