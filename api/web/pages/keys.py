"""Keys of other systems, for administrators."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.auth import keys
from api.auth.deps import AuthDep, SignedInDep, allowed
from api.auth.permissions import KEY_PERMISSIONS, Permission, Principal
from api.auth.schemas import NewKey
from api.deps import RowId, ServicesDep
from api.errors import ServiceError
from api.intake.calendar import BAKU, baku_date
from api.problems import status_of
from api.web.forms import Form, FormDep
from api.web.render import Page, PageDep

router = APIRouter(prefix="/admin/keys", include_in_schema=False)
Manager = Annotated[Principal, Depends(allowed(Permission.MANAGE_KEYS))]
_LISTS = frozenset({"units", "scopes"})
_PAGE, _LIFE = 50, timedelta(days=180)


class _Expiry(BaseModel):
    """The last day of a key."""

    expires_at: date


@router.get("")
def show_keys(
    page: PageDep, actor: Manager, auth: AuthDep, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """The keys, expired and revoked ones too."""
    with auth.database.transaction() as session:
        found, following = keys.page(session, actor, after, _PAGE)
    return page.render("admin/keys.html", keys=found, following=following)


@router.get("/new")
def show_new_key(page: PageDep, actor: Manager, services: ServicesDep) -> Response:
    """The form for a new key."""
    last = baku_date(services.now()) + _LIFE
    return _form(
        page, actor, Form.of(scopes=[Permission.SUBMIT, Permission.READ], expires_at=last.isoformat())
    )


@router.post("/new")
def make_key(
    page: PageDep, actor: Manager, signed_in: SignedInDep, services: ServicesDep, auth: AuthDep, form: FormDep
) -> Response:
    """Make a key; its secret is shown once."""
    try:
        last = form.read(_Expiry).expires_at
        ends = datetime.combine(last + timedelta(days=1), time(), BAKU)
        new = form.read(NewKey, _LISTS, expires_at=ends)
        with auth.database.transaction() as session:
            key, secret = keys.create(session, actor, signed_in.user.id, new, auth.places, services.now())
    except ServiceError as error:
        return _form(page, actor, form.refused(error), status_of(error))
    return page.go("/admin/keys", page.words.text("The key “%(name)s” is made.", name=key.name), key=secret)


@router.post("/{id}/revoke")
def revoke_key(id: RowId, page: PageDep, actor: Manager, services: ServicesDep, auth: AuthDep) -> Response:
    """The key opens nothing any more."""
    with auth.database.transaction() as session:
        keys.revoke(session, actor, id, services.now())
    return page.go("/admin/keys", page.words.text("The key is revoked."))


def _form(page: Page, actor: Principal, form: Form, status: int = 200) -> Response:
    known = page.services.taxonomy.units
    units = sorted((page.name("unit", unit), unit) for unit in known if actor.may_receive(unit))
    scopes = [(page.name("scope", scope), scope) for scope in sorted(KEY_PERMISSIONS)]
    return page.render("admin/key.html", status, form=form, units=units, scopes=scopes)
