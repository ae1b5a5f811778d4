"""A person's own views of a list: filters under a name. Nobody else sees them; they hold no word of a paper."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from api.auth.permissions import Permission, Principal
from api.db.tables import SavedView
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.review import view_repository as repository
from api.review.queue import user_id

MOST = 30
"""Views of a page that one person may have."""
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Value = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ViewIn(BaseModel):
    """A view to be saved: a name, and the filters as the page has them in its address."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    query: dict[Annotated[str, StringConstraints(max_length=40)], Value] = Field(max_length=20)


class NameIn(BaseModel):
    """Another name for a view."""

    name: Name


class ViewOut(BaseModel):
    """A view."""

    id: int
    name: str
    query: dict[str, str]


def views(services: Services, who: Principal, page: str) -> list[ViewOut]:
    """The caller's views of a page, by name. Raises ForbiddenError for callers that are no people."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        return [_shown(row) for row in repository.views(session, user_id(who), page)]


def save(services: Services, who: Principal, page: str, wanted: ViewIn) -> ViewOut:
    """Save a view; one of the same name is replaced. Raises ForbiddenError; ConflictError where there are too many."""
    who.require(Permission.READ)
    me = user_id(who)
    with services.database.transaction() as session:
        _lock(session, me)
        row = repository.named(session, me, page, wanted.name)
        if row is None:
            if len(repository.views(session, me, page)) >= MOST:
                raise ConflictError(f"You have {MOST} views here already. Delete one first.")
            row = SavedView(user_id=me, page=page, name=wanted.name, query=wanted.query)
            repository.add(session, row)
        row.query = wanted.query
        return _shown(row)


def rename(services: Services, who: Principal, id: int, wanted: NameIn) -> ViewOut:
    """Give a view another name. Raises NotFoundError; ConflictError where another view has it."""
    who.require(Permission.READ)
    me = user_id(who)
    with services.database.transaction() as session:
        _lock(session, me)
        row = _own(session, me, id)
        other = repository.named(session, me, row.page, wanted.name)
        if other is not None and other.id != row.id:
            raise ConflictError("You have another view of this name. Choose another one.")
        row.name = wanted.name
        return _shown(row)


def delete(services: Services, who: Principal, id: int) -> None:
    """Delete a view. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        repository.remove(session, _own(session, user_id(who), id))


def _lock(session: Session, me: int) -> None:
    if repository.lock_user(session, me) is None:
        raise ForbiddenError("Only people save views: there is no user of this session any more.")


def _own(session: Session, me: int, id: int) -> SavedView:
    row = repository.own(session, me, id)
    if row is None:
        raise NotFoundError("There is no such view, or it is not yours.")
    return row


def _shown(row: SavedView) -> ViewOut:
    return ViewOut(id=row.id, name=row.name, query=row.query)
