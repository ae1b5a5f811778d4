"""What an office decides by files: time limits, calendar, retention, lists, letters, settings. Read only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from babel import dates
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.departments import reasons as returns
from api.errors import NotFoundError, ServiceError
from api.intake.calendar import LAST_YEAR, baku_date
from api.notices import templates as letters
from api.problems import status_of
from api.retention.schedule import schedule
from api.review import catalogue
from api.web import days
from api.web.language import N_
from api.web.pages.rules_settings import settings_of
from api.web.render import Page, PageDep

router = APIRouter(prefix="/admin/rules", include_in_schema=False)
Reader = Annotated[Principal, Depends(allowed(Permission.READ_SYSTEM))]
PARTS: Final[Mapping[str, str]] = {
    "limits": N_("Time limits"), "calendar": N_("Calendar"), "retention": N_("Retention"),
    "bodies": N_("Bodies outside"), "reasons": N_("Reasons"),
    "two-persons": N_("Two persons"), "letters": N_("Letters"), "settings": N_("Settings"),
}  # fmt: skip
_TONGUES = ("az", "en", "ru")


@router.get("")
def show_rules(page: PageDep, _who: Reader) -> Response:
    """Where the lists begin."""
    return page.go("/admin/rules/limits")


@router.get("/{part}")
def show_part(part: str, page: PageDep, _who: Reader) -> Response:
    """One of the lists; a file that cannot be used is told, with what is wrong in it."""
    if part not in PARTS:
        raise NotFoundError("There is nothing at this address.")
    shown: dict[str, Any] = {"parts": PARTS, "part": part, "broken": None}
    try:
        return page.render(f"rules/{part}.html", **shown, **_SHOWN[part](page))
    except ServiceError as error:
        return page.render("rules/broken.html", status_of(error), **shown | {"broken": str(error)})
    except ValueError as error:
        return page.render("rules/broken.html", 422, **shown | {"broken": str(error)})


def _limits(page: Page) -> dict[str, Any]:
    limits, types = page.services.limits, page.services.taxonomy.document_types
    own = [(page.name("document_type", code), limits.types[code]) for code in types if code in limits.types]
    return {
        "warn_before": limits.warn_before,
        "rows": [(None, limits.default), *((name, limit) for name, limit in own if limit is not None)],
        "clockless": [name for name, limit in own if limit is None],
    }


def _calendar(page: Page) -> dict[str, Any]:
    calendar, locale = page.services.calendar, page.words.locale
    this = baku_date(page.services.now()).year
    months = dates.get_month_names("abbreviated", "stand-alone", locale)
    return {
        "months": [months[month] for month in range(1, 13)],
        "years": [
            (str(year), days.working(calendar, year), days.of_year(calendar, year))
            for year in range(this, min(this + 1, LAST_YEAR) + 1)
        ],
        "weekday": lambda day: dates.format_date(day, "EEEE", locale),
        "file": page.services.settings.calendar,
    }


def _retention(page: Page) -> dict[str, Any]:
    file = page.services.settings.retention_schedule
    found = schedule(file)
    return {"rows": found.rules, "default": found.default, "file": file}


def _two_persons(page: Page) -> dict[str, Any]:
    rule = catalogue.two_persons()
    return {
        "returns": rule.returns,
        "lists": [
            (page.words.text("The service gives one of these reasons"), "review_reason", sorted(rule.review_reasons)),
            (page.words.text("The paper is on one of these subjects"), "subject", sorted(rule.subjects)),
            (page.words.text("It goes to one of these departments"), "department", sorted(rule.departments)),
            (page.words.text("This is done with it"), "action", sorted(rule.actions)),
        ],
    }  # fmt: skip


def _letters(page: Page) -> dict[str, Any]:
    folder = page.services.settings.notice_templates
    names = letters.names(folder)
    return {
        "office": [
            (page.name("language", code), code, names.office[code], names.place[code]) for code in letters.NAMED
        ],
        "rows": letters.templates(folder).values(),
        "kinds": letters.KINDS,
        "file": folder,
    }  # fmt: skip


_SHOWN: Final[Mapping[str, Callable[[Page], dict[str, Any]]]] = {
    "limits": _limits,
    "calendar": _calendar,
    "retention": _retention,
    "bodies": lambda _: {"rows": catalogue.bodies().values(), "languages_told": _TONGUES},
    "reasons": lambda _: {
        "clerks": catalogue.reasons().values(),
        "returns": returns.load().values(),
        "languages_told": _TONGUES,
    },
    "two-persons": _two_persons,
    "letters": _letters,
    "settings": lambda page: {"rows": settings_of(page)},
}
