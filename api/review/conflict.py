"""Rule 6: a complaint is never routed to the office complained about, whoever decides.

The offices complained of are read from the names in a paper by the same rules as in a suggestion
(`triage.routing.Router.avoid`, `triage.entities.authority`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.deps import Services
from triage import registry
from triage.routing import Router
from triage.types import Route

if TYPE_CHECKING:
    from triage.entities.gazetteer import Gazetteer

Offices = frozenset[tuple[str, str | None]]
"""(department, unit or None for the department as a whole)."""


def offices(services: Services, entities: Iterable[Mapping[str, Any]]) -> Offices:
    """The offices complained of by these entities (`label`, `role` and `text`, as the contract has them)."""
    names = {e["text"] for e in entities if e["label"] == "ORG" and e["role"] == "complained_of"}
    if not names:
        return frozenset()
    # Only complaints of a body need the tagger's rules, which bring a large library: others need not wait for it.
    from triage.entities.authority import authority_unit  # noqa: PLC0415

    folder, _ = registry.active(services.settings.models)
    places = _gazetteer(folder / "gazetteer.tsv")
    found = (authority_unit(name, places, services.taxonomy.units) for name in names)
    return frozenset(office for office in found if office is not None)


def conflicts(services: Services, department: str, unit: str | None, complained_of: Offices) -> bool:
    """Whether a paper that complains of these offices may not go to this one."""
    route = Route(department, unit, "", "")
    return Router(services.taxonomy).avoid(route, complained_of) is not None


@lru_cache(maxsize=2)
def _gazetteer(path: Path) -> Gazetteer:
    from triage.entities.gazetteer import Gazetteer  # noqa: PLC0415

    return Gazetteer.load(path)
