"""The switches of automation, with what people said of the papers that the service would have routed by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.automation import service as automation
from api.automation.schemas import Scope, ShadowOut, SwitchIn, SwitchOut
from api.deps import Services, ServicesDep
from api.errors import NotFoundError, ServiceError
from api.problems import status_of
from api.supervision.figure_schemas import NONE
from api.supervision.statistics import rate
from api.web import periods
from api.web.forms import Form, FormDep
from api.web.pages.charts import reader
from api.web.periods import Period
from api.web.render import Page, PageDep, address

router = APIRouter(prefix="/quality/switches", include_in_schema=False)
Reading = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]
Changer = Annotated[Principal, Depends(allowed(Permission.CHANGE_AUTOMATION))]
Value = Annotated[str, Path(max_length=80, pattern=r"^[\w.:/-]+$")]
Row = dict[str, Any]
_EVIDENCE_DAYS = 90


@router.get("")
def show_switches(page: PageDep, services: ServicesDep, who: Reading) -> Response:
    """All switches of automation, with their evidence."""
    period, form = periods.asked(page.request.query_params, services.now())
    return page.render(
        "quality/switches.html", groups=groups(page, services, who, period), period=period, form=form,
        days=periods.DAYS, reader=reader(page),
    )  # fmt: skip


@router.get("/{scope}/{value}")
def show_switch(scope: Scope, page: PageDep, services: ServicesDep, who: Changer, value: Value) -> Response:
    """One switch of automation, with its evidence and the form that changes it."""
    return _switch(page, services, who, scope, value, Form())


@router.post("/{scope}/{value}")
def change_switch(
    scope: Scope, page: PageDep, services: ServicesDep, who: Changer, form: FormDep, value: Value
) -> Response:
    """Switch automation on or off."""
    name = "" if value == NONE else value
    try:
        wanted = form.read(SwitchIn)
        switch = automation.change(services, who, scope, name, wanted)
    except NotFoundError:
        raise
    except ServiceError as error:
        return _switch(page, services, who, scope, value, form.refused(error), status_of(error))
    text = page.words.text
    said = text("Automation is switched on: %(name)s.", name=_scope_name(page, scope, name)) if switch.on else text(
        "Automation is switched off: %(name)s.", name=_scope_name(page, scope, name)
    )  # fmt: skip
    return page.go(address("/quality", {scope: name} if name else {}) + "#switches", said)


def groups(
    page: Page, services: Services, who: Principal, period: Period, **more: str
) -> list[dict[str, Any]]:
    """The switches with their evidence of a period: of everything, of departments, of subjects.

    `more` is what the addresses of their evidence keep. Nothing for who may not read them.
    """
    if not page.may(Permission.READ_AUTOMATION):
        return []
    found = automation.switches(services, who)
    shadow = automation.shadow(services, who, period.since)
    scopes: list[tuple[Scope, list[SwitchOut]]] = [
        ("all", [found.all]), ("department", found.departments), ("subject", found.subjects)
    ]  # fmt: skip
    kept = {**period.query, **more}
    return [
        {
            "scope": scope,
            "rows": [_evidence(page, row, shadow, kept) for row in rows],
            "on": sum(row.on for row in rows),
        }
        for scope, rows in scopes
    ]


def _evidence(page: Page, switch: SwitchOut, shadow: ShadowOut, kept: Mapping[str, str]) -> Row:
    """A switch, and what people said of what the service would have routed by itself."""
    sums: dict[str, int] = defaultdict(int)
    for row in shadow.rows:
        if switch.scope == "all" or getattr(row, switch.scope) == switch.value:
            sums["judged"] += row.judged
            sums["agreed"] += row.agreed
    told = rate(sums["agreed"], sums["judged"])
    return {
        "switch": switch, "name": _scope_name(page, switch.scope, switch.value), "judged": sums["judged"],
        "agreed": sums["agreed"], **told, "path": f"/quality/switches/{switch.scope}/{switch.value or NONE}",
        "evidence": address("/quality", kept, **{switch.scope: switch.value}) if switch.value else None,
    }  # fmt: skip


def _switch(
    page: Page, services: Services, who: Principal, scope: Scope, value: str, form: Form, status: int = 200
) -> Response:
    name = "" if value == NONE else value
    found = automation.switches(services, who)
    rows = [found.all, *found.departments, *found.subjects]
    switch = next((row for row in rows if (row.scope, row.value) == (scope, name)), None)
    if switch is None:
        raise NotFoundError("There is nothing at this address.")
    period = periods.lately(_EVIDENCE_DAYS, services.now())
    row = _evidence(page, switch, automation.shadow(services, who, period.since), period.query)
    form.values.setdefault("on", ["false" if switch.on else "true"])
    return page.render("quality/switch.html", status, row=row, form=form, all=found.all, reader=reader(page))


def _scope_name(page: Page, scope: Scope, value: str) -> str:
    return page.words.text("Everything") if scope == "all" else page.name(scope, value)
