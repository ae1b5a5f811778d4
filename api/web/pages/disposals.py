"""Disposals: proposed by one person, approved or refused by another; their certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.auth import actors
from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.retention import disposals, service
from api.retention.schemas import DisposalOut
from api.web.render import Page, PageDep

router = APIRouter(prefix="/retention/disposals", include_in_schema=False)
Disposer = Annotated[Principal, Depends(allowed(Permission.DISPOSE))]
_MEDIA: Final[Mapping[str, str]] = {"json": "application/json", "pdf": "application/pdf"}


@router.get("")
def show_disposals(
    page: PageDep,
    who: Disposer,
    services: ServicesDep,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """The disposals, newest first."""
    found = disposals.page(services, who, cursor, 50)
    return page.render(
        "retention/disposals.html", found=found, cursor=cursor, names=_names(page, who, found.items)
    )


@router.get("/{id}")
def show_disposal(id: RowId, page: PageDep, who: Disposer, services: ServicesDep) -> Response:
    """One disposal: its papers by rule, and what is to be done with it."""
    found = disposals.get(services, who, id)
    by_rule: dict[str, list[str]] = {}
    for item in found.items:
        by_rule.setdefault(item.rule, []).append(item.number)
    rules = {rule.id: rule for rule in service.rules(services, who)}
    shown: dict[str, Any] = {"by_rule": by_rule, "rules": rules, "own": found.proposed_by == who.id}
    return page.render("retention/disposal.html", found=found, names=_names(page, who, [found]), **shown)


@router.post("/{id}/approve")
def approve(id: RowId, page: PageDep, who: Disposer, services: ServicesDep) -> Response:
    """Approve what another person has proposed."""
    found = disposals.approve(services, who, id)
    carried_out = found.state == "carried_out"
    told = (
        page.words.text("The disposal is approved and carried out. Its certificate is ready.")
        if carried_out
        else page.words.text("The disposal is approved. It is carried out within some minutes.")
    )
    return page.go(f"/retention/disposals/{id}", told)


@router.post("/{id}/refuse")
def refuse(id: RowId, page: PageDep, who: Disposer, services: ServicesDep) -> Response:
    """Refuse a disposal, or take back one's own."""
    disposals.refuse(services, who, id)
    told = page.words.text("The disposal is refused: nothing happens to its papers.")
    return page.go(f"/retention/disposals/{id}", told)


@router.get("/{id}/certificate")
def certificate(
    id: RowId, page: PageDep, who: Disposer, services: ServicesDep, form: Literal["json", "pdf"] = "json"
) -> Response:
    """The certificate as a file; the PDF in the reader's language."""
    language: Any = page.words.code
    data = disposals.certificate(services, who, id, form, language)
    headers = {"Content-Disposition": f'attachment; filename="disposal-{id}.{form}"'}
    return Response(data, media_type=_MEDIA[form], headers=headers)


def _names(page: Page, who: Principal, found: list[DisposalOut] | list[Any]) -> dict[str, str]:
    people = {actor for each in found for actor in (each.proposed_by, each.ended_by) if actor}
    return actors.names(page.services, who, people)
