"""What stands on the registration card of a paper: nothing of what the paper says."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.deps import Services
from api.documents import repository, sight
from api.errors import NotFoundError
from api.triaging.stored import read_pages


class Card(BaseModel):
    """A registration. `pages` is None until the paper was read, and where it cannot be."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    registered_at: datetime
    received_at: datetime
    channel: str
    office: str | None
    sender: str | None
    external_reference: str | None
    answer_by: date | None
    pages: int | None = None


def card(services: Services, who: Principal, number: str) -> Card:
    """The card of a paper. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = repository.find(session, who.sees, number)
        if document is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        read = document.same_as if document.suggestion_id is None and document.same_as else document.id
        reading = repository.reading(session, repository.with_id(session, read))
        found = Card.model_validate(document)
        if reading is not None and reading.pages is not None:
            found.pages = len(read_pages(reading.schema_version, reading.pages)["pages"])
        if sight.is_hidden(session, who, document):
            found.answer_by = None  # the type of the paper decides it
        append(session, who.id, "document.card_made", document.id)
        return found
