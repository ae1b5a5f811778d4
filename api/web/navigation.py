"""Where a reader can go, by what they may do; the first is the page that they begin with."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from api.auth.permissions import Permission, Principal
from api.web.language import N_


@dataclass(frozen=True)
class Place:
    """A part of the pages: its path, its name, and what it asks for."""

    path: str
    title: str
    permission: Permission


PLACES = (
    Place("/queue", N_("Queue"), Permission.DECIDE),
    Place("/overview", N_("Overview"), Permission.READ_FIGURES),
    Place("/intake", N_("Intake"), Permission.SUBMIT),
    Place("/inbox", N_("Papers of departments"), Permission.READ),
    Place("/decisions", N_("Decisions"), Permission.READ),
    Place("/audit", N_("Audit"), Permission.READ_AUDIT),
    Place("/quality", N_("Quality"), Permission.READ_FIGURES),
    Place("/samples", N_("Samples"), Permission.DRAW_SAMPLES),
    Place("/samples/next", N_("Blind judging"), Permission.JUDGE_SAMPLES),
    Place("/policy", N_("Competence rules"), Permission.READ),
    Place("/models", N_("Models"), Permission.READ_FIGURES),
    Place("/work", N_("People and work"), Permission.MANAGE_WORK),
    Place("/retention", N_("Retention"), Permission.DISPOSE),
    Place("/admin/users", N_("Users"), Permission.MANAGE_USERS),
    Place("/admin/keys", N_("Keys"), Permission.MANAGE_KEYS),
    Place("/admin/webhooks", N_("Webhooks"), Permission.MANAGE_WEBHOOKS),
    Place("/admin/failed", N_("Failed papers"), Permission.MANAGE_USERS),
    Place("/admin/rules", N_("Rules and lists"), Permission.READ_SYSTEM),
    Place("/admin/system", N_("System"), Permission.READ_SYSTEM),
)
"""In the order of the navigation. Where a role begins: the first place that it may enter."""


def places(who: Principal) -> list[Place]:
    """Those that this reader may enter; one that lies within another is found from there."""
    found = [place for place in PLACES if place.permission in who.permissions]
    return [place for place in found if not any(place.path.startswith(f"{other.path}/") for other in found)]


def local(path: str) -> str:
    """A path of this service to go on to, `/` for anything else: no one is led elsewhere by a link."""
    if not path.isprintable() or "\\" in path or not path.startswith("/") or path.startswith("//"):
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc else path
