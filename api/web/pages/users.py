"""Users, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.auth import users
from api.auth.deps import AuthDep, allowed
from api.auth.permissions import ROLE_PERMISSIONS, Permission, Principal
from api.auth.schemas import NewUser, UserChange, UserGiven
from api.db.tables import User
from api.deps import RowId, ServicesDep
from api.errors import ServiceError
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.language import LANGUAGES
from api.web.render import Page, PageDep

router = APIRouter(prefix="/admin/users", include_in_schema=False)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_USERS))]
_LISTS = frozenset({"units"})
_PAGE = 50


class _Seen(BaseModel):
    """The version of the user that was on the page."""

    version: int


@router.get("")
def show_users(
    page: PageDep, actor: Manager, auth: AuthDep, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """The users."""
    with auth.database.transaction() as session:
        found, following = users.page(session, actor, after, _PAGE)
    return page.render("admin/users.html", users=found, following=following)


@router.get("/new")
def show_new_user(page: PageDep, actor: Manager) -> Response:
    """The form for a new user."""
    return _form(page, actor, Form.of(language="az", role="clerk"))


@router.post("/new")
def make_user(page: PageDep, actor: Manager, auth: AuthDep, form: FormDep) -> Response:
    """Make a user; the one-time password is shown once."""
    try:
        new = form.read(NewUser, _LISTS)
        with auth.database.transaction() as session:
            user, password = users.create(session, actor, new, auth.places)
    except ServiceError as error:
        return _form(page, actor, form.refused(error), status=status_of(error))
    said = page.words.text("%(name)s can sign in now.", name=user.name)
    return page.go(f"/admin/users/{user.id}", said, password=password)


@router.get("/{id}")
def show_user(id: RowId, page: PageDep, actor: Manager, auth: AuthDep) -> Response:
    """One user."""
    with auth.database.transaction() as session:
        user = users.get(session, actor, id)
    return _form(page, actor, _filled(user), user)


@router.post("/{id}")
def change_user(id: RowId, page: PageDep, actor: Manager, auth: AuthDep, form: FormDep) -> Response:
    """Change a user."""
    try:
        version = form.read(_Seen).version
        empty = {name: None for name in ("email", "units", "department") if not form.all(name)}
        wanted = form.read(UserChange, _LISTS, **empty)
        with auth.database.transaction() as session:
            users.change(session, actor, id, wanted, version, auth.places)
    except ServiceError as error:
        with auth.database.transaction() as session:
            user = users.get(session, actor, id)
        return _form(page, actor, form.refused(error), user, status_of(error))
    return page.go(f"/admin/users/{id}", page.words.text("The changes are saved."))


@router.post("/{id}/password-reset")
def reset_password(id: RowId, page: PageDep, actor: Manager, auth: AuthDep) -> Response:
    """Give a user a one-time password, shown once."""
    with auth.database.transaction() as session:
        _, password = users.reset_password(session, actor, id)
    said = page.words.text("The user has a new one-time password. All sessions of the user have ended.")
    return page.go(f"/admin/users/{id}", said, password=password)


@router.post("/{id}/totp-reset")
def reset_totp(id: RowId, page: PageDep, actor: Manager, auth: AuthDep) -> Response:
    """Forget the second factor of a user."""
    with auth.database.transaction() as session:
        users.reset_totp(session, actor, id)
    return page.go(f"/admin/users/{id}", page.words.text("The second factor is forgotten."))


@router.post("/{id}/unlock")
def unlock_user(id: RowId, page: PageDep, actor: Manager, auth: AuthDep) -> Response:
    """Open an account that is closed."""
    with auth.database.transaction() as session:
        users.unlock(session, actor, id)
    return page.go(f"/admin/users/{id}", page.words.text("The account is open again."))


@router.post("/{id}/disable")
def disable_user(id: RowId, page: PageDep, actor: Manager, services: ServicesDep, auth: AuthDep) -> Response:
    """Shut a user out."""
    with auth.database.transaction() as session:
        users.disable(session, actor, id, services.now())
    return page.go(f"/admin/users/{id}", page.words.text("The user is shut out."))


@router.post("/{id}/enable")
def enable_user(id: RowId, page: PageDep, actor: Manager, auth: AuthDep) -> Response:
    """Let a user in again."""
    with auth.database.transaction() as session:
        users.enable(session, actor, id)
    return page.go(f"/admin/users/{id}", page.words.text("The user can sign in again."))


def _filled(user: User) -> Form:
    told = UserGiven.model_validate(user)
    return Form.of(
        name=told.name, email=told.email, language=told.language, role=told.role, units=told.units or [],
        department=told.department, version=str(told.version),
    )  # fmt: skip


def _form(page: Page, actor: Principal, form: Form, user: User | None = None, status: int = 200) -> Response:
    """The form for a user; `user` None for a new one."""
    known = page.services.taxonomy
    units = sorted((page.name("unit", unit), unit) for unit in known.units if actor.may_receive(unit))
    departments = sorted((page.name("department", label), label) for label in known.departments)
    roles = [(page.name("role", role), role) for role in ROLE_PERMISSIONS]
    tongues = [(told, code) for code, told in LANGUAGES.items()]
    offered = {"units": units, "departments": departments, "roles": roles, "tongues": tongues}
    own = user is not None and actor.id == f"user:{user.id}"
    return page.render("admin/user.html", status, form=form, user=user, own=own, **offered)
